//! libtorrent, through a few lines of Python.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use super::{Client, Secrecy};
use crate::ours::Torrent;
use crate::program::Program;
use crate::stage::{Stage, lossy};

/// The system's, for which the package is.
pub(super) const PYTHON: &str = "/usr/bin/python3";

const SCRIPT: &str = include_str!("errands.py");

/// What kind of torrent to make.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Version {
    V1,
    /// For clients of either version (BEP 52).
    Hybrid,
}

pub(super) struct Libtorrent {
    address: SocketAddr,
    program: Program,
}

impl Libtorrent {
    #[track_caller]
    pub(super) fn start(stage: &Stage, torrents: &[Torrent], dir: &Path, secrecy: Secrecy) -> Self {
        let mut command = script(stage, "run");
        command
            .arg(format!("{secrecy:?}"))
            .arg(dir)
            .args(torrents.iter().map(|torrent| &torrent.file));
        let program = stage.start("libtorrent", &mut command);
        let port = program
            .wait_for("its port", |line| line.strip_prefix("listening ")?.parse::<u16>().ok());
        Libtorrent { address: (Ipv4Addr::LOCALHOST, port).into(), program }
    }
}

impl Client for Libtorrent {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_until_complete(&mut self, _: &Stage, torrent: &Torrent) {
        let awaited = format!("complete {}", torrent.info_hash);
        self.program.wait_for(&awaited, |line| (line == awaited).then_some(()));
    }
}

#[track_caller]
pub(super) fn info_hash(stage: &Stage, torrent: &Path) -> Option<String> {
    let shown = script(stage, "show").arg(torrent).output().expect("it runs");
    shown.status.success().then(|| lossy(shown.stdout).trim().to_owned())
}

/// Has it make a torrent.
#[track_caller]
pub(crate) fn create(stage: &Stage, of: &Path, tracker: &str, version: Version) -> Torrent {
    let out = stage.directory("torrents").join(format!("by libtorrent {version:?}.torrent"));
    let kind = format!("{version:?}");
    let arguments = [of.as_os_str(), out.as_os_str(), OsStr::new(tracker), OsStr::new(&kind)];
    stage.run(script(stage, "create").args(arguments));
    Torrent::read(stage, &out)
}

fn script(stage: &Stage, errand: &str) -> Command {
    let mut command = stage.command(PYTHON);
    command.args(["-u", "-c", SCRIPT, errand]);
    command
}
