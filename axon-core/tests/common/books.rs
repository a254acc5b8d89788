//! Messages of which every one is accounted for, and panics that are meant.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::thread;

/// How every panic begins that a test makes itself.
pub const ON_PURPOSE: &str = "on purpose";

/// Panics that are meant would fill the screen.
pub fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>().map(String::as_str);
            let words = text.or_else(|| info.payload().downcast_ref::<&str>().copied());
            if !words.is_some_and(|words| words.starts_with(ON_PURPOSE)) {
                tell(info);
            }
        }));
    });
}

/// How many messages were made, and how many are gone.
#[derive(Clone, Default)]
pub struct Books(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicU64,
    dropped: AtomicU64,
}

impl Books {
    pub fn message(&self, number: u64) -> Message {
        self.0.made.fetch_add(1, Ordering::Relaxed);
        Message { number, breaks: None, books: self.clone() }
    }

    /// One that panics with these words when it is dropped.
    pub fn bomb(&self, number: u64, words: &str) -> Message {
        let mut message = self.message(number);
        message.breaks = Some(words.to_owned());
        message
    }

    pub fn made(&self) -> u64 {
        self.0.made.load(Ordering::Relaxed)
    }

    /// Dropped twice would be too many, dropped never too few.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }
}

pub struct Message {
    pub number: u64,
    breaks: Option<String>,
    books: Books,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.books.0.dropped.fetch_add(1, Ordering::Relaxed);
        if let Some(words) = self.breaks.take()
            && !thread::panicking()
        {
            panic!("{words}");
        }
    }
}
