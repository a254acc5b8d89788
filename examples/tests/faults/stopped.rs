//! Programs that stand still for a while (SIGSTOP) and go on.

use super::*;

fn stop(program: &Program) {
    program.signal(Signal::Stop);
    let deadline = Instant::now() + AGES;
    while !Process::of(program).is_stopped() {
        assert!(Instant::now() < deadline);
    }
}

/// Waits until so much of the content is there.
fn live_until_percent(get: &Program, percent: i64) {
    let percent_of = |line: String| line.rsplit(':').next()?.parse::<i64>().ok();
    while percent_of(get.line()).expect("a percentage") < percent {}
}

#[test]
fn a_peer_that_stands_still_holds_nobody_up_who_has_another() {
    let shared = Shared::with(6 << 20, &["--max-up", "1M"]);
    let (full, place) = (home(), home());
    write(full.path().join("song"), &shared.bytes);
    let address = unused_port().to_string();
    let mut other = seeder(full.path(), ["--listen", &address, "--no-tracker", "--max-up", "1M"]);
    other.say(shared.command());
    other.until(":100");
    let get = shared.fetch(place.path(), &["--peer", &address]);
    live_until_percent(&get, 20);
    stop(&other);
    get.until(":100");
    shared.assert_same(place.path());
    other.signal(Signal::Continue);
    // Nothing of it was lost.
    other.say("list");
    other.until("0:list:0");
    assert_eq!(other.end_of_input().status, Some(0));
}

#[test]
fn the_only_seed_may_stand_still_and_nothing_is_fetched_twice_for_it() {
    let mut shared = Shared::with(4 << 20, &["--max-up", "1M"]);
    let place = home();
    let mut get = shared.fetch(place.path(), &["--json"]);
    wait_until(&mut get, |torrent| number(torrent, "percent") >= 20);
    stop(&shared.seed);
    // What was on its way has come.
    let rests = wait_until(&mut get, |torrent| torrent["down_rate"] == 0);
    assert!(number(&rests, "left") > 0, "it was too fast");
    shared.seed.signal(Signal::Continue);
    let torrent = wait_until(&mut get, |torrent| torrent["state"] == "seeding");
    shared.assert_same(place.path());
    assert_eq!(number(&torrent, "discarded"), 0);
    assert_eq!(number(&torrent_of(&mut shared.seed), "up_total") as usize, shared.bytes.len());
}

#[test]
fn one_who_stands_still_on_the_way_goes_on_where_it_was() {
    let mut shared = Shared::with(6 << 20, &["--max-up", "2M"]);
    let (place, other) = (home(), home());
    let mut get = shared.fetch(place.path(), &["--json"]);
    wait_until(&mut get, |torrent| number(torrent, "percent") >= 20);
    stop(&get);
    // For as long as it takes another to get everything.
    shared.fetch(other.path(), &[]).until(":100");
    get.signal(Signal::Continue);
    let torrent = wait_until(&mut get, |torrent| torrent["state"] == "seeding");
    shared.assert_same(place.path());
    let wasted = number(&torrent, "down_total") - number(&torrent, "total");
    assert_eq!((wasted, number(&torrent, "pieces_corrupt")), (0, 0));
    let sent = number(&torrent_of(&mut shared.seed), "up_total") as usize;
    assert!(sent <= 2 * shared.bytes.len() + PIECE, "{sent}");
}
