//! Threads that take turns, one at a time, by the choice of a seed.
//!
//! In a seeded run every thread of a graph, be it a worker's or a component's own, is an *actor* on
//! one stage. Only the actor whose turn it is moves; when it waits, or steps aside, chance picks the
//! next among those that could go on. When nobody could, time jumps to the first moment somebody
//! waits for. So one seed makes one run, whatever the threads of the machine do.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The thread that manages the graph.
pub(crate) const MANAGER: usize = 0;

/// FNV-1a over 64 bits.
const DIGEST_START: u64 = 0xcbf2_9ce4_8422_2325;
const DIGEST_FACTOR: u64 = 0x0100_0000_01b3;

pub(crate) struct Stage {
    state: Mutex<State>,
    begun: Instant,
}

/// What a seeded run did, in short. Two runs of one graph with one seed have equal traces, as
/// far as [`Graph::run_seeded`](crate::Graph::run_seeded) says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Trace {
    /// How often somebody was chosen to go on.
    pub choices: u64,
    /// Every choice and its moment in one number: two runs with the same one did the same.
    pub digest: u64,
    /// How long the run took in its own time.
    pub elapsed: Duration,
}

struct State {
    chance: fastrand::Rng,
    now: Duration,
    /// Time jumps when nobody can go on; else it is moved by hand.
    jumps: bool,
    whose_turn: Option<usize>,
    actors: Vec<Actor>,
    /// Places of actors that will not be asked for any more.
    free: Vec<usize>,
    /// What the run did, once it is over.
    over: Option<Trace>,
    choices: u64,
    digest: u64,
}

#[derive(Default)]
struct Actor {
    thread: Option<Thread>,
    is_ready: bool,
    has_left: bool,
    /// It is ready at this moment at the latest.
    until: Option<Duration>,
    /// It is ready when this one has left.
    awaits: Option<usize>,
    /// It is ready when nobody else is, before time jumps.
    is_last: bool,
}

impl Stage {
    /// A stage on which the calling thread is the manager, and it is its turn.
    pub(crate) fn new(seed: u64, jumps: bool) -> Self {
        let manager = Actor { thread: Some(thread::current()), ..Actor::default() };
        let state = State {
            chance: fastrand::Rng::with_seed(seed),
            now: Duration::ZERO,
            jumps,
            whose_turn: Some(MANAGER),
            actors: vec![manager],
            free: Vec::new(),
            over: None,
            choices: 0,
            digest: DIGEST_START,
        };
        Stage { state: Mutex::new(state), begun: Instant::now() }
    }

    pub(crate) fn now(&self) -> Instant {
        self.begun + self.lock().now
    }

    /// What has happened so far.
    pub(crate) fn trace(&self) -> Trace {
        let state = self.lock();
        state.over.unwrap_or_else(|| state.trace())
    }

    /// A number below `limit` by chance.
    pub(crate) fn choose(&self, limit: usize) -> usize {
        let mut state = self.lock();
        let chosen = state.chance.usize(..limit);
        state.note(chosen);
        chosen
    }

    /// One more actor, ready to go on as soon as its thread is there.
    pub(crate) fn add(&self) -> usize {
        let mut state = self.lock();
        let actor = Actor { is_ready: true, ..Actor::default() };
        if let Some(number) = state.free.pop() {
            state.actors[number] = actor;
            return number;
        }
        state.actors.push(actor);
        state.actors.len() - 1
    }

    /// The actor has left, or never came, and nobody asks for it any more: its place is free.
    pub(crate) fn strike(&self, actor: usize) {
        let mut state = self.lock();
        state.actors[actor] = Actor { has_left: true, ..Actor::default() };
        state.free.push(actor);
    }

    /// The calling thread is this actor's: waits for its first turn.
    pub(crate) fn enter(&self, actor: usize) {
        let mut state = self.lock();
        state.actors[actor].thread = Some(thread::current());
        self.wait_for_turn(state, actor);
    }

    /// The actor plays no longer, and nor does its thread. When the manager leaves, the run is over:
    /// whoever is left goes on by itself, and is not written down.
    pub(crate) fn leave(&self, actor: usize) {
        let mut state = self.lock();
        state.actors[actor].has_left = true;
        if actor == MANAGER {
            state.over = Some(state.trace());
            state.jumps = true;
        }
        for other in &mut state.actors {
            if other.awaits == Some(actor) {
                (other.awaits, other.is_ready) = (None, true);
            }
        }
        state.pass_turn();
    }

    /// Something happened that this actor may wait for; asked from any thread.
    pub(crate) fn rouse(&self, actor: usize) {
        let mut state = self.lock();
        state.actors[actor].is_ready = true;
        if state.whose_turn.is_none() {
            state.pass_turn();
        }
    }

    /// Lets chance decide whether others go first.
    pub(crate) fn step_aside(&self, actor: usize) {
        let mut state = self.lock();
        if state.actors.iter().all(|other| !other.is_ready || other.has_left) {
            return;
        }
        state.actors[actor].is_ready = true;
        state.pass_turn();
        self.wait_for_turn(state, actor);
    }

