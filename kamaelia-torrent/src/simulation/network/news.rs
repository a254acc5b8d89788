//! What nodes hear, in a mailbox for each.

use super::line::{LineId, Side};
use crate::simulation::NodeId;

/// What a node hears from the network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::simulation) enum News {
    /// The line this node asked for is up.
    Up(LineId),
    /// The line this node asked for will not be; it is over.
    Failed(LineId),
    /// Somebody calls; the line is up.
    Called {
        /// The new line.
        line: LineId,
        /// Who calls.
        from: NodeId,
    },
    /// What arrived on a line in this tick, at this node's side of it.
    Bytes(LineId, Side, Vec<u8>),
    /// Chunks sent from this node's side have left: its queue fell.
    Drained(LineId, Side),
    /// The other side hung up, or the line broke; it is over at this node's side.
    Closed(LineId, Side),
}

/// Emptied mailboxes kept for their room.
const SPARE_MAX: usize = 64;

/// The mailboxes of all nodes.
#[derive(Default)]
pub(super) struct Mailboxes {
    boxes: Vec<Vec<News>>,
    /// One bit for each mailbox with news.
    marks: Vec<u64>,
    spare: Vec<Vec<News>>,
}

impl Mailboxes {
    pub(super) fn add(&mut self) {
        self.boxes.push(Vec::new());
        self.marks.resize(self.boxes.len().div_ceil(64), 0);
    }

    pub(super) fn put(&mut self, node: NodeId, news: News) {
        let mailbox = &mut self.boxes[node.as_usize()];
        if mailbox.is_empty() {
            self.marks[node.as_usize() / 64] |= 1 << (node.0 % 64);
            if mailbox.capacity() == 0 {
                *mailbox = self.spare.pop().unwrap_or_default();
            }
        }
        mailbox.push(news);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.iter().all(|word| *word == 0)
    }

    /// The nodes with news, in ascending order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.marks.iter().enumerate().flat_map(|(number, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    NodeId(number as u32 * 64 + bit)
                })
            })
        })
    }

    pub(super) fn take(&mut self, node: NodeId) -> Vec<News> {
        self.marks[node.as_usize() / 64] &= !(1 << (node.0 % 64));
        std::mem::take(&mut self.boxes[node.as_usize()])
    }

    pub(super) fn reuse(&mut self, mut mailbox: Vec<News>) {
        mailbox.clear();
        if self.spare.len() < SPARE_MAX {
            self.spare.push(mailbox);
        }
    }
}
