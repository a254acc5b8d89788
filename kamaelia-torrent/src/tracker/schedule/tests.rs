//! Announces of one torrent, with the clock moved by hand.

use super::*;
use crate::tracker::reply::Scraped;

const MINUTE: Duration = Duration::from_secs(60);

fn schedule(names: &[&str], now: Instant) -> Schedule {
    let tiers: Vec<Vec<String>> =
        names.iter().map(|name| vec![format!("http://{name}/")]).collect();
    let identity =
        Identity { info_hash: InfoHash([1; 20]), peer_id: PeerId([2; 20]), port: 6881, ipv6: None };
    let mut schedule = Schedule::new(identity, Tiers::new(None, &tiers, 1), 1, now);
    schedule.handle_want(false);
    schedule
}

fn reply(interval: Duration) -> AnnounceReply {
    AnnounceReply {
        interval,
        min_interval: Some(2 * MINUTE),
        complete: Some(1),
        incomplete: Some(2),
        peers: vec![],
        warning: None,
        tracker_id: None,
        external_ip: None,
    }
}

fn url(request: &Request) -> &str {
    let Call::Http(url) = &request.call else { panic!("{request:?}") };
    url
}

/// The request due now, as the tracker's name and the event.
fn poll(schedule: &mut Schedule, now: Instant) -> Option<(Request, String)> {
    let request = schedule.poll_request(now, &Standing::default())?;
    let url = url(&request);
    let host = url["http://".len()..].split('/').next();
    let said = format!("{} {:?}", host.unwrap_or_default(), request.event);
    Some((request, said))
}

fn asked(schedule: &mut Schedule, now: Instant) -> Option<String> {
    poll(schedule, now).map(|(_, said)| said)
}

/// Has the request due now answered; says what it was.
fn answered(schedule: &mut Schedule, now: Instant, reply: &AnnounceReply) -> String {
    let (request, said) = poll(schedule, now).expect("a request is due");
    schedule.handle_reply(now, request.tracker, reply);
    said
}

fn failed(schedule: &mut Schedule, now: Instant) -> String {
    let (request, said) = poll(schedule, now).expect("a request is due");
    schedule.handle_failure(now, request.tracker, "it is down");
    said
}

#[test]
fn started_is_said_first_and_then_a_sign_of_life_at_every_interval() {
    let mut now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "a Some(Started)");
    for _ in 0..3 {
        assert_eq!(schedule.next_timeout(), Some(now + 30 * MINUTE));
        assert_eq!(asked(&mut schedule, now + 29 * MINUTE), None);
        now += 30 * MINUTE;
        assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "a None");
    }
}

#[test]
fn nothing_is_asked_while_an_answer_is_awaited() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    assert!(asked(&mut schedule, now).is_some());
    assert_eq!(asked(&mut schedule, now + 100 * MINUTE), None);
    assert_eq!(schedule.next_timeout(), None);
}

#[test]
fn completed_is_said_at_once_and_once() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    answered(&mut schedule, now, &reply(30 * MINUTE));
    schedule.handle_complete(now + MINUTE);
    assert_eq!(answered(&mut schedule, now + MINUTE, &reply(30 * MINUTE)), "a Some(Completed)");
    assert_eq!(answered(&mut schedule, now + 31 * MINUTE, &reply(30 * MINUTE)), "a None");
}

#[test]
fn completed_waits_for_started_and_follows_it_at_once() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    schedule.handle_complete(now);
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "a Some(Started)");
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "a Some(Completed)");
    assert_eq!(asked(&mut schedule, now), None);
}

#[test]
fn a_failure_goes_to_the_next_tier_at_once() {
    let now = Instant::now();
    let mut schedule = schedule(&["a", "b"], now);
    assert_eq!(failed(&mut schedule, now), "a Some(Started)");
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "b Some(Started)");
    // The first tier comes first again, and has never heard of us.
    let now = now + 30 * MINUTE;
    assert_eq!(failed(&mut schedule, now), "a Some(Started)");
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "b None");
    assert_eq!(schedule.trouble(), None);
}

