//! How much a thread may read, as the loop allows it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a thread may read. The loop gives, the thread takes, and waits when there is nothing.
#[derive(Debug)]
pub(super) struct Pace {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Bytes; `None` for as many as come.
    allowed: Option<u64>,
    /// Nobody wants them any more.
    over: bool,
}

impl Pace {
    /// Nothing may be read until it is [allowed](Self::allow), or everything.
    pub(super) fn new(limited: bool) -> Self {
        let allowed = limited.then_some(0);
        Pace { state: Mutex::new(State { allowed, over: false }), changed: Condvar::new() }
    }

    /// How many bytes may be read now, at least one; blocks until some may. `hungry` is called
    /// before that. `None` if nobody wants any.
    pub(super) fn wait(&self, hungry: impl FnOnce()) -> Option<usize> {
        if self.state().allowed == Some(0) {
            hungry();
        }
        let nothing = |state: &mut State| state.allowed == Some(0) && !state.over;
        let state = self.changed.wait_while(self.state(), nothing);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let allowed = state.allowed.map_or(usize::MAX, |bytes| bytes as usize);
        (!state.over).then_some(allowed)
    }

    /// So many bytes were read.
    pub(super) fn take(&self, bytes: usize) {
        let mut state = self.state();
        state.allowed = state.allowed.map(|allowed| allowed.saturating_sub(bytes as u64));
    }

    /// So many more may be read.
    pub(super) fn allow(&self, bytes: usize) {
        let mut state = self.state();
        state.allowed = state.allowed.map(|allowed| allowed.saturating_add(bytes as u64));
        self.changed.notify_all();
    }

    /// Only what is allowed may be read from now on, or everything.
    pub(super) fn set_limited(&self, limited: bool) {
        let mut state = self.state();
        state.allowed = limited.then(|| state.allowed.unwrap_or(0));
        self.changed.notify_all();
    }

    /// Nobody wants any more: a thread that waits, waits no longer.
    pub(super) fn end(&self) {
        self.state().over = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Two numbers are whole whatever the thread that held them was doing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn what_is_allowed_is_read_and_no_more() {
        let pace = Pace::new(true);
        pace.allow(10);
        assert_eq!(pace.wait(|| panic!("there is something")), Some(10));
        pace.take(7);
        assert_eq!(pace.wait(|| panic!("there is something")), Some(3));
        pace.set_limited(false);
        assert_eq!(pace.wait(|| panic!("there is something")), Some(usize::MAX));
        pace.take(1_000_000);
        pace.set_limited(true);
        pace.end();
        assert_eq!(pace.wait(|| ()), None);
    }

    #[test]
    fn who_waits_says_so_and_goes_on_when_it_may() {
        let pace = Pace::new(true);
        let (say, said) = mpsc::channel();
        thread::scope(|scope| {
            let waits = scope.spawn(|| pace.wait(|| say.send(()).expect("somebody listens")));
            said.recv().expect("it is hungry");
            pace.allow(5);
            assert_eq!(waits.join().expect("no panic"), Some(5));
        });
    }
}
