//! What a program is told: by its command line, its environment and one file, the strongest first.
//!
//! An option is named once, where clap learns of it. Under its long name, `--max-up`, the file knows it
//! as `max-up` and the environment of a program called `seeder` as `SEEDER_MAX_UP`. What each source
//! says is spelled as arguments, in a layer, and clap alone judges them, so every source takes
//! the same values. Of what is said twice the strongest counts, and takes away what it cannot be
//! together with; what is left becomes the command line that is parsed in the end.

mod arguments;
mod environment;
mod file;
mod layer;
mod places;
mod printed;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, CommandFactory, Parser, value_parser};

use arguments::{lenient, of_command_line};
use layer::Layer;

pub use places::{config_dir, state_dir};

/// Where `--config` and `--print-config` are shown in the help.
const HEADING: &str = "Settings";

/// What a program may learn of the world outside.
pub struct Sources {
    /// Its arguments, with its own name first.
    pub arguments: Vec<OsString>,
    /// Its environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The file that is read if it is there, and none was named.
    pub default_file: Option<PathBuf>,
}

/// What a program is to do.
#[derive(Debug)]
pub enum Told<O> {
    /// Go on with these options.
    Options(O),
    /// Show this, the settings as a file, and leave.
    Print(String),
}

impl Sources {
    /// Those of this process, for a program of this name.
    pub fn of_this_process(program: &str) -> Self {
        Sources {
            arguments: env::args_os().collect(),
            environment: env::vars_os().collect(),
            default_file: config_dir(program).map(|dir| dir.join("config.toml")),
        }
    }

    /// What they say all together. Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// One sentence about what is wrong, with its source; or what `--help` and `--version` show.
    pub fn settle<O: Parser>(&self) -> Result<Told<O>, clap::Error> {
        let command = command::<O>();
        let line = of_command_line(&command, &self.arguments)?;
        if line.subcommand().is_some() {
            // An errand of its own, which the settings do not concern.
            return Ok(Told::Options(O::from_arg_matches(&line)?));
        }
        let environment = environment::layer(&command, &self.environment)?;
        let file = file::layer(&command, self.file(&command, &line))?;
        let layers = [Layer::of_matches(&command, &line), environment, file];
        let settled = lenient(&command).try_get_matches_from(Layer::stacked(&command, layers))?;
        if line.get_flag("print-config") {
            return Ok(Told::Print(printed::as_toml(&command, &settled)?));
        }
        Ok(Told::Options(O::from_arg_matches(&settled)?))
    }

    /// The file to read, and whether it was asked for by name.
    fn file(&self, command: &Command, line: &ArgMatches) -> Option<(PathBuf, bool)> {
        let variable = environment::variable(command, "config");
        let set = self.environment.iter().find(|(name, _)| *name == *variable);
        let named = line.get_one::<PathBuf>("config").cloned();
        let named = named.or_else(|| set.map(|(_, path)| PathBuf::from(path)));
        let default = || self.default_file.clone().map(|path| (path, false));
        named.map(|path| (path, true)).or_else(default)
    }
}

/// The options of this process; with `--print-config`, `--help` and the like what they ask for is shown
/// and the process ends, as it does, with status 2, if something is wrong.
pub fn parse<O: Parser>() -> O {
    let command = O::command();
    let told = Sources::of_this_process(command.get_name()).settle();
    match told {
        Ok(Told::Options(options)) => options,
        Ok(Told::Print(text)) => process::exit(status(io::stdout().write_all(text.as_bytes()), 0)),
        Err(error) => process::exit(status(error.print(), error.exit_code())),
    }
}

/// The status after something was shown: 1 if it could not be. A reader that has seen enough is no failure.
fn status(shown: io::Result<()>, status: i32) -> i32 {
    match shown.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => 1,
        _ => status,
    }
}

/// The command line of these options, with what is about settings itself.
pub fn command<O: CommandFactory>() -> Command {
    let config = Arg::new("config").long("config").value_name("FILE").help_heading(HEADING);
    let config =
        config.value_parser(value_parser!(PathBuf)).help("Read settings from this TOML file");
    let name = O::command().get_name().to_owned();
    let config = config.long_help(format!(
        "Read settings from this TOML file [default: {name}/config.toml in $XDG_CONFIG_HOME or \
         ~/.config, if it is there]. `max-up = \"500K\"` in it is `--max-up 500K`, and so is {} in the \
         environment. An option counts before the environment, and that before the file",
        environment::variable(&O::command(), "max-up") + "=500K",
    ));
    let print = Arg::new("print-config").long("print-config").action(clap::ArgAction::SetTrue);
    let print = print.help_heading(HEADING).help("Write all settings as such a file, and leave");
    O::command().arg(config).arg(print)
}

/// The options that every source may set.
fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    let is_setting = |arg: &&Arg| {
        let about_settings = ["config", "print-config", "help", "version"];
        arg.get_long().is_some() && !about_settings.contains(&arg.get_id().as_str())
    };
    command.get_arguments().filter(is_setting)
}

/// The name of an option, without its dashes.
fn name(arg: &Arg) -> &str {
    arg.get_long().expect("a setting has a long name")
}

/// The setting that looks like this one, which is none: clap knows.
fn similar(command: &Command, key: &str) -> Option<String> {
    let argument = format!("--{key}");
    let attempt = command.clone().try_get_matches_from([command.get_name(), &argument]);
    match attempt.err()?.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.trim_start_matches('-').to_owned()),
        _ => None,
    }
}

/// A refusal in clap's manner: `error: ` goes before it, and the status is 2.
fn wrong(sentence: impl std::fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{sentence}\n"))
}
