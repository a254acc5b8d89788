//! What the seeder does when it does not seed.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;
use clap_complete::Shell;
use examples::settings;

use crate::manual;
use crate::options::Options;

/// Something the seeder writes about itself.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Errand {
    /// Write what makes a shell complete these options
    ///
    /// For bash, say, in a directory that mkdir -p has made: seeder completions bash >
    /// ~/.local/share/bash-completion/completions/seeder
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual page: seeder man | man -l -
    Man,
}

impl Errand {
    /// Does it. A reader that has seen enough is no failure.
    pub(crate) fn run(&self) -> ExitCode {
        match io::stdout().write_all(&self.text()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        }
    }

    fn text(&self) -> Vec<u8> {
        let mut command = settings::command::<Options>();
        let mut text = Vec::new();
        match self {
            Errand::Completions { shell } => {
                clap_complete::generate(*shell, &mut command, "seeder", &mut text);
            }
            Errand::Man => manual::write(command, &mut text).expect("memory takes what is written"),
        }
        text
    }
}
