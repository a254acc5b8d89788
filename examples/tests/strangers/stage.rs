//! A program that strangers come to, and honest programs that download through it.

use tempfile::TempDir;

use super::*;

/// What memory may have grown by when they are gone: buffers that are kept for the next blocks, and what an
/// allocator keeps in pieces.
pub(crate) const LEFT_MAX: usize = 6 << 20;

/// What memory may grow by while they are there.
pub(crate) const MEANWHILE_MAX: usize = 16 << 20;

const LENGTH: usize = 3 << 20;

/// What the program does that they come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Seeds,
    Downloads,
}

/// What strangers know of it.
pub(crate) struct Target {
    /// Where it takes peers.
    pub(crate) peers: SocketAddr,
    pub(crate) info_hash: Vec<u8>,
}

impl Target {
    /// Somebody who has greeted it, and been greeted.
    pub(crate) fn acquaintance(&self, number: u8) -> Stranger {
        Stranger::calls(self.peers).says(&self.greeting(number)).hears_all(68)
    }

    pub(crate) fn greeting(&self, number: u8) -> Vec<u8> {
        greeting(&self.info_hash, number)
    }
}

/// One misdeed.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What the programs do to which it is done, each for itself.
    pub(crate) roles: &'static [Role],
    /// Whether they have no more than 64 descriptors.
    pub(crate) is_poor: bool,
    /// Does it, and returns those who have not gone by themselves.
    pub(crate) strangers: fn(&Target) -> Vec<Stranger>,
    pub(crate) end: End,
}

