//! What the environment says: `SEEDER_MAX_UP=500K`.

use std::ffi::{OsStr, OsString};

use clap::Command;

use super::arguments::is_list;
use super::layer::Layer;
use super::{name, settings, wrong};

/// The variable of an option, by its long name.
pub(super) fn variable(command: &Command, option: &str) -> String {
    format!("{}_{option}", command.get_name()).to_ascii_uppercase().replace('-', "_")
}

/// What the variables of these options say. Others are somebody else's.
///
/// A list has its values apart as on the command line, by commas where that knows them. Else a comma may
/// be part of a value, and each value has a line of its own.
pub(super) fn layer(
    command: &Command,
    environment: &[(OsString, OsString)],
) -> Result<Layer, clap::Error> {
    let mut layer = Layer::default();
    for arg in settings(command) {
        let variable = variable(command, name(arg));
        let Some((_, value)) = environment.iter().find(|(name, _)| *name == *variable) else {
            continue;
        };
        let delimiter = arg.get_value_delimiter().unwrap_or('\n');
        let values = if is_list(arg) { split(value, delimiter) } else { vec![value.clone()] };
        layer.give(command, arg, &values).map_err(|reason| {
            wrong(format!("{variable} in the environment is {value:?}: {reason}"))
        })?;
    }
    if let Some((one, other)) = layer.quarrel(command) {
        let (one, other) = (variable(command, one), variable(command, other));
        return Err(wrong(format!("{one} and {other} in the environment exclude each other")));
    }
    Ok(layer)
}

/// The values of a list; an empty variable is an empty list. What is no text is one value.
fn split(value: &OsStr, delimiter: char) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.split(delimiter).filter(|v| !v.is_empty()).map(Into::into).collect(),
        None => vec![value.to_owned()],
    }
}
