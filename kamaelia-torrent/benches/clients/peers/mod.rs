//! Who does the works: our own client, and those that others wrote, where they are installed.

mod aria2;
mod creators;
mod libtorrent;
pub(crate) mod opentracker;
pub(crate) mod ours;
mod rtorrent;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::options::Options;
use crate::process::Process;

/// What a client is to do.
pub(crate) enum Work<'a> {
    /// Make a torrent of a file.
    Make { file: &'a Path, piece_length: u64, out: &'a Path },
    /// Hash what is in the directory, and find it complete.
    Check { torrent: &'a Path, directory: &'a Path },
    /// Download; the torrent's tracker knows from whom.
    Leech { torrent: &'a Path, directory: &'a Path },
    /// Serve what is in the directory to whoever comes.
    Seed { torrent: &'a Path, directory: &'a Path, address: SocketAddr },
    /// The same for all torrents of a directory. The state is kept from one run to the next.
    SeedMany { torrents: &'a Path, directory: &'a Path, address: SocketAddr, state: &'a Path },
}

/// A kind of work.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Skill {
    Make,
    Check,
    Leech,
    Seed,
    SeedMany,
}

/// When a work is done.
pub(crate) enum Done {
    /// When the process has ended.
    Ended,
    /// When this file is there.
    Marked(PathBuf),
}

/// A client.
pub(crate) trait Client {
    fn name(&self) -> &'static str;

    /// Whether it is installed.
    fn is_here(&self) -> bool {
        true
    }

    /// Whether it does such work.
    fn can(&self, _: Skill) -> bool {
        true
    }

    /// What has it do this, and when it is done; nothing if it cannot. `home` is an empty directory,
    /// but for what it left there in a run before.
    fn command(&self, work: &Work<'_>, home: &Path) -> Option<(Command, Done)>;
}

/// All that can do this, are installed and wanted; ours first.
pub(crate) fn clients(options: &Options, skill: Skill) -> Vec<&'static dyn Client> {
    let all: [&dyn Client; 6] = [
        &ours::Ours,
        &libtorrent::Libtorrent,
        &rtorrent::Rtorrent,
        &aria2::Aria2,
        &creators::Mktorrent,
        &creators::TransmissionCreate,
    ];
    all.into_iter()
        .filter(|client| client.can(skill) && options.wants(client.name()) && client.is_here())
        .collect()
}

/// A process that does a work.
pub(crate) struct Worker {
    pub(crate) process: Process,
    done: Done,
}

impl Worker {
    /// Has a client do this, if it can.
    pub(crate) fn start(client: &dyn Client, work: &Work<'_>, home: &Path) -> Option<Self> {
        std::fs::create_dir_all(home).expect("room for a directory");
        let (mut command, done) = client.command(work, home)?;
        command.current_dir(home);
        Some(Worker { process: Process::start(command), done })
    }

    /// Waits until it is done; see [`Process::until`].
    pub(crate) fn finish(&mut self) -> Option<crate::process::Spent> {
        match &self.done {
            Done::Ended => self.process.until_ended(),
            Done::Marked(marker) => self.process.until(|| marker.exists()),
        }
    }
}

/// Whether this can be run.
fn runs(program: &str, words: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}
