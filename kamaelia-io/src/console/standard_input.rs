//! Standard input that is waited for, whoever else has it open.

use std::io::{self, Read, StdinLock};

/// Standard input. Where another program that shares it has set that reads do not wait, it waits
/// nevertheless: to set that back would be felt by the other one.
pub(super) struct StandardInput(StdinLock<'static>);

impl StandardInput {
    /// Nobody else in this process reads it as long as this is there.
    pub(super) fn lock() -> Self {
        StandardInput(io::stdin().lock())
    }
}

impl Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                read => return read,
            }
        }
    }
}

impl StandardInput {
    #[cfg(unix)]
    fn wait(&self) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, poll};

        poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None)?;
        Ok(())
    }

    /// Elsewhere nobody can set that.
    #[cfg(not(unix))]
    fn wait(&self) -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}
