//! The `info` dictionary: what is hashed, and so what all peers agree on.

use std::fmt::Display;
use std::ops::Range;

use super::paths::{NAME_BYTES_MAX, PathError, PathFault, check_counts, check_paths, printable};
use super::torrent_file::text;
use super::{FileEntry, Layout, TorrentFileError};
use crate::bencode::{Dict, List, Value};

/// What an `info` dictionary says, checked.
pub(super) struct Info {
    pub(super) name: String,
    pub(super) layout: Layout,
    /// Where the hashes lie in the bytes of the dictionary: twenty for each piece of the layout.
    pub(super) hashes: Range<usize>,
    pub(super) private: bool,
    pub(super) source: Option<String>,
}

/// The keys we know, none of them looked into.
#[derive(Default)]
struct Keys<'a> {
    name: Option<Value<'a>>,
    name_utf8: Option<Value<'a>>,
    piece_length: Option<Value<'a>>,
    pieces: Option<Value<'a>>,
    length: Option<Value<'a>>,
    files: Option<Value<'a>>,
    attributes: Option<Value<'a>>,
    private: Option<Value<'a>>,
    source: Option<Value<'a>>,
    file_tree: Option<Value<'a>>,
}

impl<'a> Keys<'a> {
    fn read(dict: Dict<'a>) -> Self {
        let mut keys = Keys::default();
        for (key, value) in dict.entries() {
            let place = match key {
                b"name" => &mut keys.name,
                b"name.utf-8" => &mut keys.name_utf8,
                b"piece length" => &mut keys.piece_length,
                b"pieces" => &mut keys.pieces,
                b"length" => &mut keys.length,
                b"files" => &mut keys.files,
                b"attr" => &mut keys.attributes,
                b"private" => &mut keys.private,
                b"source" => &mut keys.source,
                b"file tree" => &mut keys.file_tree,
                _ => continue,
            };
            *place = Some(value);
        }
        keys
    }
}

impl Info {
    pub(super) fn read(dict: Dict<'_>) -> Result<Self, TorrentFileError> {
        let keys = Keys::read(dict);
        if keys.pieces.is_none() && keys.file_tree.is_some() {
            return Err(TorrentFileError::Version2Only);
        }
        let name = string(keys.name_utf8.or(keys.name), &"info.name")?;
        let name = readable_name(name, &[])?;
        let piece_length = size(keys.piece_length, &"info.piece length")?;
        let hashes = string(keys.pieces, &"info.pieces")?;
        let files = files(&keys, &name)?;
        check_paths(&files)?;
        let layout = Layout::new(piece_length, files)?;
        check_hashes(&layout, hashes)?;
        let end = dict.range_of(b"pieces").map_or(0, |range| range.end);
        Ok(Info {
            name,
            layout,
            hashes: end - hashes.len()..end,
            private: keys.private.and_then(Value::as_integer) == Some(1),
            source: keys.source.and_then(text),
        })
    }
}

/// A single file lies under the torrent's name, the files of a directory below it.
fn files(keys: &Keys<'_>, name: &str) -> Result<Vec<FileEntry>, TorrentFileError> {
    match (keys.length, keys.files) {
        (Some(_), Some(_)) => Err(TorrentFileError::FileAndDirectory),
        (None, None) => Err(missing(&"info.length")),
        (length, None) => single_file(length, keys.attributes, name).map(|file| vec![file]),
        (None, files) => directory(required(files, &"info.files", "a list", Value::as_list)?, name),
    }
}

fn single_file(
    length: Option<Value<'_>>,
    attributes: Option<Value<'_>>,
    name: &str,
) -> Result<FileEntry, TorrentFileError> {
    let path = vec![name.to_owned()];
    refuse_symlink(attributes, &path)?;
    Ok(FileEntry { path, length: size(length, &"info.length")?, padding: false })
}

