//! A server of bad manners, and one fetch from it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;
use kamaelia_torrent::engine::announcer::{Announcer, Job};
use kamaelia_torrent::engine::fetch::Fetch;
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::tracker::{AnnounceReply, Identity, Schedule, Standing, Tiers};

/// Far longer than anything here takes; a test that needs it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a fetch may take from a server that never ends.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

/// The system holds some megabytes for each side of a connection. What a server could send beyond that
/// was taken.
pub(crate) const TAKEN_MAX: usize = 48 << 20;

/// What a server does with a connection when it has read the request.
#[derive(Clone)]
pub(crate) enum Says {
    /// Sends this and hangs up.
    This(Vec<u8>),
    /// Sends the first, and then the second again and again.
    Endlessly(Vec<u8>, Vec<u8>),
    /// Sends the first, and then the second byte by byte, again and again.
    Slowly(Vec<u8>, Vec<u8>),
    /// Sends this and waits.
    AndFallsSilent(Vec<u8>),
    /// Sends this, and ends with a reset.
    AndResets(Vec<u8>),
}

/// A server that does the same with everybody. It ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(says: Says) -> Self {
        Server::with(says, true)
    }

    /// One that does not wait for a request, nor would know it for one.
    #[cfg(feature = "tls")]
    pub(crate) fn unasked(says: Says) -> Self {
        Server::with(says, false)
    }

    fn with(says: Says, reads: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (asked, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = Server { address, asked: asked.clone(), sent: sent.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (says, asked, sent) = (says.clone(), asked.clone(), sent.clone());
                thread::spawn(move || {
                    if reads {
                        read_request(&stream);
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    say(says, stream, &sent);
                });
            }
        });
        server
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Bytes it got rid of, those included that the system holds.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// The same sentence without what is another in each run.
    pub(crate) fn anonymous(&self, sentence: &str) -> String {
        sentence.replace(&self.address.to_string(), "SERVER")
    }
}

/// The request is read as far as it goes: what is closed with bytes unread may be reset.
fn read_request(mut stream: &TcpStream) {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        header.push(byte[0]);
    }
}

fn say(says: Says, mut stream: TcpStream, sent: &AtomicUsize) {
    let mut send = |bytes: &[u8]| {
        let is_sent = stream.write_all(bytes).is_ok();
        sent.fetch_add(bytes.len(), Ordering::SeqCst);
        // So much is too much: the test looks at it.
        is_sent && sent.load(Ordering::SeqCst) <= 2 * TAKEN_MAX
    };
    let falls_silent = matches!(says, Says::AndFallsSilent(_));
    match says {
        Says::This(bytes) => drop(send(&bytes)),
        Says::Endlessly(first, then) => {
            let many = then.repeat(1 + 60_000 / then.len());
            let _ = send(&first);
            while send(&many) {}
        }
        Says::Slowly(first, then) => {
            let _ = send(&first);
            let mut bytes = then.iter().cycle();
            // As slow as a reader that looks for each byte.
            while send(&[*bytes.next().expect("it goes round")]) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Says::AndFallsSilent(bytes) => drop(send(&bytes)),
        Says::AndResets(bytes) => {
            let _ = send(&bytes);
            let socket = socket2::Socket::from(stream);
            return socket.set_linger(Some(Duration::ZERO)).expect("an option of sockets");
        }
    }
    if !falls_silent {
        // What is closed with bytes unread may be reset, and the answer with it.
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut rest = [0; 1024];
    while stream.read(&mut rest).is_ok_and(|count| count > 0) {}
}

/// An answer with a length, as it should be.
pub(crate) fn respond(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// What is kept of an announce to this URL, or what a user is told instead.
pub(crate) fn announced(
    outlet: &Outlet,
    url: String,
    timeout: Duration,
) -> Result<AnnounceReply, String> {
    let (sender, outcomes) = unbounded();
    let announcer = Announcer::start(1, outlet, move |outcome| {
        let _ = sender.send(outcome);
    })
    .expect("a thread");
    let fetch = Fetch { timeout, ..Fetch::announce(url) };
    announcer.submit(Job { token: 1, fetch, is_farewell: false }).expect("room for a job");
    let outcome = outcomes.recv_timeout(PATIENCE).expect("an outcome");
    let bytes = outcome.result.map_err(|error| error.to_string())?;
    AnnounceReply::from_bytes(&bytes).map_err(|error| error.to_string())
}

/// What a torrent does with it: in how many seconds it asks again, and what trouble it tells of.
pub(crate) fn scheduled(reply: &Result<AnnounceReply, String>) -> (u64, Option<String>) {
    let now = Instant::now();
    let (info_hash, peer_id) = (InfoHash([1; 20]), PeerId([2; 20]));
    let identity = Identity { info_hash, peer_id, port: 6881, ipv6: None };
    let tiers = Tiers::new(Some("http://127.0.0.1/announce"), &[], 1);
    let mut schedule = Schedule::new(identity, tiers, 1, now);
    let request = schedule.poll_request(now, &Standing::default()).expect("one is due");
    match reply {
        Ok(reply) => drop(schedule.handle_reply(now, request.tracker, reply)),
        Err(reason) => schedule.handle_failure(now, request.tracker, reason.clone()),
    }
    schedule.handle_want(false);
    let again = schedule.next_timeout().expect("it asks again").duration_since(now);
    (again.as_secs(), schedule.trouble().map(str::to_owned))
}
