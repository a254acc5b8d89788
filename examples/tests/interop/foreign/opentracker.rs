//! opentracker, which serves HTTP and UDP at one port.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};

use super::must_run;
use crate::program::Program;
use crate::stage::{Stage, free_port};

/// A tracker that others wrote.
pub(crate) struct Opentracker {
    pub(crate) http: String,
    pub(crate) udp: String,
    _program: Program,
}

impl Opentracker {
    #[track_caller]
    pub(crate) fn is_here() -> bool {
        must_run(&[&["sh", "-c", "command -v opentracker"]], "opentracker")
    }

    /// For these torrents alone: as it is packaged, it serves none that it was not told of.
    #[track_caller]
    pub(crate) fn start(stage: &Stage, info_hashes: &[&str]) -> Self {
        let port = free_port();
        let home = stage.directory(&format!("opentracker {port}"));
        fs::write(home.join("allowed"), info_hashes.join("\n") + "\n").expect("room for a list");
        // Started as root it becomes someone else, who may look here.
        let number = port.to_string();
        let mut command = stage.command("opentracker");
        command.args(["-i", "127.0.0.1", "-p", &number, "-P", &number, "-w", "allowed", "-d"]);
        command.arg(&home).current_dir(&home);
        let program = stage.start("opentracker", &mut command);
        stage.wait_for("opentracker's port", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        Opentracker {
            http: format!("http://127.0.0.1:{port}/announce"),
            udp: format!("udp://127.0.0.1:{port}/announce"),
            _program: program,
        }
    }
}
