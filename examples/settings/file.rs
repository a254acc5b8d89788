//! What the file says: `max-up = "500K"`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use toml::{Spanned, Value};

use super::arguments::{is_list, is_number, is_switch, may_lack_its_value};
use super::layer::Layer;
use super::{name, settings, similar, wrong};

/// More than anybody writes; so a device that was named by mistake does not fill the memory.
const BYTES_MAX: u64 = 1 << 20;

/// The place of a mistake that is in no line alone.
const NOWHERE: usize = usize::MAX;

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
    let mut mistakes = Vec::new();
    for (key, value) in table {
        let (at, told) = match settings(command).find(|arg| name(arg) == key.get_ref()) {
            Some(arg) => {
                let told = give(&mut layer, command, arg, value.get_ref());
                let what = || format!("`{}` is {}", key.get_ref(), value.get_ref());
                (value.span().start, told.map_err(|reason| format!("{}: {reason}", what())))
            }
            None => (key.span().start, Err(unknown(command, key.get_ref(), value.get_ref()))),
        };
        mistakes.extend(told.err().map(|reason| (at, reason)));
    }
    if let Some((one, other)) = layer.quarrel(command) {
        mistakes.push((NOWHERE, format!("`{one}` and `{other}` exclude each other")));
    }
    if mistakes.is_empty() { Ok(layer) } else { Err(lines.wrong(mistakes)) }
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
            let values: Result<Vec<_>, _> = values.iter().map(|value| word(arg, value)).collect();
            layer.give(command, arg, &values?)
        }
        value => layer.give(command, arg, &[word(arg, value)?]),
    }
}

/// A value as it would be written on the command line. Where text is meant, a number is a mistake.
fn word(arg: &Arg, value: &Value) -> Result<OsString, String> {
    match value {
        Value::String(text) => Ok(text.into()),
        Value::Integer(number) if is_number(arg) => Ok(number.to_string().into()),
        Value::Float(number) if is_number(arg) => Ok(number.to_string().into()),
        _ if is_number(arg) => Err("it takes text or a number".to_owned()),
        _ => Err("it takes text in quotes".to_owned()),
    }
}

/// What to write instead of a key that is none.
fn unknown(command: &Command, key: &str, value: &Value) -> String {
    if value.is_table() {
        return format!("there are no sections, such as `[{key}]`; settings stand by themselves");
    }
    let known: Vec<_> = settings(command).map(name).collect();
    let known = known.join(", ");
    match similar(command, key) {
        Some(near) => format!("there is no setting `{key}`; is it `{near}`? There are {known}"),
        None => format!("there is no setting `{key}`; there are {known}"),
    }
}

impl Lines<'_> {
    /// All mistakes, those at the beginning first.
    fn wrong(&self, mut mistakes: Vec<(usize, String)>) -> clap::Error {
        mistakes.sort();
        let told = mistakes.iter().map(|(at, reason)| {
            let before = self.text.as_bytes().get(..*at);
            let line = |before: &[u8]| 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let line = before.map_or_else(String::new, |before| format!(":{}", line(before)));
            format!("{}{line}: {reason}", self.path.display())
        });
        wrong(told.collect::<Vec<_>>().join("\n"))
    }

    fn no_toml(&self, error: &toml::de::Error) -> clap::Error {
        let at = error.span().map_or(0, |span| span.start.min(self.text.len()));
        let reason = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        self.wrong(vec![(at, reason)])
    }
}
