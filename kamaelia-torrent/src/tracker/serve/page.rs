//! What a person sees who opens the tracker in a browser.

use std::fmt::Write as _;

use super::swarms::Swarms;

/// The most torrents listed; the counts above them are of all.
const LISTED_MAX: usize = 1000;

/// Counts, then one line for each torrent. Seeds are peers too.
pub(super) fn index(swarms: &Swarms) -> String {
    let torrents = swarms.torrents();
    let peers = swarms.peers();
    let seeds: usize = swarms.sizes().map(|(_, size)| size.seeds).sum();
    let mut page =
        format!("BitTorrent tracker\n\ntorrents {torrents}\npeers    {peers}\nseeds    {seeds}\n");
    let mut line = |text: std::fmt::Arguments<'_>| {
        writeln!(page, "{text}").expect("a string takes what is written to it");
    };
    if torrents > 0 {
        line(format_args!("\n{:40}  peers  seeds  completed", "info-hash"));
    }
    for (hash, size) in swarms.sizes().take(LISTED_MAX) {
        let (peers, seeds) = (size.seeds + size.others, size.seeds);
        let completed = size.downloaded;
        line(format_args!("{hash}  {peers:5}  {seeds:5}  {completed:9}"));
    }
    if torrents > LISTED_MAX {
        line(format_args!("and {} more", torrents - LISTED_MAX));
    }
    page
}
