//! What it costs to move a file from one client to another on this machine, and to hash it.
//!
//! `cargo bench -p kamaelia-torrent` runs all of it in under a minute. Seeder and downloader are
//! processes of their own, so that the processor time of each is known. Where `/usr/bin/python3` has
//! libtorrent, that does the same work in the same run. What arrived is compared with what was sent.

mod hashes;
mod measure;
mod ours;
mod peers;
mod transfers;

fn main() {
    // Cargo itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["--seed", torrent, file] => ours::seed(torrent.as_ref(), file.as_ref()),
        ["--download", torrent, to, from] => ours::download(torrent.as_ref(), to.as_ref(), from),
        [] => {
            hashes::measure_all();
            transfers::measure_all();
        }
        ["hashes"] => hashes::measure_all(),
        ["transfers"] => transfers::measure_all(),
        _ => eprintln!("which of these: hashes, transfers? Without a word, both"),
    }
}
