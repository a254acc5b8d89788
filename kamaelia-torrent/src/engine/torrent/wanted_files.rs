//! Which files of new downloads are wanted, said before it is known which there are.

use std::str::FromStr;

use crate::engine::AddError;
use crate::metainfo::{Layout, Priority, Selection};
use crate::storage::{Excludes, PatternError};

/// Rules by which files of downloads are chosen. The last rule that fits a file says how much it is
/// wanted. A file that none fits is skipped if any rule wants something, and else wanted.
#[derive(Clone, Debug, Default)]
pub struct WantedFiles(Vec<FileRule>);

/// A pattern, and how much files that fit it are wanted: `PATTERN`, or `high:PATTERN`, `low:PATTERN`,
/// `skip:PATTERN`. Patterns are those of [`Excludes`]; one that fits a directory is about all that is
/// in it.
#[derive(Clone, Debug)]
pub struct FileRule {
    priority: Priority,
    pattern: Excludes,
}

/// What is not a rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadFileRule {
    /// There is no pattern.
    #[error("a pattern of file names is missing, such as `*.ogg` or `skip:*.txt`")]
    Empty,
    /// The pattern means nothing.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl FromStr for FileRule {
    type Err = BadFileRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = text.split_once(':');
        let named = named.and_then(|(name, rest)| Some((name.parse().ok()?, rest)));
        let (priority, pattern) = named.unwrap_or((Priority::Normal, text));
        if pattern.trim_matches('/').is_empty() {
            return Err(BadFileRule::Empty);
        }
        Ok(FileRule { priority, pattern: Excludes::new([pattern])? })
    }
}

impl FileRule {
    /// Whether it is about the file with these names below the torrent's directory.
    fn fits(&self, names: &[String]) -> bool {
        let mut directories = (1..names.len()).map(|end| &names[..end]);
        self.pattern.matches(names) || directories.any(|d| self.pattern.matches_directory(d))
    }
}

impl WantedFiles {
    /// These rules; with none, everything is wanted.
    pub fn new(rules: Vec<FileRule>) -> Self {
        WantedFiles(rules)
    }

    /// How much each file of a torrent is wanted; `None` without rules.
    pub(in crate::engine) fn select(&self, layout: &Layout) -> Result<Option<Selection>, AddError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let wants = self.0.iter().any(|rule| rule.priority.is_wanted());
        let otherwise = if wants { Priority::Skip } else { Priority::Normal };
        let priority = |names: &[String]| {
            let rule = self.0.iter().rev().find(|rule| rule.fits(names));
            rule.map_or(otherwise, |rule| rule.priority)
        };
        let files = layout.files();
        let chosen: Vec<_> = files.iter().map(|file| priority(below(&file.path))).collect();
        let is_wanted = files.iter().zip(&chosen).any(|(file, p)| p.is_wanted() && !file.padding);
        if !is_wanted && !files.is_empty() {
            return Err(AddError::NothingWanted { files: files.len() });
        }
        Ok(Selection::from_priorities(layout, chosen))
    }
}

/// The names below the torrent's directory, or the one name of a single file.
fn below(path: &[String]) -> &[String] {
    if path.len() > 1 { &path[1..] } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn chosen(rules: &[&str], paths: &[&[&str]]) -> Result<Option<Vec<Priority>>, AddError> {
        let rules = rules.iter().map(|rule| rule.parse().expect("a rule")).collect();
        let entry = |path: &&[&str]| FileEntry {
            path: path.iter().map(|name| (*name).to_owned()).collect(),
            length: 10,
            padding: false,
        };
        let layout = Layout::new(16, paths.iter().map(entry).collect()).expect("a layout");
        let selection = WantedFiles::new(rules).select(&layout)?;
        Ok(selection.map(|selection| selection.priorities().to_vec()))
    }

    #[test]
    fn the_last_rule_that_fits_decides_and_the_rest_is_skipped_if_something_is_wanted() {
        use Priority::*;
        let album: &[&[&str]] =
            &[&["al", "1.ogg"], &["al", "cd2", "2.ogg"], &["al", "cd2", "n.txt"], &["al", "b.txt"]];
        assert_eq!(chosen(&[], album), Ok(None));
        assert_eq!(chosen(&["*.ogg"], album), Ok(Some(vec![Normal, Normal, Skip, Skip])));
        assert_eq!(chosen(&["skip:*.txt"], album), Ok(Some(vec![Normal, Normal, Skip, Skip])));
        assert_eq!(chosen(&["cd2/"], album), Ok(Some(vec![Skip, Normal, Normal, Skip])));
        assert_eq!(
            chosen(&["*", "high:1.ogg", "low:cd2/*", "skip:/b.txt"], album),
            Ok(Some(vec![High, Low, Low, Skip]))
        );
        assert_eq!(chosen(&["so*"], &[&["song"]]), Ok(Some(vec![Normal])));
    }

    #[test]
    fn a_torrent_of_which_nothing_is_wanted_is_an_error() {
        let error = chosen(&["*.flac"], &[&["a", "1.ogg"], &["a", "2.ogg"]]);
        assert_eq!(error, Err(AddError::NothingWanted { files: 2 }));
    }

    #[test]
    fn what_is_no_rule_says_what_one_is() {
        let error = |text: &str| text.parse::<FileRule>().err().map(|error| error.to_string());
        for text in ["", "high:", "skip:/"] {
            let sentence = "a pattern of file names is missing, such as `*.ogg` or `skip:*.txt`";
            assert_eq!(error(text).as_deref(), Some(sentence), "{text}");
        }
        assert!(error("[a").is_some_and(|sentence| sentence.contains("`[a`")));
        assert_eq!(error("wanted:x"), None, "a colon may be part of a name");
    }
}
