//! A small graph to look at: lines are split, their words and letters counted side by side.

use std::time::Duration;

use axon_core::{
    Address, Closed, Component, GraphHandle, Graphline, Inbox, Outbox, Report, TryRecvError, sleep,
};
use kamaelia_io::view::LiveView;

use crate::common;

/// What the reader is to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pace {
    /// Nothing.
    Idle,
    /// A hundred lines every few milliseconds.
    Busy,
}

/// Makes up lines, at the pace it is told.
#[derive(Component, Default)]
struct Reader {
    /// How fast.
    pub pace: Inbox<Pace>,
    /// Lines.
    pub outbox: Outbox<String>,
}

impl Reader {
    async fn main(mut self) -> Result<(), Closed> {
        let mut pace = Pace::Idle;
        loop {
            pace = match pace {
                Pace::Idle => self.pace.recv().await.ok_or(Closed)?,
                Pace::Busy => match self.pace.try_recv() {
                    Ok(pace) => pace,
                    Err(TryRecvError::Empty) => pace,
                    Err(TryRecvError::Finished) => return Ok(()),
                },
            };
            if pace == Pace::Busy {
                for _ in 0..20 {
                    self.outbox.send("the quick brown fox".to_owned()).await?;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Gives each line to both counters.
#[derive(Component, Default)]
struct Splitter {
    /// Lines.
    pub inbox: Inbox<String>,
    /// The same lines.
    pub words: Outbox<String>,
    /// The same lines.
    pub letters: Outbox<String>,
}

impl Splitter {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(line) = self.inbox.recv().await {
            self.words.send(line.clone()).await?;
            self.letters.send(line).await?;
        }
        Ok(())
    }
}

/// Counts what there is of something in each line.
#[derive(Component)]
struct Counter {
    /// Lines.
    pub inbox: Inbox<String>,
    /// One number for each line.
    pub outbox: Outbox<usize>,
    count: fn(&str) -> usize,
}

impl Counter {
    fn of(count: fn(&str) -> usize) -> Self {
        Counter { inbox: Inbox::new(), outbox: Outbox::new(), count }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(line) = self.inbox.recv().await {
            self.outbox.send((self.count)(&line)).await?;
        }
        Ok(())
    }
}

/// Adds all numbers up.
#[derive(Component, Default)]
struct Tally {
    /// Numbers.
    pub inbox: Inbox<usize>,
    /// The sum, whenever it has grown by a thousand.
    pub outbox: Outbox<usize>,
    sum: usize,
}

impl Tally {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            let before = self.sum / 1_000;
            self.sum += number;
            if self.sum / 1_000 > before {
                self.outbox.send(self.sum).await?;
            }
        }
        Ok(())
    }
}

/// Takes the sums.
#[derive(Component, Default)]
struct Printer {
    /// Sums.
    pub inbox: Inbox<usize>,
}

impl Printer {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
    }
}

/// The graph as it runs on a thread of its own.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) graph: GraphHandle,
    pub(crate) pace: Address<Pace>,
    run: common::Running,
}

impl Running {
    pub(crate) fn start() -> Self {
        let view = LiveView::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let (url, view) = (view.url(), view.titled("count_words"));
        let (mut reader, splitter) = (Reader::default(), Splitter::default());
        let words = Counter::of(|line| line.split(' ').count());
        let letters = Counter::of(str::len);
        let (tally, printer) = (Tally::default(), Printer::default());
        let pace = reader.pace.address();
        let graph = Graphline::new()
            .link(&reader.outbox, &splitter.inbox)
            .link(&splitter.words, &words.inbox)
            .link(&splitter.letters, &letters.inbox)
            .link(&words.outbox, &tally.inbox)
            .link(&letters.outbox, &tally.inbox)
            .link(&tally.outbox, &printer.inbox)
            .add("reader", reader)
            .add("splitter", splitter)
            .add("words", words)
            .add("letters", letters)
            .add("tally", tally)
            .add("printer", printer)
            .add("view", view)
            .build()
            .expect("the wiring is right");
        let run = common::Running::start(move || graph);
        Running { url, graph: run.handle.clone(), pace, run }
    }

    pub(crate) fn go(&self, pace: Pace) {
        self.pace.send_blocking(pace).expect("the reader listens");
    }

    /// Lets the graph end by itself, and waits for that.
    pub(crate) fn end(self) -> Report {
        drop(self.pace);
        self.run.end().expect("a good end")
    }
}
