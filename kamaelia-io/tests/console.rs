//! Standard input and output, in place of which the tests put pipes.

mod common;

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use axon_core::{Address, Component, Graphline, Inbox, Outcome, Pipeline, RunError};
use common::*;
use kamaelia_io::{ConsoleEchoer, ConsoleError, ConsoleReader};

fn lines_of(input: &'static [u8]) -> Vec<String> {
    let (collect, into) = Collect::new();
    Pipeline::new(ConsoleReader::from_reader(input)).then(collect).run().unwrap();
    taken(&into)
}

/// C69.
#[test]
fn the_end_of_input_ends_the_graph_and_a_last_line_without_newline_is_delivered() {
    assert_eq!(lines_of(b"file:a b\r\ntorrent:c"), ["file:a b", "torrent:c"]);
    assert_eq!(lines_of(b"one\n"), ["one"]);
    assert_eq!(lines_of(b"\n\n"), ["", ""]);
    assert_eq!(lines_of(b""), Vec::<String>::new());
}

#[test]
fn a_newline_is_written_after_each_message_where_that_was_asked_for() {
    for (is_told, expected) in [(false, "onetwo"), (true, "one\ntwo\n")] {
        let (mut read, write) = io::pipe().unwrap();
        let echoer = ConsoleEchoer::to_writer(write);
        let echoer = if is_told { echoer.lines() } else { echoer };
        Pipeline::new(Feed::of(["one", "two"])).then(echoer).run().unwrap();
        let mut written = String::new();
        read.read_to_string(&mut written).unwrap();
        assert_eq!(written, expected);
    }
}

#[test]
fn more_lines_than_any_box_holds_arrive_in_order() {
    let numbers: Vec<String> = (0..10_000).map(|number: u32| number.to_string()).collect();
    let input = io::Cursor::new(numbers.join("\n"));
    let (collect, into) = Collect::new();
    Pipeline::new(ConsoleReader::from_reader(input)).then(collect).run().unwrap();
    assert_eq!(taken(&into), numbers);
}

#[test]
fn input_that_breaks_off_fails_with_the_reason() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    let (collect, _) = Collect::new();
    let reader = ConsoleReader::from_reader(BufReader::new(Broken));
    let error = Pipeline::new(reader).then(collect).run().unwrap_err();
    let expected = "component `1 ConsoleReader` failed: standard input cannot be read: \
                    the cable is out";
    assert_eq!(error.to_string(), expected);
}

/// C69.
#[test]
fn a_read_that_never_returns_holds_up_neither_finish_nor_stop() {
    for stop in [false, true] {
        let (input, mut typist) = io::pipe().unwrap();
        let (tell, told) = mpsc::channel();
        let running = Running::start(move || {
            let reader = ConsoleReader::from_reader(BufReader::new(input));
            let echoer = ConsoleEchoer::to_writer(Tell { to: tell, then_block: None });
            Pipeline::new(reader).then(echoer).build().unwrap()
        });
        typist.write_all(b"one line\n").unwrap();
        assert_eq!(told.recv_timeout(AGES).unwrap(), b"one line");
        if stop {
            running.handle.stop();
        } else {
            running.handle.finish();
        }
        running.end().unwrap();
        drop(typist);
    }
}

#[test]
fn a_read_that_never_returns_holds_up_nobody_when_the_one_who_wanted_lines_has_ended() {
    /// Takes one line, and leaves.
    #[derive(Component)]
    struct FirstOnly {
        inbox: Inbox<String>,
    }
    impl FirstOnly {
        async fn main(mut self) {
            self.inbox.recv().await;
        }
    }
    let (input, mut typist) = io::pipe().unwrap();
    let running = Running::start(move || {
        let reader = ConsoleReader::from_reader(BufReader::new(input));
        Pipeline::new(reader).then(FirstOnly { inbox: Inbox::new() }).build().unwrap()
    });
    typist.write_all(b"one line\n").unwrap();
    running.end().unwrap();
    drop(typist);
}

/// Says what is written, and may never come back from that.
struct Tell {
    to: mpsc::Sender<Vec<u8>>,
    then_block: Option<mpsc::Receiver<()>>,
}

impl Write for Tell {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.to.send(bytes.to_vec());
        if let Some(never) = &self.then_block {
            let _ = never.recv();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was written and not yet flushed, and what was flushed.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<(Vec<u8>, Vec<u8>)>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Bit by bit, as a busy pipe takes it.
        let some = &bytes[..bytes.len().min(7)];
        self.0.lock().unwrap().0.extend_from_slice(some);
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let (pending, flushed) = &mut *self.0.lock().unwrap();
        flushed.append(pending);
        Ok(())
    }
}

/// C70.
#[test]
fn everything_received_is_written_and_flushed_and_nothing_is_added() {
    let paper = Paper::default();
    let echoer = ConsoleEchoer::to_writer(paper.clone());
    Pipeline::new(Feed::of(0..1000)).then(echoer).run().unwrap();
    let (pending, flushed) = std::mem::take(&mut *paper.0.lock().unwrap());
    let expected: String = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!((String::from_utf8(flushed).unwrap(), pending), (expected, Vec::new()));
}