#[test]
fn the_pause_after_a_failed_round_doubles_up_to_half_an_hour() {
    let mut now = Instant::now();
    let mut schedule = schedule(&["a", "b"], now);
    schedule.handle_want(true);
    let mut pauses = Vec::new();
    for _ in 0..40 {
        failed(&mut schedule, now);
        failed(&mut schedule, now);
        let due = schedule.next_timeout().expect("another round");
        pauses.push((due - now).as_secs_f64());
        assert_eq!(asked(&mut schedule, due - Duration::from_millis(1)), None);
        now = due;
    }
    for (i, pause) in pauses.iter().enumerate() {
        let least = (15.0 * 2f64.powi(i as i32)).min(1440.0);
        assert!((least..=least * 1.25).contains(pause), "{i}: {pause}");
    }
    assert_eq!(schedule.trouble(), Some("it is down"));
    answered(&mut schedule, now, &reply(30 * MINUTE));
    now += 30 * MINUTE;
    failed(&mut schedule, now);
    failed(&mut schedule, now);
    let due = schedule.next_timeout().expect("another round");
    assert!(due - now < Duration::from_secs(19), "it begins anew");
}

#[test]
fn two_seeds_do_not_come_back_together() {
    let now = Instant::now();
    let dues: std::collections::BTreeSet<Instant> = (0..20)
        .map(|seed| {
            let mut schedule = schedule(&["a"], now);
            schedule.chance = fastrand::Rng::with_seed(seed);
            failed(&mut schedule, now);
            schedule.next_timeout().expect("another round")
        })
        .collect();
    assert!(dues.len() > 15);
}

#[test]
fn wanting_peers_brings_the_next_announce_forward_to_the_min_interval() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    let (request, _) = poll(&mut schedule, now).expect("a request is due");
    assert!(url(&request).contains("&numwant=0&"), "{}", url(&request));
    schedule.handle_reply(now, request.tracker, &reply(30 * MINUTE));
    schedule.handle_want(true);
    assert_eq!(schedule.next_timeout(), Some(now + 2 * MINUTE));
    assert_eq!(asked(&mut schedule, now + MINUTE), None);
    let (request, said) = poll(&mut schedule, now + 2 * MINUTE).expect("a request is due");
    assert_eq!(said, "a None");
    assert!(url(&request).contains("&numwant=50&"), "{}", url(&request));
    let silent_about_it = AnnounceReply { min_interval: None, ..reply(30 * MINUTE) };
    let now = now + 2 * MINUTE;
    schedule.handle_reply(now, request.tracker, &silent_about_it);
    assert_eq!(schedule.next_timeout(), Some(now + 5 * MINUTE));
}

#[test]
fn stopped_goes_to_every_tracker_that_may_know_us_and_to_no_other() {
    let now = Instant::now();
    let mut schedule = schedule(&["a", "b", "c", "d"], now);
    failed(&mut schedule, now);
    answered(&mut schedule, now, &reply(30 * MINUTE));
    let now = now + 30 * MINUTE;
    failed(&mut schedule, now);
    failed(&mut schedule, now);
    assert_eq!(asked(&mut schedule, now).as_deref(), Some("c Some(Started)"));
    schedule.handle_stop(now);
    assert_eq!(schedule.next_timeout(), Some(now));
    let mut goodbyes = vec![];
    while let Some((request, said)) = poll(&mut schedule, now) {
        assert!(url(&request).contains("&numwant=0&"), "{}", url(&request));
        schedule.handle_failure(now, request.tracker, "too late");
        goodbyes.push(said);
    }
    goodbyes.sort();
    assert_eq!(goodbyes, ["b Some(Stopped)", "c Some(Stopped)"]);
    assert!(schedule.is_over());
    schedule.handle_stop(now);
    schedule.handle_complete(now);
    assert_eq!((asked(&mut schedule, now), schedule.next_timeout()), (None, None));
}

#[test]
fn a_torrent_that_was_never_announced_has_no_goodbye_to_say() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    schedule.handle_stop(now);
    assert!(schedule.is_over());
}

