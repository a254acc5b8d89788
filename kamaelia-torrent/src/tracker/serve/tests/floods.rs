//! What one address can take from others.

use super::*;

#[test]
fn one_address_is_served_so_often_and_others_go_on() {
    let mut bench = Bench::new();
    for _ in 0..2_000 {
        bench.announce("1.1.1.1:1", "");
    }
    let refused = "too many requests come from your address; ask again in a minute";
    assert_eq!(bench.failure("/announce"), refused);
    assert_eq!(bench.scrape_by_udp("1.1.1.1:1"), None);
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&["1.1.1.1:1"]));
    bench.now += MINUTE;
    assert!(bench.scrape_by_udp("1.1.1.1:1").is_some());
}

#[test]
fn one_address_pushes_out_nobody_but_itself() {
    let limits = Limits { torrent_peers_max: 100, ..Limits::default() };
    let mut bench = Bench::with(limits);
    for i in 1..=30 {
        bench.announce(&format!("2.2.2.{i}:1"), "");
    }
    for port in 1..=1_000 {
        bench.now += Duration::from_millis(100);
        bench.announce(&format!("1.1.1.1:{port}"), "");
    }
    let peers = bench.peers("3.3.3.3:3", "&numwant=200");
    let inventions = peers.iter().filter(|peer| peer.starts_with("1.1.1.1:")).count();
    assert_eq!((peers.len(), inventions), (94, 64));
}