/// What must become of strangers.
pub(crate) enum End {
    /// Each is let go, and the log tells, at this level, who it was and why.
    LetGo(&'static str, &'static str),
    /// Each is let go, which is worth no line.
    Gone,
    /// So many may stay. Others are let go, and the log tells that and why.
    Crowded(usize, &'static str, &'static str),
    /// They may stay or not, for as long as this says.
    Any(#[expect(dead_code, reason = "for whoever reads the case")] &'static str),
    /// They may stay, for what they do is allowed: why so.
    Kept(#[expect(dead_code, reason = "for whoever reads the case")] &'static str),
}

/// Has strangers do it to a program of each role.
pub(crate) fn check(case: &Case) {
    let play = |role| {
        let what = format!("{}, to one who {role:?}", case.name);
        Stage::new(role, case.is_poor).check(&what, case.strangers, &case.end);
    };
    // Most of it is waiting.
    thread::scope(|scope| case.roles.iter().for_each(|role| drop(scope.spawn(|| play(*role)))));
}

pub(crate) struct Stage {
    role: Role,
    /// The seed that strangers come to, or the one from which the program downloads that they come to.
    shared: Shared,
    downloader: Option<Program>,
    place: TempDir,
    pub(crate) target: Target,
}

/// Somebody who downloads.
pub(crate) struct Honest {
    place: TempDir,
    program: Program,
}

impl Stage {
    pub(crate) fn new(role: Role, is_poor: bool) -> Self {
        match role {
            Role::Seeds => Stage::with_seed(is_poor, &[]),
            Role::Downloads => Stage::with_downloader(is_poor),
        }
    }

    /// A seed that has been taken from before: what it opens and keeps is open.
    pub(crate) fn with_seed(is_poor: bool, options: &[&str]) -> Self {
        let options = [&["-v", "--log-file", "log"], options].concat();
        let shared =
            Shared::in_place(home(), LENGTH, &options, |place, args| start(is_poor, place, args));
        let peers = shared.address.parse().expect("an address");
        let target = Target { peers, info_hash: shared.info_hash.clone() };
        let stage = Stage { role: Role::Seeds, shared, downloader: None, place: home(), target };
        stage.newcomer().assert_has_all(&stage.shared);
        stage
    }

    /// One that is amid its download.
    fn with_downloader(is_poor: bool) -> Self {
        let (shared, place) = (Shared::with(LENGTH, &["--max-up", "2M"]), home());
        let address = unused_port();
        let own = address.to_string();
        let args = ["--listen", &own, "--no-tracker", "--peer", &shared.address, "--json", "-v"];
        let mut program =
            start(is_poor, place.path(), &[&args[..], &["--log-file", "log"]].concat());
        program.say(shared.command());
        wait_until(&mut program, |torrent| number(torrent, "percent") >= 5);
        let target = Target { peers: address, info_hash: shared.info_hash.clone() };
        Stage { role: Role::Downloads, shared, downloader: Some(program), place, target }
    }

    /// Has strangers come and do what they do, and leave.
    pub(crate) fn check(
        &self,
        what: &str,
        strangers: impl FnOnce(&Target) -> Vec<Stranger>,
        end: &End,
    ) {
        let before = self.process().holdings();
        let going_on = self.one_at_work();
        let strangers = strangers(&self.target);
        self.assert_end(what, end, &strangers);
        self.assert_goes_on(going_on);
        let meanwhile = self.process().holdings();
        drop(strangers);
        let after = self.process().settled(&before);
        if std::env::var_os("KAMAELIA_TELLS").is_some() {
            eprintln!("{what}: {before:?}, meanwhile {meanwhile:?}, after {after:?}");
        }
        let log = self.log();
        assert!(!log.contains("Too many open files"), "{what}: descriptors have run out\n{log}");
        assert!(meanwhile.memory <= before.memory + MEANWHILE_MAX, "{what}: {meanwhile:?}");
        assert!(after.memory <= before.memory + LEFT_MAX, "{what}: {before:?} {after:?}");
    }

    /// The program that strangers come to.
    fn program(&self) -> &Program {
        self.downloader.as_ref().unwrap_or(&self.shared.seed)
    }

    pub(crate) fn process(&self) -> Process {
        Process::of(self.program())
    }

    /// One who begins to download from the program now.
    pub(crate) fn newcomer(&self) -> Honest {
        self.downloads_with(&[])
    }

    /// One who has begun to download from the program, and takes a while; none where it is the program
    /// itself that downloads.
    fn one_at_work(&self) -> Option<Honest> {
        (self.role == Role::Seeds).then(|| {
            let honest = self.downloads_with(&["--max-down", "2M"]);
            while honest.program.line() != "1:song:0" {}
            honest
        })
    }

    fn downloads_with(&self, options: &[&str]) -> Honest {
        let place = home();
        let peer = self.target.peers.to_string();
        let args = [&ALONE[..], &["--peer", &peer], options].concat();
        let mut program = seeder(place.path(), args);
        program.say(self.shared.command());
        Honest { place, program }
    }

    /// Whoever downloads gets everything: who was there before, and who comes now.
    fn assert_goes_on(&self, going_on: Option<Honest>) {
        if let Some(program) = &self.downloader {
            event(program, "complete");
            self.shared.assert_same(self.place.path());
        }
        let newcomer = self.newcomer();
        for honest in going_on.into_iter().chain([newcomer]) {
            honest.assert_has_all(&self.shared);
        }
    }

    fn assert_end(&self, what: &str, end: &End, strangers: &[Stranger]) {
        match end {
            End::LetGo(level, reason) => {
                for stranger in strangers {
                    assert!(stranger.is_let_go(), "{what}: {} is still there", stranger.address);
                    self.assert_told(what, level, &stranger.address.to_string(), reason);
                }
            }
            End::Gone => assert!(strangers.iter().all(Stranger::is_let_go), "{what}"),
            End::Crowded(room, level, reason) => {
                assert_no_more_than(what, *room, strangers);
                self.assert_told(what, level, "127.0.0.", reason);
            }
            End::Any(_) => {}
            End::Kept(_) => assert!(strangers.iter().all(Stranger::is_there), "{what}"),
        }
    }

    /// All that the program has told so far, with every detail.
    fn log(&self) -> String {
        let place = match self.role {
            Role::Seeds => self.shared.home.path(),
            Role::Downloads => self.place.path(),
        };
        fs::read_to_string(place.join("log")).expect("a log")
    }

    /// Waits until the log has a line of this level with both in it.
    fn assert_told(&self, what: &str, level: &str, who: &str, reason: &str) {
        let deadline = Instant::now() + AGES;
        loop {
            let log = self.log();
            let is_it = |line: &str| {
                line.contains(&format!(" {level} ")) && line.contains(who) && line.contains(reason)
            };
            if log.lines().any(is_it) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: no {level} of {who}: {reason}\n{log}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn start(is_poor: bool, place: &Path, args: &[&str]) -> Program {
    match is_poor {
        true => poor_seeder(place, 64, args),
        false => seeder(place, args.iter().copied()),
    }
}

/// Waits until no more of them are there than may be.
fn assert_no_more_than(what: &str, room: usize, strangers: &[Stranger]) {
    let deadline = Instant::now() + AGES;
    loop {
        let there = strangers.iter().filter(|stranger| stranger.is_there()).count();
        if there <= room {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {there} are there");
        thread::sleep(Duration::from_millis(20));
    }
}

impl Honest {
    pub(crate) fn assert_has_all(self, shared: &Shared) {
        self.program.until("1:song:100");
        shared.assert_same(self.place.path());
        assert_eq!(self.program.end_of_input().status, Some(0));
    }
}
