//! C65: every component ends when no more can come, when nobody takes what it sends, and when its
//! graph is asked to stop; and its neighbours hear of it once, through their boxes.

mod common;

use std::io::{self, BufReader, Write};
use std::num::NonZero;
use std::path::PathBuf;
#[cfg(unix)]
use std::process::Command;

use axon_core::{Component, Gives, Graphline, Pipeline, Takes};
use common::*;
#[cfg(unix)]
use kamaelia_io::CommandRunner;
use kamaelia_io::{
    ConsoleEchoer, ConsoleReader, Fanout, HttpRequest, PureTransformer, RateLimit,
    SimpleHTTPClient, TriggeredFileReader, TwoSourceListifier, WholeFileWriter, WriteFile,
};

/// A component with its two usual boxes, in the situations it must end in.
fn ends<A, B, C>(name: &str, component: impl Fn() -> C, job: impl Fn() -> A)
where
    A: Send + 'static,
    B: Send + 'static,
    C: Takes<Message = A> + Gives<Message = B> + Component,
{
    println!("{name}: nothing comes");
    assert_eq!(through(Vec::new(), component()).len(), 0);

    println!("{name}: something came");
    assert!(!through([job()], component()).is_empty());

    println!("{name}: nobody listens");
    let many: Vec<A> = (0..200).map(|_| job()).collect();
    Pipeline::new(Feed::of(many)).then(component()).then(TakeOnly::of(1)).run().unwrap();

    println!("{name}: stop while it waits");
    let (subject, job) = (component(), job());
    let (collect, into) = Collect::new();
    let running = Running::start(move || {
        Pipeline::new(FeedAndWait::of([job])).then(subject).then(collect).build().unwrap()
    });
    while into.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    running.handle.stop();
    running.end().unwrap();
}

#[test]
fn a_transformer_ends() {
    ends("PureTransformer", || PureTransformer::map(|number: u32| number), || 1);
}

#[test]
fn a_limit_of_rate_ends() {
    ends("RateLimit", || RateLimit::per_second(NonZero::<u32>::MAX), || 1);
}

#[cfg(unix)]
#[test]
fn a_runner_of_commands_ends() {
    let command = || CommandRunner::new(|_: &u32| Command::new("true"));
    ends("CommandRunner", command, || 1);
}

#[test]
fn an_echoer_ends() {
    ends("ConsoleEchoer", || ConsoleEchoer::to_writer(io::sink()), || 1);
}

#[test]
fn a_file_reader_ends() {
    ends("TriggeredFileReader", TriggeredFileReader::new, || PathBuf::from("missing"));
}

#[test]
fn a_file_writer_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    let job = || WriteFile { path: path.clone(), contents: vec![] };
    ends("WholeFileWriter", WholeFileWriter::new, job);
}

#[test]
fn a_fetcher_ends() {
    ends("SimpleHTTPClient", SimpleHTTPClient::new, || HttpRequest::get("no url"));
}

#[test]
fn a_fanout_ends() {
    for jobs in [vec![], vec![1]] {
        let (feed, fanout) = (Feed::of(jobs), Fanout::new(["only"]));
        let (collect, _) = Collect::new();
        Graphline::new()
            .link(&feed.outbox, &fanout.inbox)
            .link(&fanout.to("only"), &collect.inbox)
            .add("feed", feed)
            .add("fanout", fanout)
            .add("collect", collect)
            .run()
            .unwrap();
    }
    let (collect, into) = Collect::new();
    let running = Running::start(move || {
        let (feed, fanout) = (FeedAndWait::of([1]), Fanout::new(["only"]));
        Graphline::new()
            .link(&feed.outbox, &fanout.inbox)
            .link(&fanout.to("only"), &collect.inbox)
            .add("feed", feed)
            .add("fanout", fanout)
            .add("collect", collect)
            .build()
            .unwrap()
    });
    while into.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    running.handle.stop();
    running.end().unwrap();
}

#[test]
fn a_listifier_ends_when_stopped_with_half_a_pair() {
    let (collect, into) = Collect::new();
    let running = Running::start(move || {
        let (a, b) = (FeedAndWait::of([1, 2]), FeedAndWait::of([1]));
        let pairs = TwoSourceListifier::new();
        Graphline::new()
            .link(&a.outbox, &pairs.a)
            .link(&b.outbox, &pairs.b)
            .link(&pairs.outbox, &collect.inbox)
            .add("a", a)
            .add("b", b)
            .add("pairs", pairs)
            .add("collect", collect)
            .build()
            .unwrap()
    });
    while into.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    running.handle.stop();
    running.end().unwrap();
    assert_eq!(taken(&into), [(1, 1)]);
}

#[test]
fn a_console_reader_ends_with_the_next_line_when_nobody_listens() {
    let (input, mut typist) = io::pipe().unwrap();
    let running = Running::start(move || {
        let reader = ConsoleReader::from_reader(BufReader::new(input));
        Pipeline::new(reader).then(TakeOnly::of(1)).build().unwrap()
    });
    // More than it can be ahead, in case it has not yet heard that the other has ended.
    typist.write_all(&b"line\n".repeat(1000)).unwrap();
    running.end().unwrap();
}
