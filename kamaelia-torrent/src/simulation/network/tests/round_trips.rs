//! What distance and loss do to a flow.

use super::*;

/// Seconds a transfer takes, or as much of it as arrives.
fn transfer(lab: &mut Lab, line: LineId, chunks: u32, length: u32) -> f64 {
    let start = lab.now;
    (0..chunks).for_each(|_| lab.send(line, Side::Caller, length));
    let mut left = 8 * chunks as usize;
    assert!(lab.run_until(100_000, |news| {
        if let News::Bytes(_, _, bytes) = news {
            left -= bytes.len();
        }
        left == 0
    }));
    (lab.now - start).as_secs_f64()
}

fn far_pair(seed: u64, round_trip: u64, loss: f64) -> (Lab, LineId) {
    let mut lab = Lab::new(seed);
    let access = Access::default().latency(Duration::from_millis(round_trip / 4));
    let (a, b) = (lab.add(access.loss(loss)), lab.add(access));
    let line = lab.connect(a, b);
    (lab, line)
}

#[test]
fn the_first_hundred_kilobytes_take_as_many_round_trips_as_the_textbook_says() {
    // 10, 20 and 40 segments are 102,200 bytes: three round trips less the way back.
    let (mut lab, line) = far_pair(1, 100, 0.0);
    let seconds = transfer(&mut lab, line, 1, 102_200);
    assert!((0.25..=0.28).contains(&seconds), "{seconds}");
    // One byte more waits for the next.
    let (mut lab, line) = far_pair(1, 100, 0.0);
    let seconds = transfer(&mut lab, line, 1, 102_201);
    assert!((0.35..=0.38).contains(&seconds), "{seconds}");
}

#[test]
fn a_long_way_bounds_a_flow_to_a_window_each_round_trip() {
    let (mut lab, line) = far_pair(1, 400, 0.0);
    transfer(&mut lab, line, 1, 64 << 20);
    let seconds = transfer(&mut lab, line, 1, 128 << 20);
    let expected = f64::from(128 / 4) * 0.4;
    assert!((seconds / expected - 1.0).abs() < 0.03, "{seconds}, not {expected}");
}

/// After Mathis, Semke, Mahdavi and Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance
/// Algorithm" (1997): segment / round trip * sqrt(3/2) / sqrt(loss).
#[test]
fn loss_hurts_about_as_the_square_root_law_says() {
    for (round_trip, loss) in [(100, 0.01), (200, 0.01), (100, 0.001), (50, 0.001)] {
        let (mut lab, line) = far_pair(9, round_trip, loss);
        let seconds = transfer(&mut lab, line, 4_000, 4_000);
        let rate = 16e6 / seconds;
        let law = 1_460.0 / (round_trip as f64 / 1e3) * 1.5_f64.sqrt() / loss.sqrt();
        let ratio = rate / law;
        assert!((0.5..=2.0).contains(&ratio), "{round_trip} ms, {loss}: {ratio} of the law");
    }
}

#[test]
fn jitter_delays_each_tick_by_chance_and_lets_nothing_overtake() {
    let mut lab = Lab::new(10);
    let access = Access::default().jitter(Duration::from_millis(40));
    let (a, b) = (lab.add(access), lab.add(access));
    let line = lab.connect(a, b);
    let known = lab.diary(b).len();
    for number in 0..200_u8 {
        lab.network.send(line, Side::Caller, vec![number], 0);
        lab.step();
    }
    lab.run(Duration::from_secs(1));
    let arrived = lab.diary(b).split_off(known);
    let bytes: Vec<u8> = arrived
        .iter()
        .flat_map(|(_, news)| match news {
            News::Bytes(_, _, bytes) => bytes.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(bytes, (0..200).collect::<Vec<u8>>());
    assert!(arrived.len() < 150, "some caught up with those before: {}", arrived.len());
}
