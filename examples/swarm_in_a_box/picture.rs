//! A swarm at one moment, as lines of text.

use kamaelia_torrent::simulation::report::{Role, Snapshot, Standing};

/// From nothing to everything.
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Somebody who is not there.
const AWAY: char = '·';

/// Columns of a peer that shares its line with others.
const CELL: usize = 16;

/// Lines that are not about single peers.
const HEAD: usize = 5;

/// Of so many columns and at most so many rows.
pub(crate) fn picture(snapshot: &Snapshot, columns: usize, rows: usize) -> Vec<String> {
    let columns = columns.max(40);
    let mut lines = vec![title(snapshot), String::new()];
    lines.push(format!(
        "copies of each piece: {} at least, {:.1} on average",
        snapshot.least_copies(),
        snapshot.mean_copies()
    ));
    lines.push(availability(snapshot, columns));
    lines.push(String::new());
    let rows = rows.saturating_sub(HEAD).max(1);
    let peers: Vec<&Standing> =
        snapshot.peers().filter(|peer| peer.role == Role::Leecher).collect();
    let pieces = snapshot.copies().len();
    if peers.len() <= rows {
        lines.extend(peers.iter().map(|peer| bar(peer, pieces, columns)));
    } else if peers.len() <= rows * (columns / CELL) {
        let rows = peers.chunks(columns / CELL);
        lines.extend(rows.map(|row| row.iter().map(|peer| cell(peer, pieces)).collect()));
    } else {
        lines.extend(grid(&peers, pieces, columns, rows));
    }
    lines
}

fn title(snapshot: &Snapshot) -> String {
    let leechers = snapshot.count(Role::Leecher);
    let all = u64::from(leechers) * snapshot.copies().len() as u64;
    let percent = 100.0 * snapshot.pieces_stored() as f64 / all.max(1) as f64;
    format!(
        "{:>8.1} s   {} of {leechers} finished   {} peers there   {percent:.1} % of all pieces",
        snapshot.at().seconds(),
        snapshot.finished(),
        snapshot.present(),
    )
}

/// A column for as many pieces as have to share one: the copies of the rarest of them, against all
/// peers that are there.
fn availability(snapshot: &Snapshot, columns: usize) -> String {
    let copies = snapshot.copies();
    let columns = columns.min(copies.len());
    let rarest = |column: usize| {
        let share = column * copies.len() / columns..(column + 1) * copies.len() / columns;
        copies[share].iter().min().copied().unwrap_or(0)
    };
    let level_of = |count: u32| level(count.into(), snapshot.present().into());
    (0..columns).map(|column| level_of(rarest(column))).collect()
}

/// A line for one peer.
fn bar(peer: &Standing, pieces: usize, columns: usize) -> String {
    let name = format!("{} {}", peer.group, peer.node);
    let state = match (peer.finished, peer.is_present) {
        (_, false) => "away".to_owned(),
        (Some(at), _) => format!("{:.1} s", at.seconds()),
        _ => format!("{} %", u64::from(peer.pieces) * 100 / pieces.max(1) as u64),
    };
    let width = columns.saturating_sub(32);
    let full = peer.pieces as usize * width / pieces.max(1);
    format!("{name:<20.20} {}{} {state:>9}", "█".repeat(full), "░".repeat(width - full))
}

/// A short bar for one peer of many.
fn cell(peer: &Standing, pieces: usize) -> String {
    let width = CELL - 7;
    let full = peer.pieces as usize * width / pieces.max(1);
    let rest = if peer.is_present { "░" } else { " " };
    format!("{:>5} {}{} ", peer.node.0, "█".repeat(full), rest.repeat(width - full))
}

