//! The guard in front of every bencoded value: one pass, no recursion, no memory a stranger asks
//! for.

use std::ops::Range;

use super::BencodeError;
use super::token::{Token, token};
use super::value::{Dict, Value};

/// How deep values may lie inside each other. Messages in use need about ten levels; what reads
/// a value after the scan may recurse, and this many levels fit the smallest stack.
pub const DEPTH_MAX: usize = 100;

/// How many keys are remembered, to find duplicates, in all dictionaries that are open at once.
/// The largest in use have one key for each file of a torrent. This bounds the memory of a scan
/// to 16 MiB.
pub const KEYS_MAX: usize = 1 << 20;

/// Bytes of the messages that trackers and peers exchange: the largest reply of a tracker is 1 MiB.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What a scan accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes in all.
    pub bytes: usize,
    /// Levels of lists and dictionaries inside each other. Only raise [`DEPTH_MAX`] for readers
    /// that do not recurse.
    pub depth: usize,
    /// Whether keys that are out of order are refused instead of reported.
    pub sorted: bool,
}

impl Limits {
    /// Up to this many bytes, [`DEPTH_MAX`] levels, keys in any order.
    pub const fn bytes(bytes: usize) -> Self {
        Limits { bytes, depth: DEPTH_MAX, sorted: false }
    }

    /// The same, with keys in order: only the canonical spelling of a value passes.
    pub const fn canonical(self) -> Self {
        Limits { sorted: true, ..self }
    }
}

impl Default for Limits {
    /// [`MESSAGE_BYTES_MAX`] bytes.
    fn default() -> Self {
        Limits::bytes(MESSAGE_BYTES_MAX)
    }
}

/// Bytes that are one bencoded value within the limits, from the first to the last.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    unsorted_at: Option<usize>,
}

impl<'a> Scan<'a> {
    /// The value, still in place.
    pub fn value(&self) -> Value<'a> {
        Value::read(self.bytes, 0).expect("a scan ends without error only after a whole value").0
    }

    /// The value, if it is a dictionary.
    pub fn dict(&self) -> Option<Dict<'a>> {
        self.value().as_dict()
    }

    /// Whether the value could not be spelled in any other way.
    pub fn is_canonical(&self) -> bool {
        self.unsorted_at.is_none()
    }

    /// The position of the first key that sorts before the one in front of it.
    pub fn unsorted_at(&self) -> Option<usize> {
        self.unsorted_at
    }

    /// Where the value of this key lies, if the scanned value is a dictionary that has it.
    pub fn range_of(&self, key: &[u8]) -> Option<Range<usize>> {
        self.dict()?.range_of(key)
    }
}

/// Reads bytes that are exactly one value.
pub fn scan(bytes: &[u8], limits: Limits) -> Result<Scan<'_>, BencodeError> {
    let (scan, rest) = scan_prefix(bytes, limits)?;
    if !rest.is_empty() {
        let position = bytes.len() - rest.len();
        return Err(BencodeError::TrailingBytes { position, count: rest.len() });
    }
    Ok(scan)
}

/// Reads one value and hands back what follows it: bytes of another kind, in messages that append
/// them to a dictionary (BEP 9). The limit of bytes is for both together.
pub fn scan_prefix(bytes: &[u8], limits: Limits) -> Result<(Scan<'_>, &[u8]), BencodeError> {
    if bytes.len() > limits.bytes {
        return Err(BencodeError::TooLong { length: bytes.len(), limit: limits.bytes });
    }
    let mut scanner = Scanner::new(limits);
    let mut at = 0;
    loop {
        let (token, next) = token(bytes, at)?;
        scanner.accept(at, token)?;
        at = next;
        if scanner.open.is_empty() {
            break;
        }
    }
    let (value, rest) = bytes.split_at(at);
    Ok((Scan { bytes: value, unsorted_at: scanner.unsorted_at }, rest))
}

struct Scanner<'a> {
    limits: Limits,
    /// The containers around the current position, outermost first.
    open: Vec<Container>,
    /// The keys of all open dictionaries, outermost first.
    keys: Vec<&'a [u8]>,
    unsorted_at: Option<usize>,
}

enum Container {
    List,
    Dict(OpenDict),
}

