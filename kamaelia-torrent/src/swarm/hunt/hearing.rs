//! What peers say, and what is held against them.

use std::time::Instant;

use super::draft::Outcome;
use super::source::Heard;
use super::*;

/// False metadata that one peer alone may send before it is banned: one could be a piece that was
/// torn on the way.
const FALSE_MAX: u32 = 2;

/// Parties remembered for false metadata. Beyond that none is added: a hunt among so many liars is
/// lost anyway.
const RECORDS_MAX: usize = 4_096;

/// What is held against a party.
#[derive(Clone, Copy, Default)]
pub(super) struct Record {
    /// False metadata that came from it alone.
    proven: u32,
}

impl Record {
    pub(super) fn is_banned(self) -> bool {
        self.proven >= FALSE_MAX
    }
}

impl Hunt {
    /// Takes one message off the front of the input; false when there is no whole one.
    pub(super) fn receive_one(
        &mut self,
        now: Instant,
        id: ConnectionId,
        input: &mut &[u8],
    ) -> bool {
        let Some(source) = self.connections.get_mut(id) else { return false };
        let (party, draft) = (source.party, source.draft);
        match source.receive(now, input) {
            Ok(Some(Heard::Greeted(theirs))) => self.on_answer(now, id, &theirs),
            Ok(Some(Heard::Piece { number, data })) => {
                if let Some(draft) = draft {
                    let outcome = self.drafts.put(draft, number, data, party, self.info_hash);
                    self.on_outcome(now, party, outcome);
                }
            }
            Ok(Some(Heard::Refused(piece))) => {
                if let Some(draft) = draft {
                    self.drafts.withdraw(draft, piece);
                }
                self.leave_draft(id);
                if self.connections.get(id).is_some_and(|source| source.is_useless(now)) {
                    self.close(now, id, CloseReason::NoMetadata);
                }
            }
            Ok(Some(Heard::Peers(peers))) => {
                let from = source.address;
                self.candidates.hear_of(now, from, &peers, &mut self.rng);
            }
            Ok(Some(Heard::Introduced | Heard::Nothing)) => {}
            Ok(None) => return false,
            Err(error) => self.close(now, id, CloseReason::Protocol(error)),
        }
        true
    }

    fn on_outcome(&mut self, now: Instant, sender: Party, outcome: Outcome) {
        match outcome {
            Outcome::Waiting => {}
            Outcome::Found(metadata) => self.found = Some(metadata),
            Outcome::WrongLength => self.blame(now, &[sender]),
            Outcome::False(senders) => self.blame(now, &senders),
        }
    }

    /// These have sent false metadata together: each is a suspect, and one alone has proven it.
    fn blame(&mut self, now: Instant, senders: &[Party]) {
        for sender in senders {
            if self.records.len() < RECORDS_MAX || self.records.contains_key(sender) {
                let record = self.records.entry(*sender).or_default();
                record.proven += u32::from(senders.len() == 1);
            }
        }
        for id in self.connections.ids() {
            let Some(source) = self.connections.get_mut(id) else { continue };
            let (address, party) = (source.address, source.party);
            if !senders.contains(&party) {
                continue;
            }
            source.is_suspect = true;
            self.leave_draft(id);
            if self.is_banned(party) {
                self.close(now, id, CloseReason::Banned);
                self.candidates.forget(address);
            }
        }
    }
}
