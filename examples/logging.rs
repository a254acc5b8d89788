//! Logs for people: on standard error as they are read now, in a file as they are read later.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use env_logger::{Builder, Logger, Target, WriteStyle};
use log::{LevelFilter, Log, Metadata, Record};

use crate::colours_on_standard_error;

/// Shows warnings and errors on standard error; with `verbosity` 1 what is going on, with 2 every
/// detail. The environment's `RUST_LOG` replaces that choice.
pub fn log_to_stderr(verbosity: u8) {
    let level = level(LevelFilter::Warn, verbosity);
    Logging::default().on_standard_error(io::stderr(), level).begin();
}

/// This level, or so many levels more; but not what only programmers want to know.
pub fn level(least: LevelFilter, verbosity: u8) -> LevelFilter {
    let more = LevelFilter::iter().skip_while(|level| *level < least);
    let more = more.take_while(|level| *level <= LevelFilter::Debug);
    more.take(usize::from(verbosity) + 1).last().unwrap_or(least)
}

/// The places where a program logs. The environment's `RUST_LOG` replaces the levels of all.
#[derive(Default)]
pub struct Logging {
    places: Vec<Logger>,
}

impl Logging {
    /// Also there, through a writer to standard error: `warn: sentence`, in colours if a person reads
    /// it and wants them.
    #[must_use]
    pub fn on_standard_error(
        mut self,
        writer: impl Write + Send + 'static,
        level: LevelFilter,
    ) -> Self {
        let mut place = place(writer, level);
        let has_colours = colours_on_standard_error();
        place.write_style(if has_colours { WriteStyle::Always } else { WriteStyle::Never });
        place.format(|out, record| {
            let style = out.default_level_style(record.level());
            let level = record.level().as_str().to_lowercase();
            writeln!(out, "{style}{level}:{style:#} {}", record.args())
        });
        self.places.push(place.build());
        self
    }

    /// Also at the end of this file, which is made with its directory if it is not there: with the time
    /// of each line, and which part of the program wrote it.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    pub fn in_file(mut self, path: &Path, level: LevelFilter) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = File::options().append(true).create(true).open(path)?;
        let mut place = place(file, level);
        place.format(|out, record| {
            let (time, level) = (out.timestamp_millis(), record.level().as_str().to_lowercase());
            writeln!(out, "{time} {level} {}: {}", record.target(), record.args())
        });
        self.places.push(place.build());
        Ok(self)
    }

    /// From now on everything is logged there. Does nothing if something else logs already.
    pub fn begin(self) {
        let most = self.places.iter().map(Logger::filter).max().unwrap_or(LevelFilter::Off);
        if log::set_boxed_logger(Box::new(self)).is_ok() {
            log::set_max_level(most);
        }
    }
}

impl Log for Logging {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.places.iter().any(|place| place.enabled(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        self.places.iter().for_each(|place| place.log(record));
    }

    fn flush(&self) {
        self.places.iter().for_each(Log::flush);
    }
}

fn place(writer: impl Write + Send + 'static, level: LevelFilter) -> Builder {
    let mut place = Builder::new();
    place.filter_level(level).parse_default_env().target(Target::Pipe(Box::new(writer)));
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_v_is_one_level_more_as_far_as_details() {
        let levels = [0, 1, 2, 255].map(|verbosity| level(LevelFilter::Warn, verbosity));
        let (info, debug) = (LevelFilter::Info, LevelFilter::Debug);
        assert_eq!(levels, [LevelFilter::Warn, info, debug, debug]);
        assert_eq!(level(LevelFilter::Info, 1), debug);
    }
}
