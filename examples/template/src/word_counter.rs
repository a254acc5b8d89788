//! Counts the words of lines.

use axon_core::{Closed, Component, Inbox, Outbox};

/// What is known of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counted {
    /// Which line, from 1.
    pub line: u64,
    /// Words in it.
    pub words: usize,
}

/// Counts the words of each line.
///
/// Ends when no more lines can come, or when nobody is left to take what it gives.
#[derive(Component, Default)]
pub struct WordCounter {
    /// Lines.
    pub inbox: Inbox<String>,
    /// One message for each line, in order.
    pub outbox: Outbox<Counted>,

    lines: u64,
}

impl WordCounter {
    /// One that has seen nothing yet.
    pub fn new() -> Self {
        WordCounter::default()
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(line) = self.inbox.recv().await {
            let counted = self.count(&line);
            self.outbox.send(counted).await?;
        }
        Ok(())
    }

    fn count(&mut self, line: &str) -> Counted {
        self.lines += 1;
        Counted {
            line: self.lines,
            words: line.split_whitespace().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axon_core::{RunError, Workbench};

    use super::*;

    #[test]
    fn each_line_is_counted_in_its_order() -> Result<(), RunError> {
        let counter = WordCounter::new();
        let mut bench = Workbench::new();
        let lines = bench.feed(&counter.inbox);
        let counts = bench.watch(&counter.outbox);
        bench.start(counter);

        lines.send("one two".to_owned());
        lines.send(String::new());
        bench.until_idle();
        assert_eq!(
            counts.drain(),
            [Counted { line: 1, words: 2 }, Counted { line: 2, words: 0 }]
        );

        // The end of what comes in is the end of the component.
        drop(lines);
        bench.finish()?;
        Ok(())
    }
}
