//! The engine's seat in the imagined network, whose memory is not the engine's.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use kamaelia_torrent::engine::fetch::Problem;
use kamaelia_torrent::engine::world::{Host, HostNews, Line, World};

use crate::account::aside;

/// A host that does what another one does, on nobody's account.
pub(crate) struct Uncounted(Arc<dyn Host>);

/// The host of a world that somebody imagines.
pub(crate) fn host_of(world: World) -> Arc<dyn Host> {
    match world {
        World::Imagined(host) => host,
        World::System => panic!("it is imagined"),
    }
}

impl Uncounted {
    pub(crate) fn world(host: &Arc<dyn Host>) -> World {
        World::Imagined(Arc::new(Uncounted(host.clone())))
    }
}

impl Host for Uncounted {
    fn now(&self) -> Instant {
        aside(|| self.0.now())
    }

    fn move_to(&self, moment: Instant) {
        aside(|| self.0.move_to(moment));
    }

    fn next_due(&self) -> Option<Instant> {
        aside(|| self.0.next_due())
    }

    fn wake_with(&self, waker: Waker) {
        aside(|| self.0.wake_with(waker));
    }

    fn seed(&self) -> u64 {
        self.0.seed()
    }

    fn listen(&self, addresses: &[SocketAddr]) -> io::Result<Vec<SocketAddr>> {
        let heard = aside(|| self.0.listen(addresses))?;
        // What is handed over is the engine's from then on.
        Ok(heard.to_vec())
    }

    fn next_news(&self) -> Option<HostNews> {
        aside(|| self.0.next_news())
    }

    fn connect(&self, to: SocketAddr) -> io::Result<Line> {
        aside(|| self.0.connect(to))
    }

    fn is_up(&self, line: Line) -> Option<bool> {
        aside(|| self.0.is_up(line))
    }

    fn read(&self, line: Line, buffer: &mut [u8]) -> io::Result<usize> {
        aside(|| self.0.read(line, buffer))
    }

    fn write(&self, line: Line, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        aside(|| self.0.write(line, bytes))
    }

    fn close(&self, line: Line) {
        aside(|| self.0.close(line));
    }

    fn fetch(&self, token: u64, url: &str) {
        aside(|| self.0.fetch(token, url));
    }

    fn next_fetched(&self) -> Option<(u64, Result<Vec<u8>, Problem>)> {
        let (token, fetched) = aside(|| self.0.next_fetched())?;
        let handed_over = fetched.clone();
        aside(|| drop(fetched));
        Some((token, handed_over))
    }

    fn leave(&self) {
        aside(|| self.0.leave());
    }
}