struct OpenDict {
    /// Whether a key comes next, or the end; otherwise a value.
    expects_key: bool,
    /// Where its keys begin among those of all open dictionaries.
    keys_from: usize,
    sorted: bool,
}

impl<'a> Scanner<'a> {
    fn new(limits: Limits) -> Self {
        Scanner { limits, open: Vec::new(), keys: Vec::new(), unsorted_at: None }
    }

    fn accept(&mut self, position: usize, token: Token<'a>) -> Result<(), BencodeError> {
        if let Some(Container::Dict(dict)) = self.open.last_mut() {
            match (dict.expects_key, token) {
                (true, Token::Bytes(key)) => return self.on_key(position, key),
                (true, Token::End) => return self.close(position),
                (true, _) => return Err(BencodeError::KeyNotString { position }),
                (false, Token::End) => return Err(BencodeError::MissingValue { position }),
                (false, _) => dict.expects_key = true,
            }
        }
        match token {
            Token::Integer(_) | Token::Bytes(_) => Ok(()),
            Token::List => self.open(position, Container::List),
            Token::Dict => self.open(
                position,
                Container::Dict(OpenDict {
                    expects_key: true,
                    keys_from: self.keys.len(),
                    sorted: true,
                }),
            ),
            Token::End => self.close(position),
        }
    }

    fn open(&mut self, position: usize, container: Container) -> Result<(), BencodeError> {
        let limit = self.limits.depth;
        if self.open.len() >= limit {
            return Err(BencodeError::TooDeep { position, limit });
        }
        self.open.push(container);
        Ok(())
    }

    fn close(&mut self, position: usize) -> Result<(), BencodeError> {
        match self.open.pop() {
            Some(Container::List) => Ok(()),
            Some(Container::Dict(dict)) => self.on_dict_end(position, &dict),
            None => Err(BencodeError::UnexpectedByte { position, byte: b'e' }),
        }
    }

    fn on_key(&mut self, position: usize, key: &'a [u8]) -> Result<(), BencodeError> {
        let Some(Container::Dict(dict)) = self.open.last_mut() else {
            unreachable!("a key is expected only inside a dictionary");
        };
        dict.expects_key = false;
        let earlier = &self.keys[dict.keys_from..];
        if earlier.last().is_some_and(|last| key < *last) {
            if self.limits.sorted {
                return Err(BencodeError::UnsortedKey { position });
            }
            dict.sorted = false;
            self.unsorted_at.get_or_insert(position);
        }
        if self.keys.len() >= KEYS_MAX {
            return Err(BencodeError::TooManyKeys { position, limit: KEYS_MAX });
        }
        self.keys.push(key);
        Ok(())
    }

    /// Looks for duplicates once all keys are known; they are neighbours as soon as keys are
    /// sorted.
    fn on_dict_end(&mut self, position: usize, dict: &OpenDict) -> Result<(), BencodeError> {
        let keys = &mut self.keys[dict.keys_from..];
        if !dict.sorted {
            keys.sort_unstable();
        }
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(BencodeError::DuplicateKey { position, key: shown(pair[0]) });
        }
        self.keys.truncate(dict.keys_from);
        Ok(())
    }
}

