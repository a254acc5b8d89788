//! Torrents made of files: the same everywhere, and with all that was asked for.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use kamaelia_torrent::engine::{Made, MakeFailed, MakeOptions, make};
use kamaelia_torrent::metainfo::Metainfo;
use tempfile::TempDir;

/// Bytes that anyone can compute again in any language.
fn bytes(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn write(path: PathBuf, contents: &[u8]) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a file in a directory")).expect("directories");
    fs::write(&path, contents).expect("room for a file");
    path
}

/// A directory `album` of several files in any order, some of which nobody means to share.
fn album() -> (TempDir, PathBuf) {
    let home = TempDir::new().expect("a directory");
    let top = home.path().join("album");
    for (number, (name, length)) in [
        ("02 two.ogg", 600_001),
        ("cover.jpg", 70_000),
        ("01 one.ogg", 300_000),
        ("Größe.txt", 11),
        ("sub/a.tmp", 17),
        ("sub/empty", 0),
        ("sub.txt", 3),
        (".hidden", 5),
        ("Thumbs.db", 5),
    ]
    .into_iter()
    .enumerate()
    {
        write(top.join(name), &bytes(length, number as u32));
    }
    (home, top)
}

fn made(path: &Path, options: &MakeOptions) -> Made {
    make(path, options, |_| ControlFlow::Continue(())).expect("it can be made")
}

fn metainfo(path: &Path, options: &MakeOptions) -> Metainfo {
    Metainfo::parse(&made(path, options).rawmetainfo).expect("what we make we accept")
}

fn info_hash(path: &Path, options: &MakeOptions) -> String {
    metainfo(path, options).info_hash().to_string()
}

fn refused(path: &Path, options: MakeOptions) -> String {
    let never = |_| -> ControlFlow<()> { panic!("nothing is read") };
    make(path, &options, never).expect_err("it cannot be made").to_string()
}

// The hashes in these tests were computed by a program that shares nothing with this one.

#[test]
fn a_file_has_the_same_info_hash_on_every_machine() {
    let home = TempDir::new().expect("a directory");
    let plain = MakeOptions::default();
    for (name, length, expected) in [
        ("empty", 0, "757b650c0b45c0790159a4cc3545fe6795099660"),
        ("one byte", 1, "e305dcc8e81b61bce6a780954ad8c6967a60933e"),
        ("a piece", 262_144, "f5e3e91ad636b4d11fd02f5ace7f168fe781cb91"),
        ("Größe: 1.ogg", 1_000_000, "3589140753ec9bd257fc467d1a36a52d136b62c1"),
    ] {
        let path = write(home.path().join(name), &bytes(length, 7));
        assert_eq!(info_hash(&path, &plain), expected, "{name}");
    }
}

#[test]
fn a_directory_has_the_same_info_hash_on_every_machine() {
    let (_home, top) = album();
    let options = |piece_length, private, source: &str| MakeOptions {
        piece_length,
        private,
        source: source.to_owned(),
        ..MakeOptions::default()
    };
    for (options, expected) in [
        (options(None, false, ""), "176a1bbb6cbf5257385e909a0681567d48ce3ea2"),
        (options(Some(32_768), false, ""), "d1f7c338f4ff3f05134f937e1093a6af7a6a9f8c"),
        (options(None, true, ""), "23434a7ae7a397bcc1c91fcbcd9c3c30d4b0015c"),
        (options(None, true, "club"), "1cd9ec6ae2e6bae30827e4ecc25e3d0f75192f2e"),
    ] {
        assert_eq!(info_hash(&top, &options), expected, "{options:?}");
    }
}

#[test]
fn the_same_files_make_the_same_bytes_and_no_date_is_in_them() {
    let ((_one, here), (_two, there)) = (album(), album());
    let options = MakeOptions::tracker("http://t/announce");
    assert_eq!(made(&here, &options).rawmetainfo, made(&there, &options).rawmetainfo);
    assert_eq!(metainfo(&here, &options).creation_date(), None);
}

#[test]
fn what_is_around_the_info_does_not_change_its_hash() {
    let (_home, top) = album();
    let options = MakeOptions {
        trackers: vec![
            vec!["http://a/announce".into(), "udp://b:80".into()],
            vec!["https://c/announce".into()],
        ],
        web_seeds: vec!["http://w/pub/".into(), "https://v/".into()],
        comment: "for all".into(),
        creation_date: Some(1_700_000_000),
        ..MakeOptions::default()
    };
    let torrent = metainfo(&top, &options);
    assert_eq!(torrent.info_hash().to_string(), info_hash(&top, &MakeOptions::default()));
    assert_eq!(torrent.announce(), Some("http://a/announce"));
    assert_eq!(torrent.tiers(), options.trackers);
    assert_eq!(torrent.web_seeds(), options.web_seeds);
    assert_eq!(torrent.comment(), Some("for all"));
    assert_eq!(torrent.creation_date(), Some(1_700_000_000));
    assert_eq!(torrent.created_by(), Some("kamaelia-torrent/0.1.0"));
}

#[test]
fn a_single_tracker_needs_no_list() {
    let (_home, top) = album();
    let raw = made(&top, &MakeOptions::tracker("http://t/announce")).rawmetainfo;
    let text = String::from_utf8_lossy(&raw);
    assert!(text.contains("8:announce17:http://t/announce"), "{text}");
    assert!(!text.contains("announce-list"), "{text}");
}

#[test]
fn what_is_excluded_is_not_in_the_torrent() {
    let (_home, top) = album();
    let excludes = vec!["*.tmp".into(), "/sub.txt".into(), "*.jp*g".into()];
    let options = MakeOptions { excludes, ..MakeOptions::default() };
    let torrent = metainfo(&top, &options);
    let paths: Vec<String> =
        torrent.layout().files().iter().map(|file| file.path.join("/")).collect();
    let expected = ["album/01 one.ogg", "album/02 two.ogg", "album/Größe.txt", "album/sub/empty"];
    assert_eq!(paths, expected);
    fs::remove_file(top.join("sub.txt")).expect("it was there");
    fs::remove_file(top.join("cover.jpg")).expect("it was there");
    fs::remove_file(top.join("sub/a.tmp")).expect("it was there");
    assert_eq!(torrent.info_hash().to_string(), info_hash(&top, &MakeOptions::default()));
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_read() {
    let (_home, top) = album();
    let with = MakeOptions::default;
    for (options, reason) in [
        (MakeOptions::tracker("tracker:80"), "`tracker:80` does not begin with http:// or"),
        (MakeOptions { web_seeds: vec!["http://".into()], ..with() }, "names no server"),
        (MakeOptions { excludes: vec!["[".into()], ..with() }, "the pattern `[` cannot be"),
        (MakeOptions { piece_length: Some(1000), ..with() }, "not a power of two"),
        (MakeOptions { title: Some("a/b".into()), ..with() }, "its name cannot be shared"),
        (MakeOptions { excludes: vec!["*".into()], ..with() }, "has no files in it"),
    ] {
        let error = refused(&top, options);
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn making_is_broken_off_when_the_caller_says_so() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("large");
    fs::File::create(&path).and_then(|file| file.set_len(1 << 36)).expect("a file with holes");
    let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Break(()));
    assert!(matches!(made, Err(MakeFailed::Stopped)), "{made:?}");
}
