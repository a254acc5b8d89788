//! Calls that come to nothing, nodes that go, and networks that fall apart.

use super::*;

fn trio() -> (Lab, [NodeId; 3]) {
    let mut lab = Lab::new(1);
    let nodes = [(); 3].map(|()| lab.add(Access::default()));
    (lab, nodes)
}

#[test]
fn where_there_is_nobody_a_call_fails_after_the_way_there_and_back() {
    let (mut lab, [a, ..]) = trio();
    let line = lab.network.call(lab.now, a, None);
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.diary(a), [(40, News::Failed(line))]);
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn calls_to_one_behind_a_nat_time_out_and_its_own_go_through() {
    let (mut lab, [a, b, c]) = trio();
    for node in [a, b] {
        lab.network.set_access(node, Access::default().reachable(false));
    }
    let vain = lab.network.call(lab.now, a, Some(b));
    let good = lab.network.call(lab.now, a, Some(c));
    lab.run(Duration::from_secs(30));
    assert_eq!(lab.diary(a), [(80, News::Up(good)), (20_000, News::Failed(vain))]);
    assert_eq!(lab.diary(b), []);
}

#[test]
fn one_who_goes_offline_hears_so_at_once_and_others_after_a_round_trip() {
    let (mut lab, [a, b, c]) = trio();
    let up = lab.connect(a, b);
    let calling = lab.network.call(lab.now, a, Some(c));
    lab.send(up, Side::Caller, 17);
    lab.network.set_online(lab.now, a, false);
    let late = lab.network.call(lab.now, a, Some(b));
    let vain = lab.network.call(lab.now, c, Some(a));
    lab.run(Duration::from_secs(30));
    assert_eq!(
        lab.diary(a)[1..],
        [
            (90, News::Closed(up, Side::Caller)),
            (90, News::Failed(calling)),
            (90, News::Failed(late))
        ]
    );
    assert_eq!(lab.diary(b)[1..], [(160, News::Closed(up, Side::Called))], "and not a byte");
    assert_eq!(lab.diary(c), [(20_080, News::Failed(vain))]);
    lab.network.set_online(lab.now, a, true);
    lab.connect(c, a);
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn one_who_goes_offline_after_hanging_up_takes_along_what_had_not_left() {
    let (mut lab, [a, b, _]) = trio();
    lab.network.set_access(a, Access::default().up(1_000));
    let line = lab.connect(a, b);
    lab.send(line, Side::Caller, 10_000);
    lab.network.close(lab.now, line, Side::Caller);
    lab.run(Duration::from_secs(1));
    lab.network.set_online(lab.now, a, false);
    lab.run(Duration::from_secs(30));
    assert_eq!(lab.diary(b)[1..], [(1_160, News::Closed(line, Side::Called))]);
    assert_eq!(lab.diary(a).len(), 1);
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn bytes_wait_while_the_network_is_divided() {
    let (mut lab, [a, b, c]) = trio();
    let (divided, whole) = (lab.connect(a, b), lab.connect(a, c));
    lab.network.separate(&[0, 1, 0]);
    lab.send(divided, Side::Called, 17);
    lab.send(whole, Side::Called, 17);
    let vain = lab.network.call(lab.now, c, Some(b));
    lab.run(Duration::from_secs(60));
    assert_eq!((lab.carried(divided, Side::Caller), lab.carried(whole, Side::Caller)), (0, 8));
    assert!(lab.diary(c).contains(&(20_160, News::Failed(vain))));
    lab.network.rejoin();
    lab.run(Duration::from_secs(200));
    assert_eq!(lab.carried(divided, Side::Caller), 8);
    assert!(!lab.heard.iter().any(|(_, _, news)| matches!(news, News::Closed(..))));
}

#[test]
fn lines_that_are_silent_for_too_long_break_if_somebody_waits() {
    let (mut lab, [a, b, c]) = trio();
    let (waits, idle) = (lab.connect(a, b), lab.connect(b, c));
    lab.network.separate(&[0, 1, 2]);
    lab.send(waits, Side::Caller, 17);
    let start = lab.now;
    assert!(lab.run_until(200, |news| matches!(news, News::Closed(..))));
    assert_eq!(lab.now - start, partition::LINE_TIMEOUT + TICK);
    for (node, side) in [(a, Side::Caller), (b, Side::Called)] {
        assert_eq!(lab.diary(node).last(), Some(&(lab.now.0 / 1000, News::Closed(waits, side))));
    }
    lab.run(Duration::from_secs(200));
    assert_eq!(lab.diary(c).len(), 1, "{idle:?} is as it was");
    assert_eq!(lab.network.next_due(), None);
}

#[test]
fn hanging_up_on_someone_out_of_reach_is_heard_when_the_parts_meet() {
    let (mut lab, [a, b, _]) = trio();
    let line = lab.connect(a, b);
    lab.network.separate(&[0, 1]);
    lab.network.close(lab.now, line, Side::Caller);
    lab.run(Duration::from_secs(60));
    assert_eq!(lab.diary(b).len(), 1);
    lab.network.rejoin();
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.diary(b).last(), Some(&(60_130, News::Closed(line, Side::Called))));
}

#[test]
fn one_who_goes_offline_out_of_reach_is_missed_when_the_line_times_out() {
    let (mut lab, [a, b, _]) = trio();
    let line = lab.connect(a, b);
    lab.network.separate(&[0, 1]);
    lab.network.set_online(lab.now, a, false);
    lab.run(Duration::from_secs(200));
    assert_eq!(lab.diary(b).last(), Some(&(120_080, News::Closed(line, Side::Called))));
    assert_eq!(lab.network.next_due(), None);
}