#[test]
fn without_a_tracker_there_is_nothing_to_do() {
    let now = Instant::now();
    let mut schedule = schedule(&[], now);
    schedule.handle_want(true);
    assert_eq!((asked(&mut schedule, now), schedule.next_timeout()), (None, None));
}

#[test]
fn a_tracker_is_told_its_own_id_again() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    let with_id = AnnounceReply { tracker_id: Some(b"x/y".to_vec()), ..reply(MINUTE) };
    answered(&mut schedule, now, &with_id);
    // Silence about it changes nothing.
    answered(&mut schedule, now + MINUTE, &reply(MINUTE));
    let (request, _) = poll(&mut schedule, now + 2 * MINUTE).expect("a request is due");
    assert!(url(&request).ends_with("&trackerid=x%2Fy"), "{}", url(&request));
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let now = Instant::now();
    let mut schedule = schedule(&["a", "b"], now);
    let other = schedule.tiers.ids().nth(1).expect("two trackers");
    assert!(asked(&mut schedule, now).is_some());
    schedule.handle_failure(now, other, "late");
    schedule.handle_reply(now, other, &reply(MINUTE));
    assert_eq!((schedule.next_timeout(), schedule.trouble()), (None, None));
}

#[test]
fn a_tracker_reached_by_udp_is_told_the_same() {
    let now = Instant::now();
    let identity =
        Identity { info_hash: InfoHash([1; 20]), peer_id: PeerId([2; 20]), port: 6881, ipv6: None };
    let tiers = Tiers::new(Some("udp://t:80/announce"), &[], 1);
    let mut schedule = Schedule::new(identity.clone(), tiers, 1, now);
    let standing = Standing { uploaded: 3, downloaded: 2, left: 1 };
    let request = schedule.poll_request(now, &standing).expect("a request is due");
    let Call::Udp(server, announce, patience) = &request.call else { panic!("{request:?}") };
    assert_eq!((server.host(), server.port(), server.data()), ("t", 80, &b"/announce"[..]));
    assert_eq!((announce.uploaded, announce.downloaded, announce.left), (3, 2, 1));
    assert_eq!((announce.event, announce.peers_wanted), (Some(Event::Started), 50));
    assert_eq!(*patience, MINUTE);
    // With others to try, it is not waited for so long.
    let list = [vec!["udp://t:80".to_owned()], vec!["udp://u:80".to_owned()]];
    let mut schedule = Schedule::new(identity, Tiers::new(None, &list, 1), 1, now);
    let request = schedule.poll_request(now, &standing).expect("a request is due");
    assert!(matches!(request.call, Call::Udp(_, _, patience) if patience == MINUTE / 4));
}

#[test]
fn after_a_rest_started_is_said_again_once_every_goodbye_is_answered() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    answered(&mut schedule, now, &reply(30 * MINUTE));
    schedule.handle_stop(now);
    let (goodbye, said) = poll(&mut schedule, now).expect("a goodbye");
    assert_eq!(said, "a Some(Stopped)");
    schedule.handle_resume(now);
    assert_eq!(asked(&mut schedule, now), None, "it could overtake the goodbye");
    schedule.handle_failure(now, goodbye.tracker, "it is down");
    assert_eq!(answered(&mut schedule, now, &reply(30 * MINUTE)), "a Some(Started)");
    assert_eq!(schedule.next_timeout(), Some(now + 30 * MINUTE));
}

#[test]
fn an_announce_that_was_out_when_the_rest_began_is_waited_for_too() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    let (started, _) = poll(&mut schedule, now).expect("a request is due");
    schedule.handle_stop(now);
    let (goodbye, _) = poll(&mut schedule, now).expect("a goodbye, since it may know us");
    schedule.handle_resume(now);
    schedule.handle_reply(now, goodbye.tracker, &reply(30 * MINUTE));
    assert_eq!(asked(&mut schedule, now), None);
    schedule.handle_reply(now, started.tracker, &reply(30 * MINUTE));
    assert_eq!(asked(&mut schedule, now).as_deref(), Some("a Some(Started)"));
}

