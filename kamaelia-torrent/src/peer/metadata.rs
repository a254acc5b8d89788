//! The `info` dictionary for those who came with a magnet link (BEP 9): what they asked us for.

use std::collections::VecDeque;

use crate::wire::extension::{METADATA_PIECE_LENGTH, MetadataMessage};

/// How often one peer may have the whole of it. Once is enough for most; some ask several peers for
/// everything and start anew when one lied.
const TIMES_MAX: usize = 3;

/// Requests in the order they will be served.
#[derive(Debug, Default)]
pub(crate) struct MetadataRequests {
    /// Bytes of the dictionary, if we offered it.
    size: usize,
    wanted: VecDeque<u32>,
    accepted: usize,
}

impl MetadataRequests {
    /// From now on they may ask for a dictionary of so many bytes.
    pub(super) fn offer(&mut self, size: usize) {
        self.size = size;
    }

    /// True when the request is kept, false when it must be refused.
    pub(super) fn on_request(&mut self, piece: u32) -> bool {
        let pieces = self.size.div_ceil(METADATA_PIECE_LENGTH);
        let kept = (piece as usize) < pieces
            && self.wanted.len() < pieces
            && self.accepted < TIMES_MAX * pieces;
        if kept {
            self.accepted += 1;
            self.wanted.push_back(piece);
        }
        kept
    }

    /// The next message for them.
    pub(super) fn poll<'a>(&mut self, info: &'a [u8]) -> Option<MetadataMessage<'a>> {
        let piece = self.wanted.pop_front()?;
        let start = piece as usize * METADATA_PIECE_LENGTH;
        let end = info.len().min(start + METADATA_PIECE_LENGTH);
        Some(match info.get(start..end) {
            Some(data) => {
                MetadataMessage::Data { piece, total_size: u32::try_from(info.len()).ok(), data }
            }
            None => MetadataMessage::Reject { piece },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_in_the_order_they_were_asked_for_and_the_last_is_short() {
        let info = vec![7; METADATA_PIECE_LENGTH + 5];
        let total_size = Some(info.len() as u32);
        let mut requests = MetadataRequests::default();
        requests.offer(info.len());
        assert!(requests.on_request(1) && requests.on_request(0) && !requests.on_request(2));
        let data = &info[METADATA_PIECE_LENGTH..];
        let last = MetadataMessage::Data { piece: 1, total_size, data };
        assert_eq!(requests.poll(&info), Some(last));
        let data = &info[..METADATA_PIECE_LENGTH];
        let first = MetadataMessage::Data { piece: 0, total_size, data };
        assert_eq!(requests.poll(&info), Some(first));
        assert_eq!(requests.poll(&info), None);
    }

    #[test]
    fn nobody_gets_it_again_and_again() {
        let info = vec![7; 100];
        let mut requests = MetadataRequests::default();
        assert!(!requests.on_request(0), "it was not offered");
        requests.offer(info.len());
        for _ in 0..TIMES_MAX {
            assert!(requests.on_request(0));
            assert!(!requests.on_request(0), "one is waiting already");
            assert!(requests.poll(&info).is_some());
        }
        assert!(!requests.on_request(0));
    }
}
