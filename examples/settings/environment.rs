//! What the environment says: `SEEDER_MAX_UP=500K`.

use std::ffi::{OsStr, OsString};

use clap::Command;

use super::arguments::is_list;
use super::layer::Layer;
use super::{name, settings, similar, wrong};

/// The variable of an option, by its long name.
pub(super) fn variable(command: &Command, option: &str) -> String {
    format!("{}_{option}", command.get_name()).to_ascii_uppercase().replace('-', "_")
}

/// What the variables of these options say. One that is like theirs and no option's is refused, lest
/// somebody rely on it.
///
/// A list has its values apart as on the command line, by commas where that knows them. Else a comma may
/// be part of a value, and each value has a line of its own.
pub(super) fn layer(
    command: &Command,
    environment: &[(OsString, OsString)],
) -> Result<Layer, clap::Error> {
    if let Some(unknown) = environment.iter().find_map(|(name, _)| unknown(command, name.to_str()?))
    {
        return Err(wrong(unknown));
    }
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

/// What is wrong with a variable that has the program's name and then no option's.
fn unknown(command: &Command, name: &str) -> Option<String> {
    let option = name.strip_prefix(&variable(command, ""))?;
    let known: Vec<_> = settings(command).map(|arg| variable(command, super::name(arg))).collect();
    let is_known = name == variable(command, "config") || known.iter().any(|known| known == name);
    if is_known || is_of_a_service(option) {
        return None;
    }
    let near = similar(command, &option.to_ascii_lowercase().replace('_', "-"));
    let near =
        near.map_or_else(String::new, |near| format!("; is it {}", variable(command, &near)));
    let mark = if near.is_empty() { "; there" } else { "? There" };
    Some(format!("{name} in the environment is no setting{near}{mark} are {}", known.join(", ")))
}

/// Kubernetes tells every program where the services are, and one may be called as the program is.
fn is_of_a_service(option: &str) -> bool {
    let rest = option.strip_prefix("PORT_").unwrap_or_default();
    let is_of_a_port = rest.starts_with(|first: char| first.is_ascii_digit());
    option == "PORT"
        || is_of_a_port
        || ["SERVICE_HOST", "SERVICE_PORT"].iter().any(|own| option.starts_with(own))
}

/// The values of a list; an empty variable is an empty list. What is no text is one value.
fn split(value: &OsStr, delimiter: char) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.split(delimiter).filter(|v| !v.is_empty()).map(Into::into).collect(),
        None => vec![value.to_owned()],
    }
}
