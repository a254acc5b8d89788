//! Web servers that have the files (BEP 19): seeds that never choke, asked for runs of pieces.
//!
//! A web seed works on one run at a time, and takes each piece of it alone, so that one wrong piece
//! is proof enough to be done with it. How long a run is follows from how fast the last one came.
//! One that fails is left alone for longer each time, and dropped after ten times in a row.

use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};

/// Web seeds of one torrent that are asked; those named after them are not.
pub const WEB_SEEDS_MAX: usize = 50;

/// Bytes of the first run, and of any at least, as far as whole pieces allow.
const RUN_BYTES_MIN: u64 = 1024 * 1024;

/// Bytes of a run at most: few enough that others find work, and that little is lost with it.
const RUN_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long a run should take: requests come seldom, and each fetches much.
const RUN_SECONDS: f64 = 10.0;

/// How long a web seed is left alone after it failed once. Twice as long each time.
const WAIT_MIN: Duration = Duration::from_secs(15);

/// However often it failed, and whatever it says of when to come again.
const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// How long it is left alone when the driver had no room.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(2);

/// Failures in a row after which it is taken for dead: some two hours.
const FAILURES_MAX: u32 = 10;

/// Files it may lack. One that lacks more is of another mind about what there is.
const LACKING_MAX: u32 = 10;

/// A web seed of one torrent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WebSeedId(u32);

impl WebSeedId {
    /// Counts from 0, in the order they were added.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// How a web seed stands.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WebSeedState {
    /// There is nothing to ask it for.
    Idle,
    /// It was asked for pieces, of which so many have not come yet.
    Fetching {
        /// Pieces that have not come.
        pieces: usize,
    },
    /// It failed, and is asked again at this moment.
    Waiting {
        /// When.
        until: Instant,
        /// What went wrong, in a sentence.
        reason: String,
    },
    /// It is asked no more.
    Dropped {
        /// Why, in a sentence.
        reason: String,
    },
}

impl fmt::Display for WebSeedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebSeedState::Idle => f.write_str("is idle"),
            WebSeedState::Fetching { pieces: 1 } => f.write_str("sends a piece"),
            WebSeedState::Fetching { pieces } => write!(f, "sends {pieces} pieces"),
            WebSeedState::Waiting { reason, .. } => write!(f, "waits: {reason}"),
            WebSeedState::Dropped { reason } => write!(f, "was dropped: {reason}"),
        }
    }
}

/// Why a web seed did not send what it was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FetchFailed {
    /// A sentence.
    pub reason: String,
    /// Whether to ask again.
    pub outlook: Outlook,
}

/// Whether to ask again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outlook {
    /// It will be the same each time: the web seed is dropped.
    Hopeless,
    /// It does not have this file, an index into [`Layout::files`], or has another. It is asked no
    /// more for pieces with bytes of it.
    Lacks {
        /// Which file.
        file: usize,
    },
    /// It may pass, after this long if the server said so.
    Passing {
        /// What the server said.
        after: Option<Duration>,
    },
    /// Nothing was asked: the driver had no room for it.
    NotAsked,
}

/// All web seeds of one torrent.
#[derive(Default)]
pub(super) struct WebSeeds {
    seeds: Vec<WebSeed>,
}

struct WebSeed {
    state: State,
    /// One bit for each piece that it may have.
    theirs: FixedBitSet,
    /// Files that it was found to lack.
    lacking: u32,
    /// Times in a row that it failed.
    failures: u32,
    /// Bytes a second, by the last run.
    speed: f64,
}

enum State {
    Idle,
    Fetching(Run),
    Waiting { until: Instant, reason: String },
    Dropped { reason: String },
}

/// What a web seed is at.
struct Run {
    began: Instant,
    received: u64,
    /// Pieces that have not come. Peers may be at them too.
    left: Range<u32>,
    /// They were free, and are kept from others; otherwise somebody slow is at them too.
    reserved: bool,
}

