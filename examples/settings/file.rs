//! What the file says: `max-up = "500K"`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use toml::{Spanned, Value};

use super::arguments::{is_list, is_switch, may_lack_its_value};
use super::layer::Layer;
use super::{name, settings, wrong};

/// More than anybody writes; so a device that was named by mistake does not fill the memory.
const BYTES_MAX: u64 = 1 << 20;

/// A file, and what its lines say.
struct Lines<'f> {
    path: &'f Path,
    text: &'f str,
}

/// What the file says, if there is one. One that was asked for must be there.
pub(super) fn layer(
    command: &Command,
    file: Option<(PathBuf, bool)>,
) -> Result<Layer, clap::Error> {
    let Some((path, is_asked_for)) = file else { return Ok(Layer::default()) };
    match read(&path) {
        Ok(text) => of_text(command, &path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && !is_asked_for => Ok(Layer::default()),
        Err(error) => Err(wrong(format!("cannot read settings from {}: {error}", path.display()))),
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(format!("it has more than {BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn of_text(command: &Command, path: &Path, text: &str) -> Result<Layer, clap::Error> {
    let lines = Lines { path, text };
    let table: BTreeMap<Spanned<String>, Spanned<Value>> =
        toml::from_str(text).map_err(|error| lines.no_toml(&error))?;
    let mut layer = Layer::default();
    for (key, value) in table {
        let known = settings(command).find(|arg| name(arg) == key.get_ref());
        let Some(arg) = known else {
            let reason = unknown(command, key.get_ref());
            return Err(lines.wrong(key.span().start, reason));
        };
        let at = value.span().start;
        give(&mut layer, command, arg, value.get_ref()).map_err(|reason| {
            lines.wrong(at, format!("`{}` is {}: {reason}", key.get_ref(), value.get_ref()))
        })?;
    }
    match layer.quarrel(command) {
        Some((one, other)) => {
            let path = path.display();
            Err(wrong(format!("{path}: `{one}` and `{other}` exclude each other")))
        }
        None => Ok(layer),
    }
}

fn give(layer: &mut Layer, command: &Command, arg: &Arg, value: &Value) -> Result<(), String> {
    match value {
        Value::Boolean(true) if may_lack_its_value(arg) => layer.give_bare(command, arg),
        Value::Boolean(false) if may_lack_its_value(arg) => {
            layer.withhold(arg);
            Ok(())
        }
        Value::Boolean(on) if is_switch(arg) => layer.give(command, arg, &[on.to_string().into()]),
        _ if is_switch(arg) => Err("it takes true or false".to_owned()),
        Value::Array(values) if is_list(arg) => {
            let values: Result<Vec<_>, _> = values.iter().map(word).collect();
            layer.give(command, arg, &values?)
        }
        value => layer.give(command, arg, &[word(value)?]),
    }
}

/// A value as it would be written on the command line.
fn word(value: &Value) -> Result<OsString, String> {
    match value {
        Value::String(text) => Ok(text.into()),
        Value::Integer(number) => Ok(number.to_string().into()),
        Value::Float(number) => Ok(number.to_string().into()),
        _ => Err("it takes text or a number".to_owned()),
    }
}

/// What to write instead of a key that is none.
fn unknown(command: &Command, key: &str) -> String {
    let known: Vec<_> = settings(command).map(name).collect();
    let known = known.join(", ");
    match similar(command, key) {
        Some(near) => format!("there is no setting `{key}`; is it `{near}`? There are {known}"),
        None => format!("there is no setting `{key}`; there are {known}"),
    }
}

/// Clap knows what looks like it.
fn similar(command: &Command, key: &str) -> Option<String> {
    let argument = format!("--{key}");
    let attempt = command.clone().try_get_matches_from([command.get_name(), &argument]);
    match attempt.err()?.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.trim_start_matches('-').to_owned()),
        _ => None,
    }
}

impl Lines<'_> {
    fn wrong(&self, at: usize, reason: impl Display) -> clap::Error {
        let line = 1 + self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        wrong(format!("{}:{line}: {reason}", self.path.display()))
    }

    fn no_toml(&self, error: &toml::de::Error) -> clap::Error {
        let at = error.span().map_or(0, |span| span.start.min(self.text.len()));
        self.wrong(at, format!("this is not TOML: {}", error.message().replace('\n', ", ")))
    }
}