    /// Waits until the actor is roused, or until this moment.
    pub(crate) fn wait(&self, actor: usize, until: Option<Instant>) {
        let mut state = self.lock();
        state.actors[actor].until = until.map(|until| until.saturating_duration_since(self.begun));
        state.pass_turn();
        self.wait_for_turn(state, actor);
    }

    /// Lets the others go on, and says whether none of them can any more without time moving.
    pub(crate) fn wait_for_idle(&self, actor: usize) -> bool {
        let mut state = self.lock();
        state.actors[actor].is_last = true;
        state.pass_turn();
        self.wait_for_turn(state, actor);
        self.lock().ready().iter().all(|other| *other == actor)
    }

    /// The first moment one of the others waits for.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let state = self.lock();
        let due = state.actors.iter().filter(|actor| !actor.has_left);
        due.filter_map(|actor| actor.until).min().map(|until| self.begun + until)
    }

    /// Moves time by hand, never back.
    pub(crate) fn move_to(&self, moment: Instant) {
        let mut state = self.lock();
        state.now = state.now.max(moment.saturating_duration_since(self.begun));
    }

    /// Whether time jumps when nobody can go on.
    pub(crate) fn time_jumps(&self) -> bool {
        self.lock().jumps
    }

    /// From here on time jumps.
    pub(crate) fn let_time_jump(&self) {
        self.lock().jumps = true;
    }

    /// Waits until another has left.
    pub(crate) fn wait_for_leaving(&self, actor: usize, other: usize) {
        let mut state = self.lock();
        if !state.actors[other].has_left {
            state.actors[actor].awaits = Some(other);
            state.pass_turn();
            self.wait_for_turn(state, actor);
        }
    }

    fn wait_for_turn<'s>(&'s self, mut state: MutexGuard<'s, State>, actor: usize) {
        while state.whose_turn != Some(actor) {
            drop(state);
            thread::park();
            state = self.lock();
        }
        let it = &mut state.actors[actor];
        (it.is_ready, it.until, it.is_last) = (false, None, false);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn trace(&self) -> Trace {
        Trace { choices: self.choices, digest: self.digest, elapsed: self.now }
    }

    /// Chooses who goes on.
    fn pass_turn(&mut self) {
        let mut ready = self.ready();
        if ready.is_empty() {
            ready.extend(self.actors.iter().position(|actor| actor.is_last));
        }
        if ready.is_empty() && self.jumps {
            self.jump();
            ready = self.ready();
        }
        if ready.is_empty() {
            self.whose_turn = None;
            return;
        }
        let chosen = ready[self.chance.usize(..ready.len())];
        self.note(chosen);
        self.whose_turn = Some(chosen);
        if let Some(thread) = &self.actors[chosen].thread {
            thread.unpark();
        }
    }

    fn ready(&self) -> Vec<usize> {
        let can_go_on = |actor: &Actor| {
            let is_due = actor.until.is_some_and(|until| until <= self.now);
            !actor.has_left && (actor.is_ready || is_due)
        };
        let numbered = self.actors.iter().enumerate();
        numbered.filter(|(_, actor)| can_go_on(actor)).map(|(number, _)| number).collect()
    }

    /// Moves time to the first moment somebody waits for.
    fn jump(&mut self) {
        let waiting = self.actors.iter().filter(|actor| !actor.has_left);
        if let Some(first) = waiting.filter_map(|actor| actor.until).min() {
            self.now = self.now.max(first);
        }
    }

    fn note(&mut self, chosen: usize) {
        self.choices += 1;
        for number in [chosen as u64, u64::try_from(self.now.as_nanos()).unwrap_or(u64::MAX)] {
            self.digest = (self.digest ^ number).wrapping_mul(DIGEST_FACTOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Three threads that write down their turns, by the choice of a seed.
    fn turns(seed: u64) -> Vec<usize> {
        let stage = Arc::new(Stage::new(seed, true));
        let turns = Arc::new(Mutex::new(Vec::new()));
        let play = |_| {
            let actor = stage.add();
            let (stage, turns) = (stage.clone(), turns.clone());
            let thread = thread::spawn(move || {
                stage.enter(actor);
                for _ in 0..10 {
                    turns.lock().unwrap().push(actor);
                    stage.step_aside(actor);
                }
                stage.leave(actor);
            });
            (actor, thread)
        };
        let threads: Vec<_> = (0..3).map(play).collect();
        for (actor, thread) in threads {
            stage.wait_for_leaving(MANAGER, actor);
            thread.join().unwrap();
        }
        Arc::into_inner(turns).unwrap().into_inner().unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_turns_and_another_one_others() {
        let first = turns(7);
        assert_eq!(first.len(), 30);
        assert_eq!(turns(7), first);
        assert!((8..16).any(|seed| turns(seed) != first));
    }

    #[test]
    fn time_jumps_to_what_is_waited_for_when_nobody_can_go_on() {
        let stage = Stage::new(1, true);
        let before = stage.now();
        stage.wait(MANAGER, Some(before + Duration::from_secs(3_600)));
        assert_eq!(stage.now() - before, Duration::from_secs(3_600));
    }
}
