//! Noticing that whoever reads what we write has gone, while there is nothing to write.
//!
//! The system says so of pipes and sockets to those who ask (`poll` with no event of interest), on
//! Linux at once. Elsewhere the next write tells, as it does anyway.

use std::io::{self, PipeWriter};
use std::os::fd::OwnedFd;

use axon_core::Address;

/// A thread that asks. Dropped, it lets the thread end.
pub(super) struct Watch {
    /// The thread sees its other end close.
    _open: PipeWriter,
}

impl Watch {
    /// Has `gone` told, once, when nobody is left at the other end of the output.
    #[cfg(target_os = "linux")]
    pub(super) fn start(output: OwnedFd, gone: Address<()>) -> io::Result<Self> {
        let (closes, open) = io::pipe()?;
        let life = move || {
            if is_left(&output, &closes) {
                // Whoever has ended meanwhile need not be told.
                let _ = gone.send_blocking(());
            }
        };
        std::thread::Builder::new().name("console watch".to_owned()).spawn(life)?;
        Ok(Watch { _open: open })
    }

    /// Nobody can be asked.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn start(_output: OwnedFd, _gone: Address<()>) -> io::Result<Self> {
        Ok(Watch { _open: io::pipe()?.1 })
    }
}

/// Blocks until the output's reader has gone, or the watch is over, which comes first.
#[cfg(target_os = "linux")]
fn is_left(output: &OwnedFd, closes: &io::PipeReader) -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    // Of no event of interest only ends are told.
    let mut ends =
        [PollFd::new(output, PollFlags::empty()), PollFd::new(closes, PollFlags::empty())];
    loop {
        match poll(&mut ends, None) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => return ends[1].revents().is_empty() && !ends[0].revents().is_empty(),
        }
    }
}
