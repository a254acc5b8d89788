//! Who can be either end of a transfer.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A client that seeds and downloads as a process of its own.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Client {
    Ours,
    Libtorrent,
}

impl Client {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Client::Ours => "kamaelia",
            Client::Libtorrent => "libtorrent",
        }
    }

    /// What starts it, without its arguments. `scripts` is a directory for what it needs.
    pub(crate) fn command(self, scripts: &Path) -> Command {
        match self {
            Client::Ours => Command::new(std::env::current_exe().expect("this program is known")),
            Client::Libtorrent => {
                let script = scripts.join("with_libtorrent.py");
                let mut file = std::fs::File::create(&script).expect("room for a script");
                file.write_all(include_bytes!("with_libtorrent.py")).expect("room for a script");
                let mut command = Command::new("/usr/bin/python3");
                command.arg(script);
                command
            }
        }
    }

    pub(crate) fn is_there(self) -> bool {
        match self {
            Client::Ours => true,
            Client::Libtorrent => Command::new("/usr/bin/python3")
                .args(["-c", "import libtorrent"])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}
