//! What is left to say when all is over.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::messages::Token;

/// Counts what went wrong and what is not done, for whoever wants to know when all is over. A
/// [`MonitorParser`](super::MonitorParser) has one; an
/// [`InstructionParser`](super::InstructionParser) that shares it notes what was asked. Clones
/// share their counts.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    failures: AtomicUsize,
    unfinished: AtomicUsize,
    /// Commands on their way: as many as the boxes between the two parsers hold.
    unanswered: Mutex<Vec<Token>>,
}

impl Tally {
    /// Failures told so far.
    pub fn failures(&self) -> usize {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Torrents that were taken on, and either are not known to be complete or wait for their disk.
    pub fn unfinished(&self) -> usize {
        self.0.unfinished.load(Ordering::Relaxed)
    }

    /// Commands that have no answer yet, oldest first. When their graph has ended they will have
    /// none.
    pub fn unanswered(&self) -> Vec<Token> {
        self.lock().clone()
    }

    pub(super) fn note_failure(&self) {
        self.0.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_unfinished(&self, torrents: usize) {
        self.0.unfinished.store(torrents, Ordering::Relaxed);
    }

    pub(super) fn note_asked(&self, token: Token) {
        self.lock().push(token);
    }

    pub(super) fn note_answered(&self, token: &Token) {
        let mut unanswered = self.lock();
        if let Some(at) = unanswered.iter().position(|asked| asked == token) {
            unanswered.remove(at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Token>> {
        self.0.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
