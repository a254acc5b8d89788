//! The answers, as people read them.

use std::fmt;
use std::time::Duration;

use super::{PeerCounts, Wanting, Why, WhyPiece};
use crate::metainfo::PieceIndex;

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Paused => write!(f, "paused"),
            Why::Complete => write!(f, "complete, nothing is missing"),
            Why::Finished { skipped } => {
                write!(f, "everything chosen is there; {} not wanted", pieces_are(*skipped))
            }
            Why::Wanting(wanting) => wanting.fmt(f),
        }
    }
}

impl fmt::Display for Wanting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peers.all() {
            0 => write!(f, "no peers")?,
            1 => write!(f, "1 peer, {}", self.peers)?,
            all => write!(f, "{all} peers, {}", self.peers)?,
        }
        match self.web_seeds {
            0 => {}
            1 => write!(f, " and 1 web seed")?,
            web_seeds => write!(f, " and {web_seeds} web seeds")?,
        }
        if self.peers.all() == 0 || self.peers.sending + self.peers.asked == 0 {
            self.fmt_addresses(f)?;
        }
        if let Some(missing) = self.nobody_has.filter(|_| self.peers.all() > 0) {
            let who = if self.peers.all() == 1 { "it lacks" } else { "none has" };
            write!(f, "; {who} {}", named(missing))?;
        }
        if let Some(missing) = self.nobody_gives {
            write!(f, "; nobody gives us {}", named(missing))?;
        }
        if self.memory_is_full && self.storing > 0 {
            write!(f, "; the disk has {} to write first", pieces(self.storing))?;
        } else if self.memory_is_full {
            write!(f, "; begun pieces take up all memory")?;
        }
        if self.picker_waits {
            write!(f, "; the picker waits with what they have")?;
        }
        Ok(())
    }
}

impl Wanting {
    fn fmt_addresses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.connecting > 0 {
            let more = if self.peers.all() > 0 { " more" } else { "" };
            write!(f, "; {}{more} being called", self.connecting)?;
        }
        let wait = match self.next_try {
            Some(wait) if wait > Duration::ZERO => format!("in {}", seconds(wait)),
            _ => "now".into(),
        };
        match self.addresses {
            0 if self.connecting == 0 => write!(f, "; no address is left to try"),
            0 => Ok(()),
            1 => write!(f, "; 1 address to try {wait}"),
            addresses => write!(f, "; {addresses} addresses to try, the next {wait}"),
        }
    }
}

/// What they do, without their number: "all choking us", or "2 choking us, 1 silent".
impl fmt::Display for PeerCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            (self.sending, "sending"),
            (self.asked, "asked and not answering yet"),
            (self.silent, "silent for long"),
            (self.choking, "choking us"),
            (self.idle, "with nothing that others were not asked for"),
            (self.useless, "with nothing we want"),
        ];
        let mut kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
        let Some((count, what)) = kinds.next() else {
            return write!(f, "none");
        };
        match (count, self.all()) {
            (1, 1) => return write!(f, "{what}"),
            (2, 2) => return write!(f, "both {what}"),
            (count, all) if count == all => return write!(f, "all {what}"),
            _ => write!(f, "{count} {what}")?,
        }
        kinds.try_for_each(|(count, what)| write!(f, ", {count} {what}"))
    }
}

impl fmt::Display for WhyPiece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyPiece::Stored { piece } => write!(f, "piece {} is stored", piece.get()),
            WhyPiece::NotWanted { piece } => {
                write!(f, "piece {} is not wanted: all its files are skipped", piece.get())
            }
            WhyPiece::Storing { piece } => {
                write!(f, "piece {} is here, and being checked and written", piece.get())
            }
            WhyPiece::NobodyHas { piece, peers, blocks_here } => {
                match peers {
                    0 => write!(f, "there are no peers to have piece {}", piece.get())?,
                    1 => write!(f, "the only peer does not have piece {}", piece.get())?,
                    peers => write!(f, "none of {peers} peers has piece {}", piece.get())?,
                }
                match blocks_here {
                    0 => Ok(()),
                    blocks => write!(f, "; {blocks} of its blocks came before"),
                }
            }
            WhyPiece::NotBegun { piece, peers } => {
                write!(f, "piece {} is not begun; {}", piece.get(), have_it(peers))
            }
            WhyPiece::Begun { piece, since, blocks_here, blocks, asked, peers } => write!(
                f,
                "piece {} was begun {} ago: {blocks_here} of {blocks} blocks are here, {} asked for \
                 the rest; {}",
                piece.get(),
                seconds(*since),
                peers_are(*asked),
                have_it(peers)
            ),
        }
    }
}

