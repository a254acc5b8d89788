//! What befalls a machine: kills, full and failing disks, lost permissions, changed files, few descriptors,
//! stopped programs, clocks that jump and networks that are cut.
//!
//! Each is done to real seeders. Afterwards the content is the same to the byte, what was known is not
//! checked or fetched again, and nothing is left behind.
#![cfg(target_os = "linux")]

mod changed_content;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod cut;
mod descriptors;
mod failing;
mod full_disk;
mod killed;
mod leaks;
mod page;
mod permissions;
mod stopped;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use common::*;
use serde_json::Value;
use tempfile::TempDir;

/// Pieces of files of less than 64 MiB have this length, unless these are very small.
const PIECE: usize = 256 * 1024;

/// Whether a program is here; if not, it is said what is left out for want of it.
fn has(program: &str, what: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let here = found.is_ok_and(|found| found.status.success());
    if !here {
        eprintln!("skipped: {what}, since there is no {program} here");
    }
    here
}

/// Whether we may do everything; if not, it is said what is left out.
fn is_root(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: {what}, which only root may do");
    }
    root
}
