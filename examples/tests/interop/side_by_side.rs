//! Many programs, one machine, one moment.

use crate::content::{assert_same, file};
use crate::foreign::Foreign;
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

#[test]
fn a_swarm_of_all_clients_and_several_seeders_ends_with_everyone_having_everything() {
    let all = [Foreign::Transmission, Foreign::Aria2, Foreign::Libtorrent];
    let here: Vec<Foreign> = all.into_iter().filter(|foreign| foreign.is_here()).collect();
    let stage = Stage::new();
    let source = stage.directory("source");
    let tracker = Tracker::start(&stage);
    let things = [file(&source, "one", 8_000_000), file(&source, "two", 5_000_000)];
    let torrents = things.each_ref().map(|thing| Torrent::make(&stage, thing, Some(&tracker.url)));
    let mut places = Vec::new();

    let mut clients: Vec<_> = here
        .into_iter()
        .map(|foreign| {
            let to = stage.directory(&format!("got by {foreign:?}"));
            places.push(to.clone());
            foreign.start(&stage, &torrents, &to)
        })
        .collect();
    let options = ["--keep", "--tracker", &tracker.url];
    let mut leechers =
        ["a", "b", "c"].map(|name| Seeder::start(&stage, &format!("leecher {name}"), &options));
    let ids: Vec<[u64; 2]> = leechers
        .iter_mut()
        .map(|leecher| torrents.each_ref().map(|torrent| leecher.fetch(torrent)))
        .collect();
    places.extend(leechers.iter().map(|leecher| leecher.dir.clone()));
    for torrent in &torrents {
        torrent.wait_until_listed(&stage, 0, places.len());
    }
    // Each has one of the two, and the other comes from the other.
    let mut seeders = ["a", "b"].map(|name| Seeder::start(&stage, name, &options));
    for (seeder, thing) in seeders.iter_mut().zip(&things) {
        seeder.publish(&stage, thing);
    }

    for torrent in &torrents {
        clients.iter_mut().for_each(|client| client.wait_until_complete(&stage, torrent));
    }
    for (leecher, ids) in leechers.iter().zip(ids) {
        ids.into_iter().for_each(|id| leecher.wait_until_complete(id));
    }
    for place in places {
        for thing in &things {
            assert_same(thing, &place.join(thing.file_name().expect("a name")));
        }
    }
}
