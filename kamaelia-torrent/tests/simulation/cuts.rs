//! Engines whose lines are cut, slow, lossy or shaky, and one that sleeps for a day.

use std::time::Duration;

use kamaelia_torrent::simulation::{Access, Event, Peers, Swarm, Torrent, Who};

use crate::joining::{downloaded, engine, scenario};

const MIB: u64 = 1 << 20;

/// How long an engine takes that has this line to three seeds.
fn over(line: Access) -> Duration {
    let swarm = Swarm::new(7)
        .torrent(Torrent::new(MIB).piece_length(64 << 10))
        .seeds(3)
        .peers(Peers::engines(1).access(line))
        .network(Access::default().up(MIB).down(MIB));
    downloaded(swarm).1
}

#[test]
fn a_line_that_is_cut_for_longer_than_anybody_waits_costs_that_time_and_a_little() {
    let cut = scenario(7)
        .at(Duration::from_secs(3), Event::Cut(Who::group("engines")))
        .at(Duration::from_secs(603), Event::Heal);
    let (_, took) = downloaded(cut);
    assert!(took > Duration::from_secs(603) && took < Duration::from_secs(900), "{took:?}");
}

#[test]
fn a_line_that_is_cut_over_and_over_for_moments_is_as_good_as_a_slow_one() {
    let mut cut = scenario(7);
    for time in 1..120 {
        let event = if time % 2 == 1 { Event::Cut(Who::group("engines")) } else { Event::Heal };
        cut = cut.at(Duration::from_millis(500 * time), event);
    }
    let (_, took) = downloaded(cut.at(Duration::from_secs(60), Event::Heal));
    assert!(took < Duration::from_secs(120), "{took:?}");
}

#[test]
fn a_line_that_loses_a_tenth_of_all_segments_brings_everything_in_the_end() {
    let took = over(Access::default().loss(0.1));
    assert!(took < Duration::from_secs(300), "{took:?}");
}

#[test]
fn a_line_that_takes_seconds_each_way_and_never_the_same_brings_everything_in_the_end() {
    let took =
        over(Access::default().latency(Duration::from_secs(2)).jitter(Duration::from_secs(3)));
    assert!(took < Duration::from_secs(600), "{took:?}");
}

#[test]
fn an_engine_that_sleeps_for_a_day_goes_on_where_it_was() {
    let swarm = scenario(7).open().expect("a scenario");
    let (mut engine, id) = engine(&swarm, 0, false);
    let turn = |engine: &mut kamaelia_torrent::engine::Engine| {
        engine.turn(Duration::from_secs(1)).expect("an imagined world does not break");
        engine.status(id).expect("it is there")
    };
    while turn(&mut engine).fraction_done < 0.3 {}
    let before = engine.status(id).expect("it is there").left;
    // Its machine does nothing while the world goes on.
    swarm.move_to(engine.next_timeout().expect("something is due") + Duration::from_secs(86_400));
    assert!(turn(&mut engine).left <= before, "what it had is still there");
    while !turn(&mut engine).is_complete() {
        assert!(swarm.elapsed() < Duration::from_secs(90_000), "{:?}", engine.status(id));
    }
    engine.stop();
}
