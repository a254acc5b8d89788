//! What is shared: files of noise, and their torrents.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use kamaelia_torrent::engine::{MakeOptions, make};
use kamaelia_torrent::metainfo::Metainfo;

/// A file and its torrent, in directories of their own.
pub(crate) struct Content {
    pub(crate) directory: PathBuf,
    pub(crate) file: PathBuf,
    pub(crate) torrent: PathBuf,
    pub(crate) size: u64,
}

impl Content {
    /// A file of so many bytes, in pieces of so many, whose torrent names the tracker here.
    pub(crate) fn new(home: &Path, size: u64, piece_length: u64, tracker: &str) -> Self {
        let directory = home.join("shared");
        let file = directory.join("noise.bin");
        fs::create_dir_all(&directory).expect("room for a directory");
        write_noise(&file, size);
        let torrent = home.join("noise.torrent");
        write_torrent(&file, &torrent, piece_length, tracker);
        Content { directory, file, torrent, size }
    }

    /// What the torrent says.
    pub(crate) fn metainfo(&self) -> Metainfo {
        let bytes = fs::read(&self.torrent).expect("the torrent was made");
        Metainfo::parse(&bytes).expect("what we make we accept")
    }

    /// Whether what lies in this directory is what was shared.
    pub(crate) fn is_in(&self, directory: &Path) -> bool {
        let Ok(copy) = File::open(directory.join("noise.bin")) else { return false };
        let here = File::open(&self.file).expect("the file is there");
        same(&here, &copy)
    }
}

/// Many small files, each with a torrent: [`Content`] a thousand times.
pub(crate) fn many_small(home: &Path, count: u32, size: u64, tracker: &str) -> (PathBuf, PathBuf) {
    let (data, torrents) = (home.join("data"), home.join("torrents"));
    fs::create_dir_all(&data).expect("room for a directory");
    fs::create_dir_all(&torrents).expect("room for a directory");
    for number in 0..count {
        let file = data.join(format!("{number:04}.bin"));
        write_noise_from(&file, size, number.into());
        write_torrent(&file, &torrents.join(format!("{number:04}.torrent")), 16 << 10, tracker);
    }
    (data, torrents)
}

/// The same bytes every time, with nothing in them to compress.
pub(crate) fn write_noise(path: &Path, size: u64) {
    write_noise_from(path, size, 1);
}

fn write_noise_from(path: &Path, size: u64, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut file = BufWriter::new(File::create(path).expect("room for a file"));
    let mut part = vec![0; 1 << 20];
    let mut left = size as usize;
    while left > 0 {
        let part = &mut part[..left.min(1 << 20)];
        chance.fill(part);
        file.write_all(part).expect("room for a file");
        left -= part.len();
    }
    file.flush().expect("room for a file");
}

fn write_torrent(file: &Path, torrent: &Path, piece_length: u64, tracker: &str) {
    let options = MakeOptions {
        piece_length: Some(piece_length),
        trackers: vec![vec![tracker.to_owned()]],
        ..MakeOptions::default()
    };
    let made = make(file, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    fs::write(torrent, made.rawmetainfo).expect("room for a torrent");
}

/// Compared in parts: two large files need not fit into memory.
fn same(one: &File, other: &File) -> bool {
    use std::os::unix::fs::FileExt;
    let length = |file: &File| file.metadata().map(|data| data.len()).ok();
    let Some(size) = length(one).filter(|size| length(other) == Some(*size)) else { return false };
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    (0..size).step_by(1 << 20).all(|at| {
        let part = (size - at).min(1 << 20) as usize;
        let read = |file: &File, into: &mut [u8]| file.read_exact_at(into, at).is_ok();
        read(one, &mut a[..part]) && read(other, &mut b[..part]) && a[..part] == b[..part]
    })
}
