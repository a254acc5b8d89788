//! Which paths a torrent may ask for.
//!
//! A torrent names files that we create, so every name is checked before anything is. Refused is
//! what could leave the download directory, mean a device, or hide what it is; refused alike on
//! every system, because a torrent made on one is read on others. Allowed stays what is merely
//! unusual: spaces and dots at the end, names in capitals, colons within a name (on Windows, where
//! a colon separates a drive or a stream, those are refused). Two names that differ only in the
//! case of letters are different names.

use super::FileEntry;

/// Bytes of one name. File systems in use take no more.
pub const NAME_BYTES_MAX: usize = 255;

/// Bytes of one path, separators included: Linux opens no longer one.
pub const PATH_BYTES_MAX: usize = 4096;

/// Files of one torrent. The largest in use have some hundred thousand; each takes about a
/// hundred bytes of memory here, and a name in a directory there.
pub const FILES_MAX: usize = 500_000;

/// Names in all paths of a torrent together. Three bytes in a torrent file become some fifty in
/// memory, so this, and not the size of the file, bounds what its paths take.
pub const NAMES_MAX: usize = 1_000_000;

/// A path that is refused, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the path `{path}` in this torrent is refused: {fault}")]
pub struct PathError {
    /// The names joined by `/`, shortened, characters that do not print escaped.
    pub path: String,
    /// What is wrong with it.
    pub fault: PathFault,
}

impl PathError {
    pub(super) fn new(path: &[impl AsRef<str>], fault: PathFault) -> Self {
        PathError { path: shown_path(path), fault }
    }
}

/// What is wrong with a path.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// No names at all.
    #[error("it is empty")]
    Empty,
    /// A name without characters.
    #[error("one of its names is empty")]
    EmptyName,
    /// `.`, `..` and what Windows reads as such.
    #[error("a name of dots and spaces only can lead out of the directory")]
    Dots,
    /// It begins at the root of the file system.
    #[error("it is absolute")]
    Absolute,
    /// It names a drive of Windows, such as `C:`.
    #[error("it names a drive")]
    Drive,
    /// A separator inside one name.
    #[error("one of its names contains `{separator}`")]
    Separator {
        /// `/`, `\`, or on Windows `:`.
        separator: char,
    },
    /// NUL, a line break or another control character.
    #[error("one of its names contains a control character")]
    Control,
    /// A name that means a device on Windows, with or without an extension.
    #[error("`{name}` is the name of a device on Windows")]
    Reserved {
        /// The name as it stands in the path.
        name: String,
    },
    /// A name no file system takes.
    #[error("one of its names has {bytes} bytes, more than {NAME_BYTES_MAX}")]
    NameTooLong {
        /// Bytes of the name.
        bytes: usize,
    },
    /// A path no system opens.
    #[error("it has more than {PATH_BYTES_MAX} bytes")]
    TooLong,
    /// It is one file more than we accept.
    #[error("the torrent has more than {FILES_MAX} files")]
    TooManyFiles,
    /// It has one name more than we accept.
    #[error("the paths of the torrent have more than {NAMES_MAX} names together")]
    TooManyNames,
    /// Two files would be one.
    #[error("two files have it")]
    Duplicate,
    /// A file where another file needs a directory.
    #[error("it is a file, but also the directory of `{other}`")]
    FileAndDirectory {
        /// The path that goes through it.
        other: String,
    },
}

/// Checks the paths of a whole torrent: each for itself, and that they can exist together.
pub fn check_paths(files: &[FileEntry]) -> Result<(), PathError> {
    let mut names = 0usize;
    for (index, file) in files.iter().enumerate() {
        names += file.path.len();
        check_counts(index + 1, names).map_err(|fault| PathError::new(&file.path, fault))?;
        check_path(&file.path)?;
    }
    check_together(files)
}

/// Checks how many files and names there are so far.
pub(super) fn check_counts(files: usize, names: usize) -> Result<(), PathFault> {
    if files > FILES_MAX {
        return Err(PathFault::TooManyFiles);
    }
    if names > NAMES_MAX {
        return Err(PathFault::TooManyNames);
    }
    Ok(())
}

