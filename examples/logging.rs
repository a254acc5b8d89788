//! Logs for people.

use std::io::{self, Write};

use env_logger::Target;
use log::LevelFilter;

/// Shows warnings and errors on standard error; with `verbosity` 1 what is going on, with 2 every
/// detail. The
/// environment's `RUST_LOG` replaces that choice.
pub fn log_to_stderr(verbosity: u8) {
    log_to(io::stderr(), verbosity);
}

/// The same, to anywhere.
pub fn log_to(writer: impl Write + Send + 'static, verbosity: u8) {
    let level = match verbosity {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    env_logger::Builder::new()
        .filter_level(level)
        .parse_default_env()
        .target(Target::Pipe(Box::new(writer)))
        .format(|out, record| {
            let level = record.level().as_str().to_lowercase();
            writeln!(out, "{level}: {}", record.args())
        })
        .init();
}