fn named((first, count): (PieceIndex, usize)) -> String {
    match count {
        1 => format!("piece {}", first.get()),
        2 => format!("piece {} and one other", first.get()),
        _ => format!("piece {} and {} others", first.get(), count - 1),
    }
}

fn have_it(peers: &PeerCounts) -> String {
    match peers.all() {
        1 => format!("1 peer has it, {peers}"),
        all => format!("{all} peers have it, {peers}"),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64().ceil())
}

fn pieces(count: usize) -> String {
    if count == 1 { "1 piece".into() } else { format!("{count} pieces") }
}

fn pieces_are(count: usize) -> String {
    format!("{} {}", pieces(count), if count == 1 { "is" } else { "are" })
}

fn peers_are(count: usize) -> String {
    match count {
        0 => "nobody is".into(),
        1 => "1 peer is".into(),
        _ => format!("{count} peers are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};

    fn piece(number: u32) -> PieceIndex {
        let path = vec!["f".into()];
        let layout = Layout::new(16, vec![FileEntry { path, length: 1_600, padding: false }]);
        layout.expect("sizes of a torrent").piece(number).expect("one of a hundred")
    }

    fn wanting(peers: PeerCounts) -> Wanting {
        Wanting {
            download_rate: 0.0,
            peers,
            web_seeds: 0,
            connecting: 0,
            addresses: 0,
            next_try: None,
            nobody_has: None,
            nobody_gives: None,
            storing: 0,
            memory_is_full: false,
            picker_waits: false,
        }
    }

    #[test]
    fn the_sentences_read_well() {
        let none = PeerCounts::default();
        let choking = |choking| PeerCounts { choking, ..none };
        let wait = Some(Duration::from_millis(11_500));
        let cases = [
            (
                Wanting { nobody_has: Some((piece(41), 1)), addresses: 1, ..wanting(choking(3)) },
                "3 peers, all choking us; 1 address to try now; none has piece 41",
            ),
            (wanting(none), "no peers; no address is left to try"),
            (
                Wanting { addresses: 4, next_try: wait, ..wanting(none) },
                "no peers; 4 addresses to try, the next in 12 s",
            ),
            (Wanting { connecting: 2, ..wanting(none) }, "no peers; 2 being called"),
            (
                Wanting { web_seeds: 1, connecting: 1, ..wanting(none) },
                "no peers and 1 web seed; 1 being called",
            ),
            (
                wanting(PeerCounts { sending: 2, silent: 1, ..choking(1) }),
                "4 peers, 2 sending, 1 silent for long, 1 choking us",
            ),
            (
                Wanting {
                    nobody_has: Some((piece(0), 7)),
                    ..wanting(PeerCounts { sending: 1, ..none })
                },
                "1 peer, sending; it lacks piece 0 and 6 others",
            ),
            (
                Wanting { nobody_gives: Some((piece(7), 2)), ..wanting(choking(1)) },
                "1 peer, choking us; no address is left to try; nobody gives us piece 7 and one \
                 other",
            ),
            (
                Wanting {
                    memory_is_full: true,
                    storing: 5,
                    ..wanting(PeerCounts { asked: 2, ..none })
                },
                "2 peers, both asked and not answering yet; the disk has 5 pieces to write first",
            ),
        ];
        for (wanting, sentence) in cases {
            assert_eq!(wanting.to_string(), sentence);
        }
        assert_eq!(
            Why::Finished { skipped: 1 }.to_string(),
            "everything chosen is there; 1 piece is not wanted"
        );
    }

    #[test]
    fn pieces_have_sentences_too() {
        let piece = piece(41);
        let peers = PeerCounts { choking: 2, sending: 1, ..PeerCounts::default() };
        let since = Duration::from_secs(90);
        let cases = [
            (
                WhyPiece::NobodyHas { piece, peers: 3, blocks_here: 2 },
                "none of 3 peers has piece 41; 2 of its blocks came before",
            ),
            (
                WhyPiece::NotBegun { piece, peers },
                "piece 41 is not begun; 3 peers have it, 1 sending, 2 choking us",
            ),
            (
                WhyPiece::Begun { piece, since, blocks_here: 3, blocks: 16, asked: 1, peers },
                "piece 41 was begun 90 s ago: 3 of 16 blocks are here, 1 peer is asked for the \
                 rest; 3 peers have it, 1 sending, 2 choking us",
            ),
        ];
        for (why, sentence) in cases {
            assert_eq!(why.to_string(), sentence);
        }
    }
}
