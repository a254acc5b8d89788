//! A gibibyte from our seeder, hashed and written as it arrives.

use std::fs;
use std::path::Path;

use super::{bare, home};
use crate::content::Content;
use crate::loopback::{free, tracker_naming};
use crate::measure::gib;
use crate::options::Options;
use crate::peers::{Client, Skill, Work, Worker, clients};
use crate::process::Spent;
use crate::seeder::Seeder;
use crate::table::Table;

const PIECE: u64 = 1 << 20;

pub(crate) fn measure(options: &Options) {
    let home = home();
    let address = free();
    let content =
        Content::new(home.path(), options.size(1_024), PIECE, &tracker_naming(Some(address)));
    let _seeder = Seeder::start(&content, address, home.path());
    let mut table = Table::new(
        "Leech, from our seeder, in pieces of 1 MiB",
        &["CPU s per GiB", "wall s", "private MiB"],
    );
    let size = gib(content.size);
    let figures = |spent: Spent| [spent.cpu / size, spent.wall, spent.private];
    for _ in 0..options.rounds(3) {
        for client in clients(options, Skill::Leech) {
            let spent = leech(client, &content, home.path());
            table.note(client.name(), spent.map(figures).as_ref().map(|f| &f[..]));
        }
        for work in bare::RECEIVING.iter().filter(|_| options.wants("bare")) {
            let spent = bare::receive(work, &content, home.path());
            table.note(work, spent.map(figures).as_ref().map(|f| &f[..]));
        }
    }
    table.print();
}

/// What it took, if all arrived.
pub(super) fn leech(client: &dyn Client, content: &Content, home: &Path) -> Option<Spent> {
    let run = tempfile::tempdir_in(home).expect("a directory");
    let target = run.path().join("target");
    fs::create_dir(&target).expect("room for a directory");
    let work = Work::Leech { torrent: &content.torrent, directory: &target };
    let spent = Worker::start(client, &work, &run.path().join("home"))?.finish();
    spent.filter(|_| content.is_in(&target))
}
