//! Which names below a directory are not meant to be shared.

use glob::{MatchOptions, Pattern};

/// Capitals differ from small letters, and only `**` goes past a `/`, on every system alike: the
/// same tree makes the same torrent anywhere.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Patterns of names to leave out.
///
/// `*` stands for any characters of one name, `?` for one, `[a-z]` for one of several, and `**/` for
/// any number of directories. A pattern without a `/` is about names, wherever they are; one with a
/// `/` is about the whole path below the directory that is shared. A `/` at the end means
/// directories only. A directory that is left out is left out with all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Excludes(Vec<Exclude>);

/// A pattern that means nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the pattern `{pattern}` cannot be understood from its character {} on: {problem}", at + 1)]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// Characters before the one that is wrong.
    pub at: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

#[derive(Clone, Debug)]
struct Exclude {
    pattern: Pattern,
    /// It is about a path, not about a name.
    is_path: bool,
    directories_only: bool,
}

impl Excludes {
    /// Understands the patterns. An empty one means nothing and is passed over.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, PatternError> {
        let mut excludes = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            if !pattern.trim_matches('/').is_empty() {
                excludes.push(Exclude::new(pattern)?);
            }
        }
        Ok(Excludes(excludes))
    }

    /// Whether whatever has this path is left out, file or directory. The path is its names below
    /// the directory that is shared.
    pub fn matches(&self, names: &[String]) -> bool {
        self.0.iter().any(|exclude| !exclude.directories_only && exclude.matches(names))
    }

    /// Whether a directory of this path is left out, and so everything in it.
    pub fn matches_directory(&self, names: &[String]) -> bool {
        self.0.iter().any(|exclude| exclude.matches(names))
    }
}

impl Exclude {
    fn new(pattern: &str) -> Result<Self, PatternError> {
        let skipped = usize::from(pattern.starts_with('/'));
        let text = &pattern[skipped..];
        let bare = text.strip_suffix('/').unwrap_or(text);
        let compiled = Pattern::new(bare).map_err(|error| PatternError {
            pattern: pattern.to_owned(),
            at: skipped + error.pos,
            problem: error.msg,
        })?;
        Ok(Exclude {
            pattern: compiled,
            is_path: skipped > 0 || bare.contains('/'),
            directories_only: bare.len() < text.len(),
        })
    }

    fn matches(&self, names: &[String]) -> bool {
        if self.is_path {
            return self.pattern.matches_with(&names.join("/"), MATCHING);
        }
        names.last().is_some_and(|name| self.pattern.matches_with(name, MATCHING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    fn excluded<'a>(pattern: &str, paths: &[&'a str]) -> Vec<&'a str> {
        let excludes = Excludes::new([pattern]).expect("a pattern");
        paths.iter().copied().filter(|path| excludes.matches(&names(path))).collect()
    }

    #[test]
    fn a_pattern_without_a_slash_is_about_names_wherever_they_are() {
        let paths = ["a.tmp", "d/a.tmp", "d/e/b.tmp", "a.tmp/b", "atmp", "A.TMP", "ü.tmp"];
        let all = ["a.tmp", "d/a.tmp", "d/e/b.tmp", "ü.tmp"];
        assert_eq!(excluded("*.tmp", &paths), all);
        assert_eq!(excluded("?.tmp", &paths), all);
        assert_eq!(excluded("[a-b].tmp", &paths), all[..3]);
    }

    #[test]
    fn a_pattern_with_a_slash_is_about_the_whole_path() {
        let paths = ["a", "d/a", "d/e/a", "e/d/a", "d/b"];
        assert_eq!(excluded("/a", &paths), ["a"]);
        assert_eq!(excluded("d/a", &paths), ["d/a"]);
        assert_eq!(excluded("d/*", &paths), ["d/a", "d/b"]);
        assert_eq!(excluded("d/**", &paths), ["d/a", "d/e/a", "d/b"]);
        assert_eq!(excluded("**/a", &paths), ["a", "d/a", "d/e/a", "e/d/a"]);
    }

    #[test]
    fn a_slash_at_the_end_means_directories_only() {
        let excludes = Excludes::new(["build/"]).expect("a pattern");
        assert!(excludes.matches_directory(&names("d/build")));
        assert!(!excludes.matches(&names("d/build")));
        let rooted = Excludes::new(["/d/build/"]).expect("a pattern");
        assert!(rooted.matches_directory(&names("d/build")));
        assert!(!rooted.matches_directory(&names("c/d/build")));
    }

    #[test]
    fn nothing_excludes_nothing() {
        for patterns in [vec![], vec![""], vec!["/"]] {
            let excludes = Excludes::new(patterns).expect("nothing to understand");
            assert!(!excludes.matches_directory(&names("a")));
        }
    }

    #[test]
    fn a_pattern_that_means_nothing_is_told_with_the_place() {
        let error = Excludes::new(["*.ok", "/a[b"]).expect_err("a bracket that does not close");
        assert_eq!(
            error.to_string(),
            "the pattern `/a[b` cannot be understood from its character 3 on: \
             invalid range pattern"
        );
    }
}
