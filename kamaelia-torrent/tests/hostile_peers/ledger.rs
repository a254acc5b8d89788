//! What the engine logs while it is listened to, on this thread.

use std::cell::RefCell;
use std::sync::Once;

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::account::aside;

/// A line that somebody could read.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) level: Level,
    pub(crate) text: String,
}

thread_local! {
    static HEARD: RefCell<Option<Vec<Entry>>> = const { RefCell::new(None) };
}

struct Ledger;

impl Log for Ledger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        HEARD.with_borrow(Option::is_some)
    }

    fn log(&self, record: &Record<'_>) {
        // What the quiet rooms note for those who mend them is not what anybody reads.
        if self.enabled(record.metadata()) && record.target().contains("::engine::") {
            aside(|| {
                let entry = Entry { level: record.level(), text: record.args().to_string() };
                HEARD.with_borrow_mut(|heard| heard.as_mut().expect("enabled").push(entry));
            });
        }
    }

    fn flush(&self) {}
}

/// Listens while something is done, and adds to what was heard.
pub(crate) fn listening<T>(heard: &mut Vec<Entry>, work: impl FnOnce() -> T) -> T {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        log::set_logger(&Ledger).expect("nobody else logs");
        log::set_max_level(LevelFilter::Debug);
    });
    HEARD.set(Some(std::mem::take(heard)));
    let done = work();
    *heard = HEARD.take().expect("it was there");
    done
}
