//! Programs that make torrents and do nothing else.

use std::path::Path;
use std::process::Command;

use super::{Client, Done, Skill, Work, runs};

pub(super) struct Mktorrent;

impl Client for Mktorrent {
    fn name(&self) -> &'static str {
        "mktorrent"
    }

    fn is_here(&self) -> bool {
        runs("mktorrent", &["-h"])
    }

    fn can(&self, skill: Skill) -> bool {
        skill == Skill::Make
    }

    fn command(&self, work: &Work<'_>, _: &Path) -> Option<(Command, Done)> {
        let Work::Make { file, piece_length, out } = work else { return None };
        let mut command = Command::new("mktorrent");
        // It takes the length's logarithm, and wants a tracker.
        command.arg("-l").arg(piece_length.ilog2().to_string());
        command.args(["-a", "http://127.0.0.1:6969/announce", "-o"]).arg(out).arg(file);
        Some((command, Done::Ended))
    }
}

pub(super) struct TransmissionCreate;

impl Client for TransmissionCreate {
    fn name(&self) -> &'static str {
        "transmission-create"
    }

    fn is_here(&self) -> bool {
        runs("transmission-create", &["--version"])
    }

    fn can(&self, skill: Skill) -> bool {
        skill == Skill::Make
    }

    fn command(&self, work: &Work<'_>, _: &Path) -> Option<(Command, Done)> {
        let Work::Make { file, piece_length, out } = work else { return None };
        let mut command = Command::new("transmission-create");
        command.arg("-s").arg((piece_length >> 10).to_string()).arg("-o").arg(out).arg(file);
        Some((command, Done::Ended))
    }
}
