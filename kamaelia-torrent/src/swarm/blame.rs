//! Who sent corrupt data.
//!
//! A piece's hash tells that some block of it is wrong, not which. So whoever sent a corrupt piece
//! alone is banned at once. When several had a part in it, each becomes a suspect: from then on
//! pieces are fetched from it whole, alone, so that the next corrupt one is proof, and the honest
//! among them go on unharmed. The piece itself, too, is next fetched from one peer alone; when it has
//! come out right, [`evidence`](super::evidence) tells who sent its wrong blocks and clears the others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::metainfo::PieceIndex;
use crate::swarm::WebSeedId;

/// Parts in corrupt pieces until a peer is banned without proof.
const STRIKES_MAX: u32 = 3;

/// Parties remembered. Beyond that some are forgotten: a swarm of so many liars is lost anyway.
const PARTIES_MAX: usize = 4_096;

/// Who answers for data.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Party {
    /// An IP address, whatever the port. On the machine itself, where many peers share the address,
    /// the port tells them apart.
    Peer { ip: IpAddr, port: u16 },
    /// A web server.
    WebSeed(WebSeedId),
}

impl Party {
    pub(super) fn of(address: SocketAddr) -> Self {
        let ip = address.ip().to_canonical();
        let port = if ip.is_loopback() { address.port() } else { 0 };
        Party::Peer { ip, port }
    }
}

/// What is known about each party.
#[derive(Default)]
pub(super) struct Blame {
    records: BTreeMap<Party, Record>,
    /// Pieces that came out corrupt from several hands.
    tainted: BTreeSet<PieceIndex>,
}

#[derive(Clone, Copy)]
struct Record {
    suspect_since: Instant,
    strikes: u32,
    banned: bool,
}

impl Blame {
    pub(super) fn is_banned(&self, party: Party) -> bool {
        self.records.get(&party).is_some_and(|record| record.banned)
    }

    /// Whether pieces should be fetched from this party alone.
    pub(super) fn is_suspect(&self, party: Party) -> bool {
        self.records.contains_key(&party)
    }

    /// Whether this piece should be fetched from one party alone.
    pub(super) fn is_tainted(&self, piece: PieceIndex) -> bool {
        self.tainted.contains(&piece)
    }

    /// A piece that was begun at `began` is right.
    pub(super) fn on_stored(&mut self, piece: PieceIndex, senders: &[Party]) {
        self.tainted.remove(&piece);
        if let [alone] = senders
            && let Some(record) = self.records.get_mut(alone)
        {
            // Shown to be honest this once; it stays under watch.
            record.strikes = record.strikes.min(1);
        }
    }

    /// A piece that was begun at `began` is corrupt. Returns those who are banned for it.
    pub(super) fn on_corrupt(
        &mut self,
        now: Instant,
        piece: PieceIndex,
        began: Instant,
        senders: &[Party],
    ) -> Vec<Party> {
        if senders.len() > 1 {
            self.tainted.insert(piece);
        }
        let alone = senders.len() == 1;
        senders.iter().copied().filter(|party| self.strike(now, *party, began, alone)).collect()
    }

    /// The party is known to have sent wrong bytes.
    pub(super) fn convict(&mut self, now: Instant, party: Party) {
        self.strike(now, party, now, true);
    }

    /// What there was against the party has turned out to be others' doing. True if it is a suspect no
    /// longer.
    pub(super) fn acquit(&mut self, party: Party) -> bool {
        let is_suspect = self.records.get(&party).is_some_and(|record| !record.banned);
        if is_suspect {
            self.records.remove(&party);
        }
        is_suspect
    }

    /// True if the party is banned by this.
    fn strike(&mut self, now: Instant, party: Party, began: Instant, alone: bool) -> bool {
        if self.records.len() >= PARTIES_MAX && !self.records.contains_key(&party) {
            self.records.pop_first();
        }
        let record = self.records.entry(party).or_insert(Record {
            suspect_since: now,
            strikes: 0,
            banned: false,
        });
        // Pieces begun before anyone was suspected were shared with liars unknowingly: they all
        // come out corrupt one after the other, and say no more than the first did.
        if record.strikes == 0 || began >= record.suspect_since {
            record.strikes += 1;
        }
        record.banned |= alone || record.strikes >= STRIKES_MAX;
        record.banned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};
    use std::time::Duration;

    fn party(last: u8) -> Party {
        Party::of(SocketAddr::from(([10, 0, 0, last], 1)))
    }

    fn piece() -> PieceIndex {
        let path = vec!["f".into()];
        let layout = Layout::new(16, vec![FileEntry { path, length: 16, padding: false }]);
        let piece = layout.expect("sizes of a torrent").piece(0);
        piece.expect("the only piece")
    }

    #[test]
    fn whoever_sent_a_corrupt_piece_alone_is_banned_at_once() {
        let (mut blame, now) = (Blame::default(), Instant::now());
        let banned = blame.on_corrupt(now, piece(), now, &[party(1)]);
        assert_eq!(banned, [party(1)]);
        assert!(blame.is_banned(party(1)) && !blame.is_tainted(piece()));
    }

    #[test]
    fn a_shared_corrupt_piece_makes_suspects_and_three_make_a_ban() {
        let (mut blame, start) = (Blame::default(), Instant::now());
        let pair = [party(1), party(2)];
        assert_eq!(blame.on_corrupt(start, piece(), start, &pair), []);
        assert!(blame.is_suspect(party(1)) && blame.is_tainted(piece()));
        assert_eq!(blame.on_corrupt(start, piece(), start, &[party(1), party(3)]), []);
        let later = start + Duration::from_secs(1);
        let banned = blame.on_corrupt(later, piece(), later, &[party(1), party(4)]);
        assert_eq!(banned, [party(1)]);
        assert!(!blame.acquit(party(1)), "a ban stays");
        assert!(blame.acquit(party(4)) && !blame.is_suspect(party(4)));
        assert!(!blame.is_banned(party(2)));
    }

    #[test]
    fn pieces_shared_before_the_first_verdict_count_once() {
        let (mut blame, start) = (Blame::default(), Instant::now());
        let verdict = start + Duration::from_secs(1);
        for liar in 2..20 {
            let pair = [party(1), party(liar)];
            assert_eq!(blame.on_corrupt(verdict, piece(), start, &pair), []);
        }
        assert!(!blame.is_banned(party(1)));
    }

    #[test]
    fn a_party_is_an_ip_address_except_on_this_machine() {
        let far = |port| Party::of(SocketAddr::from(([10, 0, 0, 1], port)));
        let near = |port| Party::of(SocketAddr::from(([127, 0, 0, 1], port)));
        assert_eq!(far(1), far(2));
        assert_ne!(near(1), near(2));
    }
}
