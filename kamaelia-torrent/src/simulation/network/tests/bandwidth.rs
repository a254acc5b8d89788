//! Who gets how much.

use super::*;

fn assert_about(value: f64, expected: f64, tolerance: f64) {
    let off = (value / expected - 1.0).abs();
    assert!(off <= tolerance, "{value}, not {expected} within {tolerance}");
}

/// Keeps every flow busy for so long, and says how many blocks each brought.
fn blocks_in(lab: &mut Lab, lines: &[LineId], side: Side, seconds: u64) -> Vec<f64> {
    let end = lab.now + Duration::from_secs(seconds);
    while lab.now < end {
        for line in lines {
            while lab.network.queued(*line, side) < 8 * BLOCK as usize {
                lab.send(*line, side, BLOCK);
            }
        }
        lab.step();
    }
    lines.iter().map(|line| lab.carried(*line, side.other()) as f64 / 8.0).collect()
}

#[test]
fn a_seed_shares_its_uplink_evenly_among_takers() {
    let mut lab = Lab::new(2);
    let seed = lab.add(Access::default().up(MIB));
    let lines: Vec<LineId> = (0..8)
        .map(|_| {
            let taker = lab.add(Access::default());
            lab.connect(taker, seed)
        })
        .collect();
    let blocks = blocks_in(&mut lab, &lines, Side::Called, 60);
    for count in &blocks {
        assert_about(*count, 60.0 * 64.0 / 8.0, 0.02);
    }
    assert_about(blocks.iter().sum(), 60.0 * 64.0, 0.005);
}

#[test]
fn a_receiver_is_filled_and_shared_evenly_by_its_senders() {
    let mut lab = Lab::new(3);
    let receiver = lab.add(Access::default().down(10 * MIB));
    let lines: Vec<LineId> = (0..20)
        .map(|_| {
            let sender = lab.add(Access::default().up(5 * MIB));
            lab.connect(receiver, sender)
        })
        .collect();
    let blocks = blocks_in(&mut lab, &lines, Side::Called, 20);
    for count in &blocks {
        assert_about(*count, 20.0 * 640.0 / 20.0, 0.1);
    }
    assert_about(blocks.iter().sum(), 20.0 * 640.0, 0.01);
}

#[test]
fn what_slow_senders_leave_of_a_downlink_goes_to_the_fast() {
    let mut lab = Lab::new(4);
    let receiver = lab.add(Access::default().down(MIB));
    let lines: Vec<LineId> = (0..8)
        .map(|number| {
            let up = if number < 4 { MIB / 16 } else { MIB };
            let sender = lab.add(Access::default().up(up));
            lab.connect(receiver, sender)
        })
        .collect();
    let blocks = blocks_in(&mut lab, &lines, Side::Called, 60);
    blocks[..4].iter().for_each(|count| assert_about(*count, 60.0 * 4.0, 0.03));
    blocks[4..].iter().for_each(|count| assert_about(*count, 60.0 * 12.0, 0.03));
}

#[test]
fn what_one_slow_receiver_does_not_take_goes_to_the_others() {
    let mut lab = Lab::new(5);
    let seed = lab.add(Access::default().up(MIB));
    let lines: Vec<LineId> = (0..4)
        .map(|number| {
            let down = if number == 0 { MIB / 16 } else { MIB };
            let taker = lab.add(Access::default().down(down));
            lab.connect(taker, seed)
        })
        .collect();
    let blocks = blocks_in(&mut lab, &lines, Side::Called, 60);
    assert_about(blocks[0], 60.0 * 4.0, 0.02);
    blocks[1..].iter().for_each(|count| assert_about(*count, 60.0 * 20.0, 0.02));
}

#[test]
fn a_transfer_takes_its_size_by_the_rate_and_the_way() {
    for (up, down) in [(Some(MIB), None), (None, Some(MIB)), (Some(MIB), Some(MIB))] {
        let mut lab = Lab::new(6);
        let near = Access::default().latency(Duration::from_millis(5));
        let a = lab.add(Access { up, ..near });
        let b = lab.add(Access { down, ..near });
        let line = lab.connect(a, b);
        let start = lab.now;
        lab.send(line, Side::Caller, 4 * MIB as u32);
        assert!(lab.run_until(60, |news| matches!(news, News::Bytes(..))));
        let took = (lab.now - start).as_millis();
        // The first window does not fill the first round trip, which costs a tick.
        assert!((4_010..=4_030).contains(&took), "{up:?} {down:?}: {took} ms");
    }
}

#[test]
fn a_rate_that_is_no_whole_number_of_bytes_a_tick_is_kept_exactly() {
    let mut lab = Lab::new(7);
    let a = lab.add(Access::default().up(333));
    let b = lab.add(Access::default());
    let line = lab.connect(a, b);
    let start = lab.now;
    lab.send(line, Side::Caller, 3_330);
    assert!(lab.run_until(60, |news| matches!(news, News::Bytes(..))));
    assert_eq!((lab.now - start).as_millis(), 10_040);
}

#[test]
fn small_messages_do_not_wait_behind_the_blocks_of_others() {
    let mut lab = Lab::new(8);
    let seed = lab.add(Access::default().up(MIB / 8));
    let takers: Vec<NodeId> = (0..9).map(|_| lab.add(Access::default())).collect();
    let lines: Vec<LineId> = takers.iter().map(|taker| lab.connect(*taker, seed)).collect();
    for line in &lines[1..] {
        (0..8).for_each(|_| lab.send(*line, Side::Called, BLOCK));
    }
    lab.run(Duration::from_secs(1));
    let sent = lab.now;
    lab.network.send(lines[0], Side::Called, b"choke".to_vec(), 0);
    assert!(lab.run_until(1, |news| matches!(news, News::Bytes(line, ..) if *line == lines[0])));
    assert_eq!((lab.now - sent).as_millis(), 50, "one tick, and the way");
}

#[test]
fn a_small_message_that_a_tick_cuts_short_goes_on_first_in_the_next() {
    let mut lab = Lab::new(9);
    // A hundred bytes a tick.
    let seed = lab.add(Access::default().up(10_000));
    let [one, other] = [(); 2].map(|()| lab.add(Access::default()));
    let [busy, calm] = [one, other].map(|taker| lab.connect(taker, seed));
    lab.send(busy, Side::Called, BLOCK);
    lab.run(Duration::from_millis(100));
    let sent = lab.now;
    lab.send(calm, Side::Called, 350);
    assert!(lab.run_until(1, |news| matches!(news, News::Bytes(line, ..) if *line == calm)));
    assert_eq!((lab.now - sent).as_millis(), 80, "four ticks, and the way");
}