fn directory(list: List<'_>, name: &str) -> Result<Vec<FileEntry>, TorrentFileError> {
    let mut files = Vec::new();
    let mut names = 0;
    for (index, item) in list.items().enumerate() {
        let file = item.as_dict().ok_or_else(|| TorrentFileError::WrongType {
            key: format!("info.files[{index}]"),
            expected: "a dictionary",
        })?;
        let file = one_of_many(index, file, name, &mut names)?;
        files.push(file);
    }
    if files.is_empty() {
        return Err(TorrentFileError::NoFiles);
    }
    Ok(files)
}

fn one_of_many(
    index: usize,
    file: Dict<'_>,
    top: &str,
    names: &mut usize,
) -> Result<FileEntry, TorrentFileError> {
    let (mut length, mut path, mut path_utf8, mut attributes) = (None, None, None, None);
    for (key, value) in file.entries() {
        match key {
            b"length" => length = Some(value),
            b"path" => path = Some(value),
            b"path.utf-8" => path_utf8 = Some(value),
            b"attr" => attributes = Some(value),
            _ => {}
        }
    }
    let key = format_args!("info.files[{index}].path");
    let list = required(path_utf8.or(path), &key, "a list", Value::as_list)?;
    let mut path = vec![top.to_owned()];
    for item in list.items() {
        *names += 1;
        check_counts(index + 1, *names).map_err(|fault| PathError::new(&path, fault))?;
        let name = string(Some(item), &key)?;
        path.push(readable_name(name, &path)?);
    }
    if path.len() == 1 {
        return Err(PathError::new(&path[1..], PathFault::Empty).into());
    }
    refuse_symlink(attributes, &path)?;
    Ok(FileEntry {
        path,
        length: size(length, &format_args!("info.files[{index}].length"))?,
        padding: has_attribute(attributes, b'p'),
    })
}

fn refuse_symlink(attributes: Option<Value<'_>>, path: &[String]) -> Result<(), TorrentFileError> {
    if has_attribute(attributes, b'l') {
        return Err(TorrentFileError::Symlink { path: printable(&path.join("/"), 200) });
    }
    Ok(())
}

/// BEP 47: `attr` is a string of letters, each with a meaning of its own.
fn has_attribute(attributes: Option<Value<'_>>, letter: u8) -> bool {
    attributes.and_then(Value::as_bytes).is_some_and(|letters| letters.contains(&letter))
}

fn check_hashes(layout: &Layout, hashes: &[u8]) -> Result<(), TorrentFileError> {
    let pieces = layout.piece_count();
    if hashes.len() as u64 != u64::from(pieces) * 20 {
        return Err(TorrentFileError::PieceHashes { pieces, bytes: hashes.len() });
    }
    Ok(())
}

/// The text of a name. Bytes that are not UTF-8 become U+FFFD; text never gets shorter by that,
/// so a name too long is refused before it is copied.
fn readable_name(bytes: &[u8], before: &[String]) -> Result<String, PathError> {
    let too_long = bytes.len() > NAME_BYTES_MAX;
    let start = &bytes[..bytes.len().min(NAME_BYTES_MAX)];
    let name = String::from_utf8_lossy(start).into_owned();
    if too_long {
        let fault = PathFault::NameTooLong { bytes: bytes.len() };
        let path: Vec<&str> = before.iter().chain([&name]).map(String::as_str).collect();
        return Err(PathError::new(&path, fault));
    }
    Ok(name)
}

fn string<'a>(value: Option<Value<'a>>, key: &dyn Display) -> Result<&'a [u8], TorrentFileError> {
    required(value, key, "a string", Value::as_bytes)
}

fn size(value: Option<Value<'_>>, key: &dyn Display) -> Result<u64, TorrentFileError> {
    let value = required(value, key, "a number", Value::as_integer)?;
    u64::try_from(value).map_err(|_| TorrentFileError::Negative { key: key.to_string(), value })
}

fn required<'a, T>(
    value: Option<Value<'a>>,
    key: &dyn Display,
    expected: &'static str,
    read: fn(Value<'a>) -> Option<T>,
) -> Result<T, TorrentFileError> {
    let value = value.ok_or_else(|| missing(key))?;
    read(value).ok_or_else(|| TorrentFileError::WrongType { key: key.to_string(), expected })
}

fn missing(key: &dyn Display) -> TorrentFileError {
    TorrentFileError::MissingKey { key: key.to_string() }
}

