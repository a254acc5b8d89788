//! The disk threads as the loop sees them.

use super::*;
use crate::hash::sha1;
use crate::metainfo::{InfoHash, Layout};
use crate::storage::conformance::{layout_of, random_bytes};
use crate::storage::{MemoryStorage, Resume, Stamp, Storage, StorageError};
use crossbeam_channel::Receiver;
use fixedbitset::FixedBitSet;
use std::collections::BTreeSet;
use std::time::Duration;

const PIECE: usize = 40_000;

/// Longer than anything here takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A disk, and the bell as the loop hears it.
struct Bench {
    disk: Disk,
    rings: Receiver<()>,
}

impl Bench {
    fn new(threads: usize) -> Self {
        let (ring, rings) = unbounded();
        let wake: Wake = Arc::new(move || {
            let _ = ring.send(());
        });
        let disk = Disk::start(threads, wake, &SpareBuffers::default(), &SparePieces::default())
            .expect("threads");
        Bench { disk, rings }
    }

    fn submit(&mut self, connection: u64, storage: &Arc<dyn Storage>, work: Work) {
        let job = job(connection, storage, work);
        self.disk.try_submit(job, Instant::now()).expect("the backlog has room");
    }

    /// The next answer, slept for as the loop does.
    fn answer(&mut self) -> (u64, Outcome) {
        // No piece waits for others here.
        self.disk.handle_timeout(Instant::now() + PATIENCE);
        loop {
            if let Some(answer) = self.disk.poll_answer() {
                return (answer.origin.connection, answer.outcome);
            }
            self.rings.recv_timeout(PATIENCE).expect("a ring");
        }
    }

    /// The next answer that is not only progress.
    fn result(&mut self) -> (u64, Outcome) {
        loop {
            match self.answer() {
                (_, Outcome::Checking(_)) => {}
                result => return result,
            }
        }
    }
}

fn job(connection: u64, storage: &Arc<dyn Storage>, work: Work) -> Job {
    let origin = JobOrigin { torrent: 7, connection };
    let storage = Arc::clone(storage);
    let resume = Resume::in_memory(InfoHash([0; 20]), Arc::new(storage.layout().clone()));
    Job { origin, storage, resume: Arc::new(resume), work }
}

fn layout(length: usize) -> Arc<Layout> {
    let lengths = [length as u64 / 2, (length - length / 2) as u64];
    Arc::new(layout_of(PIECE as u64, &lengths))
}

fn memory(length: usize) -> Arc<MemoryStorage> {
    Arc::new(MemoryStorage::new(layout(length)))
}

/// A storage that has all its bytes, and the bytes.
fn complete(length: usize) -> (Arc<dyn Storage>, Vec<u8>) {
    let storage = memory(length);
    let bytes = random_bytes(1, length);
    storage.write_at(0, &bytes).expect("room in memory");
    (storage, bytes)
}

fn hashes_of(bytes: &[u8]) -> Arc<[[u8; 20]]> {
    bytes.chunks(PIECE).map(sha1).collect()
}

fn check(bytes: &[u8]) -> Work {
    Work::Check { hashes: hashes_of(bytes), selection: None, cancel: Arc::default() }
}

fn store_of(storage: &dyn Storage, index: u32, bytes: &[u8]) -> Work {
    let piece = storage.layout().piece(index).expect("a piece");
    let data = bytes.chunks(PIECE).nth(index as usize).expect("its bytes");
    Work::Store { piece, data: data.to_vec(), expected: sha1(data) }
}

/// Passes everything on, but reads only while it holds a permit.
struct Gated {
    inner: Arc<dyn Storage>,
    started: Sender<()>,
    permits: Receiver<()>,
}

impl Gated {
    fn around(inner: Arc<dyn Storage>) -> (Arc<dyn Storage>, Receiver<()>, Sender<()>) {
        let (started, starts) = unbounded();
        let (permit, permits) = unbounded();
        let gated = Gated { inner, started, permits };
        (Arc::new(gated), starts, permit)
    }
}

impl Storage for Gated {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }
    fn prepare(&self) -> Result<(), StorageError> {
        self.inner.prepare()
    }
    fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
        self.inner.stamp(file)
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
        let _ = self.started.send(());
        self.permits.recv_timeout(PATIENCE).expect("a permit");
        self.inner.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.inner.write_at(offset, bytes)
    }
    fn sync(&self, file: usize) -> Result<(), StorageError> {
        self.inner.sync(file)
    }
    fn remove(&self, file: usize) -> Result<(), StorageError> {
        self.inner.remove(file)
    }
}

#[test]
fn a_storage_that_does_not_say_what_it_has_at_hand_is_read_by_a_thread() {
    let (storage, _) = complete(PIECE);
    let bench = Bench::new(1);
    let block = storage.layout().block(0, 0, 100).expect("a block");
    assert_eq!(bench.disk.read_at_once(&*storage, block), None);
}

