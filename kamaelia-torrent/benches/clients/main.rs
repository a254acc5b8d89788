//! What each kind of work takes us, and what it takes clients that others wrote, in the same run.
//!
//! `cargo bench -p kamaelia-torrent -- leech` measures one row of the table in docs/performance.md;
//! without a word all are measured, which takes some minutes. Every client is a process of its own,
//! so that its processor time and memory are known; those that are not installed are left out.
//! Nothing leaves this machine, and what arrived is compared with what was sent. Beside the clients
//! stands *bare* work: the system calls that nobody can do without, and nothing else.
//!
//! `rounds=5` has each do its work so often, `mib=256` makes what is moved smaller, and
//! `only=ours,rtorrent` leaves the others out. Files lie in `TMPDIR`; `TMPDIR=/dev/shm` leaves the
//! disk out of it.

mod announcing;
mod content;
mod handshake;
mod hashes;
mod loopback;
mod measure;
mod options;
mod peers;
mod process;
mod rows;
mod seeder;
mod table;
mod taker;

use options::Options;
use rows::ROWS;

fn main() {
    // Cargo itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    if peers::ours::did(&all) || rows::did_bare(&all) {
        return;
    }
    match Options::parse(&words) {
        Ok(options) => measure_rows(&options),
        Err(wrong) => eprintln!("{wrong}"),
    }
}

fn measure_rows(options: &Options) {
    let is_asked_for =
        |word: &str| options.rows.is_empty() || options.rows.iter().any(|row| row == word);
    if is_asked_for("hashes") {
        hashes::measure_all();
    }
    for row in ROWS.iter().filter(|row| is_asked_for(row.word)) {
        (row.measure)(options);
    }
}
