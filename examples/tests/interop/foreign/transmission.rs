//! Transmission's daemon, driven over its RPC.
//!
//! It connects to no address of this machine's loopback, since none could come from the internet;
//! it is content with those who connect to it. So in a test with it, others must hear of it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;

use serde_json::{Value, json};

use super::{Client, Secrecy, labelled, post};
use crate::ours::Torrent;
use crate::program::Program;
use crate::stage::{Stage, free_port, lossy};

const RPC_PATH: &str = "/transmission/rpc";

/// The header that every call has to bring; the refusal of one without it says what to write.
const SESSION: &str = "X-Transmission-Session-Id:";

/// The number for a torrent that is complete and running.
const SEEDING: u64 = 6;

pub(super) struct Transmission {
    address: SocketAddr,
    rpc: SocketAddr,
    session: String,
    _program: Program,
}

impl Transmission {
    #[track_caller]
    pub(super) fn start(stage: &Stage, torrents: &[Torrent], dir: &Path, secrecy: Secrecy) -> Self {
        let (port, rpc_port) = (free_port(), free_port());
        // Its own numbers: plain ones preferred, and encrypted ones required.
        let encryption = if secrecy == Secrecy::Encrypted { 2 } else { 0 };
        let settings = json!({
            "bind-address-ipv4": "127.0.0.1",
            "bind-address-ipv6": "::1",
            "peer-port": port,
            "rpc-bind-address": "127.0.0.1",
            "rpc-port": rpc_port,
            "download-dir": dir,
            "dht-enabled": false,
            "lpd-enabled": false,
            "pex-enabled": false,
            "port-forwarding-enabled": false,
            "download-queue-enabled": false,
            "start-added-torrents": true,
            "encryption": encryption,
        });
        let config = stage.directory(&format!("transmission {port}"));
        fs::write(config.join("settings.json"), settings.to_string()).expect("room for settings");
        let mut command = stage.command("transmission-daemon");
        command.args(["--foreground", "--log-info", "--config-dir"]).arg(config);
        let program = stage.start("transmission", &mut command);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let rpc = SocketAddr::from((Ipv4Addr::LOCALHOST, rpc_port));
        let session = stage.wait_for("transmission's remote control", || {
            let (head, _) = post(rpc, RPC_PATH, "", &json!({}))?;
            labelled(&head, SESSION)
        });
        stage.wait_for("transmission's port", || TcpStream::connect(address).ok());
        let client = Transmission { address, rpc, session, _program: program };
        for torrent in torrents {
            let answer = client.call("torrent-add", &json!({"filename": torrent.file}));
            assert_eq!(answer.expect("an answer")["result"], "success", "{}", torrent.name);
        }
        client
    }

    fn call(&self, method: &str, arguments: &Value) -> Option<Value> {
        let header = format!("{SESSION} {}\r\n", self.session);
        let body = json!({"method": method, "arguments": arguments});
        Some(post(self.rpc, RPC_PATH, &header, &body)?.1)
    }
}

impl Client for Transmission {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_until_complete(&mut self, stage: &Stage, torrent: &Torrent) {
        let fields = ["status"];
        let ask = json!({"ids": [torrent.info_hash], "fields": fields});
        stage.wait_for(&format!("transmission to have {}", torrent.name), || {
            let answer = self.call("torrent-get", &ask)?;
            let this = answer["arguments"]["torrents"].get(0)?;
            (this["status"] == SEEDING).then_some(())
        });
    }
}

#[track_caller]
pub(super) fn info_hash(stage: &Stage, torrent: &Path) -> Option<String> {
    let shown = stage.command("transmission-show").arg(torrent).output().expect("it runs");
    labelled(&lossy(shown.stdout), "Hash:").filter(|_| shown.status.success())
}

/// The name it gives to a file: no colons, on any system.
pub(super) fn name_on_disk(name: &str) -> String {
    name.replace(':', "_")
}

/// Has it make a torrent. It leaves empty files out.
#[track_caller]
pub(crate) fn create(stage: &Stage, of: &Path, tracker: &str) -> Torrent {
    let out = stage.directory("torrents").join("by transmission.torrent");
    let mut command = stage.command("transmission-create");
    stage.run(command.arg("--outfile").arg(&out).args(["--tracker", tracker]).arg(of));
    Torrent::read(stage, &out)
}
