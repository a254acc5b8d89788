//! Where a program keeps what is its own, as the XDG Base Directory Specification has it.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// The directory of a program's settings, in `$XDG_CONFIG_HOME` or `~/.config`. `None` if nobody knows
/// where this user is at home.
pub fn config_dir(program: &str) -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join(program))
}

/// The directory of what a program keeps between runs and of its logs, in `$XDG_STATE_HOME` or
/// `~/.local/state`.
pub fn state_dir(program: &str) -> Option<PathBuf> {
    Some(Xdg::new().ok()?.state_dir()?.join(program))
}
