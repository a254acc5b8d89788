//! What waits to be sent, in one pool for all flows: a flow without a backlog holds no memory.

const NONE: u32 = u32::MAX;

/// Bytes of which a receiver hears when the last has arrived.
struct Chunk {
    bytes: Vec<u8>,
    next: u32,
    /// How many bytes the next one is on the wire: where it is, is looked at only when it is sent.
    next_length: u32,
}

/// The waiting chunks of all flows.
#[derive(Default)]
pub(super) struct Chunks {
    slots: Vec<Chunk>,
    free: Vec<u32>,
}

/// One flow's chunks, first to last.
pub(super) struct Queue {
    head: u32,
    tail: u32,
    /// How much of the first is not sent yet. It is here, so that one looks at a chunk only when
    /// it is sent.
    head_left: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Queue { head: NONE, tail: NONE, head_left: 0 }
    }
}

impl Chunks {
    pub(super) fn push(&mut self, queue: &mut Queue, bytes: Vec<u8>, length: u32) {
        let chunk = Chunk { bytes, next: NONE, next_length: 0 };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = chunk;
                slot
            }
            None => {
                self.slots.push(chunk);
                self.slots.len() as u32 - 1
            }
        };
        match queue.tail {
            NONE => {
                queue.head = slot;
                queue.head_left = length;
            }
            tail => {
                let tail = &mut self.slots[tail as usize];
                tail.next = slot;
                tail.next_length = length;
            }
        }
        queue.tail = slot;
    }

    /// Sends from the first chunk, at most so much, and says how much it was; with the chunk if
    /// this was the end of it.
    pub(super) fn send(&mut self, queue: &mut Queue, most: u32) -> (u32, Option<Vec<u8>>) {
        let left = queue.head_left;
        if most < left {
            queue.head_left -= most;
            return (most, None);
        }
        (left, Some(self.pop(queue)))
    }

    /// Chunks in all queues.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Forgets all that waits.
    pub(super) fn clear(&mut self, queue: &mut Queue) {
        while queue.head != NONE {
            self.pop(queue);
        }
    }

    fn pop(&mut self, queue: &mut Queue) -> Vec<u8> {
        let slot = queue.head;
        let chunk = &mut self.slots[slot as usize];
        let bytes = std::mem::take(&mut chunk.bytes);
        queue.head = chunk.next;
        queue.head_left = chunk.next_length;
        if queue.head == NONE {
            queue.tail = NONE;
        }
        self.free.push(slot);
        bytes
    }
}
