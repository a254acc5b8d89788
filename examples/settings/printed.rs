//! The settings as a file that says the same when it is read.

use std::ffi::OsStr;
use std::fmt::Write;

use clap::{Arg, ArgMatches, Command};
use toml::Value;

use super::arguments::{is_list, is_number, is_switch, value_name, values_in};
use super::{name, settings, wrong};

/// One line for each option that has a value, and a comment for each other one, below what it is for.
///
/// # Errors
///
/// A path that is no text cannot be written.
pub(super) fn as_toml(command: &Command, settled: &ArgMatches) -> Result<String, clap::Error> {
    let mut text = String::new();
    for arg in settings(command) {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let setting = setting(arg, settled)?;
        // Writing to a string does not fail.
        let _ = writeln!(text, "# {help}\n{setting}\n");
    }
    text.pop();
    Ok(text)
}

fn setting(arg: &Arg, settled: &ArgMatches) -> Result<String, clap::Error> {
    let name = name(arg);
    let values = values_in(settled, arg);
    let values: Result<Vec<Value>, _> = values.iter().map(|value| scalar(arg, value)).collect();
    let mut values = values?;
    Ok(match values.pop() {
        None if is_list(arg) => format!("# {name} = [{:?}]", value_name(arg)),
        None => format!("# {name} = {:?}", value_name(arg)),
        Some(last) if is_list(arg) => {
            values.push(last);
            format!("{name} = {}", Value::Array(values))
        }
        Some(value) => format!("{name} = {value}"),
    })
}

fn scalar(arg: &Arg, value: &OsStr) -> Result<Value, clap::Error> {
    let no_text = || {
        wrong(format!("--{} is {value:?}, which is no text and so nothing for a file", name(arg)))
    };
    let text = value.to_str().ok_or_else(no_text)?;
    let number = if is_number(arg) { text.parse().ok() } else { None };
    Ok(match number {
        Some(number) => Value::Integer(number),
        None if is_switch(arg) => Value::Boolean(text == "true"),
        None => Value::String(text.to_owned()),
    })
}
