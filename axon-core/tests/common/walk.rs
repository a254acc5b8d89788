//! Walks a table of cells.

use std::fmt::Display;
use std::sync::mpsc;
use std::thread;

use crate::common::{AGES, STEP};

/// Does this with each cell on another thread, and hears of each: one that never ends is named. They are
/// numbered as they come.
pub(crate) fn walk<C>(cells: Vec<C>, run: impl Fn(u64, C) + Send + 'static)
where
    C: Copy + Display + Send + 'static,
{
    let (tell, told) = mpsc::channel();
    let walks = thread::spawn(move || {
        for (number, cell) in (0..).zip(cells.into_iter().step_by(STEP)) {
            tell.send(cell).expect("the test waits");
            run(number, cell);
        }
    });
    let mut last = None;
    loop {
        match told.recv_timeout(AGES) {
            Ok(cell) => last = Some(cell),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("does not end: {}", last.expect("there are cells"))
            }
        }
    }
    // What panicked may be a panic on purpose that got out, which nobody has told.
    assert!(walks.join().is_ok(), "goes wrong: {}", last.expect("there are cells"));
}
