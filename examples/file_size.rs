//! How large the system lets files become.

use std::io;
use std::sync::Arc;

use signal_hook::consts::SIGXFSZ;
use signal_hook::flag;

/// Has a write beyond the limit of file sizes fail as on a full disk, so that it can be said and waited
/// for. Unless asked, the system ends a program for that.
pub fn outlive_file_size_limit() -> io::Result<()> {
    // Whoever writes hears of it, so nobody looks at the flag.
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}
