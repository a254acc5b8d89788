//! Torrent files as a stranger may spell them: any key with any bytes for a value, in any order, as
//! often as one likes.

use std::fmt::Display;

/// A good torrent at first. What is then said of it is not checked by anybody.
#[derive(Clone)]
pub(crate) struct Torrent {
    info: Vec<Key>,
    around: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    name: Vec<u8>,
    /// Spelled.
    value: Vec<u8>,
}

/// Bytes of every piece of a good torrent.
const PIECE_LENGTH: u64 = 16_384;

impl Torrent {
    /// A file of so many bytes.
    pub(crate) fn file(name: impl AsRef<[u8]>, length: u64) -> Self {
        let torrent = Torrent { info: Vec::new(), around: Vec::new() };
        torrent
            .info("length", number(length))
            .info("name", string(name))
            .info("piece length", number(PIECE_LENGTH))
            .info("pieces", hashes(length.div_ceil(PIECE_LENGTH) as usize))
    }

    /// A directory of these files, spelled, that have so many bytes together.
    pub(crate) fn files(name: impl AsRef<[u8]>, files: &[Vec<u8>], total: u64) -> Self {
        Torrent::file(name, total).without("length").info("files", list(files))
    }

    /// A directory of a byte in each of these files.
    pub(crate) fn directory(name: &str, paths: &[&[&str]]) -> Self {
        let files: Vec<Vec<u8>> = paths.iter().map(|path| entry(path, 1)).collect();
        Torrent::files(name, &files, paths.len() as u64)
    }

    /// With this value, spelled, for a key of `info`: in the place of the one it had, or else where the
    /// order of the keys has it.
    pub(crate) fn info(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        put(&mut self.info, name, value.into());
        self
    }

    /// With one key more at the end of `info`, whatever there is already.
    pub(crate) fn info_again(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.info.push(Key { name: name.into(), value: value.into() });
        self
    }

    /// Without this key of `info`.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.info.retain(|key| key.name != name.as_bytes());
        self
    }

    /// With the keys of `info` the wrong way round.
    pub(crate) fn reversed(mut self) -> Self {
        self.info.reverse();
        self
    }

    /// With this value, spelled, for a key beside `info`.
    pub(crate) fn around(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        put(&mut self.around, name, value.into());
        self
    }

    /// The `info` dictionary.
    pub(crate) fn info_bytes(&self) -> Vec<u8> {
        dictionary(self.info.iter().map(|key| (&*key.name, &*key.value)))
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut keys = self.around.clone();
        put(&mut keys, "info", self.info_bytes());
        dictionary(keys.iter().map(|key| (&*key.name, &*key.value)))
    }
}

fn put(keys: &mut Vec<Key>, name: &str, value: Vec<u8>) {
    let name = name.as_bytes();
    let at = keys.partition_point(|key| *key.name < *name);
    match keys.get_mut(at).filter(|key| key.name == name) {
        Some(key) => key.value = value,
        None => keys.insert(at, Key { name: name.into(), value }),
    }
}

/// A file of a directory, spelled.
pub(crate) fn entry(path: &[impl AsRef<[u8]>], length: u64) -> Vec<u8> {
    entry_with(b"", path, length)
}

/// A file of a directory with attributes (BEP 47), spelled.
pub(crate) fn entry_with(attributes: &[u8], path: &[impl AsRef<[u8]>], length: u64) -> Vec<u8> {
    let (attributes, length) = (string(attributes), number(length));
    let path = list(&path.iter().map(string).collect::<Vec<_>>());
    let all = [(&b"attr"[..], &*attributes), (b"length", &length), (b"path", &path)];
    let left_out = usize::from(attributes == b"0:");
    dictionary(all[left_out..].iter().copied())
}

/// So many hashes of nothing in particular, spelled.
pub(crate) fn hashes(count: usize) -> Vec<u8> {
    string(b"twenty bytes of hash".repeat(count))
}

pub(crate) fn string(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("{}:", bytes.len()).as_bytes(), bytes].concat()
}

pub(crate) fn number(number: impl Display) -> Vec<u8> {
    format!("i{number}e").into_bytes()
}

pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"l", &*items.concat(), b"e"].concat()
}

pub(crate) fn dictionary<'a>(entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut bytes = b"d".to_vec();
    for (key, value) in entries {
        bytes.extend(string(key));
        bytes.extend(value);
    }
    bytes.push(b'e');
    bytes
}

/// A value inside so many lists.
pub(crate) fn nested(levels: usize) -> Vec<u8> {
    [vec![b'l'; levels], vec![b'e'; levels]].concat()
}
