//! What is asked in the query of an announce or a scrape.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::asked::{Asked, AskedEvent};
use crate::metainfo::{InfoHash, PeerId};

/// Why a query cannot be answered. Each is told to the asker as the `failure reason`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum QueryError {
    #[error("the parameter {name} is missing")]
    Missing { name: &'static str },
    #[error("{name} has to be 20 bytes long, percent-encoded; it is {length}")]
    Length { name: &'static str, length: usize },
    #[error("port has to be a number from 1 to 65535")]
    Port,
    #[error("{name} has to be a whole number")]
    Number { name: &'static str },
    #[error("event has to be started, completed, stopped or absent")]
    Event,
    #[error("too many requests come from your address; ask again in a minute")]
    TooMany,
}

/// An announce, and the form its answer is to have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Announce {
    pub(super) asked: Asked,
    pub(super) is_compact: bool,
    pub(super) wants_peer_ids: bool,
}

impl Announce {
    pub(super) fn from_query(query: &str) -> Result<Self, QueryError> {
        let query = Parameters::of(query);
        let asked = Asked {
            info_hash: InfoHash(query.twenty_bytes("info_hash")?),
            peer_id: PeerId(query.twenty_bytes("peer_id")?),
            port: query.port()?,
            left: query.number("left")?.unwrap_or(u64::MAX),
            event: query.event()?,
            peers_wanted: query.peers_wanted()?,
        };
        Ok(Announce {
            asked,
            is_compact: query.flag("compact") != Some(false),
            wants_peer_ids: query.flag("no_peer_id") != Some(true),
        })
    }
}

/// The torrents a scrape asks about; none means all.
pub(super) fn torrents(query: &str) -> Result<Vec<InfoHash>, QueryError> {
    values(query, "info_hash")
        .map(|value| checked_length(&value, "info_hash").map(InfoHash))
        .collect()
}

/// The values of every parameter of this name, decoded.
fn values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    let parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
    parameters.filter(move |(found, _)| *found == name).map(|(_, value)| decoded(value))
}

/// Some clients build their query as a form would, in which a plus is a space; those that do not
/// have the plus percent-encoded.
fn decoded(value: &str) -> Cow<'_, [u8]> {
    if value.contains('+') {
        let spaced = value.replace('+', " ");
        return percent_decode(spaced.as_bytes()).collect::<Vec<u8>>().into();
    }
    percent_decode(value.as_bytes()).into()
}

fn checked_length(value: &[u8], name: &'static str) -> Result<[u8; 20], QueryError> {
    value.try_into().map_err(|_| QueryError::Length { name, length: value.len() })
}

/// A query, cut once for all that is looked for in it.
struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    fn of(query: &'a str) -> Self {
        Parameters(query.split('&').filter_map(|parameter| parameter.split_once('=')).collect())
    }

    /// The first value of a parameter; an empty one counts as absent.
    fn value(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        let (_, value) = self.0.iter().find(|(found, _)| *found == name)?;
        Some(decoded(value)).filter(|value| !value.is_empty())
    }

    fn twenty_bytes(&self, name: &'static str) -> Result<[u8; 20], QueryError> {
        let value = self.value(name).ok_or(QueryError::Missing { name })?;
        checked_length(&value, name)
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, QueryError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&value).ok();
        let number = text.and_then(|text| text.parse().ok());
        number.map(Some).ok_or(QueryError::Number { name })
    }

    fn port(&self) -> Result<u16, QueryError> {
        let number = self.number("port").map_err(|_| QueryError::Port)?;
        let number = number.ok_or(QueryError::Missing { name: "port" })?;
        let port = u16::try_from(number).map_err(|_| QueryError::Port)?;
        if port == 0 { Err(QueryError::Port) } else { Ok(port) }
    }

    /// A negative number stands for "as you like" with some clients.
    fn peers_wanted(&self) -> Result<Option<usize>, QueryError> {
        if self.value("numwant").is_some_and(|value| value.starts_with(b"-")) {
            return Ok(None);
        }
        let number = self.number("numwant")?;
        Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }

    fn event(&self) -> Result<AskedEvent, QueryError> {
        match self.value("event").as_deref() {
            None => Ok(AskedEvent::None),
            Some(b"started") => Ok(AskedEvent::Started),
            // BEP 21: a peer that has all it wants. It is one more peer to us.
            Some(b"paused" | b"empty") => Ok(AskedEvent::None),
            Some(b"completed") => Ok(AskedEvent::Completed),
            Some(b"stopped") => Ok(AskedEvent::Stopped),
            Some(_) => Err(QueryError::Event),
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).map(|value| *value != *b"0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str =
        "info_hash=%00%ff+%2B~aaaaaaaaaaaaaaa&peer_id=-XX0001-123456789012&port=6881";

    fn asked(more: &str) -> Result<Announce, QueryError> {
        Announce::from_query(&format!("{QUERY}{more}"))
    }

    #[test]
    fn what_is_absent_has_a_meaning() {
        assert_eq!(
            asked(""),
            Ok(Announce {
                asked: Asked {
                    info_hash: InfoHash(*b"\x00\xff +~aaaaaaaaaaaaaaa"),
                    peer_id: PeerId(*b"-XX0001-123456789012"),
                    port: 6881,
                    left: u64::MAX,
                    event: AskedEvent::None,
                    peers_wanted: None,
                },
                is_compact: true,
                wants_peer_ids: true,
            })
        );
    }

    #[test]
    fn what_is_said_is_read() {
        let more = "&left=5&event=completed&numwant=7&compact=0&no_peer_id=1&ip=1.2.3.4&junk&=&x=";
        let announce = asked(more).expect("an announce");
        assert_eq!((announce.asked.left, announce.asked.peers_wanted), (5, Some(7)));
        assert_eq!(announce.asked.event, AskedEvent::Completed);
        assert_eq!((announce.is_compact, announce.wants_peer_ids), (false, false));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, sentence) in [
            ("", "the parameter info_hash is missing"),
            ("info_hash=abc", "info_hash has to be 20 bytes long, percent-encoded; it is 3"),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=", "the parameter peer_id is missing"),
        ] {
            let error = Announce::from_query(query).expect_err(query);
            assert_eq!(error.to_string(), sentence);
        }
        for (more, error) in [
            ("&left=-1", QueryError::Number { name: "left" }),
            ("&left=ten", QueryError::Number { name: "left" }),
            ("&numwant=x", QueryError::Number { name: "numwant" }),
            ("&event=party", QueryError::Event),
        ] {
            assert_eq!(asked(more), Err(error), "{more}");
        }
        for port in ["0", "65536", "-1", "x", "%ff"] {
            let query = QUERY.replace("6881", port);
            assert_eq!(Announce::from_query(&query), Err(QueryError::Port), "{port}");
        }
    }

    #[test]
    fn a_negative_wish_is_no_wish() {
        assert_eq!(asked("&numwant=-1").map(|announce| announce.asked.peers_wanted), Ok(None));
    }

    #[test]
    fn a_scrape_names_its_torrents() {
        let query = "info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=bbbbbbbbbbbbbbbbbbb%62&x=1";
        let expected = vec![InfoHash([b'a'; 20]), InfoHash([b'b'; 20])];
        assert_eq!(torrents(query), Ok(expected));
        assert_eq!(torrents(""), Ok(vec![]));
        let error = QueryError::Length { name: "info_hash", length: 2 };
        assert_eq!(torrents("info_hash=%61b"), Err(error));
    }
}
