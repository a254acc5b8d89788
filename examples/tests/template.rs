//! What `cargo generate` makes of the template is a project whose tests pass and whose program runs.
//!
//! cargo-generate itself is not needed here: the template uses placeholders and the ending `.liquid`, and
//! nothing else of it. The builds are those of this workspace, so only the project itself is compiled.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::*;
use tempfile::TempDir;

const NAME: &str = "line-words";

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package lies in its workspace")
}

/// The directory of builds in which this test lies.
fn builds() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_seeder"));
    program.ancestors().nth(2).expect("builds lie two directories below").to_path_buf()
}

/// Copies the template as cargo-generate does.
fn generate(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("room");
    for name in names(from) {
        let source = from.join(&name);
        if source.is_dir() {
            generate(&source, &to.join(&name));
        } else if name != "cargo-generate.toml" {
            let text = fs::read_to_string(&source).expect("a template is text");
            let checkout = workspace().to_str().expect("a path in UTF-8");
            let text = text.replace("{{project-name}}", NAME).replace("{{checkout}}", checkout);
            assert!(!text.contains("{{") && !text.contains("{%"), "{name} has more to fill in");
            write(to.join(name.trim_end_matches(".liquid")), text);
        }
    }
}

fn cargo(project: &Path, args: &[&str]) -> std::process::Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(args).current_dir(project).env("CARGO_TARGET_DIR", builds());
    cargo.output().expect("cargo built this test")
}

#[track_caller]
fn assert_success(output: &std::process::Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{out}\n{err}");
    out.into_owned()
}

#[test]
fn a_project_made_of_the_template_passes_its_tests_and_does_what_its_readme_says() {
    let place = TempDir::new().expect("a directory");
    let project = place.path().join(NAME);
    generate(&workspace().join("examples/template"), &project);
    assert_eq!(names(&project), [".gitignore", "Cargo.toml", "README.md", "src"]);
    // The same versions of other people's crates as are built already.
    fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock")).expect("room");

    assert_success(&cargo(&project, &["fmt", "--check"]));
    let tested = assert_success(&cargo(&project, &["test", "--offline"]));
    let claim = "word_counter::tests::each_line_is_counted_in_its_order ... ok";
    assert!(tested.contains(claim), "{tested}");

    assert_success(&cargo(&project, &["build", "--offline"]));
    let mut program = Program::start(builds().join("debug").join(NAME), place.path(), [""; 0]);
    program.write(b"one two\n\nthree\n");
    let ended = program.end_of_input();
    assert_eq!((ended.status, &ended.err), (Some(0), &vec![]));
    let readme = fs::read_to_string(project.join("README.md")).expect("a README");
    let printed = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(ended.out.join("\n") + "\n", printed.expect("what it prints"));

    // A test that cannot fail would say nothing.
    let source = project.join("src/word_counter.rs");
    let wrong = fs::read_to_string(&source).expect("source").replace("self.lines += 1", "");
    fs::write(&source, wrong).expect("room");
    let tested = cargo(&project, &["test", "--offline"]);
    assert!(!tested.status.success(), "the test passes whatever the component does");
}