/// As much of a key as a person needs to recognise it.
fn shown(key: &[u8]) -> String {
    key[..key.len().min(40)].escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> BencodeError {
        scan(bytes, Limits::default()).expect_err("bytes that are refused")
    }

    #[test]
    fn a_value_of_every_kind_passes() {
        for text in ["i-3e", "0:", "le", "de", "d1:ad2:bbli0e3:ccceee"] {
            let scan = scan(text.as_bytes(), Limits::default());
            assert!(scan.is_ok_and(|scan| scan.is_canonical()), "{text}");
        }
    }

    #[test]
    fn nesting_stops_at_the_limit() {
        let nested = |levels: usize| [vec![b'l'; levels], vec![b'e'; levels]].concat();
        assert!(scan(&nested(DEPTH_MAX), Limits::default()).is_ok());
        let expected = BencodeError::TooDeep { position: DEPTH_MAX, limit: DEPTH_MAX };
        assert_eq!(error(&nested(DEPTH_MAX + 1)), expected);
        assert_eq!(error(&nested(16_000)), expected);
    }

    #[test]
    fn lists_in_dictionaries_count_as_levels_too() {
        let nested = [&b"d1:a"[..], &[b'l'; 16_000]].concat();
        let expected = BencodeError::TooDeep { position: DEPTH_MAX + 3, limit: DEPTH_MAX };
        assert_eq!(error(&nested), expected);
    }

    #[test]
    fn more_bytes_than_the_caller_reads_are_not_looked_at() {
        let expected = BencodeError::TooLong { length: 4, limit: 3 };
        assert_eq!(scan(b"zzzz", Limits::bytes(3)).err(), Some(expected));
    }

    #[test]
    fn anything_after_the_value_is_refused() {
        let expected = BencodeError::TrailingBytes { position: 3, count: 2 };
        assert_eq!(error(b"i1e\r\n"), expected);
    }

    #[test]
    fn what_follows_a_value_is_handed_back_as_it_is() {
        let (found, rest) = scan_prefix(b"d1:ai1eexx", Limits::default()).expect("a dictionary");
        assert_eq!(found.dict().map(Dict::raw), Some(&b"d1:ai1ee"[..]));
        assert_eq!(rest, b"xx");
    }

    #[test]
    fn keys_out_of_order_are_reported_or_refused_as_asked() {
        let text = b"d1:bi1e1:ai2ee";
        let found = scan(text, Limits::default()).expect("a dictionary in disorder");
        assert_eq!(found.unsorted_at(), Some(7));
        let strict = scan(text, Limits::default().canonical());
        assert_eq!(strict.err(), Some(BencodeError::UnsortedKey { position: 7 }));
    }

    #[test]
    fn keys_sort_as_bytes_and_a_prefix_comes_first() {
        for text in [&b"d1:B0:1:a0:2:ab0:e"[..], b"d1:a0:1:\xff0:e"] {
            assert!(scan(text, Limits::default().canonical()).is_ok());
        }
    }

    #[test]
    fn duplicate_keys_are_refused_also_when_apart() {
        for (text, position) in [("d1:ai1e1:ai2ee", 13), ("d1:ai1e1:bi1e1:ai2ee", 19)] {
            let expected = BencodeError::DuplicateKey { position, key: "a".into() };
            assert_eq!(error(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_same_key_in_different_dictionaries_is_no_duplicate() {
        let text = b"d1:ad1:ai1e1:bd1:ai1eee1:bd1:ai1eee";
        assert!(scan(text, Limits::default().canonical()).is_ok());
    }

    #[test]
    fn a_dictionary_needs_strings_for_keys_and_a_value_for_each() {
        assert_eq!(error(b"di1ei2ee"), BencodeError::KeyNotString { position: 1 });
        assert_eq!(error(b"dlei2ee"), BencodeError::KeyNotString { position: 1 });
        assert_eq!(error(b"d1:ae"), BencodeError::MissingValue { position: 4 });
    }

    #[test]
    fn an_end_without_a_begin_is_refused() {
        let expected = BencodeError::UnexpectedByte { position: 0, byte: b'e' };
        assert_eq!(error(b"e"), expected);
    }

    #[test]
    fn the_range_of_a_key_holds_its_value_and_nothing_else() {
        let text = b"d1:ai1e4:infod4:infoi2ee1:z3:abce";
        let found = scan(text, Limits::default()).expect("a dictionary");
        assert_eq!(found.range_of(b"info"), Some(13..24));
        assert_eq!(&text[13..24], b"d4:infoi2ee");
        assert_eq!(found.range_of(b"z"), Some(27..32));
        assert_eq!(found.range_of(b"none"), None);
    }

    #[test]
    fn keys_are_remembered_only_up_to_a_bound() {
        let mut text = b"d".to_vec();
        for number in 0..=KEYS_MAX {
            text.extend_from_slice(format!("7:{number:07}0:").as_bytes());
        }
        text.push(b'e');
        let expected = BencodeError::TooManyKeys { position: 1 + KEYS_MAX * 11, limit: KEYS_MAX };
        assert_eq!(scan(&text, Limits::bytes(text.len())).err(), Some(expected));
    }
}
