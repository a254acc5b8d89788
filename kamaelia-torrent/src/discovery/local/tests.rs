//! What is told to neighbours when, with the clock moved by hand.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn torrent(number: u8) -> InfoHash {
    InfoHash([number; 20])
}

fn torrents(count: u8) -> Vec<InfoHash> {
    (0..count).map(torrent).collect()
}

fn start() -> (LocalDiscovery, Instant) {
    let now = Instant::now();
    (LocalDiscovery::new(6881, 1, now), now)
}

#[test]
fn a_torrent_is_told_of_at_once_and_then_every_five_minutes() {
    let (mut local, now) = start();
    assert_eq!(local.next_timeout(), None);
    local.handle_news(now);
    assert_eq!(local.next_timeout(), Some(now));
    assert_eq!(local.poll_announce(now, torrents(1)), torrents(1));
    assert_eq!(local.next_timeout(), Some(now + 5 * MINUTE));
    assert_eq!(local.poll_announce(now + 4 * MINUTE, torrents(1)), []);
    assert_eq!(local.poll_announce(now + 5 * MINUTE, torrents(1)), torrents(1));
}

#[test]
fn no_more_is_said_than_once_a_minute() {
    let (mut local, now) = start();
    local.handle_news(now);
    local.poll_announce(now, torrents(1));
    local.handle_news(now + MINUTE / 2);
    assert_eq!(local.next_timeout(), Some(now + MINUTE));
    assert_eq!(local.poll_announce(now + MINUTE, torrents(2)), [torrent(1)]);
    assert_eq!(local.next_timeout(), Some(now + 5 * MINUTE));
}

#[test]
fn many_torrents_are_told_of_in_turn() {
    let (mut local, mut now) = start();
    local.handle_news(now);
    let mut told = Vec::new();
    for _ in 0..3 {
        told.extend(local.poll_announce(now, torrents(60)));
        now += MINUTE;
    }
    told.sort();
    assert_eq!(told, torrents(60));
    // The first are due again five minutes after they were told of.
    assert_eq!(local.next_timeout(), Some(now + 2 * MINUTE));
}

#[test]
fn without_torrents_there_is_nothing_to_do_and_those_that_went_are_forgotten() {
    let (mut local, now) = start();
    local.handle_news(now);
    local.poll_announce(now, torrents(3));
    assert_eq!(local.poll_announce(now + 5 * MINUTE, []), []);
    assert_eq!((local.next_timeout(), local.told.len()), (None, 0));
}

#[test]
fn neighbours_are_heard_and_our_own_voice_is_not() {
    let (mut local, now) = start();
    let other = LocalDiscovery::new(7000, 2, now);
    let from: SocketAddr = "192.168.1.5:6771".parse().expect("an address");
    let address = SocketAddr::new(from.ip(), 7000);
    let message = other.message(GROUPS[0], &torrents(2));
    let heard = torrents(2).into_iter().map(|torrent| Neighbour { torrent, address });
    assert_eq!(local.handle_datagram(now, from, &message), heard.collect::<Vec<_>>());
    let own = local.message(GROUPS[0], &torrents(2));
    assert_eq!(local.handle_datagram(now, from, &own), []);
}

#[test]
fn a_flood_of_neighbours_is_cut() {
    let (mut local, now) = start();
    let other = LocalDiscovery::new(7000, 2, now);
    let message = other.message(GROUPS[0], &torrents(20));
    let from: SocketAddr = "192.168.1.5:6771".parse().expect("an address");
    let mut heard =
        |now| -> usize { (0..100).map(|_| local.handle_datagram(now, from, &message).len()).sum() };
    assert_eq!(heard(now), 200);
    assert_eq!(heard(now + MINUTE), 200);
}
