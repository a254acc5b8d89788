//! A thousand torrents of one small file each, seeded: when all can be had, in the first run and in
//! one that remembers the first; what they take then.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use kamaelia_torrent::metainfo::{InfoHash, Metainfo};

use super::home;
use crate::content::many_small;
use crate::handshake::all_ready;
use crate::loopback::{free, tracker_naming};
use crate::options::Options;
use crate::peers::{Client, Skill, Work, Worker, clients};
use crate::table::Table;

const TORRENTS: u32 = 1_000;

/// Left to itself for so long before and while its processor time is looked at.
const SETTLE: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_secs(10);

pub(crate) fn measure(options: &Options) {
    let home = home();
    let (data, torrents) = many_small(home.path(), TORRENTS, 64 << 10, &tracker_naming(None));
    let hashes = info_hashes(&torrents);
    let columns = &["ready s", "private MiB", "idle, % of a core"];
    let mut cold = Table::new("1,000 seeding torrents, the first run", columns);
    let mut warm = Table::new("1,000 seeding torrents, the second run", columns);
    for _ in 0..options.rounds(2) {
        for client in clients(options, Skill::SeedMany) {
            let run = tempfile::tempdir_in(home.path()).expect("a directory");
            for table in [&mut cold, &mut warm] {
                let figures = seed_many(client, &data, &torrents, &hashes, run.path());
                table.note(client.name(), figures.as_ref().map(|f| &f[..]));
            }
        }
    }
    cold.print();
    warm.print();
}

fn info_hashes(torrents: &Path) -> Vec<InfoHash> {
    let entries = fs::read_dir(torrents).expect("a directory of torrents");
    let parse = |entry: std::io::Result<fs::DirEntry>| {
        let bytes = fs::read(entry.expect("a torrent").path()).expect("a torrent");
        Metainfo::parse(&bytes).expect("what we make we accept").info_hash()
    };
    entries.map(parse).collect()
}

fn seed_many(
    client: &dyn Client,
    directory: &Path,
    torrents: &Path,
    hashes: &[InfoHash],
    home: &Path,
) -> Option<[f64; 3]> {
    let state = home.join("state");
    fs::create_dir_all(&state).expect("room for a directory");
    let address = free();
    let work = Work::SeedMany { torrents, directory, address, state: &state };
    let mut worker = Worker::start(client, &work, home)?;
    let process = &mut worker.process;
    let ready = all_ready(address, hashes, || process.has_ended())? - process.started();
    let private = process.private();
    thread::sleep(SETTLE);
    Some([ready.as_secs_f64(), private, 100.0 * process.idle_share(IDLE)])
}
