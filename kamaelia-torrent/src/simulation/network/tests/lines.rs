//! How lines begin, carry in order, and end.

use super::*;

fn pair() -> (Lab, NodeId, NodeId) {
    let mut lab = Lab::new(1);
    let a = lab.add(Access::default());
    let b = lab.add(Access::default().latency(Duration::from_millis(30)));
    (lab, a, b)
}

#[test]
fn the_called_hears_after_one_way_and_the_caller_after_a_round_trip() {
    let (mut lab, a, b) = pair();
    let line = lab.network.call(lab.now, a, Some(b));
    lab.network.send(line, Side::Caller, b"early".to_vec(), 0);
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.diary(a), [(100, News::Up(line))]);
    assert_eq!(
        lab.diary(b),
        [
            (50, News::Called { line, from: a }),
            (150, News::Bytes(line, Side::Called, b"early".to_vec()))
        ]
    );
}

#[test]
fn the_called_may_speak_at_once_and_is_heard_after_the_line_is_up() {
    let (mut lab, a, b) = pair();
    let line = lab.network.call(lab.now, a, Some(b));
    lab.run_until(1, |news| matches!(news, News::Called { .. }));
    lab.network.send(line, Side::Called, b"hello".to_vec(), 0);
    lab.run(Duration::from_secs(1));
    assert_eq!(
        lab.diary(a),
        [(100, News::Up(line)), (110, News::Bytes(line, Side::Caller, b"hello".to_vec()))]
    );
    let _ = b;
}

#[test]
fn chunks_of_one_tick_arrive_joined_and_in_order() {
    let (mut lab, a, b) = pair();
    let line = lab.connect(a, b);
    for word in ["one ", "two ", "three"] {
        lab.network.send(line, Side::Caller, word.into(), 0);
    }
    lab.run(Duration::from_secs(1));
    let news = News::Bytes(line, Side::Called, b"one two three".to_vec());
    assert_eq!(lab.diary(b)[1..], [(160, news)]);
    assert!(lab.heard.contains(&(Moment(110_000), a, News::Drained(line, Side::Caller))));
}

#[test]
fn bytes_never_arrive_in_the_tick_in_which_they_were_sent() {
    let mut lab = Lab::new(1);
    let near = Access::default().latency(Duration::ZERO);
    let (a, b) = (lab.add(near), lab.add(near));
    let line = lab.connect(a, b);
    let sent = lab.now;
    lab.send(line, Side::Caller, 17);
    lab.run(Duration::from_millis(50));
    let (arrived, _) = lab.diary(b)[1];
    assert_eq!(arrived, sent.0 / 1000 + 20);
}

#[test]
fn what_was_sent_before_the_end_still_arrives_and_then_the_end() {
    let (mut lab, a, b) = pair();
    lab.network.set_access(a, Access::default().up(100_000));
    let line = lab.connect(a, b);
    lab.network.send(line, Side::Caller, b"bye".to_vec(), 9_997);
    lab.network.close(lab.now, line, Side::Caller);
    lab.network.send(line, Side::Caller, b"more".to_vec(), 0);
    lab.network.send(line, Side::Called, b"wait".to_vec(), 0);
    assert_eq!(lab.network.queued(line, Side::Caller), 0, "it is no business of a's any more");
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.diary(a).len(), 1, "a hears nothing after it hung up");
    assert_eq!(
        lab.diary(b)[1..],
        [
            (250, News::Bytes(line, Side::Called, b"bye".to_vec())),
            (250, News::Closed(line, Side::Called))
        ]
    );
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn two_who_hang_up_at_once_hear_nothing_more() {
    let (mut lab, a, b) = pair();
    let line = lab.connect(a, b);
    lab.send(line, Side::Caller, 1_000_000);
    lab.network.close(lab.now, line, Side::Caller);
    lab.network.close(lab.now, line, Side::Called);
    lab.run(Duration::from_secs(5));
    assert_eq!((lab.diary(a).len(), lab.diary(b).len()), (1, 1));
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn a_call_can_be_given_up_before_and_after_the_called_has_heard_it() {
    for wait in [10, 70] {
        let (mut lab, a, b) = pair();
        let line = lab.network.call(lab.now, a, Some(b));
        lab.run(Duration::from_millis(wait));
        lab.network.close(lab.now, line, Side::Caller);
        lab.run(Duration::from_secs(30));
        assert_eq!(lab.diary(a), []);
        let heard = [(50, News::Called { line, from: a }), (120, News::Closed(line, Side::Called))];
        assert_eq!(lab.diary(b), if wait == 10 { &heard[..0] } else { &heard[..] });
    }
}

#[test]
fn a_line_that_is_over_is_not_taken_for_the_next_in_its_slot() {
    let (mut lab, a, b) = pair();
    let old = lab.connect(a, b);
    lab.network.close(lab.now, old, Side::Caller);
    lab.run(Duration::from_secs(1));
    let new = lab.connect(a, b);
    assert_eq!(new.slot(), old.slot());
    lab.network.send(old, Side::Caller, b"stale".to_vec(), 0);
    lab.network.close(lab.now, old, Side::Called);
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.carried(new, Side::Called) + lab.carried(old, Side::Called), 0);
    assert!(
        !lab.diary(b).iter().any(|(_, news)| matches!(news, News::Closed(line, _) if *line == new))
    );
}

#[test]
fn a_network_with_nothing_under_way_is_due_when_the_next_bytes_arrive() {
    let (mut lab, a, b) = pair();
    let line = lab.connect(a, b);
    assert_eq!(lab.network.next_due(), None);
    lab.send(line, Side::Caller, 17);
    assert_eq!(lab.network.next_due(), Some(lab.now + TICK));
    lab.step();
    assert_eq!(lab.network.next_due(), Some(lab.now + Duration::from_millis(50)));
}
