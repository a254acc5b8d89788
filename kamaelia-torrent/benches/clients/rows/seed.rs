//! A gibibyte from the page cache to one who takes all of it, and to eight at once.

use std::path::Path;
use std::thread;

use super::{bare, home};
use crate::content::Content;
use crate::loopback::{free, tracker_naming};
use crate::measure::gib;
use crate::options::Options;
use crate::peers::{Client, Skill, clients};
use crate::seeder::Seeder;
use crate::table::Table;
use crate::taker;

const PIECE: u64 = 1 << 20;

pub(crate) fn measure_one(options: &Options) {
    measure(options, 1);
}

pub(crate) fn measure_eight(options: &Options) {
    measure(options, 8);
}

fn measure(options: &Options, takers: u32) {
    let home = home();
    let content = Content::new(home.path(), options.size(1_024), PIECE, &tracker_naming(None));
    let title = format!("Seed to {takers} at once, who take what they get and drop it");
    let mut table = Table::new(&title, &["CPU s per GiB sent", "wall s", "private MiB"]);
    for _ in 0..options.rounds(3) {
        for client in clients(options, Skill::Seed) {
            let figures = seed(client, &content, takers, home.path());
            table.note(client.name(), figures.as_ref().map(|f| &f[..]));
        }
        for work in bare::SENDING.iter().filter(|_| options.wants("bare")) {
            let figures = bare::send(work, &content, takers).map(|spent| {
                [spent.cpu / gib(content.size * u64::from(takers)), spent.wall, spent.private]
            });
            table.note(work, figures.as_ref().map(|f| &f[..]));
        }
    }
    table.print();
}

fn seed(client: &dyn Client, content: &Content, takers: u32, home: &Path) -> Option<[f64; 3]> {
    let address = free();
    let mut seeder = Seeder::of(client, content, address, home)?;
    let before = seeder.worker.process.cpu();
    let since = std::time::Instant::now();
    let taking: Vec<_> = (0..takers).map(|number| taker::take(number, address, content)).collect();
    let process = &mut seeder.worker.process;
    while taking.iter().any(|taking| !taking.is_finished()) {
        process.private();
        thread::sleep(std::time::Duration::from_millis(5));
    }
    let all_came = taking.into_iter().all(|taking| taking.join().unwrap_or(false));
    let wall = since.elapsed().as_secs_f64();
    let sent = gib(content.size * u64::from(takers));
    let private = process.private_most();
    all_came.then(|| [(process.cpu() - before) / sent, wall, private])
}