/// A sign for each peer, or for as many as have to share one: then it is that of the least.
fn grid(peers: &[&Standing], pieces: usize, columns: usize, rows: usize) -> Vec<String> {
    let each = peers.len().div_ceil(columns * rows);
    let sign = |peers: &[&Standing]| {
        let there = peers.iter().filter(|peer| peer.is_present);
        let least = there.map(|peer| peer.pieces).min();
        least.map_or(AWAY, |least| level(least.into(), pieces as u64))
    };
    let signs: Vec<char> = peers.chunks(each).map(sign).collect();
    signs.chunks(columns).map(|row| row.iter().collect()).collect()
}

/// Empty only if there is nothing, and full only if there is everything.
fn level(part: u64, whole: u64) -> char {
    let steps = LEVELS.len() as u64 - 2;
    match part {
        0 => LEVELS[0],
        part if part >= whole => LEVELS[LEVELS.len() - 1],
        part => LEVELS[1 + (part * steps / whole) as usize],
    }
}

#[cfg(test)]
mod tests {
    use kamaelia_torrent::simulation::report::{LogEvent, What};
    use kamaelia_torrent::simulation::{Moment, NodeId};

    use super::*;

    /// A seed and so many leechers; the first has all four pieces, the second one of them, the
    /// third is away, and the others have nothing.
    fn swarm(leechers: u32) -> Snapshot {
        let mut snapshot = Snapshot::new(4);
        let mut happen = |node: u32, what: What| {
            let (at, node) = (Moment(2_500_000), Some(NodeId(node)));
            snapshot.apply(&LogEvent { at, node, what });
        };
        for node in 0..=leechers {
            let (role, group) = match node {
                0 => (Role::Seed, "seeds".to_owned()),
                _ => (Role::Leecher, "leechers".to_owned()),
            };
            happen(node, What::Joined { role, group });
        }
        (0..4).for_each(|piece| happen(1, What::PieceStored(piece)));
        happen(1, What::Finished);
        happen(2, What::PieceStored(3));
        happen(3, What::Left);
        snapshot
    }

    #[test]
    fn few_peers_have_a_bar_each() {
        let lines = picture(&swarm(3), 40, 20);
        assert_eq!(
            lines,
            [
                "     2.5 s   1 of 3 finished   3 peers there   41.7 % of all pieces",
                "",
                "copies of each piece: 2 at least, 2.2 on average",
                "▅▅▅█",
                "",
                "leechers 1           ████████     2.5 s",
                "leechers 2           ██░░░░░░      25 %",
                "leechers 3           ░░░░░░░░      away",
            ]
        );
    }

    #[test]
    fn more_of_them_share_a_line() {
        let lines = picture(&swarm(9), 40, 10);
        let row = "    1 █████████     2 ██░░░░░░░ ";
        assert_eq!((lines[HEAD].as_str(), lines.len()), (row, HEAD + 5));
        assert!(lines[HEAD + 1].starts_with("    3               4 ░░░"), "{}", lines[HEAD + 1]);
    }

    #[test]
    fn many_peers_are_a_sign_each() {
        let lines = picture(&swarm(50), 40, 10);
        let (first, second) = (format!("█▂{AWAY}{}", " ".repeat(37)), " ".repeat(10));
        assert_eq!(lines[HEAD..], [first, second]);
    }

    #[test]
    fn a_picture_is_never_larger_than_there_is_room_for() {
        for leechers in [1, 10, 100, 1000, 5000] {
            for (columns, rows) in [(40, 10), (80, 24), (200, 60)] {
                let lines = picture(&swarm(leechers), columns, rows);
                assert!(lines.len() <= rows, "{} lines for {leechers}", lines.len());
                let widest = lines[HEAD..].iter().map(|line| line.chars().count()).max();
                assert!(widest <= Some(columns), "{widest:?} for {leechers} in {columns}");
            }
        }
    }

    #[test]
    fn nothing_and_everything_look_like_nothing_else() {
        assert_eq!([0, 1, 99, 100].map(|part| level(part, 100)), [' ', '▁', '▇', '█']);
        assert_eq!(level(0, 0), ' ');
    }
}
