//! What stands before a patron: names that become torrents, and files that do.

use std::fs;
use std::path::Path;

use axon_core::{Graphline, IntoSection, Section};
use kamaelia_torrent::components::messages::{MakeTorrent, TorrentRequest};
use kamaelia_torrent::components::{publish, retrieve};
use kamaelia_torrent::metainfo::Metainfo;

use super::bench::*;

/// The requests that a section makes of these, in the order of their tokens.
fn requests<A: Send + 'static>(
    messages: Vec<A>,
    section: impl IntoSection<In = A, Out = TorrentRequest>,
) -> Vec<TorrentRequest> {
    let (tap, seen) = tap();
    let graph = section.into_section().then(Section::sink(tap));
    let mut graph = Graphline::from(graph).build().expect("it is wired well");
    let inbox = graph.inbox("inbox").expect("it has one");
    for message in messages {
        inbox.send_blocking(message).expect("room");
    }
    drop(inbox);
    graph.run().expect("no failure");
    let mut requests = seen.rest();
    requests.sort_by_key(|request| request.token().clone());
    requests
}

/// The token, and why it failed if it did.
fn told(request: &TorrentRequest) -> (&str, Option<&str>) {
    let reason = match request {
        TorrentRequest::Failed(failure) => Some(failure.reason.as_str()),
        _ => None,
    };
    (request.token().as_str(), reason)
}

fn shown(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

#[test]
fn each_name_becomes_one_request_whatever_it_leads_to() {
    let place = tempfile::tempdir().expect("a directory");
    let made = made("x", place.path().join("song"), b"la", None);
    let [torrent, missing] =
        ["song.torrent", "missing"].map(|name| shown(&place.path().join(name)));
    fs::write(&torrent, &made.rawmetainfo).expect("room");
    let nobody = format!("http://{}/t", free_port());
    let names = [
        made.magnet_link(),
        "magnet:?dn=x".to_owned(),
        torrent.clone(),
        String::new(),
        missing.clone(),
        nobody.clone(),
        nobody.replace("http", "HTTP"),
        made.magnet_link().replace("magnet:", "Magnet:"),
    ];
    let requests = requests(names.to_vec(), retrieve());
    let of = |name: &str| {
        let mut found = requests.iter().filter(|request| request.token().as_str() == name);
        let request = found.next().expect("a request");
        assert!(found.next().is_none(), "{name} has one request");
        request
    };
    assert_eq!(requests.len(), 7, "an empty name is none");
    for magnet in [&names[0], &names[7]] {
        assert!(matches!(of(magnet), TorrentRequest::CreateFromMagnet(_)), "{magnet}");
    }
    let TorrentRequest::Create(create) = of(&torrent) else { panic!("it is there") };
    assert_eq!((&create.rawmetainfo, &create.content), (&made.rawmetainfo, &None));
    let reason = |name| told(of(name)).1.expect("it leads nowhere").to_owned();
    assert!(reason("magnet:?dn=x").contains("names no torrent"));
    assert!(reason(&missing).contains("No such file"));
    for url in [&names[5], &names[6]] {
        assert!(reason(url).contains("cannot fetch"), "{}", reason(url));
    }
}

#[test]
fn what_is_published_has_its_file_when_the_request_to_seed_it_comes() {
    let place = tempfile::tempdir().expect("a directory");
    // The torrents go into the directory of which one is made, and are no part of it.
    let album = place.path().join("album");
    fs::create_dir(&album).expect("room");
    fs::write(album.join("one"), bytes(40_000, 1)).expect("room");
    let publish = || publish(&album, ["http://tracker.example/announce".to_owned()]);
    for round in 0..2 {
        let requests = requests(vec![MakeTorrent::from(album.clone())], publish());
        let [TorrentRequest::Create(create)] = &requests[..] else { panic!("{requests:?}") };
        assert!(create.is_known_complete);
        let written = fs::read(album.join("album.torrent")).expect("it is there");
        assert_eq!(written, *create.rawmetainfo, "round {round}");
        let torrent = Metainfo::parse(&written).expect("a torrent");
        assert_eq!(torrent.layout().files().len(), 1, "round {round}");
    }
}

#[test]
fn what_cannot_be_made_or_written_fails_by_itself() {
    let place = tempfile::tempdir().expect("a directory");
    let at = |name: &str| place.path().join(name);
    for name in ["a", "c"] {
        fs::write(at(name), name).expect("room");
    }
    // A directory has the name that the second torrent should have.
    fs::create_dir(at("c.torrent")).expect("room");
    let paths = ["a", "b", "c"].map(|name| MakeTorrent::from(at(name)));
    let requests = requests(paths.to_vec(), publish(place.path(), []));
    let told: Vec<_> = requests.iter().map(told).collect();
    let [(_, None), (_, Some(missing)), (_, Some(unwritten))] = told[..] else {
        panic!("{told:?}");
    };
    assert!(missing.contains("does not exist"), "{missing}");
    assert!(unwritten.contains("c.torrent") && unwritten.contains("regular"), "{unwritten}");
    assert!(at("a.torrent").is_file());
}
