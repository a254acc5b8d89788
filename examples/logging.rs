//! Logs for people, on standard error.

use std::io::Write;

use log::LevelFilter;

/// Shows warnings and errors; with `verbosity` 1 what is going on, with 2 every detail. The
/// environment's `RUST_LOG` replaces that choice.
pub fn log_to_stderr(verbosity: u8) {
    let level = match verbosity {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    env_logger::Builder::new()
        .filter_level(level)
        .parse_default_env()
        .format(|out, record| {
            let level = record.level().as_str().to_lowercase();
            writeln!(out, "{level}: {}", record.args())
        })
        .init();
}
