//! A command for each message.
#![cfg(unix)]

mod common;

use std::fs;
use std::process::Command;

use axon_core::{Graphline, Pipeline};
use common::*;
use kamaelia_io::{CommandFailed, CommandRunner};

fn shell(script: &str) -> CommandRunner<String> {
    let script = script.to_owned();
    CommandRunner::new(move |message: &String| {
        let mut command = Command::new("sh");
        command.arg("-c").arg(&script).arg("sh").arg(message);
        command
    })
}

/// What went well, and what did not.
fn run(
    messages: &[&str],
    runner: CommandRunner<String>,
) -> (Vec<String>, Vec<CommandFailed<String>>) {
    let feed = Feed::of(messages.iter().map(ToString::to_string));
    let ((well, done), (badly, failed)) = (Collect::new(), Collect::new());
    Graphline::new()
        .link(&feed.outbox, &runner.inbox)
        .link(&runner.outbox, &well.inbox)
        .link(&runner.failures, &badly.inbox)
        .add("feed", feed)
        .add("runner", runner)
        .add("well", well)
        .add("badly", badly)
        .run()
        .unwrap();
    (taken(&done), taken(&failed))
}

#[test]
fn each_message_has_its_command_one_after_the_other_whatever_is_in_it() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let script = format!("printf '%s;' \"$1\" >>'{}'", log.display());
    let messages = ["one", "two words", "$(false) 'quoted' \"*\"", ""];
    let (done, failed) = run(&messages, shell(&script));
    assert_eq!((done, failed.len()), (messages.map(str::to_owned).to_vec(), 0));
    assert_eq!(
        fs::read_to_string(log).unwrap(),
        messages.map(|text| text.to_owned() + ";").concat()
    );
}

#[test]
fn a_command_that_fails_concerns_its_message_alone() {
    let (done, failed) = run(&["0", "3", "0"], shell("exit $1"));
    assert_eq!(done, ["0", "0"]);
    let said: Vec<String> = failed.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["3: sh ended with exit status: 3"]);
    assert_eq!(failed[0].message, "3");
    let (done, failed) = run(&["a"], CommandRunner::new(|_| Command::new("/no/such/program")));
    assert!(done.is_empty());
    let said = failed[0].to_string();
    assert!(said.starts_with("a: /no/such/program cannot be run: No such file"), "{said}");
}

#[test]
fn failures_of_which_nobody_wants_to_hear_hold_up_nothing() {
    assert_eq!(through(["1", "0"].map(str::to_owned), shell("exit $1")), ["0"]);
}

/// It is for a reader elsewhere in the graph, and a command that reads must not wait for a terminal.
#[test]
fn a_command_finds_its_standard_input_empty() {
    assert_eq!(through(["cat".to_owned()], shell("test -z \"$(cat)\"")), ["cat"]);
}

#[test]
fn when_nobody_listens_no_more_commands_are_run() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let runner = shell(&format!("echo >>'{}'", log.display()));
    let many: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    Pipeline::new(Feed::of(many)).then(runner).then(TakeOnly::of(1)).run().unwrap();
    // As many as the box held, and the one that ran, at most.
    assert!(fs::read_to_string(log).unwrap().len() <= 100);
}