#[cfg(test)]
mod tests {
    use crate::metainfo::{LayoutError, Metainfo, PathFault, TorrentFileError};

    /// A torrent with this `info` dictionary, of which the begin and the end are given here.
    fn parse(info: &[u8]) -> Result<Metainfo, TorrentFileError> {
        Metainfo::parse(&[b"d4:infod", info, b"ee"].concat())
    }

    const PIECES: &str = "12:piece lengthi16384e6:pieces20:twenty bytes of hash";

    fn single(keys: &str) -> Result<Metainfo, TorrentFileError> {
        parse(format!("{keys}{PIECES}").as_bytes())
    }

    fn paths(torrent: &Metainfo) -> Vec<String> {
        let files = torrent.layout().files();
        files.iter().map(|file| file.path.join("/")).collect()
    }

    fn refused(info: &str) -> String {
        parse(info.as_bytes()).expect_err("a torrent that is refused").to_string()
    }

    #[test]
    fn files_of_a_directory_lie_below_its_name() {
        let files = "5:filesld6:lengthi2e4:pathl1:aeed6:lengthi0e4:pathl1:b1:ceee4:name3:top";
        let torrent = single(files).expect("a torrent");
        assert_eq!(paths(&torrent), ["top/a", "top/b/c"]);
        assert_eq!(torrent.layout().total_length(), 2);
    }

    #[test]
    fn utf8_names_are_preferred_and_others_made_readable() {
        let latin1 = [b"6:lengthi1e4:name2:\xe9x", PIECES.as_bytes()].concat();
        let torrent = parse(&latin1).expect("a torrent");
        assert_eq!(paths(&torrent), ["\u{fffd}x"]);
        let both =
            [b"6:lengthi1e4:name2:\xe9x10:name.utf-83:\xc3\xa9x", PIECES.as_bytes()].concat();
        assert_eq!(parse(&both).map(|t| paths(&t)), Ok(vec!["éx".into()]));
        let file = [
            b"5:filesld6:lengthi1e4:pathl1:\xe9e10:path.utf-8l2:\xc3\xa9eee4:name1:t",
            PIECES.as_bytes(),
        ]
        .concat();
        assert_eq!(parse(&file).map(|t| paths(&t)), Ok(vec!["t/é".into()]));
    }

    #[test]
    fn names_that_become_the_same_when_made_readable_are_refused() {
        let info = [
            b"5:filesld6:lengthi1e4:pathl1:\xe9eed6:lengthi0e4:pathl1:\xe8eee4:name1:t",
            PIECES.as_bytes(),
        ]
        .concat();
        let error = parse(&info).expect_err("a collision");
        assert!(
            matches!(&error, TorrentFileError::Path(error) if error.fault == PathFault::Duplicate)
        );
    }

    #[test]
    fn unsafe_names_are_refused_wherever_they_stand() {
        for name in ["..", ".", "", "/etc", "a/b", "a\\b", "C:", "NUL", "a\nb"] {
            let length = name.len();
            let alone = single(&format!("6:lengthi1e4:name{length}:{name}"));
            let top = single(&format!("5:filesld6:lengthi1e4:pathl1:aeee4:name{length}:{name}"));
            let below =
                single(&format!("5:filesld6:lengthi1e4:pathl1:a{length}:{name}eee4:name1:t"));
            for torrent in [alone, top, below] {
                assert!(
                    matches!(torrent, Err(TorrentFileError::Path(_))),
                    "{name:?} gives {torrent:?}"
                );
            }
        }
    }

    #[test]
    fn a_name_too_long_is_refused_before_it_is_copied() {
        let error = single(&format!("6:lengthi1e4:name5000:{}", "x".repeat(5_000)));
        let Err(TorrentFileError::Path(error)) = error else {
            panic!("a long name gives {error:?}");
        };
        assert_eq!(error.fault, PathFault::NameTooLong { bytes: 5_000 });
    }

    #[test]
    fn a_file_without_a_path_is_refused() {
        let error = single("5:filesld6:lengthi1e4:pathleee4:name1:t").expect_err("no path");
        assert!(matches!(&error, TorrentFileError::Path(error) if error.fault == PathFault::Empty));
    }

