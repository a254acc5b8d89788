//! An engine that seeds, on a thread of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::EngineConfig;

use crate::content::{AGES, Shared, engine};

pub(crate) struct Seed {
    pub(crate) address: SocketAddr,
    peers: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Seed {
    /// Returns when all of it is there to be had.
    pub(crate) fn start(shared: &Shared, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut engine = engine(change);
        let id = shared.seed(&mut engine);
        let address = engine.local_addresses()[0];
        let (peers, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, is_over) = (peers.clone(), over.clone());
        let thread = thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                engine.turn(Duration::from_millis(20)).expect("sockets can be waited for");
                while engine.poll_event().is_some() {}
                let status = engine.status(id).expect("it is there");
                count.store(status.num_peers, Ordering::SeqCst);
            }
            engine.stop();
        });
        Seed { address, peers, over, thread }
    }

    /// Waits until so many are connected, as the engine sees it.
    pub(crate) fn until_connected(&self, wanted: usize) {
        let deadline = Instant::now() + AGES;
        while self.peers.load(Ordering::SeqCst) != wanted {
            let now = self.peers.load(Ordering::SeqCst);
            assert!(Instant::now() < deadline, "{now} are connected, not {wanted}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        self.thread.join().expect("the seed stands");
    }
}
