//! Events as lines of text, and back.
//!
//! A line is the moment in seconds, the node or `-`, a verb, and what the verb is about:
//! `12.040512 17 stored 204`. The first line of a log tells the seed and the torrent.

use super::event::{LogEvent, What};
use crate::simulation::report::{Role, TorrentSize};
use crate::simulation::{Moment, NodeId};

/// Says what the text is, and in which version.
const TITLE: &str = "swarm-log 1";

/// The largest number a node may have in a log that is read: room is made for all below it.
pub(super) const NODES_MAX: u32 = 1 << 20;

/// The most pieces a torrent may have in a log that is read, for the same reason.
pub(super) const PIECES_MAX: u32 = 1 << 26;

/// Appends the first line.
pub(super) fn write_title(line: &mut Vec<u8>, seed: u64, torrent: TorrentSize) {
    line.extend(TITLE.as_bytes());
    let TorrentSize { pieces, piece_length, bytes } = torrent;
    let numbers = [
        (&b" seed="[..], seed),
        (b" pieces=", pieces.into()),
        (b" piece-length=", piece_length.into()),
        (b" bytes=", bytes),
    ];
    for (name, number) in numbers {
        line.extend(name);
        push_number(line, number);
    }
    line.push(b'\n');
}

/// Appends a line. Millions are written in a large swarm, so nothing is formatted but by hand.
pub(super) fn write_event(line: &mut Vec<u8>, event: &LogEvent) {
    push_number(line, event.at.0 / 1_000_000);
    line.push(b'.');
    push_micros(line, event.at.0 % 1_000_000);
    line.push(b' ');
    match event.node {
        Some(node) => push_number(line, node.0.into()),
        None => line.push(b'-'),
    }
    match &event.what {
        What::Joined { role, group } => {
            line.extend(b" joined ");
            push_text(line, role.word().as_bytes(), group);
        }
        What::PieceFound(piece) => push_verb(line, b" found ", *piece),
        What::Connected(to) => push_verb(line, b" connected ", to.0),
        What::Disconnected { from, why } => {
            push_verb(line, b" disconnected ", from.0);
            push_text(line, b"", why);
        }
        What::PieceStored(piece) => push_verb(line, b" stored ", *piece),
        What::PieceCorrupt(piece) => push_verb(line, b" corrupt ", *piece),
        What::Banned(whom) => push_verb(line, b" banned ", whom.0),
        What::Finished => line.extend(b" finished"),
        What::Left => line.extend(b" left"),
        What::Returned => line.extend(b" returned"),
        What::Event(text) => push_text(line, b" event", text),
    }
    line.push(b'\n');
}

fn push_verb(line: &mut Vec<u8>, verb: &[u8], number: u32) {
    line.extend(verb);
    push_number(line, number.into());
}

fn read_role(word: &str) -> Result<Role, String> {
    let expected = || format!("one joins with everything, nothing or strangely, not `{word}`");
    Role::of_word(word).ok_or_else(expected)
}

fn push_text(line: &mut Vec<u8>, verb: &[u8], text: &str) {
    line.extend(verb);
    line.push(b' ');
    line.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
}

fn push_number(line: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    line.extend(&digits[at..]);
}

fn push_micros(line: &mut Vec<u8>, micros: u64) {
    let mut digits = [b'0'; 6];
    let mut rest = micros;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    line.extend(digits);
}

/// Reads the first line.
pub(super) fn read_title(line: &str) -> Result<(u64, TorrentSize), String> {
    let wrong =
        || format!("it does not begin with `{TITLE} seed=… pieces=… piece-length=… bytes=…`");
    let mut words = line.strip_prefix(TITLE).ok_or_else(wrong)?.split_ascii_whitespace();
    let mut number = |name: &str| {
        let word = words.next().and_then(|word| word.strip_prefix(name)).ok_or_else(wrong)?;
        word.parse::<u64>().map_err(|_| format!("`{word}` after `{name}` is no number"))
    };
    let seed = number("seed=")?;
    let pieces = number("pieces=")?;
    let pieces = u32::try_from(pieces).ok().filter(|pieces| *pieces <= PIECES_MAX);
    let pieces = pieces.ok_or_else(|| format!("more than {PIECES_MAX} pieces are too many"))?;
    let piece_length = u32::try_from(number("piece-length=")?)
        .map_err(|_| "pieces are not as long as that".to_owned())?;
    Ok((seed, TorrentSize { pieces, piece_length, bytes: number("bytes=")? }))
}

/// Reads any other line of a log about a torrent of so many pieces.
pub(super) fn read_event(line: &str, pieces: u32) -> Result<LogEvent, String> {
    let mut words = Words(line);
    let at = read_moment(words.next())?;
    let node = match words.next() {
        "-" => None,
        word => Some(read_node(word)?),
    };
    let piece = |word: &str| match word.parse() {
        Ok(piece) if piece < pieces => Ok(piece),
        _ => Err(format!("`{word}` is no piece of {pieces}")),
    };
    let what = match words.next() {
        "joined" => What::Joined { role: read_role(words.next())?, group: words.rest() },
        "found" => What::PieceFound(piece(words.next())?),
        "connected" => What::Connected(read_node(words.next())?),
        "disconnected" => What::Disconnected { from: read_node(words.next())?, why: words.rest() },
        "stored" => What::PieceStored(piece(words.next())?),
        "corrupt" => What::PieceCorrupt(piece(words.next())?),
        "banned" => What::Banned(read_node(words.next())?),
        "finished" => What::Finished,
        "left" => What::Left,
        "returned" => What::Returned,
        "event" => What::Event(words.rest()),
        verb => return Err(format!("`{verb}` is nothing that happens in a swarm")),
    };
    match words.rest() {
        rest if rest.is_empty() => Ok(LogEvent { at, node, what }),
        rest => Err(format!("`{rest}` is too much")),
    }
}

/// Words with one space between them, and then whatever is left.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    /// The next word; empty behind the last.
    fn next(&mut self) -> &'a str {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest;
        word
    }

    fn rest(&mut self) -> String {
        std::mem::take(&mut self.0).to_owned()
    }
}

fn read_moment(word: &str) -> Result<Moment, String> {
    let read = |word: &str| {
        let (seconds, micros) = word.split_once('.')?;
        let micros = Some(micros).filter(|micros| micros.len() == 6)?.parse::<u64>().ok()?;
        let seconds: u64 = seconds.parse().ok()?;
        Some(Moment(seconds.checked_mul(1_000_000)?.checked_add(micros)?))
    };
    read(word).ok_or_else(|| format!("`{word}` is no moment, such as 12.000500"))
}

fn read_node(word: &str) -> Result<NodeId, String> {
    match word.parse() {
        Ok(node) if node < NODES_MAX => Ok(NodeId(node)),
        _ => Err(format!("`{word}` is no node below {NODES_MAX}")),
    }
}