/// Panics whenever bytes are touched.
struct Panicking(Arc<Layout>);

impl Storage for Panicking {
    fn layout(&self) -> &Layout {
        &self.0
    }
    fn prepare(&self) -> Result<(), StorageError> {
        panic!("prepared")
    }
    fn stamp(&self, _: usize) -> Result<Option<Stamp>, StorageError> {
        Ok(None)
    }
    fn read_at(&self, offset: u64, _: &mut [u8]) -> Result<(), StorageError> {
        panic!("read at {offset}")
    }
    fn write_at(&self, _: u64, _: &[u8]) -> Result<(), StorageError> {
        panic!("written")
    }
    fn sync(&self, _: usize) -> Result<(), StorageError> {
        panic!("synced")
    }
    fn remove(&self, file: usize) -> Result<(), StorageError> {
        panic!("removed {file}")
    }
}

#[test]
fn every_read_is_answered_with_exactly_its_bytes() {
    let (storage, bytes) = complete(PIECE * 5 / 2);
    let layout = storage.layout();
    let blocks: Vec<_> = layout.pieces().flat_map(|piece| layout.blocks(piece)).collect();
    for threads in [1, 2, 4] {
        let mut bench = Bench::new(threads);
        for (connection, block) in blocks.iter().enumerate() {
            bench.submit(connection as u64, &storage, Work::Read(*block));
        }
        let mut answers: Vec<_> = blocks.iter().map(|_| bench.answer()).collect();
        answers.sort_by_key(|(connection, _)| *connection);
        let expected: Vec<_> = (0..)
            .zip(&blocks)
            .map(|(connection, block)| {
                let start = layout.block_start(*block) as usize;
                let result = Ok(bytes[start..start + block.length() as usize].to_vec());
                let block = *block;
                (connection, Outcome::Read { block, result })
            })
            .collect();
        assert_eq!(answers, expected);
        assert_eq!((bench.disk.poll_answer(), bench.disk.pending()), (None, 0));
    }
}

#[test]
fn a_piece_is_stored_only_if_it_has_the_right_hash() {
    let storage: Arc<dyn Storage> = memory(PIECE * 2);
    let bytes = random_bytes(1, PIECE * 2);
    let mut bench = Bench::new(2);
    let piece = |index| storage.layout().piece(index).expect("a piece");
    let Work::Store { data, .. } = store_of(&*storage, 0, &bytes) else {
        unreachable!("it is a store");
    };
    let corrupt = Work::Store { piece: piece(0), data: data.clone(), expected: [0; 20] };
    bench.submit(1, &storage, corrupt);
    assert_eq!(bench.answer(), (1, Outcome::Corrupt { piece: piece(0), data }));
    assert_eq!(storage.stamp(0), Ok(None));

    bench.submit(2, &storage, store_of(&*storage, 1, &bytes));
    assert_eq!(bench.answer(), (2, Outcome::Stored(piece(1))));
    let mut stored = vec![0; PIECE];
    storage.read_at(PIECE as u64, &mut stored).expect("it is there");
    assert_eq!(stored, bytes[PIECE..]);
}

