//! A bencoded value where it lies: nothing is copied, nothing is built.
//!
//! Only a scan hands these out, so reading them cannot fail. Stepping through a container passes
//! over what its values hold, so read a dictionary in one pass rather than key by key when it is
//! large.

use std::fmt;
use std::ops::Range;

use super::token::{Token, token};

/// A value that passed a scan.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A whole number.
    Integer(i64),
    /// A string of bytes, not necessarily text.
    Bytes(&'a [u8]),
    /// Values in a row.
    List(List<'a>),
    /// Values by name.
    Dict(Dict<'a>),
}

impl<'a> Value<'a> {
    /// The number, if it is one.
    pub fn as_integer(self) -> Option<i64> {
        match self {
            Value::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes, if it is a string.
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(self) -> Option<List<'a>> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The dictionary, if it is one.
    pub fn as_dict(self) -> Option<Dict<'a>> {
        match self {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The value at `at` and where it ends; none at the end of a container.
    pub(super) fn read(bytes: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let (token, next) = token(bytes, at).ok()?;
        Some(match token {
            Token::Integer(value) => (Value::Integer(value), next),
            Token::Bytes(bytes) => (Value::Bytes(bytes), next),
            Token::List => {
                let end = end_of_container(bytes, next)?;
                (Value::List(List { raw: &bytes[at..end] }), end)
            }
            Token::Dict => {
                let end = end_of_container(bytes, next)?;
                (Value::Dict(Dict { raw: &bytes[at..end] }), end)
            }
            Token::End => return None,
        })
    }
}

/// Where the container ends that was opened just before `at`.
fn end_of_container(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 1usize;
    while open > 0 {
        let (token, next) = token(bytes, at).ok()?;
        match token {
            Token::List | Token::Dict => open += 1,
            Token::End => open -= 1,
            Token::Integer(_) | Token::Bytes(_) => {}
        }
        at = next;
    }
    Some(at)
}

/// Values in a row.
#[derive(Clone, Copy)]
pub struct List<'a> {
    raw: &'a [u8],
}

impl<'a> List<'a> {
    /// The bytes it is spelled in, from `l` to `e`.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// The values, in order.
    pub fn items(self) -> Items<'a> {
        Items { raw: self.raw, at: 1 }
    }
}

/// Values by name.
#[derive(Clone, Copy)]
pub struct Dict<'a> {
    raw: &'a [u8],
}

impl<'a> Dict<'a> {
    /// The bytes it is spelled in, from `d` to `e`, as they were received.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Keys and values, in the order they lie.
    pub fn entries(self) -> Entries<'a> {
        Entries { raw: self.raw, at: 1 }
    }

    /// The value of one key. Reads the entries in front of it.
    pub fn get(self, key: &[u8]) -> Option<Value<'a>> {
        self.entries().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Where the value of one key lies in [`Dict::raw`].
    pub fn range_of(self, key: &[u8]) -> Option<Range<usize>> {
        let mut entries = self.entries();
        while let Some((name, value)) = entries.next_range() {
            if name == key {
                return Some(value);
            }
        }
        None
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({} bytes)", self.raw.len())
    }
}

impl fmt::Debug for Dict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dict({} bytes)", self.raw.len())
    }
}

/// The values of a [`List`].
#[derive(Clone, Debug)]
pub struct Items<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (value, end) = Value::read(self.raw, self.at)?;
        self.at = end;
        Some(value)
    }
}

/// The keys and values of a [`Dict`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// The next key, and where its value lies in the bytes of the dictionary.
    fn next_range(&mut self) -> Option<(&'a [u8], Range<usize>)> {
        let (key, _) = self.next_key()?;
        let from = self.at;
        let (_, end) = Value::read(self.raw, from)?;
        self.at = end;
        Some((key, from..end))
    }

    /// Steps over the next key.
    fn next_key(&mut self) -> Option<(&'a [u8], usize)> {
        let (key, end) = Value::read(self.raw, self.at)?;
        self.at = end;
        Some((key.as_bytes()?, end))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, from) = self.next_key()?;
        let (value, end) = Value::read(self.raw, from)?;
        self.at = end;
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use crate::bencode::{Dict, Limits, Value, scan};

    fn dict(bytes: &[u8]) -> Dict<'_> {
        scan(bytes, Limits::default()).expect("a well-formed value").dict().expect("a dictionary")
    }

    #[test]
    fn values_are_found_by_name_past_containers_of_the_same_names() {
        let dict = dict(b"d1:ad1:bi1ee1:bi2e1:cli3e2:xxdeee");
        assert_eq!(dict.get(b"b").and_then(Value::as_integer), Some(2));
        let list = dict.get(b"c").and_then(Value::as_list).expect("a list");
        assert_eq!(list.items().count(), 3);
        assert_eq!(list.raw(), b"li3e2:xxdee");
        assert!(dict.get(b"x").is_none());
    }

    #[test]
    fn a_value_of_another_kind_is_not_taken_for_one() {
        let dict = dict(b"d1:ai1e1:b1:xe");
        assert!(dict.get(b"a").and_then(Value::as_bytes).is_none());
        assert!(dict.get(b"b").and_then(Value::as_integer).is_none());
        assert!(dict.get(b"b").and_then(Value::as_list).is_none());
    }
}