/// C70.
#[test]
fn linked_onwards_it_passes_on_what_it_has_written() {
    let paper = Paper::default();
    let passed = through(["a", "", "b\n"], ConsoleEchoer::to_writer(paper.clone()));
    assert_eq!(passed, ["a", "", "b\n"]);
    assert_eq!(paper.0.lock().unwrap().1, b"ab\n");
}

#[test]
fn it_goes_on_writing_when_nobody_listens_further_on() {
    let paper = Paper::default();
    let echoer = ConsoleEchoer::to_writer(paper.clone());
    Pipeline::new(Feed::of(vec!["x"; 500])).then(echoer).then(TakeOnly::of(1)).run().unwrap();
    assert_eq!(paper.0.lock().unwrap().1, vec![b'x'; 500]);
}

#[test]
fn a_reader_that_went_away_is_told_apart_from_other_failures() {
    let (gone, output) = io::pipe().unwrap();
    drop(gone);
    let feed = Feed::of(["to nobody\n"]);
    let echoer = ConsoleEchoer::to_writer(output);
    let error = Graphline::new()
        .link(&feed.outbox, &echoer.inbox)
        .add("feed", feed)
        .add("echoer", echoer)
        .run()
        .unwrap_err();
    assert_closed(error);
}

#[track_caller]
fn assert_closed(error: RunError) {
    let RunError::Component { report, .. } = error else { panic!("{error}") };
    let Some(Outcome::Failed(error)) = report.outcome("echoer") else { panic!("{report:?}") };
    let closed = |error: &(dyn Error + Send + Sync + 'static)| {
        matches!(error.downcast_ref(), Some(ConsoleError::Closed { .. }))
    };
    assert!(closed(&**error), "{error}");
    assert_eq!(error.to_string(), "the output is closed: nobody reads it any more");
}

/// An echoer that watches the pipe it writes into, in a graph where nobody has more to say than one
/// line until somebody says so.
fn watching(output: io::PipeWriter) -> (Running, Address<String>) {
    let (tell, told) = mpsc::channel();
    let running = Running::start(move || {
        let watched = output.try_clone().unwrap();
        let mut echoer = ConsoleEchoer::to_writer(output).watching(&watched);
        tell.send(echoer.inbox.address()).unwrap();
        Graphline::new().add("echoer", echoer).build().unwrap()
    });
    let lines = told.recv_timeout(AGES).unwrap();
    (running, lines)
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_while_nothing_is_said_is_noticed_if_it_is_watched() {
    let (reader, output) = io::pipe().unwrap();
    let (running, lines) = watching(output);
    lines.send_blocking("one\n".to_owned()).unwrap();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    drop(reader);
    assert_closed(running.end().unwrap_err());
    assert!(lines.send_blocking("two\n".to_owned()).is_err());
}

#[test]
fn a_reader_that_is_watched_and_stays_reads_everything_until_the_end() {
    let (mut reader, output) = io::pipe().unwrap();
    let (running, lines) = watching(output);
    for line in ["one\n", "two\n"] {
        lines.send_blocking(line.to_owned()).unwrap();
    }
    drop(lines);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    running.end().unwrap();
    assert_eq!(text, "one\ntwo\n", "and then the pipe is closed: the watch has let go of it, too");
}

#[test]
fn a_write_that_never_returns_does_not_hold_up_a_stop() {
    let (tell, told) = mpsc::channel();
    let (never, waits) = mpsc::channel();
    let running = Running::start(move || {
        let stuck = Tell { to: tell, then_block: Some(waits) };
        let feed = Feed::of(vec!["more than the box holds"; 1000]);
        Pipeline::new(feed).then(ConsoleEchoer::to_writer(stuck)).build().unwrap()
    });
    told.recv_timeout(AGES).unwrap();
    running.handle.stop();
    running.end().unwrap();
    drop(never);
}

#[test]
fn in_a_seeded_run_time_stands_still_while_lines_are_read_and_written() {
    /// Waits long, beside the others.
    #[derive(Component)]
    struct Hours {}
    impl Hours {
        async fn main(self) {
            for _ in 0..100 {
                axon_core::sleep(std::time::Duration::from_secs(3600)).await;
            }
        }
    }
    struct Slow(Arc<Mutex<Vec<u8>>>);
    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            std::thread::yield_now();
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let numbers: String = (0..1_000).map(|number: u32| format!("{number}\n")).collect();
    let run = |seed| {
        let written = Arc::new(Mutex::new(Vec::new()));
        let reader = ConsoleReader::from_reader(io::Cursor::new(numbers.clone()));
        let echoer = ConsoleEchoer::<String>::to_writer(Slow(written.clone()));
        let graph = Graphline::new()
            .link(&reader.outbox, &echoer.inbox)
            .add("reader", reader)
            .add("echoer", echoer)
            .add("hours", Hours {});
        let run = graph.run_seeded(seed);
        run.result.unwrap();
        assert_eq!(*written.lock().unwrap(), numbers.replace('\n', "").into_bytes());
        run.trace
    };
    assert_eq!(run(1), run(1));
}