fn check_path(path: &[String]) -> Result<(), PathError> {
    let bytes: usize = path.iter().map(|name| name.len() + 1).sum();
    let absolute = path.first().is_some_and(|name| name.starts_with(['/', '\\']));
    let fault = if path.is_empty() {
        Some(PathFault::Empty)
    } else if absolute {
        Some(PathFault::Absolute)
    } else if bytes > PATH_BYTES_MAX {
        Some(PathFault::TooLong)
    } else {
        path.iter().find_map(|name| check_name(name).err())
    };
    fault.map_or(Ok(()), |fault| Err(PathError::new(path, fault)))
}

fn check_name(name: &str) -> Result<(), PathFault> {
    if name.is_empty() {
        return Err(PathFault::EmptyName);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(PathFault::NameTooLong { bytes: name.len() });
    }
    // Windows drops dots and spaces at the end of a name, so `.. ` means `..` there.
    if name.chars().all(|letter| matches!(letter, '.' | ' ')) {
        return Err(PathFault::Dots);
    }
    if is_drive(name) {
        return Err(PathFault::Drive);
    }
    if let Some(separator) = name.chars().find(|letter| is_separator(*letter)) {
        return Err(PathFault::Separator { separator });
    }
    if name.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    if is_reserved(name) {
        return Err(PathFault::Reserved { name: name.to_owned() });
    }
    Ok(())
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '/' | '\\') || (cfg!(windows) && letter == ':')
}

/// A drive by itself. `a: b.txt` is an ordinary name everywhere but on Windows.
fn is_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Windows opens the device whatever the case, the extension or spaces before it.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str()) {
        return true;
    }
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).unwrap_or_default();
    let mut letters = port.chars();
    // The superscript digits count as digits there.
    let numbered = matches!(letters.next(), Some('1'..='9' | '¹' | '²' | '³'));
    numbered && letters.next().is_none()
}

/// Sorted, a path lies right before the paths that go through it. Padding is never created, and
/// all of it may have the same name.
fn check_together(files: &[FileEntry]) -> Result<(), PathError> {
    let mut paths: Vec<&[String]> =
        files.iter().filter(|file| !file.padding).map(|file| file.path.as_slice()).collect();
    paths.sort_unstable();
    for pair in paths.windows(2) {
        let (path, next) = (pair[0], pair[1]);
        if path == next {
            return Err(PathError::new(path, PathFault::Duplicate));
        }
        if next.starts_with(path) {
            let other = shown_path(next);
            return Err(PathError::new(path, PathFault::FileAndDirectory { other }));
        }
    }
    Ok(())
}

