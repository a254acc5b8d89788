//! What reaches the disk: a torrent that was accepted makes its files below its directory, under the
//! names it gave, and nothing else anywhere; what somebody put in the way is left alone.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::{FileStorage, Storage, StorageError};
use tempfile::TempDir;

use crate::case::{Answer, Case};
use crate::generator::{Torrent, entry};

/// Bytes and files of the torrents that are written whole, and bytes of the paths that are looked at
/// from outside: a longer one, with the temporary directory before it, no system call takes.
const BYTES_MAX: u64 = 1 << 16;
const FILES_MAX: usize = 300;
const PATH_MAX: usize = 3_500;

/// A directory for downloads, and one beside it that is not to be touched.
struct Ground {
    ground: TempDir,
}

impl Ground {
    fn new() -> Self {
        let ground = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(ground.path().join("downloads")).expect("a directory");
        fs::write(ground.path().join("outside"), "not to be touched").expect("a file");
        Ground { ground }
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.ground.path().join(path)
    }

    fn storage(&self, torrent: &Metainfo) -> Result<FileStorage, StorageError> {
        let root = self.path("downloads");
        FileStorage::download(&Arc::default(), &root, torrent.layout().clone())
    }

    /// All that is there but directories.
    fn found(&self) -> BTreeSet<PathBuf> {
        let (mut found, mut directories) = (BTreeSet::new(), vec![self.path("")]);
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                match path.symlink_metadata().expect("an entry").is_dir() {
                    true => directories.push(path),
                    false => drop(found.insert(path)),
                }
            }
        }
        found
    }

    fn is_untouched(&self) -> bool {
        fs::read(self.path("outside")).is_ok_and(|bytes| bytes == b"not to be touched")
    }
}

/// Writes every torrent among these that is accepted and small; says how many those were.
pub(crate) fn check(cases: &[Case]) -> usize {
    let accepted = cases.iter().filter(|case| matches!(case.answer, Answer::Accepted { .. }));
    let parsed =
        accepted.map(|case| (&case.about, Metainfo::parse(&case.bytes).expect("accepted")));
    let small = parsed.filter(|(_, torrent)| {
        let layout = torrent.layout();
        let is_short = |path: &[String]| path.join("/").len() <= PATH_MAX;
        layout.total_length() <= BYTES_MAX
            && layout.files().len() <= FILES_MAX
            && layout.files().iter().all(|file| is_short(&file.path))
    });
    small.map(|(about, torrent)| check_one(about, &torrent)).count()
}

fn check_one(about: &str, torrent: &Metainfo) {
    let ground = Ground::new();
    let storage = ground.storage(torrent).expect(about);
    let bytes = vec![b'x'; torrent.layout().total_length() as usize];
    let written = storage.prepare().and_then(|()| storage.write_at(0, &bytes));
    written.unwrap_or_else(|error| panic!("{about}: {error}"));
    let files = torrent.layout().files().iter().filter(|file| !file.padding);
    let mut expected: BTreeSet<PathBuf> = files
        .map(|file| ground.path("downloads").join(file.path.iter().collect::<PathBuf>()))
        .collect();
    expected.insert(ground.path("outside"));
    assert_eq!(ground.found(), expected, "{about}");
    assert!(ground.is_untouched(), "{about}");
    for file in torrent.layout().files().iter().filter(|file| !file.padding) {
        let path = ground.path("downloads").join(file.path.iter().collect::<PathBuf>());
        assert_eq!(path.metadata().expect("a file").len(), file.length, "{about}: {path:?}");
    }
}

/// What somebody puts there, and how.
type Obstacle = (&'static str, fn(&Ground));

/// What can lie where the torrent `top` with the file `d/a` is to be written.
const IN_THE_WAY: &[Obstacle] = &[
    ("a link to a file outside for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        symlink(ground.path("outside"), ground.path("downloads/top/d/a")).expect("a link");
    }),
    ("a relative link for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        symlink("../../../outside", ground.path("downloads/top/d/a")).expect("a link");
    }),
    ("a link to nothing for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        symlink(ground.path("new"), ground.path("downloads/top/d/a")).expect("a link");
    }),
    ("a link to itself for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        symlink("a", ground.path("downloads/top/d/a")).expect("a link");
    }),
    ("a link to a directory outside for the directory", |ground| {
        fs::create_dir_all(ground.path("downloads/top")).expect("directories");
        symlink(ground.path(""), ground.path("downloads/top/d")).expect("a link");
    }),
    ("a link to the directory above for the directory", |ground| {
        fs::create_dir_all(ground.path("downloads/top")).expect("directories");
        symlink("..", ground.path("downloads/top/d")).expect("a link");
    }),
    ("a link for the torrent's directory", |ground| {
        fs::create_dir(ground.path("elsewhere")).expect("a directory");
        symlink("../elsewhere", ground.path("downloads/top")).expect("a link");
    }),
    ("a directory for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d/a")).expect("directories");
    }),
    ("a file for the directory", |ground| {
        fs::create_dir_all(ground.path("downloads/top")).expect("directories");
        fs::write(ground.path("downloads/top/d"), "somebody's").expect("a file");
    }),
    ("a file for the torrent's directory", |ground| {
        fs::write(ground.path("downloads/top"), "somebody's").expect("a file");
    }),
    ("a pipe for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        let path = ground.path("downloads/top/d/a");
        let made = Command::new("mkfifo").arg(path).status().expect("a program that is everywhere");
        assert!(made.success());
    }),
    ("a socket for the file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        let path = ground.path("downloads/top/d/a");
        UnixListener::bind(path).expect("a socket");
    }),
    ("a longer file", |ground| {
        fs::create_dir_all(ground.path("downloads/top/d")).expect("directories");
        fs::write(ground.path("downloads/top/d/a"), "somebody's").expect("a file");
    }),
];

pub(crate) fn obstacles() -> usize {
    IN_THE_WAY.len()
}

/// Nothing of what lies in the way is followed, opened or written to; nor is it waited for.
pub(crate) fn check_obstacles() {
    let torrent = Torrent::files("top", &[entry(&["d", "a"], 3)], 3);
    let torrent = Metainfo::parse(&torrent.bytes()).expect("a good torrent");
    for (about, place) in IN_THE_WAY {
        let ground = Ground::new();
        place(&ground);
        let before = ground.found();
        let storage = ground.storage(&torrent).expect("good names");
        for outcome in [storage.prepare(), storage.write_at(0, b"abc")] {
            let error = outcome.expect_err(about);
            let known =
                matches!(error, StorageError::InTheWay { .. } | StorageError::TooLong { .. });
            assert!(known, "{about}: {error}");
        }
        assert_eq!(ground.found(), before, "{about}");
        assert!(ground.is_untouched(), "{about}");
    }
}
