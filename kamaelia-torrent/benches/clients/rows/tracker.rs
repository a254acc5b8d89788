//! Announces to a tracker, for a second of its processor time.

use std::net::SocketAddr;
use std::time::Duration;

use super::home;
use crate::announcing::{self, How};
use crate::loopback::free;
use crate::options::Options;
use crate::peers::{opentracker, ours};
use crate::process::Process;
use crate::table::Table;

/// How long each is asked.
const LONG: Duration = Duration::from_secs(3);

const HOWS: [(How, &str); 3] = [
    (How::Connections, "HTTP, a connection each"),
    (How::KeptAlive, "HTTP, kept alive"),
    (How::Datagrams, "UDP"),
];

pub(crate) fn measure(options: &Options) {
    for (how, name) in HOWS {
        let mut table = Table::new(name, &["announces per CPU s", "announces per s"]);
        for _ in 0..options.rounds(3) {
            if options.wants("ours") {
                let address = free();
                let process = Process::start(ours::tracker_command(address));
                table.note("ours", ask(&process, how, address).as_ref().map(|f| &f[..]));
            }
            // It closes every connection.
            let can = !matches!(how, How::KeptAlive);
            if can && options.wants("opentracker") && opentracker::is_here() {
                let (home, address) = (home(), free());
                let torrents = announcing::torrents();
                let command = opentracker::command(home.path(), address, &torrents);
                let process = Process::start(command);
                table.note("opentracker", ask(&process, how, address).as_ref().map(|f| &f[..]));
            }
        }
        table.print();
    }
}

fn ask(process: &Process, how: How, address: SocketAddr) -> Option<[f64; 2]> {
    announcing::wait_for(address)?;
    let before = process.cpu();
    let answers = announcing::load(how, address, LONG) as f64;
    let spent = process.cpu() - before;
    (answers > 0.0).then(|| [answers / spent, answers / LONG.as_secs_f64()])
}
