//! What the help says before and after the options, and the program to who waits for something to happen.

use clap::builder::StyledStr;
use clap::builder::styling::Styles;

/// What the program does. Paragraphs are lines, which clap and the manual page break as they like; in the
/// list of commands they are short enough for 60 columns.
const ABOUT: &str = "\
Publishes files and downloads torrents, driven through pipes by another program.

Reads commands from standard input, one a line:

  file:PATH      publish a file or directory where it
                 lies, and write PATH's last name with
                 .torrent added into --dir
  torrent:URL    fetch a .torrent by http or https, and
                 download what it describes
  torrent:PATH   the same with a .torrent file; a relative
                 PATH is looked for in --dir
  magnet:?xt=…   ask peers what a magnet link leads to,
                 write that as NAME.torrent into --dir,
                 and download it

  stop:ID        let go of a torrent; its files stay
  pause:ID       let its peers go until resume:ID; tell its
                 trackers so
  resume:ID      go on with it, and try again at once what
                 has failed
  why:ID         say why it does not move; why:ID:PIECE why
                 a piece does not come
  list           tell how all torrents stand
  quit           answer what was asked, and leave without
                 waiting for downloads; no more is read

Writes `id:file:percent` to standard output: once with -1 when a torrent is new, then with each higher \
percentage. Failures go to standard error. Each of stop, pause, resume, why, list and quit is answered by \
one line `0:COMMAND:STATUS`, where no torrent has the id 0 and the status is 0 for done and 1 for not; \
`list` writes a line for each torrent before it, and the answer to `why` is `0:why:ID SENTENCE:0`. So every \
line can be split at its first and its last colon.

A command may have a tag, as in `@TAG list`: 1 to 64 letters, digits, `-`, `_` or `.`. Then one line that \
begins with `0:@TAG ` answers it, whatever it is: `0:@TAG file:PATH ID:0` if a torrent was taken on.

Only commands of one kind that read or fetch something wait for each other; an ID can be used once the \
line that tells it is there.

At the end of its input it finishes what was asked and leaves: when every torrent is complete or paused, \
and seeded enough if there is an --until. With --keep it goes on until it gets SIGINT, SIGTERM or SIGHUP.

Exit status: 0 everything was done, 1 something failed or was not finished, 2 wrong usage.";

/// Programs to begin with.
pub(crate) const EXAMPLES: &str = "
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

/// What the program does, at length.
pub(crate) fn about() -> &'static str {
    ABOUT
}

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
