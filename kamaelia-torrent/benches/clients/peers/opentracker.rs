//! opentracker, which serves HTTP and UDP at one port.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use kamaelia_torrent::metainfo::InfoHash;

use super::runs;

pub(crate) fn is_here() -> bool {
    runs("opentracker", &["-h"])
}

/// For these torrents alone: as it is packaged, it serves none that it was not told of.
pub(crate) fn command(home: &Path, address: SocketAddr, torrents: &[InfoHash]) -> Command {
    let lines: String = torrents.iter().map(|torrent| format!("{torrent}\n")).collect();
    fs::write(home.join("allowed"), lines).expect("room for a list");
    let port = address.port().to_string();
    let mut command = Command::new("opentracker");
    command.args(["-i", "127.0.0.1", "-p", &port, "-P", &port, "-w", "allowed", "-d"]);
    command.arg(home).current_dir(home);
    command
}
