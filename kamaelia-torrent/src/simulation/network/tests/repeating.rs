//! The same seed gives the same news, and a hostile scenario leaves nothing behind.

use super::*;

/// Nodes of all kinds that call, send, hang up, go and come at random.
fn turmoil(seed: u64) -> Lab {
    let mut lab = Lab::new(seed);
    let mut rng = Rng::with_seed(seed);
    for _ in 0..12 {
        let rate = |rng: &mut Rng| rng.bool().then(|| rng.u64(1_000..200_000));
        let access = Access {
            up: rate(&mut rng),
            down: rate(&mut rng),
            latency: Duration::from_millis(rng.u64(0..80)),
            jitter: Duration::from_millis(rng.u64(0..30)),
            loss: if rng.bool() { 0.01 } else { 0.0 },
            reachable: rng.u8(..4) > 0,
        };
        lab.add(access);
    }
    let mut lines = Vec::new();
    for _ in 0..3_000 {
        let node = NodeId(rng.u32(..12));
        match rng.u8(..100) {
            0..10 => {
                let to = (rng.u8(..10) > 0).then(|| NodeId(rng.u32(..12)));
                lines.push(lab.network.call(lab.now, node, to));
            }
            10 => lab.network.set_online(lab.now, node, rng.bool()),
            11 => lab.network.separate(&[0, 0, 1, 1, 2]),
            12 => lab.network.rejoin(),
            13 => lab.network.set_access(node, Access::default().loss(0.02)),
            14..18 if !lines.is_empty() => {
                let line = lines[rng.usize(..lines.len())];
                let side = if rng.bool() { Side::Caller } else { Side::Called };
                // Only one who has heard of the line can hang up.
                let known = lab.heard.iter().any(|(_, _, news)| match news {
                    News::Called { line: on, .. } => *on == line,
                    _ => false,
                });
                if known || side == Side::Caller {
                    lab.network.close(lab.now, line, side);
                }
            }
            18..70 if !lines.is_empty() => {
                let line = lines[rng.usize(..lines.len())];
                let side = if rng.bool() { Side::Caller } else { Side::Called };
                let bytes = (0..rng.usize(1..30)).map(|_| rng.u8(..)).collect();
                let omitted = if rng.bool() { rng.u32(..40_000) } else { 0 };
                lab.network.send(line, side, bytes, omitted);
            }
            _ => lab.step(),
        }
    }
    lab.network.rejoin();
    for node in 0..12 {
        lab.network.set_online(lab.now, NodeId(node), false);
    }
    lab.run(Duration::from_secs(200));
    lab
}

#[test]
fn the_same_seed_gives_the_same_news_byte_for_byte() {
    for seed in 0..4 {
        assert_eq!(turmoil(seed).heard, turmoil(seed).heard);
    }
    assert_ne!(turmoil(1).heard, turmoil(2).heard);
}

#[test]
fn after_everyone_left_no_line_and_no_byte_is_left() {
    for seed in 0..40 {
        let lab = turmoil(seed);
        assert_eq!(lab.network.next_due(), None, "seed {seed}");
        assert_eq!(lab.network.lines.living(), 0, "seed {seed}");
        assert_eq!(lab.network.chunks.waiting(), 0, "seed {seed}");
        assert!(lab.network.nodes.iter().all(|node| node.ends.is_empty()), "seed {seed}");
    }
}

#[test]
fn a_line_ends_once_for_each_who_knew_of_it_and_nothing_follows() {
    for seed in 0..40 {
        let lab = turmoil(seed);
        let mut over = std::collections::BTreeSet::new();
        for (when, node, news) in &lab.heard {
            let (line, side, ends) = match *news {
                News::Up(line) => (line, Side::Caller, false),
                News::Called { line, .. } => (line, Side::Called, false),
                News::Bytes(line, side, _) | News::Drained(line, side) => (line, side, false),
                News::Closed(line, side) => (line, side, true),
                News::Failed(line) => (line, Side::Caller, true),
            };
            assert!(!over.contains(&(line, side)), "seed {seed}, {when}, {node}: {news:?}");
            if ends {
                over.insert((line, side));
            }
        }
    }
}
