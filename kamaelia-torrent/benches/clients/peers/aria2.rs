//! aria2, a process for each download.

use std::path::Path;
use std::process::Command;

use super::{Client, Done, Skill, Work, runs};

pub(super) struct Aria2;

/// What keeps it here, and lets it be as fast as it can.
const OPTIONS: &[&str] = &[
    "--no-conf",
    "--quiet=true",
    "--interface=127.0.0.1",
    "--enable-dht=false",
    "--bt-enable-lpd=false",
    "--enable-peer-exchange=false",
    "--bt-max-peers=0",
    "--file-allocation=none",
    "--disk-cache=64M",
    "--async-dns=false",
    "--follow-torrent=mem",
];

impl Client for Aria2 {
    fn name(&self) -> &'static str {
        "aria2"
    }

    fn is_here(&self) -> bool {
        runs("aria2c", &["--version"])
    }

    fn can(&self, skill: Skill) -> bool {
        !matches!(skill, Skill::Make | Skill::SeedMany)
    }

    fn command(&self, work: &Work<'_>, _: &Path) -> Option<(Command, Done)> {
        let mut command = Command::new("aria2c");
        command.args(OPTIONS);
        let (torrent, directory) = match work {
            Work::Check { torrent, directory } => {
                command.args(["--check-integrity=true", "--hash-check-only=true"]);
                (torrent, directory)
            }
            Work::Leech { torrent, directory } => {
                command.arg("--seed-time=0");
                (torrent, directory)
            }
            Work::Seed { torrent, directory, address } => {
                command.args(["--check-integrity=true", "--seed-ratio=0.0"]);
                command.arg(format!("--listen-port={}", address.port()));
                (torrent, directory)
            }
            Work::Make { .. } | Work::SeedMany { .. } => return None,
        };
        command.arg("--dir").arg(directory).arg(torrent);
        Some((command, Done::Ended))
    }
}
