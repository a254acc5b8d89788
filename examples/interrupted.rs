//! Ctrl-C for a program that looks up now and then.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;

/// The status a shell gives to a program that SIGINT has ended.
pub const INTERRUPTED: u8 = 130;

/// Becomes true with the first Ctrl-C; the second ends the program whatever it does.
pub fn interrupted_by_signal() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let status = INTERRUPTED.into();
    signal_hook::flag::register_conditional_shutdown(SIGINT, status, Arc::clone(&flag))?;
    signal_hook::flag::register(SIGINT, Arc::clone(&flag))?;
    Ok(flag)
}
