//! Options as arguments: how each is spelled, and what clap says of it.

use std::any::TypeId;
use std::error::Error;
use std::ffi::{OsStr, OsString};

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::name;

/// The same command line, whose switches may also be turned off: `--keep=false`. What is shown to
/// people comes from the other one, where a switch is just `--keep`.
pub(super) fn lenient(command: &Command) -> Command {
    command.clone().mut_args(|arg| match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true")
            .value_parser(BoolishValueParser::new()),
        _ => arg,
    })
}

/// What the command line says. An option that another one needs may come from another source.
pub(super) fn of_command_line(
    command: &Command,
    arguments: &[OsString],
) -> Result<ArgMatches, clap::Error> {
    let matches = match command.clone().try_get_matches_from(arguments) {
        Err(error) if error.kind() == ErrorKind::TooManyValues => {
            lenient(command).try_get_matches_from(arguments)
        }
        matches => matches,
    };
    match matches {
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let matches = although_something_lacks(command, arguments)?;
            // What an errand lacks no other source has.
            if matches.subcommand().is_some() { Err(error) } else { Ok(matches) }
        }
        matches => matches,
    }
}

/// What is said, although clap misses an option. It looks for those last, so nothing else is wrong.
fn although_something_lacks(
    command: &Command,
    arguments: &[OsString],
) -> Result<ArgMatches, clap::Error> {
    lenient(command).ignore_errors(true).try_get_matches_from(arguments)
}

/// Whether an option is just there or not.
pub(super) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// Whether an option counts how often it is given.
pub(super) fn is_count(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Count)
}

/// Whether an option is a number, in whatever way that is written.
pub(super) fn is_number(arg: &Arg) -> bool {
    let made = arg.get_value_parser().type_id();
    let numbers =
        [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>()];
    is_count(arg) || numbers.iter().any(|number| made == *number)
}

/// Whether an option may have several values.
pub(super) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether an option may be given without its value, and then has one of its own.
pub(super) fn may_lack_its_value(arg: &Arg) -> bool {
    !is_switch(arg) && arg.get_num_args().is_some_and(|range| range.min_values() == 0)
}

/// An option as arguments for the [`lenient`] command line, once for each value.
pub(super) fn spelled(arg: &Arg, values: &[OsString]) -> Vec<OsString> {
    let option = format!("--{}", name(arg));
    if is_count(arg) {
        let count = values.first().and_then(|count| count.to_str()?.parse::<u8>().ok());
        return vec![option.into(); count.unwrap_or_default().into()];
    }
    let with_value = |value: &OsString| {
        let mut argument = OsString::from(format!("{option}="));
        argument.push(value);
        argument
    };
    values.iter().map(with_value).collect()
}

/// The values of an option, as they would be written on a command line.
pub(super) fn values_in(matches: &ArgMatches, arg: &Arg) -> Vec<OsString> {
    let id = arg.get_id().as_str();
    if is_switch(arg) {
        return matches.get_one::<bool>(id).map(|on| on.to_string().into()).into_iter().collect();
    }
    if is_count(arg) {
        return vec![matches.get_count(id).to_string().into()];
    }
    matches.get_raw(id).into_iter().flatten().map(OsStr::to_owned).collect()
}

/// What clap holds against an option that is spelled like this alone; and if nothing, its values.
pub(super) fn judged(
    command: &Command,
    arg: &Arg,
    spelled: Vec<OsString>,
) -> Result<Vec<OsString>, String> {
    let program = OsString::from(command.get_name());
    let arguments: Vec<_> = [program].into_iter().chain(spelled).collect();
    let matches = lenient(command).try_get_matches_from(&arguments);
    let matches = matches.or_else(|error| match error.kind() {
        ErrorKind::MissingRequiredArgument => although_something_lacks(command, &arguments),
        _ => Err(error),
    });
    matches.map(|matches| values_in(&matches, arg)).map_err(|error| reason(&error, arg))
}

/// Why a value is refused, and what is allowed instead.
fn reason(error: &clap::Error, arg: &Arg) -> String {
    let allowed = match error.get(ContextKind::ValidValue) {
        _ if is_switch(arg) => "true or false".to_owned(),
        Some(ContextValue::Strings(values)) if !values.is_empty() => values.join(", "),
        _ => value_name(arg),
    };
    match error.source() {
        Some(source) if !is_switch(arg) => format!("{source}; it takes {allowed}"),
        _ => format!("it takes {allowed}"),
    }
}

/// What is shown for a value: `DIR`.
pub(super) fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| "a value".to_owned(), ToString::to_string)
}
