//! What is kept of one torrent besides its metainfo and its pieces, and how it is spelled.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::bencode::{Limits, decode_within, encode};
use crate::engine::Content;
use crate::hash::sha1;
use crate::metainfo::{InfoHash, Priority};

/// What an entry begins with. The digit counts changes of the spelling.
pub(crate) const MAGIC: &[u8; 8] = b"KMENTRY1";

/// Bytes of an entry that are read: a path for each of the most files a torrent may have.
pub(super) const ENTRY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a torrent is to be taken up again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) info_hash: InfoHash,
    /// The magnet link it came from, until its metainfo is known.
    pub(crate) magnet: Option<String>,
    /// Torrents are taken up in the order of these.
    pub(crate) place: u64,
    pub(crate) content: Content,
    /// How much each file is wanted; nothing if nobody has chosen.
    pub(crate) selection: Vec<Priority>,
    /// Bytes sent in all sessions.
    pub(crate) uploaded: u64,
    /// Bytes received in all sessions.
    pub(crate) downloaded: u64,
    /// Somebody wants it to rest.
    pub(crate) is_held: bool,
}

/// The same in bencode.
#[derive(Deserialize, Serialize)]
struct Spelled {
    #[serde(skip_serializing_if = "Option::is_none")]
    download: Option<ByteBuf>,
    downloaded: i64,
    files: Vec<ByteBuf>,
    held: u8,
    info_hash: ByteBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    magnet: Option<String>,
    place: i64,
    selection: ByteBuf,
    uploaded: i64,
}

impl Entry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (download, files) = match &self.content {
            Content::Download(root) => (Some(path_bytes(root)), Vec::new()),
            Content::InPlace(files) => (None, files.iter().map(|file| path_bytes(file)).collect()),
            // Nobody could make it again; such torrents are not kept.
            Content::Custom(_) => (None, Vec::new()),
        };
        let selection: Vec<u8> = self.selection.iter().map(|priority| *priority as u8).collect();
        let spelled = Spelled {
            download,
            downloaded: number(self.downloaded),
            files,
            held: u8::from(self.is_held),
            info_hash: ByteBuf::from(self.info_hash.0),
            magnet: self.magnet.clone(),
            place: number(self.place),
            selection: ByteBuf::from(selection),
            uploaded: number(self.uploaded),
        };
        let body = encode(&spelled).expect("numbers and strings have a form in bencode");
        [&MAGIC[..], &sha1(&body), &body].concat()
    }

    /// `None` if it is damaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (check, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<20>()?;
        if sha1(body) != *check {
            return None;
        }
        let spelled: Spelled = decode_within(body, Limits::bytes(ENTRY_BYTES_MAX)).ok()?;
        let content = match spelled.download {
            Some(root) => Content::Download(path(root)),
            None => Content::InPlace(spelled.files.into_iter().map(path).collect()),
        };
        let selection = spelled
            .selection
            .iter()
            .map(|priority| Priority::ALL.into_iter().find(|known| *known as u8 == *priority));
        Some(Entry {
            info_hash: InfoHash(spelled.info_hash.as_slice().try_into().ok()?),
            magnet: spelled.magnet,
            place: spelled.place.try_into().ok()?,
            content,
            selection: selection.collect::<Option<_>>()?,
            uploaded: spelled.uploaded.try_into().ok()?,
            downloaded: spelled.downloaded.try_into().ok()?,
            is_held: spelled.held != 0,
        })
    }
}

/// Bencode counts to 2^63 here, and nobody has sent that many bytes.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn path_bytes(path: &Path) -> ByteBuf {
    ByteBuf::from(path.as_os_str().as_bytes())
}

fn path(bytes: ByteBuf) -> PathBuf {
    std::ffi::OsString::from_vec(bytes.into_vec()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> [Entry; 2] {
        let download = Entry {
            info_hash: InfoHash([7; 20]),
            magnet: None,
            place: 3,
            content: Content::Download("/a b/ü".into()),
            selection: Priority::ALL.to_vec(),
            uploaded: 1 << 50,
            downloaded: 12,
            is_held: true,
        };
        let odd = std::ffi::OsString::from_vec(b"/odd\xff\n".to_vec());
        let in_place = Entry {
            content: Content::InPlace(vec![odd.into(), "/b".into()]),
            magnet: Some("magnet:?xt=urn:btih:07".into()),
            selection: Vec::new(),
            is_held: false,
            ..download.clone()
        };
        [download, in_place]
    }

    #[test]
    fn an_entry_reads_back_as_it_was_written() {
        for entry in entries() {
            assert_eq!(Entry::decode(&entry.encode()), Some(entry));
        }
    }

    #[test]
    fn an_entry_cut_short_or_changed_is_none() {
        for entry in entries() {
            let bytes = entry.encode();
            for at in 0..bytes.len() {
                assert_eq!(Entry::decode(&bytes[..at]), None, "{at}");
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert_eq!(Entry::decode(&changed), None, "{at}");
            }
        }
    }
}
