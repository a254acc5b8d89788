//! rtorrent without its screen, driven over SCGI.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;

use super::{Client, Secrecy};
use crate::ours::Torrent;
use crate::program::Program;
use crate::stage::{Stage, free_port, lossy};

pub(super) struct Rtorrent {
    address: SocketAddr,
    control: SocketAddr,
    _program: Program,
}

impl Rtorrent {
    #[track_caller]
    pub(super) fn start(stage: &Stage, torrents: &[Torrent], dir: &Path, secrecy: Secrecy) -> Self {
        let (port, control) = (free_port(), free_port());
        let home = stage.directory(&format!("rtorrent {port}"));
        let encryption = match secrecy {
            Secrecy::Plain => "none",
            Secrecy::Encrypted => "require,require_RC4,allow_incoming,try_outgoing",
        };
        let settings = [
            "system.daemon.set = true".into(),
            "network.bind_address.set = 127.0.0.1".into(),
            format!("network.port_range.set = {port}-{port}"),
            "network.port_random.set = no".into(),
            format!("network.scgi.open_port = \"127.0.0.1:{control}\""),
            "dht.mode.set = disable".into(),
            "protocol.pex.set = no".into(),
            format!("protocol.encryption.set = {encryption}"),
            format!("directory.default.set = \"{}\"", dir.display()),
            format!("session.path.set = \"{}\"", home.display()),
        ];
        fs::write(home.join("settings"), settings.join("\n") + "\n").expect("room for settings");
        let mut command = stage.command("rtorrent");
        // It takes no path with a space in it here.
        command.args(["-n", "-o", "import=settings"]).current_dir(&home);
        let program = stage.start("rtorrent", &mut command);
        let client = Rtorrent {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            control: (Ipv4Addr::LOCALHOST, control).into(),
            _program: program,
        };
        stage.wait_for("rtorrent's control", || client.call("system.client_version", &[]));
        for torrent in torrents {
            let path = torrent.file.to_str().expect("paths here are text");
            client.call("load.start", &["", path]).expect("an answer");
        }
        client
    }

    /// The answer to a remote call, as XML.
    fn call(&self, method: &str, arguments: &[&str]) -> Option<String> {
        let arguments: String = arguments
            .iter()
            .map(|text| text.replace('&', "&amp;"))
            .map(|text| format!("<param><value><string>{text}</string></value></param>"))
            .collect();
        let body = format!(
            "<?xml version=\"1.0\"?><methodCall><methodName>{method}</methodName>\
             <params>{arguments}</params></methodCall>"
        );
        let head = format!("CONTENT_LENGTH\0{}\0SCGI\x001\0", body.len());
        let mut socket = TcpStream::connect(self.control).ok()?;
        write!(socket, "{}:{head},{body}", head.len()).ok()?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).ok()?;
        Some(lossy(answer)).filter(|answer| !answer.contains("<fault>"))
    }
}

impl Client for Rtorrent {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_until_complete(&mut self, stage: &Stage, torrent: &Torrent) {
        let hash = torrent.info_hash.to_uppercase();
        stage.wait_for(&format!("rtorrent to have {}", torrent.name), || {
            let answer = self.call("d.complete", &[&hash])?;
            answer.contains("<i8>1</i8>").then_some(())
        });
    }
}
