//! The components that turn messages into text, and text into messages.

use std::path::{Path, PathBuf};

use axon_core::{Graphline, Pipeline};
use kamaelia_torrent::components::messages::{
    MakeTorrent, Token, TorrentMessage, TorrentStartFail,
};
use kamaelia_torrent::components::{BasicTorrentExplainer, InstructionParser};

use super::bench::{Running, tap, told};

// C72, in a graph
#[test]
fn the_explainer_sends_a_line_for_each_message() {
    let mut explainer = BasicTorrentExplainer::<TorrentMessage>::default();
    let messages = explainer.inbox.address();
    let (tap, seen) = tap();
    let graph = Graphline::new()
        .link(&explainer.outbox, &tap.inbox)
        .add("explainer", explainer)
        .add("tap", tap);
    let running = Running::start(graph);
    let failure = TorrentStartFail::new("t", "because");
    messages.send_blocking(TorrentMessage::StartFail(failure)).expect("it listens");
    assert_eq!(seen.next(), "Torrent failed to start!\n");
    drop(messages);
    assert_eq!(seen.rest(), Vec::<String>::new());
    running.end().expect("a good end");
}

#[test]
fn the_explainer_explains_anything_that_has_a_text() {
    let mut explainer = BasicTorrentExplainer::<u8>::default();
    let messages = explainer.inbox.address();
    let (tap, seen) = tap();
    let running = Running::start(Pipeline::new(explainer).then(tap).into_graphline());
    messages.send_blocking(7).expect("it listens");
    drop(messages);
    assert_eq!(seen.rest(), ["7\n"]);
    running.end().expect("a good end");
}

#[test]
fn command_lines_come_out_of_the_box_they_ask_for_each_in_its_order() {
    let mut parser = InstructionParser::default();
    let lines = parser.inbox.address();
    let (paths, seen_paths) = tap::<MakeTorrent>();
    let (urls, seen_urls) = tap();
    let (url_tokens, seen_url_tokens) = tap::<Token>();
    let (files, seen_files) = tap();
    let (file_tokens, seen_file_tokens) = tap::<Token>();
    let (rejected, seen_rejected) = tap();
    let graph = Graphline::new()
        .link(&parser.outbox, &paths.inbox)
        .link(&parser.retrieve_html, &urls.inbox)
        .link(&parser.retrieve_file, &files.inbox)
        .link(&parser.html_tokens, &url_tokens.inbox)
        .link(&parser.file_tokens, &file_tokens.inbox)
        .link(&parser.rejected, &rejected.inbox)
        .add("parser", parser)
        .add("paths", paths)
        .add("urls", urls)
        .add("url_tokens", url_tokens)
        .add("files", files)
        .add("file_tokens", file_tokens)
        .add("rejected", rejected);
    let running = Running::start(graph);
    for line in [
        "file:one.bin",
        "torrent:http://127.0.0.1/a.torrent\r\n",
        "",
        "hello",
        "torrent:b c.torrent\n",
        "@b file:/tmp/two: too.bin",
        "@c torrent:d.torrent",
        "torrent:https://127.0.0.1/d.torrent",
        "file:",
        "stop:1",
    ] {
        lines.send_blocking(line.to_owned()).expect("it listens");
    }
    drop(lines);
    let to_make = seen_paths.rest();
    let paths: Vec<_> = to_make.iter().map(|make| make.srcfile.as_path()).collect();
    assert_eq!(paths, [Path::new("one.bin"), Path::new("/tmp/two: too.bin")]);
    let tokens: Vec<_> = to_make.iter().map(|make| make.token.as_str()).collect();
    assert_eq!(tokens, ["file:one.bin", "@b file:/tmp/two: too.bin"]);
    let urls = ["http://127.0.0.1/a.torrent", "https://127.0.0.1/d.torrent"];
    assert_eq!(seen_urls.rest(), urls);
    assert_eq!(seen_url_tokens.rest(), urls.map(|url| Token::from(format!("torrent:{url}"))));
    assert_eq!(seen_files.rest(), [PathBuf::from("b c.torrent"), "d.torrent".into()]);
    let tokens = ["torrent:b c.torrent", "@c torrent:d.torrent"];
    assert_eq!(seen_file_tokens.rest(), tokens.map(Token::from));
    let rejected: Vec<_> = seen_rejected.rest().iter().filter_map(told).collect();
    assert_eq!(rejected, ["hello: failed", "file:: failed", "stop:1: refused"]);
    running.end().expect("a good end");
}

#[test]
fn a_parser_whose_branches_have_all_ended_ends_too() {
    let mut parser = InstructionParser::default();
    let lines = parser.inbox.address();
    let (paths, _) = tap::<MakeTorrent>();
    let (urls, _) = tap::<String>();
    let (files, _) = tap::<PathBuf>();
    // Their boxes close at once; nobody listens to rejects.
    let (paths, urls, files) = (Gone(paths.inbox), Gone(urls.inbox), Gone(files.inbox));
    let graph = Graphline::new()
        .link(&parser.outbox, &paths.0)
        .link(&parser.retrieve_html, &urls.0)
        .link(&parser.retrieve_file, &files.0)
        .add("parser", parser)
        .add("paths", paths)
        .add("urls", urls)
        .add("files", files);
    let running = Running::start(graph);
    while lines.send_blocking("file:x".to_owned()).is_ok() {
        std::thread::yield_now();
    }
    running.end().expect("a good end");
}

/// Ends as soon as it lives.
struct Gone<T>(axon_core::Inbox<T>);

impl<T: Send + 'static> axon_core::Component for Gone<T> {
    fn boxes(&mut self, visitor: &mut dyn axon_core::Visitor) {
        visitor.inbox(axon_core::About::new("inbox", "Nothing it reads."), &mut self.0);
    }

    fn start(self: Box<Self>) -> axon_core::Start {
        axon_core::Start::Polled(Box::pin(async { Ok(()) }))
    }
}
