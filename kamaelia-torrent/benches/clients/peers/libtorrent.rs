//! libtorrent through its Python binding, with the settings that its manual advises for fast peers.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Client, Done, Work};

pub(super) struct Libtorrent;

/// Names a Python that has another libtorrent than the system's has.
const VARIABLE: &str = "LIBTORRENT_PYTHON";

fn python() -> Command {
    Command::new(std::env::var(VARIABLE).as_deref().unwrap_or("/usr/bin/python3"))
}

impl Client for Libtorrent {
    fn name(&self) -> &'static str {
        "libtorrent"
    }

    fn is_here(&self) -> bool {
        let mut command = python();
        command.args(["-c", "import libtorrent"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn command(&self, work: &Work<'_>, home: &Path) -> Option<(Command, Done)> {
        let script = home.join("with_libtorrent.py");
        fs::write(&script, include_bytes!("with_libtorrent.py")).expect("room for a script");
        let mut command = python();
        command.arg(script);
        match work {
            Work::Make { file, piece_length, out } => {
                command.arg("make").arg(file).arg(piece_length.to_string()).arg(out);
            }
            Work::Check { torrent, directory } | Work::Leech { torrent, directory } => {
                command.arg("get").arg(torrent).arg(directory);
            }
            Work::Seed { torrent, directory, address } => {
                command.arg("seed").arg(torrent).arg(directory).arg(address.to_string());
            }
            Work::SeedMany { torrents, directory, address, state } => {
                command.arg("many").arg(torrents).arg(directory).arg(address.to_string());
                command.arg(state);
            }
        }
        Some((command, Done::Ended))
    }
}