#[test]
fn a_rest_that_becomes_the_end_stays_one() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    answered(&mut schedule, now, &reply(30 * MINUTE));
    schedule.handle_stop(now);
    let (goodbye, _) = poll(&mut schedule, now).expect("a goodbye");
    schedule.handle_resume(now);
    schedule.handle_stop(now);
    schedule.handle_reply(now, goodbye.tracker, &reply(30 * MINUTE));
    assert!(schedule.is_over());
    assert_eq!(asked(&mut schedule, now), None);
}

#[test]
fn a_private_torrent_that_moves_to_another_tracker_lets_its_peers_go() {
    let now = Instant::now();
    for is_private in [false, true] {
        let mut schedule = schedule(&["a", "b"], now);
        if is_private {
            schedule.handle_private();
        }
        let moves = |schedule: &mut Schedule| {
            let (request, said) = poll(schedule, now).expect("a request is due");
            schedule.due = now;
            (schedule.handle_reply(now, request.tracker, &reply(MINUTE)), said)
        };
        assert_eq!(moves(&mut schedule), (false, "a Some(Started)".into()));
        schedule.due = now;
        failed(&mut schedule, now);
        assert_eq!(moves(&mut schedule), (is_private, "b Some(Started)".into()));
        schedule.due = now;
        let next = if is_private { "b None" } else { "a None" };
        assert_eq!(moves(&mut schedule), (false, next.into()));
    }
}

#[test]
fn a_tracker_that_does_not_tell_the_size_is_scraped_until_that_is_useless() {
    let now = Instant::now();
    let list = [vec!["http://a/announce".to_owned()]];
    let mut schedule = Schedule { tiers: Tiers::new(None, &list, 1), ..schedule(&["a"], now) };
    let silent = AnnounceReply { complete: None, incomplete: None, ..reply(MINUTE) };
    answered(&mut schedule, now, &reply(MINUTE));
    assert_eq!(schedule.poll_scrape(), None);
    answered(&mut schedule, now + MINUTE, &silent);
    let request = schedule.poll_scrape().expect("a scrape is due");
    let url = format!("http://a/scrape?info_hash={}", "%01".repeat(20));
    assert_eq!(request.call, ScrapeCall::Http(url));
    assert_eq!(schedule.poll_scrape(), None);
    let scraped = Scraped { complete: 7, downloaded: 8, incomplete: 9 };
    schedule.handle_scraped(request.tracker, Some(scraped));
    assert_eq!((schedule.complete(), schedule.incomplete()), (Some(7), Some(9)));
    answered(&mut schedule, now + 2 * MINUTE, &silent);
    let request = schedule.poll_scrape().expect("a scrape is due");
    schedule.handle_scraped(request.tracker, None);
    answered(&mut schedule, now + 3 * MINUTE, &silent);
    assert_eq!(schedule.poll_scrape(), None);
    // Somebody may want to know all the same.
    assert!(schedule.handle_scrape_wanted());
    assert!(schedule.poll_scrape().is_some());
}

#[test]
fn a_tracker_whose_url_tells_no_place_for_scrapes_is_not_scraped() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    assert!(schedule.handle_scrape_wanted());
    assert_eq!(schedule.poll_scrape(), None);
    let tiers = Tiers::new(Some("udp://t:80"), &[], 1);
    let mut schedule = Schedule { tiers, ..schedule };
    assert!(schedule.handle_scrape_wanted());
    let request = schedule.poll_scrape().expect("a scrape is due");
    assert!(matches!(request.call, ScrapeCall::Udp(_)));
}

#[test]
fn another_port_is_told_as_soon_as_the_tracker_may_be_asked() {
    let now = Instant::now();
    let mut schedule = schedule(&["a"], now);
    answered(&mut schedule, now, &reply(30 * MINUTE));
    schedule.handle_port(now + MINUTE, 6881);
    assert_eq!(schedule.next_timeout(), Some(now + 30 * MINUTE));
    schedule.handle_port(now + MINUTE, 7000);
    assert_eq!(schedule.next_timeout(), Some(now + 2 * MINUTE));
    let (request, _) = poll(&mut schedule, now + 2 * MINUTE).expect("a request is due");
    assert!(url(&request).contains("&port=7000&"), "{request:?}");
}
