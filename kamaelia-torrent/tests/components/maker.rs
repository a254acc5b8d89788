//! TorrentMaker.

use std::fs;
use std::path::PathBuf;

use axon_core::{Address, Graphline};
use kamaelia_torrent::components::TorrentMaker;
use kamaelia_torrent::components::messages::{
    MadeTorrent, MakeProgress, MakeTorrent, TorrentStartFail,
};
use kamaelia_torrent::engine::MakeOptions;
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::Progress;
use tempfile::TempDir;

use super::bench::{Running, Seen, bytes, tap};

type Made = Result<MadeTorrent, TorrentStartFail>;

const TRACKER: &str = "http://127.0.0.1:9/announce";

fn maker() -> (Running, Address<MakeTorrent>, Seen<Made>) {
    let mut maker = TorrentMaker::new(Some(TRACKER.to_owned()));
    let requests = maker.inbox.address();
    let (tap, seen) = tap();
    let graph =
        Graphline::new().link(&maker.outbox, &tap.inbox).add("maker", maker).add("tap", tap);
    (Running::start(graph), requests, seen)
}

/// The hash of each piece, without any of the code that is tested.
fn hashes(content: &[u8], piece_length: usize) -> Vec<[u8; 20]> {
    let hash = |piece| sha1_smol::Sha1::from(piece).digest().bytes();
    content.chunks(piece_length).map(hash).collect()
}

// C74
#[test]
fn a_plain_path_is_made_into_the_torrent_the_original_makes() {
    let home = TempDir::new().expect("a directory");
    let (running, requests, seen) = maker();
    for size in [0, 1, 262_143, 262_144, 262_145] {
        let name = format!("one: größe {size}.bin");
        let path = home.path().join(&name);
        let content = bytes(size, 7);
        fs::write(&path, &content).expect("room for a file");
        requests.send_blocking(path.clone().into()).expect("the maker listens");

        let made = seen.next().expect("it can be made");
        assert_eq!(made.token.as_str(), path.to_str().expect("it is text"));
        assert_eq!(made.files, [path]);
        let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
        assert_eq!(metainfo.name(), name);
        assert_eq!(metainfo.announce(), Some(TRACKER));
        assert_eq!(metainfo.comment(), Some("Created by Kamaelia"));
        assert_eq!(metainfo.layout().total_length(), size as u64);
        assert_eq!(metainfo.layout().piece_length(), 262_144);
        assert_eq!(metainfo.piece_hashes(), hashes(&content, 262_144));
    }
    drop(requests);
    running.end().expect("a good end");
}

#[test]
fn a_request_has_its_own_way_with_everything() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    let content = bytes(100_000, 3);
    fs::write(&path, &content).expect("room for a file");
    let (running, requests, seen) = maker();
    let request = MakeTorrent {
        token: "mine".into(),
        srcfile: path,
        options: MakeOptions {
            piece_length: Some(1 << 15),
            title: Some("a title".to_owned()),
            ..MakeOptions::tracker("http://127.0.0.1:10/announce")
        },
    };
    requests.send_blocking(request).expect("the maker listens");
    let made = seen.next().expect("it can be made");
    assert_eq!(made.token.as_str(), "mine");
    let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
    assert_eq!(metainfo.announce(), Some("http://127.0.0.1:10/announce"));
    assert_eq!((metainfo.name(), metainfo.comment()), ("a title", None));
    assert_eq!(metainfo.piece_hashes(), hashes(&content, 32_768));
    drop(requests);
    running.end().expect("a good end");
}

// C75
#[test]
fn every_request_has_one_answer_good_or_bad_in_its_turn() {
    let home = TempDir::new().expect("a directory");
    let (good, empty) = (home.path().join("good"), home.path().join("empty"));
    fs::write(&good, bytes(10, 1)).expect("room for a file");
    fs::create_dir(&empty).expect("room for a directory");
    let missing = home.path().join("missing");
    let options = MakeOptions { piece_length: Some(77), ..MakeOptions::default() };
    let odd = MakeTorrent { options, ..good.clone().into() };
    let plain = |path: &PathBuf| MakeTorrent::from(path.clone());

    let (running, requests, seen) = maker();
    let asked = [plain(&missing), plain(&good), plain(&empty), odd, plain(&good)];
    // More than any box holds, so that the maker is never just lucky.
    for round in 0..40 {
        for (at, request) in asked.iter().enumerate() {
            let request = MakeTorrent { token: format!("{round}.{at}").into(), ..request.clone() };
            requests.send_blocking(request).expect("the maker listens");
        }
    }
    drop(requests);
    let answers: Vec<_> = seen
        .rest()
        .into_iter()
        .map(|answer| match answer {
            Ok(made) => (made.token.as_str().to_owned(), true),
            Err(failure) => {
                assert!(!failure.reason.is_empty());
                (failure.token.as_str().to_owned(), false)
            }
        })
        .collect();
    let expected: Vec<_> = (0..40)
        .flat_map(|round| (0..5).map(move |at| (format!("{round}.{at}"), at == 1 || at == 4)))
        .collect();
    assert_eq!(answers, expected);
    running.end().expect("a bad request is no failure of the maker's");
}

#[test]
fn a_stop_does_not_wait_for_a_large_file() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("large");
    // Holes cost no room, and are read like anything else.
    fs::File::create(&path).and_then(|file| file.set_len(1 << 36)).expect("a file with holes");
    let (running, requests, seen) = maker();
    requests.send_blocking(path.into()).expect("the maker listens");
    std::thread::sleep(std::time::Duration::from_millis(100));
    running.handle.stop();
    running.end().expect("a good end");
    for answer in seen.rest() {
        let reason = answer.expect_err("there was no time for it").reason;
        assert_eq!(reason, "it was stopped before all was read");
    }
}

#[test]
fn who_wants_to_know_hears_how_far_it_is() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    fs::write(&path, bytes(9 << 20, 1)).expect("room for a file");
    let mut maker = TorrentMaker::new(None);
    let requests = maker.inbox.address();
    let ((listener, seen), (hearer, heard)) = (tap(), tap());
    let graph = Graphline::new()
        .link(&maker.outbox, &listener.inbox)
        .link(&maker.progress, &hearer.inbox)
        .add("maker", maker)
        .add("listener", listener)
        .add("hearer", hearer);
    let running = Running::start(graph);
    requests.send_blocking(path.clone().into()).expect("the maker listens");
    drop(requests);
    let made: Made = seen.next();
    made.expect("it can be made");
    let heard: Vec<MakeProgress> = heard.rest();
    assert!(heard.iter().all(|at| at.token.as_str() == path.to_str().expect("it is text")));
    let done: Vec<u64> = heard.iter().map(|at| at.progress.done).collect();
    assert!(done.is_sorted(), "{done:?}");
    assert_eq!(
        heard.last().map(|at| at.progress),
        Some(Progress { done: 9 << 20, total: 9 << 20 })
    );
    running.end().expect("a good end");
}
