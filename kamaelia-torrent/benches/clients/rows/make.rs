//! Four gibibytes from the page cache, hashed: to make a torrent of them, and to check one.

use std::fs;
use std::path::Path;

use kamaelia_torrent::metainfo::Metainfo;

use super::{bare, home};
use crate::content::Content;
use crate::loopback::tracker_naming;
use crate::options::Options;
use crate::peers::{Client, Skill, Work, Worker, clients};
use crate::process::Spent;
use crate::table::Table;

const PIECE: u64 = 1 << 20;

pub(crate) fn measure_making(options: &Options) {
    measure(options, Skill::Make, "Make a torrent", make);
}

pub(crate) fn measure_checking(options: &Options) {
    measure(options, Skill::Check, "Check", check);
}

fn measure(
    options: &Options,
    skill: Skill,
    title: &str,
    work: fn(&dyn Client, &Content, &Path) -> Option<Spent>,
) {
    let home = home();
    let content = Content::new(home.path(), options.size(4_096), PIECE, &tracker_naming(None));
    let title = format!("{title} of {} MiB, warm, in pieces of 1 MiB", content.size >> 20);
    let mut table = Table::new(&title, &["CPU s", "wall s", "private MiB"]);
    let figures = |spent: Spent| [spent.cpu, spent.wall, spent.private];
    for _ in 0..options.rounds(3) {
        for client in clients(options, skill) {
            let run = tempfile::tempdir_in(home.path()).expect("a directory");
            let spent = work(client, &content, run.path());
            table.note(client.name(), spent.map(figures).as_ref().map(|f| &f[..]));
        }
        if options.wants("bare") {
            let spent = bare::hash(&content.file).map(figures);
            table.note(bare::HASHING, spent.as_ref().map(|f| &f[..]));
        }
    }
    table.print();
}

/// What it took, if the hashes are right.
fn make(client: &dyn Client, content: &Content, home: &Path) -> Option<Spent> {
    let out = home.join("made.torrent");
    let work = Work::Make { file: &content.file, piece_length: PIECE, out: &out };
    let spent = Worker::start(client, &work, home)?.finish()?;
    let made = Metainfo::parse(&fs::read(out).ok()?).ok()?;
    (made.piece_hashes() == content.metainfo().piece_hashes()).then_some(spent)
}

fn check(client: &dyn Client, content: &Content, home: &Path) -> Option<Spent> {
    let work = Work::Check { torrent: &content.torrent, directory: &content.directory };
    Worker::start(client, &work, home)?.finish()
}
