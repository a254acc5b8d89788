//! What to measure, as asked for on the command line.

use crate::shapes::Title;
use crate::systems::System;

/// Times each system does the work. Others use the machine too: the least and the middle of these
/// say more than their mean.
const ROUNDS: usize = 7;

pub(crate) struct Options {
    /// Of a shape's name; none for all shapes.
    words: Vec<String>,
    /// Of a system's name; empty for all systems.
    by: String,
    pub(crate) rounds: usize,
}

impl Options {
    pub(crate) fn from(arguments: &[String]) -> Self {
        let mut options = Options { words: Vec::new(), by: String::new(), rounds: ROUNDS };
        // Cargo itself passes `--bench`.
        for argument in arguments.iter().filter(|argument| !argument.starts_with("--")) {
            match argument.split_once('=') {
                Some(("by", word)) => options.by = word.to_owned(),
                Some(("rounds", number)) => {
                    options.rounds = number.parse().expect("rounds=NUMBER");
                    assert!(options.rounds > 0, "rounds=0 measures nothing");
                }
                _ => options.words.push(argument.clone()),
            }
        }
        options
    }

    pub(crate) fn wants_shape(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// Those that were asked for, and those that a target is a multiple of.
    pub(crate) fn chosen<'a>(
        &self,
        systems: &'a [Box<dyn System>],
        title: &Title,
    ) -> Vec<&'a dyn System> {
        let wanted = |name: &str| name.contains(&self.by) || title.is_a_measure(name);
        systems.iter().map(Box::as_ref).filter(|system| wanted(system.name())).collect()
    }
}
