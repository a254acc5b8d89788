//! Both sides of the tracker room with their hands: two torrents announce over loopback and find
//! each other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use kamaelia_io::http::{HttpServer, Response};
use kamaelia_torrent::engine::announcer::{Announcer, Job, Outcome};
use kamaelia_torrent::engine::fetch::Fetch;
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::tracker::{
    AnnounceReply, Call, Event, Identity, Request, Schedule, Secret, Standing, Tiers, Tracker,
    TrackerConfig,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Serves a tracker while `body` runs with its announce URL.
fn with_tracker(body: impl FnOnce(&str)) {
    let mut server = HttpServer::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let url = format!("http://{}/announce", server.local_addr());
    let waker = server.waker();
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let serving = thread::spawn(move || {
        let mut tracker = Tracker::new(TrackerConfig::new(1, Secret::new([1; 32])));
        while !is_over.load(Ordering::SeqCst) {
            let turn = server.turn(PATIENCE, &mut |request, remote, local| {
                let now = Instant::now();
                let answer = tracker.handle_request(now, &request.target, remote, local);
                Response::new(answer.status, answer.content_type, answer.body)
            });
            turn.expect("a turn");
        }
        tracker.peers()
    });
    body(&url);
    over.store(true, Ordering::SeqCst);
    waker.wake();
    let left = serving.join().expect("the tracker stands");
    assert_eq!(left, 0, "everyone has said goodbye");
}

/// A torrent's announces, with the progress of one who lacks `left` bytes.
struct Torrent {
    schedule: Schedule,
    standing: Standing,
}

impl Torrent {
    fn new(tracker: &str, port: u16, left: u64) -> Self {
        let identity = Identity {
            info_hash: InfoHash(std::array::from_fn(|i| i as u8 * 13)),
            peer_id: PeerId([port as u8; 20]),
            port,
            ipv6: None,
        };
        // The first tier is down: nobody listens there.
        let tiers = [vec!["http://127.0.0.1:1/announce".into()], vec![tracker.into()]];
        let tiers = Tiers::new(None, &tiers, 1);
        Torrent {
            schedule: Schedule::new(identity, tiers, 1, Instant::now()),
            standing: Standing { left, ..Standing::default() },
        }
    }

    fn request(&mut self) -> Option<Request> {
        self.schedule.poll_request(Instant::now(), &self.standing)
    }

    /// Announces until a tracker answers; gives the ports of the peers it names.
    fn announce(&mut self, announcer: &Announcer, outcomes: &Receiver<Outcome>) -> Vec<u16> {
        while let Some(request) = self.request() {
            assert_eq!(request.event, Some(Event::Started));
            announcer.submit(job(&request)).expect("room for a job");
            let outcome = outcomes.recv_timeout(PATIENCE).expect("an outcome");
            let now = Instant::now();
            match outcome.result {
                Err(error) => {
                    let reason = error.to_string();
                    self.schedule.handle_failure(now, request.tracker, reason);
                }
                Ok(bytes) => {
                    let reply = AnnounceReply::from_bytes(&bytes).expect("a reply");
                    self.schedule.handle_reply(now, request.tracker, &reply);
                    return reply.peers.iter().map(SocketAddr::port).collect();
                }
            }
        }
        panic!("nothing is due");
    }

    fn say_goodbye(&mut self, announcer: &Announcer) {
        self.schedule.handle_stop(Instant::now());
        while let Some(request) = self.request() {
            announcer.submit(job(&request)).expect("room for a job");
        }
    }
}

fn job(request: &Request) -> Job {
    let Call::Http(url) = &request.call else { panic!("{request:?}") };
    Job {
        token: 0,
        fetch: Fetch::announce(url.clone()),
        is_farewell: request.event == Some(Event::Stopped),
    }
}

#[test]
fn two_torrents_find_each_other_past_a_tracker_that_is_down_and_say_goodbye() {
    with_tracker(|url| {
        let (sender, outcomes) = unbounded();
        let announcer = Announcer::start(2, &Outlet::default(), move |outcome| {
            let _ = sender.send(outcome);
        })
        .expect("threads");
        let mut seed = Torrent::new(url, 7001, 0);
        let mut other = Torrent::new(url, 7002, 9);
        assert_eq!(seed.announce(&announcer, &outcomes), Vec::<u16>::new());
        assert_eq!(other.announce(&announcer, &outcomes), [7001]);
        assert_eq!(other.schedule.complete(), Some(1));
        seed.say_goodbye(&announcer);
        other.say_goodbye(&announcer);
        announcer.stop(Duration::from_secs(4));
    });
}