#[test]
fn pieces_that_are_hashed_together_are_answered_each_by_itself() {
    let (wake, now) = (Arc::new(|| {}), Instant::now());
    let (spare, pieces) = (SpareBuffers::default(), SparePieces::default());
    let (mut disk, workshop) = Disk::new(wake, &spare, &pieces, 5);
    disk.in_line = Some(workshop.worker(true));
    let storage: Arc<dyn Storage> = memory(PIECE * 4);
    let broken: Arc<dyn Storage> = Arc::new(Panicking(layout(PIECE * 4)));
    let bytes = random_bytes(1, PIECE * 4);
    let piece = |index| storage.layout().piece(index).expect("a piece");
    let data = bytes[PIECE..2 * PIECE].to_vec();
    let corrupt = Work::Store { piece: piece(1), data: data.clone(), expected: [0; 20] };
    let jobs = [
        job(0, &storage, store_of(&*storage, 0, &bytes)),
        job(1, &storage, corrupt),
        job(2, &broken, store_of(&*storage, 2, &bytes)),
        job(3, &storage, store_of(&*storage, 3, &bytes)),
    ];
    let mut answers = Vec::new();
    let mut take_answers = |disk: &mut Disk| {
        answers.extend(std::iter::from_fn(|| disk.poll_answer()).map(|answer| answer.outcome));
        answers.len()
    };
    for job in jobs {
        disk.try_submit(job, now).expect("the backlog has room");
    }
    assert_eq!((take_answers(&mut disk), disk.pending()), (1, 3), "the others wait for more");
    disk.handle_timeout(disk.next_timeout().expect("they do not wait for ever"));
    assert_eq!((take_answers(&mut disk), disk.pending()), (4, 0));
    let error = StorageError::Broken { message: "written".into() };
    let expected = [
        Outcome::Stored(piece(0)),
        Outcome::Corrupt { piece: piece(1), data },
        Outcome::NotStored { piece: piece(2), error },
        Outcome::Stored(piece(3)),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn a_full_disk_is_told_with_the_piece_it_did_not_take() {
    let memory = memory(PIECE * 2);
    memory.set_room(10);
    let storage: Arc<dyn Storage> = memory.clone();
    let bytes = random_bytes(1, PIECE * 2);
    let mut bench = Bench::new(2);
    bench.submit(1, &storage, store_of(&*storage, 0, &bytes));
    let (_, Outcome::NotStored { piece, error }) = bench.answer() else {
        panic!("there was room for ten bytes only");
    };
    assert_eq!((piece.get(), error.is_disk_full()), (0, true));
    memory.set_room(u64::MAX);
    bench.submit(1, &storage, store_of(&*storage, 0, &bytes));
    assert_eq!(bench.answer(), (1, Outcome::Stored(piece)));
    bench.submit(1, &storage, Work::Sync);
    assert_eq!(bench.answer(), (1, Outcome::Synced(Ok(()))));
}

#[test]
fn a_check_tells_its_progress_and_what_it_found() {
    let (storage, bytes) = complete(PIECE * 300);
    storage.write_at(0, &[bytes[0] ^ 1]).expect("room");
    let mut bench = Bench::new(2);
    bench.submit(1, &storage, check(&bytes));
    let mut seen = Vec::new();
    let outcome = loop {
        match bench.answer() {
            (1, Outcome::Checking(progress)) => seen.push(progress.done),
            (_, outcome) => break outcome,
        }
    };
    let Outcome::Checked(Ok(found)) = outcome else {
        panic!("not an end of a check: {outcome:?}");
    };
    assert_eq!(found.have.ones().collect::<Vec<_>>(), (1..300).collect::<Vec<_>>());
    assert!(seen.is_sorted() && seen.last() == Some(&(bytes.len() as u64)));
}

#[test]
fn reads_go_on_while_a_check_is_held_up() {
    let (storage, bytes) = complete(PIECE);
    let (gated, starts, permit) = Gated::around(Arc::clone(&storage));
    let mut bench = Bench::new(2);
    for connection in 0..3 {
        bench.submit(connection, &gated, check(&bytes));
    }
    starts.recv_timeout(PATIENCE).expect("a check has begun");
    let block = storage.layout().block(0, 0, 16_384).expect("a block");
    for connection in 10..20 {
        bench.submit(connection, &storage, Work::Read(block));
        assert_eq!(bench.answer().0, connection);
    }
    for _ in 0..3 {
        permit.send(()).expect("the check waits");
        let (_, outcome) = bench.result();
        assert!(matches!(outcome, Outcome::Checked(Ok(_))), "{outcome:?}");
    }
}

#[test]
fn a_single_thread_serves_reads_between_the_parts_of_a_check() {
    let (storage, bytes) = complete(PIECE * 300);
    let (gated, starts, permit) = Gated::around(Arc::clone(&storage));
    let mut bench = Bench::new(1);
    bench.submit(1, &gated, check(&bytes));
    starts.recv_timeout(PATIENCE).expect("the check has begun");
    let block = storage.layout().block(0, 0, 16_384).expect("a block");
    bench.submit(2, &storage, Work::Read(block));
    permit.send(()).expect("the check waits");
    assert_eq!(bench.result().0, 2);
    // More than it reads, however many pieces that is at once.
    for _ in 0..300 {
        permit.send(()).expect("the check waits");
    }
    assert_eq!(bench.result().0, 1);
}

#[test]
fn a_check_can_be_given_up() {
    let (storage, bytes) = complete(PIECE * 300);
    let (gated, starts, permit) = Gated::around(storage);
    let cancel = Arc::new(AtomicBool::new(false));
    let work =
        Work::Check { hashes: hashes_of(&bytes), selection: None, cancel: Arc::clone(&cancel) };
    let mut bench = Bench::new(2);
    bench.submit(1, &gated, work);
    starts.recv_timeout(PATIENCE).expect("the check has begun");
    cancel.store(true, Ordering::Relaxed);
    permit.send(()).expect("the check waits");
    assert_eq!(bench.result(), (1, Outcome::CheckStopped));
}

#[test]
fn a_job_over_the_bound_is_handed_back_until_an_answer_is_taken() {
    let (storage, _) = complete(PIECE);
    let block = storage.layout().block(0, 0, 1).expect("a block");
    let mut bench = Bench::new(2);
    for _ in 0..READS_MAX {
        bench.submit(1, &storage, Work::Read(block));
    }
    let now = Instant::now();
    let refused = bench.disk.try_submit(job(2, &storage, Work::Read(block)), now);
    let refused = refused.expect_err("all of them count until they are polled");
    assert_eq!(refused.origin.connection, 2);
    bench.answer();
    assert!(bench.disk.try_submit(refused, now).is_ok());
    assert_eq!(bench.disk.pending(), READS_MAX);
}

#[test]
fn a_panic_is_answered_as_an_error_and_the_thread_lives_on() {
    let broken: Arc<dyn Storage> = Arc::new(Panicking(layout(PIECE)));
    let bytes = random_bytes(1, PIECE);
    let block = broken.layout().block(0, 5, 1).expect("a block");
    let piece = block.piece();
    let error = |message: &str| StorageError::Broken { message: message.into() };
    let expected = [
        (Work::Read(block), Outcome::Read { block, result: Err(error("read at 5")) }),
        (store_of(&*broken, 0, &bytes), Outcome::NotStored { piece, error: error("written") }),
        (check(&bytes), Outcome::Checked(Err(error("prepared")))),
    ];
    let mut bench = Bench::new(1);
    for (work, outcome) in expected {
        bench.submit(1, &broken, work);
        assert_eq!(bench.answer(), (1, outcome));
    }
    let (storage, _) = complete(PIECE);
    bench.submit(2, &storage, Work::Sync);
    assert_eq!(bench.answer(), (2, Outcome::Synced(Ok(()))));
}

#[test]
fn stopping_stores_what_waits_and_ends_checks() {
    let storage: Arc<dyn Storage> = memory(PIECE * 100);
    let bytes = random_bytes(1, PIECE * 100);
    let (checked, checked_bytes) = complete(PIECE * 300);
    let (gated, starts, permit) = Gated::around(checked);
    let mut bench = Bench::new(2);
    bench.submit(500, &gated, check(&checked_bytes));
    bench.submit(501, &gated, check(&checked_bytes));
    starts.recv_timeout(PATIENCE).expect("a check has begun");
    for index in 0..100 {
        let work = store_of(&*storage, index, &bytes);
        bench.submit(index.into(), &storage, work);
    }
    let stopping = Arc::clone(&bench.disk.stopping);
    let let_go = thread::spawn(move || {
        while !stopping.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        permit.send(()).expect("the check waits");
    });
    let answers = bench.disk.stop();
    let_go.join().expect("it only waits");
    let count = |wanted: fn(&Outcome) -> bool| {
        let outcomes = answers.iter().map(|answer| &answer.outcome);
        outcomes.filter(|outcome| wanted(outcome)).count()
    };
    assert_eq!(count(|outcome| matches!(outcome, Outcome::Stored(_))), 100);
    assert_eq!(count(|outcome| *outcome == Outcome::CheckStopped), 2);
    let mut stored = vec![0; bytes.len()];
    storage.read_at(0, &mut stored).expect("all stored");
    assert_eq!(stored, bytes);
}

#[test]
fn the_loop_is_woken_again_only_after_it_found_nothing() {
    let (storage, _) = complete(PIECE);
    let block = storage.layout().block(0, 0, 1).expect("a block");
    let mut bench = Bench::new(1);
    for _ in 0..10 {
        bench.submit(1, &storage, Work::Read(block));
    }
    bench.submit(1, &storage, Work::Sync);
    // Ten answers and no look: one ring. Stopping waits for the threads, so none is on its way.
    bench.rings.recv_timeout(PATIENCE).expect("a ring");
    let rings = bench.rings.clone();
    bench.disk.stop();
    assert_eq!(rings.try_iter().count(), 0);
}

#[test]
fn what_peers_wait_for_does_not_stand_behind_torrents_that_wait_to_be_checked() {
    let storage: Arc<dyn Storage> = memory(PIECE);
    let (mut bench, mut waiting) = (Bench::new(2), WaitingJobs::default());
    let now = Instant::now();
    for _ in 0..=CHECKS_MAX {
        let check = job(1, &storage, Work::Remember(FixedBitSet::with_capacity(1)));
        waiting.submit(check, |job| bench.disk.try_submit(job, now));
    }
    assert_eq!(waiting.iter().count(), 1, "one finds no room");
    let block = storage.layout().block(0, 0, 1).expect("a byte is a block");
    waiting.submit(job(2, &storage, Work::Read(block)), |job| bench.disk.try_submit(job, now));
    assert_eq!(waiting.iter().count(), 1, "and nobody else has to wait for that");
    // Which comes first is for the threads to say.
    let mut heard = BTreeSet::new();
    while heard.len() < 2 {
        heard.insert(bench.result().0);
    }
    waiting.submit_all(|job| bench.disk.try_submit(job, now));
    assert_eq!(waiting.iter().count(), 0);
}
