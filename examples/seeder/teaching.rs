//! What the help says after the options.

use clap::builder::StyledStr;
use clap::builder::styling::Styles;

/// Programs to begin with.
const EXAMPLES: &str = "
  Publish a file, until Ctrl-C:
    echo file:song.ogg | seeder --keep

  Download what a .torrent describes, and leave:
    echo torrent:song.ogg.torrent | seeder --dir downloads

  Of a magnet link only the music, and give as much back as was taken:
    echo 'magnet:?xt=…' | seeder --select '*.ogg' --until ratio:1

  Go on where the last run ended, with commands that others write:
    mkfifo commands; seeder --state --keep <> commands

  As objects for another program:
    seeder --json
";

/// For who starts the program at a terminal, and waits for something to happen.
pub(crate) fn at_a_terminal() -> &'static str {
    "seeder: type file:PATH, torrent:PATH or a magnet link; quit ends; see --help"
}

/// Below the short help.
pub(crate) fn briefly() -> &'static str {
    "Commands are read from standard input; --help tells of them, and of each option more."
}

/// Below the long one.
pub(crate) fn at_length() -> StyledStr {
    let styles = Styles::styled();
    let header = styles.get_header();
    format!("{header}Examples:{header:#}{EXAMPLES}").into()
}
