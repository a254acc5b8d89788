//! What appears in a folder, once it is complete.
//!
//! What is it: a source of paths: what is in a folder, and what comes into it later.
//!
//! How to use it: `FolderWatcher::new("/srv/in")`. Whoever writes there does best to give a file a name
//! with a dot in front until it is complete, and then to rename it; such names are left alone.
//!
//! How it works: on a thread of its own, it looks at the folder now and then, with all that is below what
//! it has not told yet. What looks as it did last time is taken for complete, and told once. What is told
//! and then changes is not told again, unless it went away in between. It looks instead of having the system tell it, since no
//! system tells when a file is complete, nor what happens on a disk of another machine. Links are not
//! followed. It remembers each entry of the folder while that is there, [`ENTRIES_MAX`] of them at most.
//!
//! When it stops: when it is asked to finish or to stop; when nobody is left to take paths, at its next
//! look. It fails if its first look does; a later one that fails is logged, and there is a next one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io, mem};

use axon_core::{Asked, Control, Outbox, ThreadedComponent};

/// Between two looks, unless [`FolderWatcher::every`] says otherwise: few files are written with longer
/// pauses, and a folder is not much work.
const EVERY: Duration = Duration::from_secs(2);

/// Entries of one folder that are remembered; a folder with more cannot be watched.
pub const ENTRIES_MAX: usize = 100_000;

/// A folder could not be looked at.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot look into {}: {problem}", .folder.display())]
pub struct FolderError {
    /// Which one.
    pub folder: PathBuf,
    /// What came in the way.
    pub problem: Arc<io::Error>,
}

/// Tells what appears in a folder, once it is complete.
///
/// ```no_run
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, FolderWatcher, PureTransformer};
///
/// Pipeline::new(FolderWatcher::new("/srv/in"))
///     .then(PureTransformer::map(|path: std::path::PathBuf| path.display().to_string()))
///     .then(ConsoleEchoer::new().lines())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(ThreadedComponent)]
pub struct FolderWatcher {
    /// Paths of files and directories, each once.
    pub outbox: Outbox<PathBuf>,
    control: Control,
    folder: PathBuf,
    every: Duration,
    seen: Seen,
}

/// How each entry looked last time.
type Seen = HashMap<PathBuf, Entry>;

/// An entry of the folder.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Entry {
    /// It may still grow.
    Looked(Look),
    /// It was complete.
    Told,
}

/// Of all files of an entry.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
struct Look {
    bytes: u64,
    files: u64,
    /// When the latest of them was changed, as far as the system knows.
    modified: Option<SystemTime>,
}

impl FolderWatcher {
    /// Watches this folder; a relative path starts from the program's current directory.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        FolderWatcher {
            outbox: Outbox::new(),
            control: Control::default(),
            folder: folder.into(),
            every: EVERY,
            seen: Seen::new(),
        }
    }

    /// Waits so long between two looks, and so takes for complete what was not changed for so long.
    pub fn every(mut self, pause: Duration) -> Self {
        self.every = pause;
        self
    }

    fn main(mut self) -> Result<(), FolderError> {
        let mut complete = self.look()?;
        while self.control.asked() == Asked::GoOn && self.outbox.is_taken() {
            for path in complete {
                if self.outbox.send_blocking(path).is_err() {
                    return Ok(());
                }
            }
            self.control.wait_within(self.every);
            complete = self.look().unwrap_or_else(|error| {
                log::warn!("{error}");
                Vec::new()
            });
        }
        Ok(())
    }

    /// What looks as it did last time, and was not told before.
    fn look(&mut self) -> Result<Vec<PathBuf>, FolderError> {
        let fails = |error| FolderError { folder: self.folder.clone(), problem: Arc::new(error) };
        let entries = entries(&self.folder).map_err(fails)?;
        let last = mem::take(&mut self.seen);
        let mut complete = Vec::new();
        for path in entries {
            let entry = match last.get(&path) {
                // Whatever becomes of it while it is there is not told.
                Some(Entry::Told) => Entry::Told,
                before => match look(path.clone()) {
                    Ok(look) if before == Some(&Entry::Looked(look)) => {
                        complete.push(path.clone());
                        Entry::Told
                    }
                    Ok(look) => Entry::Looked(look),
                    // What vanishes while it is looked at is as if it had not been there.
                    Err(_) => continue,
                },
            };
            self.seen.insert(path, entry);
        }
        complete.sort();
        Ok(complete)
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entries.len() == ENTRIES_MAX {
            return Err(io::Error::other(format!("more than {ENTRIES_MAX} entries")));
        }
        entries.push(entry.path());
    }
    Ok(entries)
}

