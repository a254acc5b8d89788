//! Web seeds (BEP 19): torrents of ours whose files come from a web server, and from nobody else.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::slice::from_ref;

use crate::content::{assert_same, file};
use crate::foreign::{Foreign, must_run};
use crate::ours::{Seeder, Torrent};
use crate::stage::{Stage, free_port};

/// The server that our own tests use, too.
#[expect(dead_code, reason = "it has manners that are not needed here")]
#[path = "../../../kamaelia-torrent/tests/web_seeds/server.rs"]
mod server;

use server::{Manner, WebServer};

/// Paths below the root of the server, and sizes: names that Transmission leaves as they are, and that
/// all write the same in a URL.
const FILES: [(&str, u64); 3] =
    [("album/one.bin", 3_000_001), ("album/sub dir/two.bin", 700_000), ("album/z", 1)];

/// The files on disk, in one directory.
fn album(stage: &Stage) -> PathBuf {
    let root = stage.directory("source");
    for (name, size) in FILES {
        file(&root, name, size);
    }
    root.join("album")
}

/// The same on a web server.
fn serve(album: &Path) -> WebServer {
    let root = album.parent().expect("it lies in a directory");
    let contents = |name: &str| fs::read(root.join(name)).expect("a file that was just made");
    let files = FILES.map(|(name, _)| (format!("/{name}").replace(' ', "%20"), contents(name)));
    WebServer::start(Manner::Honest, files)
}

#[test]
fn aria2_downloads_our_torrent_from_its_web_seed() {
    downloads_from_the_web(Foreign::Aria2);
}

#[test]
fn libtorrent_downloads_our_torrent_from_its_web_seed() {
    downloads_from_the_web(Foreign::Libtorrent);
}

#[test]
fn transmission_downloads_our_torrent_from_its_web_seed() {
    downloads_from_the_web(Foreign::Transmission);
}

fn downloads_from_the_web(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let album = album(&stage);
    let server = serve(&album);
    let torrent = Torrent::make_with(&stage, &album, &["--web-seed", &server.url("/")]);
    let to = stage.directory("got");
    let mut client = foreign.start(&stage, from_ref(&torrent), &to);
    client.wait_until_complete(&stage, &torrent);
    assert_same(&album, &to.join("album"));
    assert!(server.connections() > 0);
}

#[test]
fn our_seeder_downloads_from_a_web_server_that_others_wrote() {
    if !must_run(&[&["busybox", "true"]], "busybox") {
        return;
    }
    let stage = Stage::new();
    let album = album(&stage);
    let address = format!("127.0.0.1:{}", free_port());
    let mut httpd = stage.command("busybox");
    httpd.args(["httpd", "-f", "-p", &address, "-h"]).arg(stage.directory("source"));
    let _server = stage.start("busybox httpd", &mut httpd);
    let web_seed = format!("http://{address}/");
    let torrent = Torrent::make_with(&stage, &album, &["--web-seed", &web_seed]);
    stage.wait_for("its port", || TcpStream::connect(&address).ok());
    let mut seeder = Seeder::start(&stage, "got", &["--no-tracker"]);
    let id = seeder.fetch(&torrent);
    seeder.wait_until_complete(id);
    assert_same(&album, &seeder.dir.join("album"));
}
