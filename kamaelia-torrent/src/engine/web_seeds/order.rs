//! Consecutive pieces, fetched from a web server file by file.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::WebSeedEvent;
use super::fault::Fault;
use super::pace::Pace;
use super::range::Part;
use crate::engine::network::outlet::BoundedAgent;
use crate::engine::trackers::fetch::Problem;
use crate::metainfo::{Layout, PieceIndex, Span, web_seed_url};

/// Bytes after which it is told that some came.
const REPORT_BYTES: u64 = 256 * 1024;

/// How long after the last report the next bytes are told.
const REPORT_AFTER: Duration = Duration::from_millis(250);

/// A torrent's files, as one web server has them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebSource {
    /// The URL the torrent names.
    pub base: String,
    /// The torrent.
    pub layout: Arc<Layout>,
}

/// What to fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// From where.
    pub source: Arc<WebSource>,
    /// Which pieces, by number; all of them exist.
    pub pieces: Range<u32>,
}

/// What has come of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Arrival {
    /// So many more bytes, whichever piece they are of.
    Bytes(u64),
    /// A whole piece; nobody has looked at its hash.
    Piece(PieceIndex, Vec<u8>),
}

impl Order {
    /// Fetches piece after piece. Blocks until all are there or something is wrong. `deliver`
    /// hears of every byte, and gets every piece after its last byte. With a fault comes the file it
    /// was met with.
    pub(super) fn run(
        &self,
        agent: &BoundedAgent,
        pace: &Pace,
        deliver: &mut dyn FnMut(WebSeedEvent),
    ) -> Result<(), (Fault, usize)> {
        let layout = &self.source.layout;
        let start = |piece: u32| u64::from(piece) * u64::from(layout.piece_length());
        let end = start(self.pieces.end).min(layout.total_length());
        let mut pieces = Pieces::new(layout, self.pieces.clone(), deliver);
        for span in layout.spans(start(self.pieces.start)..end) {
            match layout.files()[span.file].padding {
                // Nobody keeps padding (BEP 47).
                true => pieces.put_zeros(span.length),
                false => {
                    let fetched = self.fetch(agent, pace, span, &mut pieces);
                    fetched.map_err(|fault| (fault, span.file))?;
                }
            }
        }
        Ok(())
    }

    fn fetch(
        &self,
        agent: &BoundedAgent,
        pace: &Pace,
        span: Span,
        pieces: &mut Pieces<'_>,
    ) -> Result<(), Fault> {
        let layout = &self.source.layout;
        let file = &layout.files()[span.file];
        let part = Part {
            url: &web_seed_url(&self.source.base, layout, span.file),
            file: &file.path.join("/"),
            file_length: file.length,
            range: span.offset..span.offset + span.length,
        };
        let mut incoming = match part.ask(agent) {
            // A connection that was kept may have ended meanwhile; then a new one is made.
            Err(Fault::Fetch(Problem::Unreachable(_) | Problem::NotHttp(_))) => part.ask(agent)?,
            answer => answer?,
        };
        loop {
            let since = Instant::now();
            let allowed = pace.wait(|| pieces.ask_for_more()).ok_or(Problem::Stopped)?;
            incoming.rested(since.elapsed());
            let count = incoming.read(pieces.room(), allowed)?;
            if count == 0 {
                return Ok(());
            }
            pace.take(count);
            pieces.report(count as u64);
            pieces.filled(count);
        }
    }
}

/// Puts bytes into pieces, one after the other.
struct Pieces<'a> {
    layout: &'a Layout,
    deliver: &'a mut dyn FnMut(WebSeedEvent),
    /// The piece that is being filled; none after the last.
    current: Option<PieceIndex>,
    /// The number of the first that is not wanted.
    end: u32,
    data: Vec<u8>,
    /// Bytes of `data` that are there.
    filled: usize,
    unreported: u64,
    last_report: Instant,
}

impl<'a> Pieces<'a> {
    fn new(
        layout: &'a Layout,
        wanted: Range<u32>,
        deliver: &'a mut dyn FnMut(WebSeedEvent),
    ) -> Self {
        let mut pieces = Pieces {
            layout,
            deliver,
            current: None,
            end: wanted.end,
            data: Vec::new(),
            filled: 0,
            unreported: 0,
            last_report: Instant::now(),
        };
        pieces.begin(wanted.start);
        pieces
    }

    fn begin(&mut self, piece: u32) {
        self.current = self.layout.piece(piece).filter(|piece| piece.get() < self.end);
        let size = self.current.map_or(0, |piece| self.layout.piece_size(piece));
        self.data = vec![0; size as usize];
        self.filled = 0;
    }

    /// Where the next bytes go.
    fn room(&mut self) -> &mut [u8] {
        &mut self.data[self.filled..]
    }

    /// So many bytes have been put there.
    fn filled(&mut self, count: usize) {
        self.filled += count;
        let Some(piece) = self.current.filter(|_| self.filled == self.data.len()) else { return };
        self.report_all();
        let data = std::mem::take(&mut self.data);
        (self.deliver)(WebSeedEvent::Arrived(Arrival::Piece(piece, data)));
        self.begin(piece.get() + 1);
    }

    /// No more may be read for now. What was read is told first, since it may be long until then.
    fn ask_for_more(&mut self) {
        self.report_all();
        (self.deliver)(WebSeedEvent::Hungry);
    }

    fn put_zeros(&mut self, mut count: u64) {
        while count > 0 {
            // No longer than the room there is, and that has zeros in it.
            let now = count.min(self.room().len() as u64);
            self.filled(now as usize);
            count -= now;
        }
    }

    /// So many bytes have come from the server.
    fn report(&mut self, count: u64) {
        self.unreported += count;
        if self.unreported >= REPORT_BYTES || self.last_report.elapsed() >= REPORT_AFTER {
            self.report_all();
        }
    }

    fn report_all(&mut self) {
        if self.unreported > 0 {
            let bytes = std::mem::take(&mut self.unreported);
            (self.deliver)(WebSeedEvent::Arrived(Arrival::Bytes(bytes)));
            self.last_report = Instant::now();
        }
    }
}
