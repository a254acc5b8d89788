//! What waits to be sent, in one pool for all flows: a flow without a backlog holds no memory.

const NONE: u32 = u32::MAX;

/// Bytes of which a receiver hears when the last has arrived.
struct Chunk {
    bytes: Vec<u8>,
    /// How many bytes it is on the wire.
    length: u32,
    next: u32,
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
    /// How much of the first is sent.
    head_sent: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Queue { head: NONE, tail: NONE, head_sent: 0 }
    }
}

impl Chunks {
    pub(super) fn push(&mut self, queue: &mut Queue, bytes: Vec<u8>, length: u32) {
        let chunk = Chunk { bytes, length, next: NONE };
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
            NONE => queue.head = slot,
            tail => self.slots[tail as usize].next = slot,
        }
        queue.tail = slot;
    }

    /// Sends from the first chunk, at most so much, and says how much it was; with the chunk if
    /// this was the end of it.
    pub(super) fn send(&mut self, queue: &mut Queue, most: u64) -> (u64, Option<Vec<u8>>) {
        let chunk = &self.slots[queue.head as usize];
        let left = chunk.length - queue.head_sent;
        if most < u64::from(left) {
            queue.head_sent += most as u32;
            return (most, None);
        }
        (u64::from(left), Some(self.pop(queue)))
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
        queue.head_sent = 0;
        if queue.head == NONE {
            queue.tail = NONE;
        }
        self.free.push(slot);
        bytes
    }
}
