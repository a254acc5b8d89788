//! rtorrent without its screen. What it does at its events leaves the marks that others wait for.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Client, Done, Skill, Work, runs};

pub(super) struct Rtorrent;

impl Client for Rtorrent {
    fn name(&self) -> &'static str {
        "rtorrent"
    }

    fn is_here(&self) -> bool {
        runs("rtorrent", &["-h"])
    }

    fn can(&self, skill: Skill) -> bool {
        skill != Skill::Make
    }

    fn command(&self, work: &Work<'_>, home: &Path) -> Option<(Command, Done)> {
        let marker = home.join("done");
        let mark = |event| {
            let touch = format!("execute.nothrow=touch,{}", marker.display());
            format!("method.set_key=event.download.{event},mark,\"{touch}\"")
        };
        let load = |what: &Path| format!("schedule2=load,0,0,load.start={}", what.display());
        let directory = match work {
            Work::Check { directory, .. }
            | Work::Leech { directory, .. }
            | Work::Seed { directory, .. }
            | Work::SeedMany { directory, .. } => directory,
            Work::Make { .. } => return None,
        };
        let mut lines = settings(home, directory);
        let port = |address: &std::net::SocketAddr| {
            format!("network.port_range.set={0}-{0}", address.port())
        };
        match work {
            Work::Check { torrent, .. } => lines.extend([mark("hash_done"), load(torrent)]),
            Work::Leech { torrent, .. } => lines.extend([mark("finished"), load(torrent)]),
            Work::Seed { torrent, address, .. } => lines.extend([port(address), load(torrent)]),
            Work::SeedMany { torrents, address, .. } => {
                lines.push(port(address));
                // It remembers them in its session.
                if !marker.exists() {
                    lines.push(load(&torrents.join("*.torrent")));
                    fs::write(&marker, "").expect("room for a mark");
                }
            }
            Work::Make { .. } => {}
        }
        fs::write(home.join("settings"), lines.join("\n") + "\n").expect("room for settings");
        let mut command = Command::new("rtorrent");
        command.args(["-n", "-o", "import=settings"]).env("TERM", "dumb");
        Some((command, Done::Marked(marker)))
    }
}

fn settings(home: &Path, directory: &Path) -> Vec<String> {
    let session = home.join("session");
    fs::create_dir_all(&session).expect("room for a directory");
    let mut lines = vec![
        format!("directory.default.set={}", directory.display()),
        format!("session.path.set={}", session.display()),
    ];
    let fixed = [
        "system.daemon.set=true",
        "network.bind_address.set=127.0.0.1",
        "network.port_random.set=no",
        "dht.mode.set=disable",
        "protocol.pex.set=no",
        "protocol.encryption.set=none",
        "pieces.hash.on_completion.set=no",
        "throttle.max_peers.normal.set=2000",
        "throttle.max_peers.seed.set=2000",
        "throttle.max_uploads.set=64",
        "network.max_open_sockets.set=3000",
        "network.max_open_files.set=2000",
    ];
    lines.extend(fixed.map(str::to_owned));
    lines
}
