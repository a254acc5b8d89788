//! A client and its disk.

use super::Client;
use crate::metainfo::{Block, PieceIndex};
use crate::simulation::content::corrupt;
use crate::simulation::disk::{Effort, Verdict};
use crate::simulation::scenario::Manner;
use crate::simulation::world::Surroundings;
use crate::swarm::{ConnectionId, ReadFailed};

/// What the disk is asked to do.
pub(super) enum Task {
    Read(ConnectionId, Block),
    Store(PieceIndex, Vec<u8>),
}

impl Client {
    pub(super) fn read(
        &mut self,
        connection: ConnectionId,
        block: Block,
        around: &mut Surroundings<'_>,
    ) {
        if let Manner::Snubbing(part) = self.manner
            && self.chance.f64() < part
        {
            return;
        }
        let task = Task::Read(connection, block);
        let answer = self.disk.submit(around.now, task, Effort::Read(block.length()));
        if let Some((task, verdict)) = answer {
            self.on_done(task, verdict, around);
        }
    }

    pub(super) fn store(
        &mut self,
        piece: PieceIndex,
        data: Vec<u8>,
        around: &mut Surroundings<'_>,
    ) {
        self.mending.on_storing();
        let size = around.content.layout().piece_size(piece);
        let task = Task::Store(piece, data);
        if let Some((task, verdict)) = self.disk.submit(around.now, task, Effort::Write(size)) {
            self.on_done(task, verdict, around);
        }
    }

    /// Hears what the disk has done by now.
    pub(super) fn hear_disk(&mut self, around: &mut Surroundings<'_>) {
        while let Some((task, verdict)) = self.disk.poll(around.now) {
            self.on_done(task, verdict, around);
        }
    }

    fn on_done(&mut self, task: Task, verdict: Verdict, around: &mut Surroundings<'_>) {
        match task {
            Task::Read(connection, block) => self.on_read(connection, block, verdict, around),
            Task::Store(piece, data) => self.on_stored(piece, &data, verdict, around),
        }
    }

    fn on_read(
        &mut self,
        connection: ConnectionId,
        block: Block,
        verdict: Verdict,
        around: &mut Surroundings<'_>,
    ) {
        let lies = match self.manner {
            Manner::Lying(part) => self.chance.f64() < part,
            Manner::Honest | Manner::Snubbing(_) => false,
        };
        let data = match verdict {
            Verdict::Failed(fault) => {
                self.mending.on_not_read(around.instant, &mut self.swarm, &fault.to_string());
                Err(ReadFailed)
            }
            Verdict::Done | Verdict::Corrupted => {
                self.mending.on_read(&self.swarm);
                let mut data = around.content.data(self.form, block);
                if lies || verdict == Verdict::Corrupted {
                    corrupt(&mut data, &mut self.chance);
                }
                Ok(data)
            }
        };
        self.swarm.block_read(around.instant, connection, block, data);
    }

    fn on_stored(
        &mut self,
        piece: PieceIndex,
        data: &[u8],
        verdict: Verdict,
        around: &mut Surroundings<'_>,
    ) {
        let now = around.instant;
        if !around.content.is_right(self.form, piece, data) {
            self.mending.on_corrupt();
            around.recorder.piece_corrupt(around.now, self.node, piece.get());
            return self.swarm.piece_corrupt(now, piece, data);
        }
        if let Verdict::Failed(fault) = verdict {
            self.mending.on_not_stored(now, &mut self.swarm, &fault.to_string());
            return self.swarm.piece_not_stored(now, piece);
        }
        self.mending.on_stored(&self.swarm);
        around.recorder.piece_stored(around.now, self.node, piece.get());
        self.swarm.piece_stored(now, piece);
    }
}