impl WebSeeds {
    /// One more, unless there are enough.
    pub(super) fn add(&mut self, layout: &Layout) -> Option<WebSeedId> {
        if self.seeds.len() >= WEB_SEEDS_MAX {
            return None;
        }
        let mut theirs = FixedBitSet::with_capacity(layout.piece_count() as usize);
        theirs.insert_range(..);
        let state = State::Idle;
        self.seeds.push(WebSeed { state, theirs, lacking: 0, failures: 0, speed: 0.0 });
        Some(WebSeedId(self.seeds.len() as u32 - 1))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seeds.is_empty()
    }

    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = WebSeedId> + use<> {
        (0..self.seeds.len() as u32).map(WebSeedId)
    }

    /// How this one stands.
    pub(super) fn state(&self, id: WebSeedId) -> Option<WebSeedState> {
        Some(match &self.get(id)?.state {
            State::Idle => WebSeedState::Idle,
            State::Fetching(run) => WebSeedState::Fetching { pieces: run.left.len() },
            State::Waiting { until, reason } => {
                WebSeedState::Waiting { until: *until, reason: reason.clone() }
            }
            State::Dropped { reason } => WebSeedState::Dropped { reason: reason.clone() },
        })
    }

    /// The pieces that this one may have.
    ///
    /// # Panics
    ///
    /// When there is no such web seed: ids come from [`add`](Self::add).
    pub(super) fn theirs(&self, id: WebSeedId) -> &FixedBitSet {
        &self.seeds[id.as_usize()].theirs
    }

    /// Whether it may have every piece.
    pub(super) fn is_seed(&self, id: WebSeedId) -> bool {
        self.get(id).is_some_and(|seed| seed.lacking == 0)
    }

    /// Those that have nothing to do.
    pub(super) fn idle(&self) -> Vec<WebSeedId> {
        self.ids().filter(|id| matches!(self.seeds[id.as_usize()].state, State::Idle)).collect()
    }

    /// Those that work, and the pieces that have not come.
    pub(super) fn fetching(&self) -> Vec<(WebSeedId, Range<u32>)> {
        let run = |id: WebSeedId| match &self.seeds[id.as_usize()].state {
            State::Fetching(run) => Some((id, run.left.clone())),
            _ => None,
        };
        self.ids().filter_map(run).collect()
    }

    /// Whether one of them is at this piece.
    pub(super) fn are_at(&self, piece: PieceIndex) -> bool {
        self.fetching().iter().any(|(_, left)| left.contains(&piece.get()))
    }

    /// Pieces that were kept from others for their sake, and have not come.
    pub(super) fn reserved(&self) -> usize {
        let runs = self.seeds.iter().map(|seed| match &seed.state {
            State::Fetching(run) if run.reserved => run.left.len(),
            _ => 0,
        });
        runs.sum()
    }

    /// Bytes the next run of this one should have.
    pub(super) fn run_bytes(&self, id: WebSeedId) -> u64 {
        ((self.speed(id) * RUN_SECONDS) as u64).clamp(RUN_BYTES_MIN, RUN_BYTES_MAX)
    }

    /// Bytes a second, by its last run.
    pub(super) fn speed(&self, id: WebSeedId) -> f64 {
        self.get(id).map_or(0.0, |seed| seed.speed)
    }