fn look(path: PathBuf) -> io::Result<Look> {
    let mut look = Look::default();
    let mut unseen = vec![path];
    while let Some(path) = unseen.pop() {
        let metadata = fs::symlink_metadata(&path)?;
        look.bytes += metadata.len();
        look.files += 1;
        look.modified = look.modified.max(metadata.modified().ok());
        if metadata.is_dir() {
            for entry in fs::read_dir(path)? {
                unseen.push(entry?.path());
            }
        }
    }
    Ok(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Watched {
        place: tempfile::TempDir,
        watcher: FolderWatcher,
    }

    impl Watched {
        fn empty() -> Self {
            let place = tempfile::tempdir().expect("a directory");
            let watcher = FolderWatcher::new(place.path());
            Watched { place, watcher }
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.place.path().join(name);
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("room");
            fs::write(path, text).expect("room");
        }

        fn rename(&self, from: &str, to: &str) {
            fs::rename(self.place.path().join(from), self.place.path().join(to)).expect("room");
        }

        /// The names that one more look finds complete.
        fn look(&mut self) -> Vec<String> {
            let complete = self.watcher.look().expect("it can be looked at");
            let names = complete.iter().map(|path| path.file_name().expect("a name"));
            names.map(|name| name.to_str().expect("text").to_owned()).collect()
        }
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn what_has_not_changed_between_two_looks_is_told_once() {
        let mut folder = Watched::empty();
        folder.write("b", "1");
        folder.write("a", "1");
        assert_eq!(folder.look(), NOTHING);
        folder.write("b", "12");
        assert_eq!(folder.look(), ["a"]);
        assert_eq!(folder.look(), ["b"]);
        folder.write("b", "123");
        assert_eq!((folder.look(), folder.look()), (vec![], vec![]), "it was told");
    }

    #[test]
    fn a_directory_is_complete_when_nothing_below_it_changes() {
        let mut folder = Watched::empty();
        folder.write("album/cd1/one", "1");
        assert_eq!(folder.look(), NOTHING);
        folder.write("album/cd1/one", "12");
        assert_eq!(folder.look(), NOTHING);
        folder.write("album/cd2/two", "");
        assert_eq!(folder.look(), NOTHING);
        assert_eq!(folder.look(), ["album"]);
    }

    #[test]
    fn a_name_with_a_dot_in_front_is_left_alone_until_it_has_another() {
        let mut folder = Watched::empty();
        folder.write(".draft", "1");
        assert_eq!((folder.look(), folder.look()), (vec![], vec![]));
        folder.rename(".draft", "final");
        assert_eq!(folder.look(), NOTHING);
        assert_eq!(folder.look(), ["final"]);
    }

    #[test]
    fn what_went_away_and_came_again_is_told_again() {
        let mut folder = Watched::empty();
        folder.write("a", "1");
        assert_eq!((folder.look(), folder.look()), (vec![], vec!["a".to_owned()]));
        folder.rename("a", ".a");
        assert_eq!(folder.look(), NOTHING);
        folder.rename(".a", "a");
        assert_eq!((folder.look(), folder.look()), (vec![], vec!["a".to_owned()]));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_not_even_one_that_leads_in_a_circle() {
        let mut folder = Watched::empty();
        std::os::unix::fs::symlink(folder.place.path(), folder.place.path().join("circle"))
            .expect("room");
        assert_eq!(folder.look(), NOTHING);
        folder.write("a", "1");
        assert_eq!(folder.look(), ["circle"]);
    }

    // Where paths have no bound there is nothing in the way.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_told_is_not_told_again_after_it_could_not_be_looked_at() {
        let mut folder = Watched::empty();
        let chain = |top: &str| {
            vec!["d".repeat(200); 15].iter().fold(PathBuf::from(top), |path, name| path.join(name))
        };
        for top in ["album", ".later"] {
            fs::create_dir_all(folder.place.path().join(chain(top))).expect("room");
        }
        assert_eq!((folder.look(), folder.look()), (vec![], vec!["album".to_owned()]));
        // Now there is a path in it that is longer than any that can be named.
        let deep = chain("album").join("later");
        folder.rename(".later", deep.to_str().expect("text"));
        assert_eq!(folder.look(), NOTHING);
        folder.rename(deep.to_str().expect("text"), ".later");
        assert_eq!((folder.look(), folder.look()), (vec![], vec![]));
    }

    #[test]
    fn what_was_told_is_remembered_while_the_folder_cannot_be_looked_at() {
        let mut folder = Watched::empty();
        folder.write("deep/a", "1");
        folder.watcher.folder = folder.place.path().join("deep");
        assert_eq!((folder.look(), folder.look()), (vec![], vec!["a".to_owned()]));
        folder.rename("deep", "elsewhere");
        let error = folder.watcher.look().expect_err("it is not there").to_string();
        assert!(error.contains("deep: No such file or directory"), "{error}");
        folder.rename("elsewhere", "deep");
        assert_eq!((folder.look(), folder.look()), (vec![], vec![]));
    }
}