fn shown_path(path: &[impl AsRef<str>]) -> String {
    // Enough to recognise it by; a hostile one can be as long as the torrent file.
    const CHARACTERS_MAX: usize = 200;
    let mut shown = String::new();
    for (index, name) in path.iter().take(CHARACTERS_MAX).enumerate() {
        if index > 0 {
            shown.push('/');
        }
        shown.push_str(&printable(name.as_ref(), CHARACTERS_MAX + 1));
    }
    if let Some((end, _)) = shown.char_indices().nth(CHARACTERS_MAX) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// The first characters of a stranger's text, fit to stand in a line.
pub(super) fn printable(text: &str, characters_max: usize) -> String {
    let mut shown = String::new();
    for letter in text.chars().take(characters_max) {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &[&str]) -> FileEntry {
        FileEntry {
            path: path.iter().map(|&name| name.to_owned()).collect(),
            length: 1,
            padding: false,
        }
    }

    fn fault(path: &[&str]) -> PathFault {
        check_paths(&[file(path)]).expect_err("a path that is refused").fault
    }

    #[test]
    fn names_people_use_are_allowed() {
        for name in [
            "song.ogg",
            "with spaces",
            "Vol. 1...",
            ".hidden",
            "..hidden",
            "ends in a dot.",
            "Größe 世界 🎵",
            "CONSOLE",
            "COM0",
            "COM10",
            "LPT",
            "nul-terminated",
            "~",
            "-rf",
            "\u{fffd}\u{fffd}",
            &"x".repeat(255),
        ] {
            assert_eq!(check_paths(&[file(&["top", name])]), Ok(()), "{name}");
        }
        if !cfg!(windows) {
            assert_eq!(check_paths(&[file(&["Q: an A.txt"])]), Ok(()));
        }
    }

    #[test]
    fn ways_out_of_the_directory_are_refused() {
        for name in [".", "..", "...", ".. ", " ", ". ."] {
            assert_eq!(fault(&["a", name, "b"]), PathFault::Dots, "{name:?}");
        }
        assert_eq!(fault(&["/etc", "passwd"]), PathFault::Absolute);
        assert_eq!(fault(&["\\\\server"]), PathFault::Absolute);
        assert_eq!(fault(&["C:", "a"]), PathFault::Drive);
        for (name, separator) in [("../up", '/'), ("a/b", '/'), ("a\\b", '\\'), ("C:\\a", '\\')] {
            assert_eq!(fault(&["a", name]), PathFault::Separator { separator });
        }
    }

    #[test]
    fn empty_paths_and_names_are_refused() {
        assert_eq!(fault(&[]), PathFault::Empty);
        assert_eq!(fault(&["a", ""]), PathFault::EmptyName);
    }

    #[test]
    fn control_characters_are_refused_and_shown_harmless() {
        for name in ["a\0b", "a\nb", "\x1b[31m", "\x7f", "\u{85}"] {
            assert_eq!(fault(&[name]), PathFault::Control, "{name:?}");
        }
        let error = check_paths(&[file(&["top", "a\n1:evil:100"])]).expect_err("a line break");
        assert_eq!(
            error.to_string(),
            "the path `top/a\\n1:evil:100` in this torrent is refused: \
             one of its names contains a control character"
        );
    }

    #[test]
    fn devices_of_windows_are_refused_in_every_spelling() {
        for name in
            ["CON", "con", "nul.txt", "Aux.tar.gz", "COM1", "lpt9.c", "PRN .x", "COM²", "conin$"]
        {
            let expected = PathFault::Reserved { name: name.to_owned() };
            assert_eq!(fault(&["a", name]), expected);
        }
    }

    #[test]
    fn names_and_paths_have_a_longest() {
        assert_eq!(fault(&[&"x".repeat(256)]), PathFault::NameTooLong { bytes: 256 });
        let name = "x".repeat(255);
        assert_eq!(check_paths(&[file(&[name.as_str(); 16])]), Ok(()));
        assert_eq!(fault(&[name.as_str(); 17]), PathFault::TooLong);
    }

    #[test]
    fn what_is_shown_of_a_path_is_bounded() {
        let error = check_paths(&[file(&["y".repeat(100_000).as_str(); 100])]);
        let shown = error.expect_err("a path that is refused").path;
        assert_eq!(shown.chars().count(), 201);
    }

    #[test]
    fn two_files_cannot_have_one_path() {
        let files = [file(&["a", "b"]), file(&["c"]), file(&["a", "b"])];
        let error = check_paths(&files).expect_err("a duplicate");
        assert_eq!((error.path.as_str(), error.fault), ("a/b", PathFault::Duplicate));
        // Only the same spelling is the same path.
        assert_eq!(check_paths(&[file(&["a"]), file(&["A"])]), Ok(()));
    }

    #[test]
    fn a_file_cannot_be_a_directory_too() {
        let files = [file(&["a", "b", "c"]), file(&["a", "b.x"]), file(&["a", "b"])];
        let error = check_paths(&files).expect_err("a file in the way");
        let expected = PathFault::FileAndDirectory { other: "a/b/c".into() };
        assert_eq!((error.path.as_str(), error.fault), ("a/b", expected));
    }

    #[test]
    fn padding_may_share_a_name() {
        let padding = FileEntry { padding: true, ..file(&["top", ".pad", "7"]) };
        assert_eq!(check_paths(&[padding.clone(), padding]), Ok(()));
    }

    #[test]
    fn more_files_or_names_than_accepted_are_refused() {
        let files = vec![file(&["a"]); FILES_MAX + 1];
        let error = check_paths(&files).expect_err("too many");
        assert_eq!(error.fault, PathFault::TooManyFiles);
        let files = vec![file(&["a"; 1_001]); 1_000];
        let error = check_paths(&files).expect_err("too many");
        assert_eq!(error.fault, PathFault::TooManyNames);
    }
}
