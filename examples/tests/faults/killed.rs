//! Killed without a word (SIGKILL), at every stage, and started again.

use std::env;

use super::*;

/// As the engine has them: each may have been in the middle of a piece.
const DISK_THREADS: usize = 2;

/// How often each loop kills. More with `KAMAELIA_KILLS`.
fn kills() -> usize {
    let asked = env::var("KAMAELIA_KILLS").ok();
    asked.map_or(8, |asked| asked.parse().expect("KAMAELIA_KILLS is a number"))
}

/// Numbers drawn from a seed.
struct Chance(u64);

impl Chance {
    /// One below this.
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Lets a program live for some milliseconds: what it does in them is up to chance, too.
    fn let_live(&mut self, milliseconds_max: u64) {
        std::thread::sleep(Duration::from_micros(self.below(milliseconds_max * 1000)));
    }
}

/// How many pieces of a copy are right.
fn right_pieces(copy: &Path, original: &[u8]) -> usize {
    let copy = fs::read(copy.join("song")).unwrap_or_default();
    copy.chunks(PIECE).zip(original.chunks(PIECE)).filter(|(a, b)| a == b).count()
}

/// One download and what is known of it between two of its runs.
struct Copy {
    place: TempDir,
    state: TempDir,
    /// Pieces that were known at the last start that was seen.
    known: usize,
    starts: usize,
}

impl Copy {
    fn new() -> Self {
        Copy { place: home(), state: home(), known: 0, starts: 0 }
    }

    fn start(&mut self, shared: &Shared) -> Program {
        let args = shared.args(&["-v", "--state", shown(self.state.path())]);
        let mut get = seeder(self.place.path(), args);
        // Until it is told of, a kill may have been quicker than the session.
        if self.starts == 0 {
            get.say(shared.command());
        }
        get
    }

    /// That nothing verified is lost, and nothing but what was in flight is looked at.
    fn assert_taken_up(&mut self, right: usize, get: &Program) {
        let (known, checked) = recalled(get);
        if self.starts > 0 {
            assert!(known >= self.known, "{known} of {} known", self.known);
            let in_flight = right - known + DISK_THREADS;
            assert!(checked <= in_flight, "{checked} of {in_flight} checked");
            assert!(known + checked >= right, "{known} + {checked} of {right}");
        }
        self.known = known;
        self.starts += 1;
    }
}

/// Reads lines until the download is so many percent further, or complete; how far it is then.
fn live_for_percents(get: &Program, percents: u64) -> u64 {
    let mut begin = None;
    loop {
        let line = get.line();
        let percent: i64 = line.rsplit(':').next().expect("a percentage").parse().expect("one");
        let Ok(percent) = u64::try_from(percent) else { continue };
        if percent == 100 || percent >= *begin.get_or_insert(percent) + percents {
            return percent;
        }
    }
}

/// What a kill may cost where bytes come faster than they are stored: the eight mebibytes of pieces that may
/// wait for the disk, and those that are begun or on their way from the peer.
const LOST_MAX: usize = 16 << 20;

#[test]
fn a_download_killed_over_and_over_ends_with_the_right_bytes_and_little_is_sent_twice() {
    let mut shared = Shared::with(24 << 20, &["--max-up", "12M"]);
    let mut chance = Chance(1);
    let (mut copy, mut copies, mut early) = (Copy::new(), 1, 0);
    for _ in 0..kills() {
        let right = right_pieces(copy.place.path(), &shared.bytes);
        let get = copy.start(&shared);
        // Now and then before anything is known.
        if copy.starts > 0 && chance.below(4) == 0 {
            early += 1;
            chance.let_live(60);
            continue;
        }
        copy.assert_taken_up(right, &get);
        if live_for_percents(&get, 1 + chance.below(25)) == 100 {
            drop(get);
            shared.assert_same(copy.place.path());
            (copy, copies) = (Copy::new(), copies + 1);
        }
    }
    let last = copy.start(&shared);
    last.until(":100");
    assert_eq!(last.end_of_input().status, Some(0));
    shared.assert_same(copy.place.path());
    let (kills, content) = (kills(), copies * shared.bytes.len());
    let sent = number(&torrent_of(&mut shared.seed), "up_total") as usize;
    eprintln!("{kills} kills, {early} early: {sent} bytes sent for {copies} copies of {content}");
    assert!(sent <= content + kills * LOST_MAX, "{sent} bytes for {content}");
}

#[test]
fn what_was_checked_after_one_kill_is_not_checked_after_the_next() {
    let shared = Shared::new(8 << 20);
    let mut copy = Copy::new();
    let get = copy.start(&shared);
    live_for_percents(&get, 50);
    drop(get);
    let right = right_pieces(copy.place.path(), &shared.bytes);
    // Nobody is there to fetch more from.
    let args = [&ALONE[..], &["-v", "--state", shown(copy.state.path())]].concat();
    let (known, checked) = recalled(&seeder(copy.place.path(), args.iter().copied()));
    assert_eq!(known + checked, right);
    for _ in 0..kills() {
        let again = recalled(&seeder(copy.place.path(), args.iter().copied()));
        assert_eq!(again, (right, 0));
    }
    copy.start(&shared).until(":100");
    shared.assert_same(copy.place.path());
}

