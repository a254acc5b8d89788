//! How many files and sockets the system lets a program have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Asks the system for so many descriptors, where it gives fewer unless asked, and says how many of them
/// there are now. Says on the log if it will not give as many: then peers are turned away for want of
/// sockets.
pub fn allow_descriptors(count: usize) -> usize {
    let wanted = count as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // No limit is none.
    let Some(current) = current.filter(|current| *current < wanted) else { return count };
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
    let given = if raised.is_ok() { allowed } else { current };
    if given < wanted {
        log::warn!("the system gives fewer than {wanted} descriptors, so there may be fewer peers");
    }
    given as usize
}
