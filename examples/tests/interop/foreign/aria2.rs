//! aria2, asked how it is doing over its JSON-RPC.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::{Value, json};

use super::{Client, Secrecy, labelled, post};
use crate::ours::Torrent;
use crate::program::Program;
use crate::stage::{Stage, free_port};

/// What keeps it here, and takes its time off nothing.
const OPTIONS: &[&str] = &[
    "--no-conf",
    "--no-netrc",
    "--interface=127.0.0.1",
    "--disable-ipv6",
    // Without it there are no trackers by UDP either; it knows of nobody to ask.
    "--enable-dht=true",
    "--dht-listen-port=12000-31999",
    "--bt-enable-lpd=false",
    "--enable-peer-exchange=false",
    // It takes one of these that is free.
    "--listen-port=12000-31999",
    "--file-allocation=none",
    // What is in the directory is looked at; what is complete is served without end.
    "--check-integrity",
    "--seed-ratio=0",
    "--max-concurrent-downloads=100",
    "--show-console-readout=false",
    "--summary-interval=0",
    "--console-log-level=notice",
    "--enable-color=false",
];

pub(super) struct Aria2 {
    address: SocketAddr,
    rpc: SocketAddr,
    _program: Program,
}

impl Aria2 {
    #[track_caller]
    pub(super) fn start(stage: &Stage, torrents: &[Torrent], dir: &Path, secrecy: Secrecy) -> Self {
        let rpc = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = stage.command("aria2c");
        command.args(OPTIONS).arg("--dir").arg(dir).arg("--enable-rpc");
        command.arg(format!("--rpc-listen-port={}", rpc.port()));
        command.arg(format!("--stop-with-process={}", std::process::id()));
        if secrecy == Secrecy::Encrypted {
            command.args(["--bt-require-crypto", "--bt-min-crypto-level=arc4"]);
        }
        command.args(torrents.iter().map(|torrent| &torrent.file));
        let program = stage.start("aria2", &mut command);
        let port = program.wait_for("its port", |line| {
            line.split_once("BitTorrent: listening on TCP port ")?.1.trim().parse::<u16>().ok()
        });
        Aria2 { address: (Ipv4Addr::LOCALHOST, port).into(), rpc, _program: program }
    }

    fn call(&self, method: &str, parameters: &Value) -> Option<Value> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        let (_, answer) = post(self.rpc, "/jsonrpc", "", &body)?;
        Some(answer["result"].clone())
    }

    /// Everything it works on or is done with.
    fn downloads(&self) -> Vec<Value> {
        let active = self.call("aria2.tellActive", &json!([]));
        let stopped = self.call("aria2.tellStopped", &json!([0, 1000]));
        let lists = [active, stopped].into_iter().flatten();
        lists.filter_map(|list| list.as_array().cloned()).flatten().collect()
    }
}

impl Client for Aria2 {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_until_complete(&mut self, stage: &Stage, torrent: &Torrent) {
        stage.wait_for(&format!("aria2 to have {}", torrent.name), || {
            let downloads = self.downloads();
            let this = downloads.iter().find(|d| d["infoHash"] == *torrent.info_hash)?;
            assert_ne!(this["status"], "error", "aria2: {this}");
            (this["seeder"] == "true" || this["status"] == "complete").then_some(())
        });
    }
}

#[track_caller]
pub(super) fn info_hash(stage: &Stage, torrent: &Path) -> Option<String> {
    let text = stage.run(stage.command("aria2c").args(["--no-conf", "--show-files"]).arg(torrent));
    labelled(&text, "Info Hash:")
}