#[test]
fn a_check_that_is_killed_leaves_the_file_as_it_was_and_costs_another_check_and_no_download() {
    let mut shared = Shared::new(24 << 20);
    let mut chance = Chance(2);
    let (place, state) = (home(), home());
    let copy = write(place.path().join("song"), &shared.bytes);
    let args = shared.args(&["--state", shown(state.path())]);
    for kill in 0..kills() {
        let mut get = seeder(place.path(), args.iter().copied());
        if kill == 0 {
            get.say(shared.command());
        }
        let somewhere = chance.below(shared.bytes.len() as u64);
        // Unless it is all over before it is seen.
        let is_there = || Process::of(&get).read() >= somewhere;
        let deadline = Instant::now() + AGES;
        while !is_there() && get.poll_line().is_none_or(|line| !line.ends_with(":100")) {
            assert!(Instant::now() < deadline);
        }
    }
    assert!(fs::read(&copy).expect("a file") == shared.bytes);
    let mut last = seeder(place.path(), args);
    last.say(shared.command());
    last.until(":100");
    assert_eq!(last.end_of_input().status, Some(0));
    shared.assert_same(place.path());
    assert_eq!(number(&torrent_of(&mut shared.seed), "up_total"), 0);
}

#[test]
fn a_making_that_is_killed_leaves_nothing_behind_and_can_be_done_again() {
    let (data, place, state) = (home(), home(), home());
    let song = write(data.path().join("song"), bytes(24 << 20, 3));
    let mut chance = Chance(3);
    let args = [&ALONE[..], &["--state", shown(state.path())]].concat();
    let command = format!("file:{}", song.display());
    for _ in 0..kills() {
        let mut seed = seeder(place.path(), args.iter().copied());
        seed.say(&command);
        let somewhere = chance.below(24 << 20);
        while Process::of(&seed).read() < somewhere {}
        drop(seed);
        let left: Vec<String> = names(place.path());
        assert!(left.is_empty() || left == ["song.torrent"], "{left:?}");
    }
    let mut last = seeder(place.path(), args);
    last.say(&command);
    last.until(":100");
    assert_eq!(last.end_of_input().status, Some(0));
    assert_eq!(names(place.path()), ["song.torrent"]);
    assert!(fs::read(song).expect("a file") == bytes(24 << 20, 3));
}

#[test]
fn kills_while_the_session_is_written_lose_no_torrent_of_a_former_run() {
    let (place, state) = (home(), home());
    let args = [&ALONE[..], &["--json", "--state", shown(state.path())]].concat();
    let mut first = seeder(place.path(), args.iter().copied());
    let mut kept: Vec<String> = (0..20).map(|number| format!("old-{number:02}")).collect();
    for name in &kept {
        write(place.path().join(name), name);
        first.say(format!("file:{name}"));
    }
    kept.iter().for_each(|_| drop(event(&first, "complete")));
    assert_eq!(first.end_of_input().status, Some(0));
    let mut chance = Chance(4);
    for kill in 0..kills() {
        let mut run = seeder(place.path(), args.iter().copied());
        let mut there = torrents(&mut run);
        let name_of = |torrent: &Value| torrent["name"].as_str().expect("a name").to_owned();
        let names: Vec<String> = there.iter().map(name_of).collect();
        let lost = kept.iter().find(|name| !names.contains(name));
        assert!(lost.is_none(), "{lost:?} is lost after {kill} kills");
        // What was there at the start of this run, and is not let go of in it, must be there in the next.
        kept = names;
        let first = chance.below(there.len() as u64) as usize;
        there.rotate_left(first);
        // Nearly as many come as there are.
        for stopped in &there[..there.len().saturating_sub(40).max(1)] {
            kept.retain(|name| *name != name_of(stopped));
            run.say(format!("stop:{}", stopped["id"]));
        }
        for torrent in &there {
            let order = if chance.below(2) == 0 { "pause" } else { "resume" };
            run.say(format!("{order}:{}", torrent["id"]));
            let new = format!("new-{kill}-{}", torrent["id"]);
            write(place.path().join(&new), &new);
            run.say(format!("file:{new}"));
        }
        chance.let_live(1500);
    }
    let mut last = seeder(place.path(), args);
    let names: Vec<Value> =
        torrents(&mut last).iter_mut().map(|torrent| torrent["name"].take()).collect();
    assert!(kept.iter().all(|name| names.contains(&name.as_str().into())), "{names:?}");
    last.say("quit");
    let ended = last.ended();
    assert!(!ended.err.iter().any(|line| line.contains("not taken up")), "{ended:?}");
}
