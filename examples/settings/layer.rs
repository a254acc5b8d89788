//! What one source says, and how the sources lie over each other.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::arguments::{is_count, is_list, is_switch, judged, spelled, values_in};
use super::{name, settings};

/// The values that one source gives, by the names of their options.
///
/// They are spelled as on a command line. A switch that is off has the value `false`, and a list may be
/// empty: both count before what weaker sources say.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    given: BTreeMap<String, Vec<OsString>>,
}

impl Layer {
    /// What a command line says.
    pub(super) fn of_matches(command: &Command, matches: &ArgMatches) -> Self {
        let is_given = |arg: &&Arg| {
            matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
        };
        let given = settings(command).filter(is_given);
        let given = given.map(|arg| (name(arg).to_owned(), values_in(matches, arg)));
        Layer { given: given.collect() }
    }

    /// Gives an option these values; or says why not, and what is allowed.
    pub(super) fn give(
        &mut self,
        command: &Command,
        arg: &Arg,
        values: &[OsString],
    ) -> Result<(), String> {
        if !is_list(arg) && values.len() != 1 {
            return Err("it takes one value".to_owned());
        }
        if is_count(arg) && values[0].to_str().is_none_or(|count| count.parse::<u8>().is_err()) {
            return Err("it takes a number from 0 to 255".to_owned());
        }
        self.give_spelled(command, arg, spelled(arg, values))
    }

    /// Gives an option the value it has if it is given without one.
    pub(super) fn give_bare(&mut self, command: &Command, arg: &Arg) -> Result<(), String> {
        self.give_spelled(command, arg, vec![format!("--{}", name(arg)).into()])
    }

    /// Gives an option no value, whatever weaker sources say.
    pub(super) fn withhold(&mut self, arg: &Arg) {
        self.given.insert(name(arg).to_owned(), Vec::new());
    }

    fn give_spelled(
        &mut self,
        command: &Command,
        arg: &Arg,
        spelled: Vec<OsString>,
    ) -> Result<(), String> {
        let values = if spelled.is_empty() { Vec::new() } else { judged(command, arg, spelled)? };
        self.given.insert(name(arg).to_owned(), values);
        Ok(())
    }

    /// Two options of this layer that cannot be together.
    pub(super) fn quarrel<'c>(&self, command: &'c Command) -> Option<(&'c str, &'c str)> {
        settings(command).filter(|arg| self.has(arg)).find_map(|arg| {
            let mut others = rivals(command, arg);
            others.find(|other| self.has(other)).map(|other| (name(arg), name(other)))
        })
    }

    /// The arguments that are left of these layers, the strongest first, with the program's name.
    pub(super) fn stacked(command: &Command, layers: [Layer; 3]) -> Vec<OsString> {
        let mut all = Layer::default();
        for weaker in layers {
            let stronger = all.clone();
            let is_free = |arg: &&Arg| {
                let is_beaten = |rival: &Arg| weaker.has(arg) && stronger.has(rival);
                !stronger.given.contains_key(name(arg)) && !rivals(command, arg).any(is_beaten)
            };
            for arg in settings(command).filter(is_free) {
                if let Some(values) = weaker.given.get(name(arg)) {
                    all.given.insert(name(arg).to_owned(), values.clone());
                }
            }
        }
        // Clap holds against each other what is there, even if it is off.
        let has = settings(command).filter(|arg| all.has(arg));
        let spelled = has.flat_map(|arg| spelled(arg, &all.given[name(arg)]));
        [command.get_name().into()].into_iter().chain(spelled).collect()
    }

    /// Whether an option has a value here, or is on.
    fn has(&self, arg: &Arg) -> bool {
        self.given.get(name(arg)).is_some_and(|values| match values.first() {
            None => false,
            Some(value) if is_switch(arg) => value == "true",
            Some(value) if is_count(arg) => value != "0",
            Some(_) => true,
        })
    }
}

/// The options that cannot be together with this one, whichever of the two says so.
fn rivals<'c>(command: &'c Command, arg: &Arg) -> impl Iterator<Item = &'c Arg> {
    let id = arg.get_id().clone();
    let named = command.get_arg_conflicts_with(arg);
    let named: Vec<_> = named.into_iter().map(|other| other.get_id().clone()).collect();
    settings(command).filter(move |other| {
        let mut naming = command.get_arg_conflicts_with(other).into_iter();
        named.contains(other.get_id()) || naming.any(|arg| *arg.get_id() == id)
    })
}