    #[test]
    fn padding_is_marked_and_links_are_refused() {
        let torrent = single(
            "5:filesld6:lengthi1e4:pathl1:aeed4:attr2:hp6:lengthi9e4:pathl4:.pad1:9eee4:name1:t",
        )
        .expect("a torrent");
        let marks: Vec<bool> = torrent.layout().files().iter().map(|f| f.padding).collect();
        assert_eq!(marks, [false, true]);
        for keys in
            ["4:attr1:l6:lengthi1e4:name1:a", "5:filesld4:attr1:l6:lengthi0e4:pathl1:aeee4:name1:t"]
        {
            let torrent = single(keys);
            assert!(
                matches!(torrent, Err(TorrentFileError::Symlink { .. })),
                "{keys} gives {torrent:?}"
            );
        }
    }

    #[test]
    fn hybrid_torrents_are_read_as_version_1_and_pure_version_2_is_refused() {
        let tree = "9:file treed1:ad0:d6:lengthi1eeee12:meta versioni2e";
        let hybrid = single(&format!("{tree}6:lengthi1e4:name1:a"));
        assert_eq!(hybrid.map(|t| paths(&t)), Ok(vec!["a".into()]));
        let pure = parse(format!("{tree}4:name1:a12:piece lengthi16384e").as_bytes());
        assert_eq!(pure, Err(TorrentFileError::Version2Only));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let hash = "6:pieces20:twenty bytes of hash";
        for (info, sentence) in [
            ("4:name1:a".into(), "this torrent file has no `info.piece length`"),
            ("4:name1:a12:piece lengthi1e".into(), "this torrent file has no `info.pieces`"),
            (format!("4:name1:a{PIECES}"), "this torrent file has no `info.length`"),
            (
                format!("5:filesld6:lengthi1eee4:name1:a{PIECES}"),
                "this torrent file has no `info.files[0].path`",
            ),
            (
                format!("5:filesl1:xe4:name1:a{PIECES}"),
                "`info.files[0]` in this torrent file is not a dictionary",
            ),
            (format!("5:filesle4:name1:a{PIECES}"), "this torrent has no files"),
            (
                format!("5:filesle6:lengthi1e4:name1:a{PIECES}"),
                "this torrent file describes a single file and a directory at once",
            ),
            (format!("6:lengthi-1e4:name1:a{PIECES}"), "`info.length` in this torrent file is -1"),
            (
                format!("6:length1:14:name1:a{PIECES}"),
                "`info.length` in this torrent file is not a number",
            ),
            (
                format!("6:lengthi16385e4:name1:a{PIECES}"),
                "this torrent has 2 pieces, which need 40 bytes of hashes, but has 20",
            ),
            (
                format!("6:lengthi1e4:name1:a12:piece lengthi0e{hash}"),
                "this torrent cannot be: a piece length of 0 bytes is outside 1 to 134217728",
            ),
        ] {
            assert_eq!(refused(&info), sentence, "{info}");
        }
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let max = i64::MAX;
        let files =
            format!("5:filesld6:lengthi{max}e4:pathl1:aeed6:lengthi{max}e4:pathl1:beee4:name1:t");
        let error = single(&files).expect_err("too large");
        assert_eq!(error, TorrentFileError::Layout(LayoutError::TooLarge));
    }

    #[test]
    fn a_source_is_kept_if_it_is_text() {
        for (value, source) in [("4:club", Some("club")), ("0:", None), ("i1e", None)] {
            let torrent = single(&format!("6:lengthi1e4:name1:a6:source{value}"));
            assert_eq!(torrent.expect("a torrent").source(), source, "{value}");
        }
    }

    #[test]
    fn private_is_a_one_and_nothing_else() {
        for (value, private) in [("i1e", true), ("i0e", false), ("1:1", false), ("i2e", false)] {
            let torrent = single(&format!("6:lengthi1e4:name1:a7:private{value}"));
            assert_eq!(torrent.map(|t| t.is_private()), Ok(private), "{value}");
        }
    }
}
