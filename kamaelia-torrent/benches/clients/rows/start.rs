//! From the start of the process to one complete mebibyte, in pieces of 64 KiB.

use super::home;
use super::leech::leech;
use crate::content::Content;
use crate::loopback::{free, tracker_naming};
use crate::options::Options;
use crate::peers::{Skill, clients};
use crate::seeder::Seeder;
use crate::table::Table;

pub(crate) fn measure(options: &Options) {
    let home = home();
    let address = free();
    let tracker = tracker_naming(Some(address));
    let content = Content::new(home.path(), options.size(1), 64 << 10, &tracker);
    let _seeder = Seeder::start(&content, address, home.path());
    let mut table = Table::new("From the start of the process to 1 MiB complete", &["wall ms"]);
    for _ in 0..options.rounds(5) {
        for client in clients(options, Skill::Leech) {
            let spent = leech(client, &content, home.path());
            let figures = spent.map(|spent| [spent.wall * 1e3]);
            table.note(client.name(), figures.as_ref().map(|f| &f[..]));
        }
    }
    table.print();
}