    /// It is asked for these pieces.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        id: WebSeedId,
        pieces: Range<u32>,
        reserved: bool,
    ) {
        if let Some(seed) = self.get_mut(id) {
            seed.state = State::Fetching(Run { began: now, received: 0, left: pieces, reserved });
        }
    }

    /// Bytes came from it. False if it was not asked for any.
    pub(super) fn on_bytes(&mut self, id: WebSeedId, bytes: u64) -> bool {
        let Some(State::Fetching(run)) = self.get_mut(id).map(|seed| &mut seed.state) else {
            return false;
        };
        run.received += bytes;
        true
    }

    /// A whole piece came from it. False if it was not asked for it next.
    pub(super) fn on_piece(&mut self, id: WebSeedId, piece: PieceIndex) -> bool {
        let Some(seed) = self.get_mut(id) else { return false };
        let State::Fetching(run) = &mut seed.state else { return false };
        let is_next = run.left.start == piece.get() && !run.left.is_empty();
        if is_next {
            run.left.start += 1;
            seed.failures = 0;
        }
        is_next
    }

    /// Its run is over. Returns what was reserved for it and has not come; `None` if it was at
    /// nothing.
    pub(super) fn end(&mut self, now: Instant, id: WebSeedId) -> Option<Range<u32>> {
        let State::Fetching(run) = &self.get(id)?.state else { return None };
        let seconds = now.saturating_duration_since(run.began).as_secs_f64();
        let speed = run.received as f64 / seconds.max(0.001);
        let nothing = run.left.end..run.left.end;
        let reserved = if run.reserved { run.left.clone() } else { nothing };
        let seed = self.get_mut(id)?;
        (seed.state, seed.speed) = (State::Idle, speed);
        Some(reserved)
    }

    /// It failed, and is left alone, dropped, or asked for less. The run was ended before.
    pub(super) fn fail(
        &mut self,
        now: Instant,
        id: WebSeedId,
        failed: FetchFailed,
        layout: &Layout,
    ) {
        let Some(seed) = self.get_mut(id) else { return };
        let FetchFailed { reason, outlook } = failed;
        let after = match outlook {
            Outlook::Hopeless => return seed.state = State::Dropped { reason },
            Outlook::Lacks { file } => {
                seed.theirs.remove_range(layout.file_pieces(file));
                seed.lacking += 1;
                if seed.lacking > LACKING_MAX || seed.theirs.is_clear() {
                    seed.state = State::Dropped { reason };
                }
                return;
            }
            Outlook::NotAsked => WAIT_FOR_ROOM,
            Outlook::Passing { after } => {
                seed.failures += 1;
                if seed.failures >= FAILURES_MAX {
                    let reason = format!("it failed {FAILURES_MAX} times in a row: {reason}");
                    return seed.state = State::Dropped { reason };
                }
                let doubled = WAIT_MIN * 2u32.pow(seed.failures - 1);
                doubled.max(after.unwrap_or_default()).min(WAIT_MAX)
            }
        };
        seed.state = State::Waiting { until: now + after, reason };
    }

    /// Those that waited long enough have nothing to do from now on; these are returned.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Vec<WebSeedId> {
        let is_due = |id: &WebSeedId| match self.seeds[id.as_usize()].state {
            State::Waiting { until, .. } => until <= now,
            _ => false,
        };
        let due: Vec<WebSeedId> = self.ids().filter(is_due).collect();
        for id in &due {
            self.seeds[id.as_usize()].state = State::Idle;
        }
        due
    }

    /// When the first of those that wait has waited long enough.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let waits = self.seeds.iter().filter_map(|seed| match seed.state {
            State::Waiting { until, .. } => Some(until),
            _ => None,
        });
        waits.min()
    }

    fn get(&self, id: WebSeedId) -> Option<&WebSeed> {
        self.seeds.get(id.as_usize())
    }

    fn get_mut(&mut self, id: WebSeedId) -> Option<&mut WebSeed> {
        self.seeds.get_mut(id.as_usize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn layout() -> Layout {
        let file =
            |name: &str, length| FileEntry { path: vec![name.into()], length, padding: false };
        let files = vec![file("a", 40), file("b", 20), file("c", 100)];
        Layout::new(16, files).expect("sizes of a torrent")
    }

    fn one() -> (WebSeeds, WebSeedId, Instant) {
        let mut seeds = WebSeeds::default();
        let id = seeds.add(&layout()).expect("there is room");
        (seeds, id, Instant::now())
    }

    fn passing(after: Option<u64>) -> FetchFailed {
        let after = after.map(Duration::from_secs);
        FetchFailed { reason: "w is busy".into(), outlook: Outlook::Passing { after } }
    }

    fn waits(seeds: &WebSeeds, now: Instant) -> u64 {
        let until = seeds.next_timeout().expect("it waits");
        until.duration_since(now).as_secs()
    }

    #[test]
    fn pieces_come_in_order_and_what_is_left_is_known() {
        let (mut seeds, id, now) = one();
        let pieces: Vec<PieceIndex> = layout().pieces().collect();
        seeds.begin(now, id, 3..6, true);
        assert_eq!(seeds.state(id), Some(WebSeedState::Fetching { pieces: 3 }));
        assert!(!seeds.on_piece(id, pieces[4]), "not the next");
        assert!(seeds.on_piece(id, pieces[3]));
        assert!(!seeds.on_piece(id, pieces[3]), "not twice");
        assert!(seeds.are_at(pieces[4]) && !seeds.are_at(pieces[3]));
        assert_eq!(seeds.end(now, id), Some(4..6));
        assert_eq!(seeds.end(now, id), None);
        assert_eq!(seeds.idle(), [id]);
    }

    #[test]
    fn runs_are_as_long_as_ten_seconds_bring() {
        let (mut seeds, id, now) = one();
        assert_eq!(seeds.run_bytes(id), 1 << 20);
        for (bytes, expected) in [(10_000, 1 << 20), (1 << 19, 5 << 20), (1 << 30, 16 << 20)] {
            seeds.begin(now, id, 0..1, true);
            assert!(seeds.on_bytes(id, bytes));
            seeds.end(now + Duration::from_secs(1), id);
            assert_eq!(seeds.run_bytes(id), expected, "{bytes} bytes a second");
        }
    }

    #[test]
    fn one_that_fails_waits_longer_each_time_and_is_dropped_in_the_end() {
        let (mut seeds, id, mut now) = one();
        for seconds in [15, 30, 60, 120, 240, 480, 960, 1920, 3600] {
            seeds.fail(now, id, passing(None), &layout());
            assert_eq!(waits(&seeds, now), seconds);
            assert!(seeds.handle_timeout(now).is_empty(), "too early");
            now += Duration::from_secs(seconds);
            assert_eq!(seeds.handle_timeout(now), [id]);
        }
        seeds.fail(now, id, passing(None), &layout());
        let reason = "it failed 10 times in a row: w is busy".to_owned();
        assert_eq!(seeds.state(id), Some(WebSeedState::Dropped { reason }));
        assert_eq!(seeds.next_timeout(), None);
    }

    #[test]
    fn a_piece_makes_good_and_a_server_may_say_when_to_come() {
        let (mut seeds, id, now) = one();
        seeds.fail(now, id, passing(Some(100)), &layout());
        assert_eq!(waits(&seeds, now), 100);
        seeds.fail(now, id, passing(Some(1_000_000)), &layout());
        assert_eq!(waits(&seeds, now), 3600, "nobody makes us wait for ever");
        seeds.begin(now, id, 0..1, true);
        assert!(seeds.on_piece(id, layout().piece(0).expect("the first")));
        seeds.end(now, id);
        seeds.fail(now, id, passing(None), &layout());
        assert_eq!(waits(&seeds, now), 15);
        let full = FetchFailed { reason: "no room".into(), outlook: Outlook::NotAsked };
        seeds.fail(now, id, full, &layout());
        assert_eq!(waits(&seeds, now), 2);
    }

    #[test]
    fn one_that_lacks_a_file_is_asked_for_the_rest() {
        let (mut seeds, id, now) = one();
        assert!(seeds.is_seed(id));
        let lacks = |file| FetchFailed {
            reason: format!("w has no {file}"),
            outlook: Outlook::Lacks { file },
        };
        seeds.fail(now, id, lacks(1), &layout());
        assert_eq!(seeds.state(id), Some(WebSeedState::Idle));
        assert!(!seeds.is_seed(id));
        assert_eq!(seeds.theirs(id).ones().collect::<Vec<_>>(), [0, 1, 4, 5, 6, 7, 8, 9]);
        seeds.fail(now, id, lacks(2), &layout());
        seeds.fail(now, id, lacks(0), &layout());
        let reason = "w has no 0".to_owned();
        assert_eq!(seeds.state(id), Some(WebSeedState::Dropped { reason }));
    }

    #[test]
    fn a_hopeless_one_is_dropped_at_once_and_too_many_are_not_taken() {
        let (mut seeds, id, now) = one();
        let reason = "w has no such file".to_owned();
        let failed = FetchFailed { reason: reason.clone(), outlook: Outlook::Hopeless };
        seeds.fail(now, id, failed, &layout());
        assert_eq!(seeds.end(now, id), None, "there was nothing to end");
        assert_eq!(seeds.state(id), Some(WebSeedState::Dropped { reason }));
        let more = (1..WEB_SEEDS_MAX).filter_map(|_| seeds.add(&layout())).count();
        assert_eq!(more, WEB_SEEDS_MAX - 1);
        assert_eq!(seeds.add(&layout()), None);
    }
}
