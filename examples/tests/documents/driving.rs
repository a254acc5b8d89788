//! The scripts of `docs/driving.md` do what they show.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{page::Page, root};

#[test]
fn the_scripts_of_the_guide_run_as_they_stand_there_one_after_the_other() {
    let path = Path::new("docs/driving.md");
    let text = fs::read_to_string(root().join(path)).expect("the guide is there");
    let place = TempDir::new().expect("a directory");
    let mut scripts = 0;
    for (language, code) in Page::new(path.to_owned(), &text).code {
        let args: &[&str] = match language.as_str() {
            "sh" => &["sh", "-e", "-c"],
            "python" => &["python3", "-c"],
            _ => continue,
        };
        run(args, &code, place.path());
        scripts += 1;
    }
    assert!(scripts > 5, "the guide had {scripts} scripts");
}

/// Runs it with the programs of this workspace, and a minute's patience.
fn run(args: &[&str], code: &str, place: &Path) {
    let programs = Path::new(env!("CARGO_BIN_EXE_seeder")).parent().expect("a directory");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("timeout");
    command.args(["60"]).args(args).arg(code).current_dir(place).env("PATH", path);
    let output = command.stdin(Stdio::null()).output().expect("timeout and a shell are installed");
    assert!(output.status.success(), "{output:?} of:\n{code}");
}
