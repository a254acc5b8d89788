//! Recording what leaves a box.

use std::any::TypeId;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::{GraphHandle, HandleError};
use crate::boxes::short_type_name;
use crate::chassis::Graph;
use crate::inspect::Recorder;
use crate::linkage::OutboxState;
use crate::linkage::tap::Onlooker;
use crate::time;

/// A recorder that several boxes write to.
type Shared<W> = Arc<Mutex<Recorder<W>>>;

impl Graph {
    /// Writes every message that leaves this outbox into the recorder, as `to_text` has it, from the
    /// first one on, until the box has ended or the recorder fails (which is logged, and ends the
    /// recording of this box). The box is given as `component.box`. Writing happens as part of the
    /// component's turn, so a slow writer slows the component, and nothing is missed.
    ///
    /// What was recorded is given to a component again by a
    /// [`Workbench`](crate::Workbench::replay).
    pub fn record<T: Send + 'static, W: Write + Send + 'static>(
        &self,
        from: &str,
        recorder: &Arc<Mutex<Recorder<W>>>,
        to_text: impl Fn(&T) -> String + Send + 'static,
    ) -> Result<(), HandleError> {
        let (outbox, begun) = (self.find_outbox(from)?, self.office().when_begun());
        record(&outbox, from, begun, recorder, to_text)
    }
}

impl GraphHandle {
    /// The same of a graph that runs, from now on; see [`Graph::record`].
    pub fn record<T: Send + 'static, W: Write + Send + 'static>(
        &self,
        from: &str,
        recorder: &Arc<Mutex<Recorder<W>>>,
        to_text: impl Fn(&T) -> String + Send + 'static,
    ) -> Result<(), HandleError> {
        let (outbox, begun) = (self.outbox(from)?, self.office().when_begun());
        record(&outbox, from, begun, recorder, to_text)
    }
}

fn record<T: Send + 'static, W: Write + Send + 'static>(
    outbox: &OutboxState,
    from: &str,
    begun: Arc<OnceLock<Instant>>,
    recorder: &Shared<W>,
    to_text: impl Fn(&T) -> String + Send + 'static,
) -> Result<(), HandleError> {
    let carried = outbox.kind().filter(|kind| kind.id() != TypeId::of::<T>());
    if let Some(carried) = carried {
        let (carries, asked) = (carried.text(), short_type_name::<T>());
        return Err(HandleError::OtherType { end: from.to_owned(), carries, asked });
    }
    let (recorder, place) = (recorder.clone(), from.to_owned());
    let onlooker: Onlooker<T> = Box::new(move |message| {
        let since = begun.get().map_or(Duration::ZERO, |begun| time::now() - *begun);
        let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
        match recorder.record(since, &place, message, &to_text) {
            Ok(()) => true,
            Err(error) => {
                log::error!("`{place}` is not recorded any more: {error}");
                false
            }
        }
    });
    match outbox.add_tap(Box::new(onlooker)) {
        true => Ok(()),
        false => Err(HandleError::NoSuchBox { end: from.to_owned() }),
    }
}
