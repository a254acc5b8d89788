//! Clients that others wrote, each set up to stay on this machine and with the peers we name.

mod aria2;
mod libtorrent;
mod opentracker;
mod rtorrent;
mod transmission;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::content;
use crate::ours::Torrent;
use crate::stage::{Stage, lossy};

/// When set to `required`, a client that is not installed fails its tests.
const VARIABLE: &str = "KAMAELIA_FOREIGN_CLIENTS";

/// Which client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Foreign {
    Aria2,
    Transmission,
    Libtorrent,
    Rtorrent,
}

/// Whether a client takes part in encrypted conversations alone, or in any it is offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Secrecy {
    Plain,
    Encrypted,
}

/// A running one.
pub(crate) trait Client {
    /// Where peers can reach it.
    fn address(&self) -> SocketAddr;

    /// Waits until it says that it has all of this torrent, and has written it.
    fn wait_until_complete(&mut self, stage: &Stage, torrent: &Torrent);
}

impl Foreign {
    /// Whether it is installed. Says so when it is not, or fails if it has to be.
    #[track_caller]
    pub(crate) fn is_here(self) -> bool {
        let (needed, package): (&[&[&str]], _) = match self {
            Foreign::Aria2 => (&[&["aria2c", "--version"]], "aria2"),
            Foreign::Transmission => (
                &[
                    &["transmission-daemon", "--version"],
                    &["transmission-show", "--version"],
                    &["transmission-create", "--version"],
                ],
                "transmission-cli and transmission-daemon",
            ),
            Foreign::Libtorrent => {
                (&[&[libtorrent::PYTHON, "-c", "import libtorrent"]], "python3-libtorrent")
            }
            Foreign::Rtorrent => (&[&["rtorrent", "-h"]], "rtorrent"),
        };
        must_run(needed, package)
    }

    /// Starts it with these torrents. What it finds of them in the directory it checks and serves;
    /// the rest it downloads.
    #[track_caller]
    pub(crate) fn start(self, stage: &Stage, torrents: &[Torrent], dir: &Path) -> Box<dyn Client> {
        self.start_with(stage, torrents, dir, Secrecy::Plain)
    }

    /// The same, with a choice.
    #[track_caller]
    pub(crate) fn start_with(
        self,
        stage: &Stage,
        torrents: &[Torrent],
        dir: &Path,
        secrecy: Secrecy,
    ) -> Box<dyn Client> {
        match self {
            Foreign::Aria2 => Box::new(aria2::Aria2::start(stage, torrents, dir, secrecy)),
            Foreign::Transmission => {
                Box::new(transmission::Transmission::start(stage, torrents, dir, secrecy))
            }
            Foreign::Libtorrent => {
                Box::new(libtorrent::Libtorrent::start(stage, torrents, dir, secrecy))
            }
            Foreign::Rtorrent => Box::new(rtorrent::Rtorrent::start(stage, torrents, dir, secrecy)),
        }
    }

    /// A directory as this client would have made it of what lies in `source`: that very one, but
    /// for Transmission, which gives files other names and makes no empty ones.
    #[track_caller]
    pub(crate) fn own_names(self, stage: &Stage, source: &Path) -> PathBuf {
        if self != Foreign::Transmission {
            return source.to_path_buf();
        }
        let renamed = stage.directory("source as transmission names it");
        content::renamed(source, &renamed, transmission::name_on_disk);
        renamed
    }

    /// The info-hash of a `.torrent`, as it reads it; none if it refuses it.
    #[track_caller]
    pub(crate) fn info_hash(self, stage: &Stage, torrent: &Path) -> Option<String> {
        match self {
            Foreign::Aria2 => aria2::info_hash(stage, torrent),
            Foreign::Transmission => transmission::info_hash(stage, torrent),
            Foreign::Libtorrent => libtorrent::info_hash(stage, torrent),
            Foreign::Rtorrent => None,
        }
    }
}

pub(crate) use libtorrent::{Version, create as libtorrent_creates};
pub(crate) use opentracker::Opentracker;
pub(crate) use transmission::create as transmission_creates;

/// Posts JSON to a client's remote control, and gives the head and the body of its answer.
fn post(to: SocketAddr, path: &str, header: &str, body: &Value) -> Option<(String, Value)> {
    let body = body.to_string();
    let mut socket = TcpStream::connect(to).ok()?;
    write!(
        socket,
        "POST {path} HTTP/1.0\r\nHost: {to}\r\n{header}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok()?;
    let answer = lossy(answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.to_owned(), serde_json::from_str(body).unwrap_or_default()))
}

/// Whether all of these can be run. Says so when not, or fails if they have to be.
#[track_caller]
pub(crate) fn must_run(needed: &[&[&str]], package: &str) -> bool {
    let missing: Vec<_> = needed.iter().filter(|command| !runs(command)).collect();
    if missing.is_empty() {
        return true;
    }
    let sentence = format!("{missing:?} cannot be run: apt install {package}");
    let required = std::env::var_os(VARIABLE).is_some_and(|value| value == "required");
    assert!(!required, "{sentence} ({VARIABLE}=required)");
    eprintln!("skipped: {sentence}");
    false
}

fn runs(command: &[&str]) -> bool {
    let mut process = Command::new(command[0]);
    process.args(&command[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    process.status().is_ok_and(|status| status.success())
}

/// What follows a label on a line of its own.
fn labelled(text: &str, label: &str) -> Option<String> {
    let rest = text.lines().find_map(|line| line.trim().strip_prefix(label))?;
    Some(rest.trim().to_owned())
}
