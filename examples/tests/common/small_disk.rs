//! A disk to fill.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{home, shown};

/// A disk of its own, as small as wanted. None if this user may not have one.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    pub fn new(size: &str) -> Option<Self> {
        let place = home();
        let options = format!("size={size}");
        let arguments = ["-t", "tmpfs", "-o", &options, "none", shown(place.path())];
        let mounted = Command::new("mount").args(arguments).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk(place));
        }
        eprintln!("skipped: this user may not mount a small disk to fill");
        None
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let grown = Command::new("mount").args(["-o", &options, shown(self.path())]).status();
        assert!(grown.expect("mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", shown(self.0.path())]).status();
    }
}
