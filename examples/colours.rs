//! Whether colours are wanted.

use std::io;

use anstream::{AutoStream, ColorChoice};

/// Whether standard error takes colours: if it is a terminal that has some, and neither `NO_COLOR` nor
/// `CLICOLOR=0` forbids them; or wherever it leads, if `CLICOLOR_FORCE` says so. As the help does, which
/// clap shows.
pub fn colours_on_standard_error() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}
