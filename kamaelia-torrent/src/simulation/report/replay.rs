//! A run seen again from its log, without any engine.

use super::log::{EventLog, LogEvent};
use super::snapshot::Snapshot;
use crate::simulation::Moment;

/// Walks a log from its beginning, and shows how the swarm stood at any moment on the way.
pub struct Replay<'a> {
    events: std::iter::Peekable<Box<dyn Iterator<Item = LogEvent> + 'a>>,
    snapshot: Snapshot,
}

impl<'a> Replay<'a> {
    /// At the beginning, before anyone joined. A log that was not kept has nothing to show.
    pub fn new(log: &'a EventLog) -> Self {
        let events: Box<dyn Iterator<Item = LogEvent> + 'a> = Box::new(log.events());
        Replay { events: events.peekable(), snapshot: Snapshot::new(log.torrent().pieces) }
    }

    /// How the swarm stands now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The next event, which the snapshot then has in it.
    pub fn step(&mut self) -> Option<LogEvent> {
        let event = self.events.next()?;
        self.snapshot.apply(&event);
        Some(event)
    }

    /// Goes on to this moment, with everything that happened at it. There is no way back.
    pub fn until(&mut self, moment: Moment) -> &Snapshot {
        while let Some(event) = self.events.next_if(|event| event.at <= moment) {
            self.snapshot.apply(&event);
        }
        self.snapshot.pass_to(moment);
        &self.snapshot
    }

    /// Whether nothing more happens.
    pub fn is_over(&mut self) -> bool {
        self.events.peek().is_none()
    }
}
