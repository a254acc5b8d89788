//! Which compiler makes code for which machine.

use std::fmt;
use std::process::Command;

/// A compiler, as it names itself.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Compiler {
    /// `1.95.0`, say.
    pub(crate) release: String,
    /// `x86_64-unknown-linux-gnu`, say.
    pub(crate) host: String,
}

impl Compiler {
    /// The one that Cargo calls here.
    pub(crate) fn this() -> Self {
        let output = Command::new("rustc").arg("-vV").output().expect("the compiler can be run");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name| {
            let rest = said.lines().find_map(|line| line.strip_prefix(name));
            rest.unwrap_or_default().trim().to_owned()
        };
        Compiler { release: field("release:"), host: field("host:") }
    }

    /// From the words that [`Display`](fmt::Display) makes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (release, host) = text.strip_prefix("rustc ")?.split_once(" for ")?;
        Some(Compiler { release: release.into(), host: host.into() })
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rustc {} for {}", self.release, self.host)
    }
}
