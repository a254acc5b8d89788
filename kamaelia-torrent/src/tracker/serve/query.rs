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
        let said = Said::from_query(query);
        let asked = Asked {
            info_hash: InfoHash(twenty_bytes(said.info_hash, "info_hash")?),
            peer_id: PeerId(twenty_bytes(said.peer_id, "peer_id")?),
            port: port(said.port)?,
            left: number(said.left, "left")?.unwrap_or(u64::MAX),
            event: event(said.event)?,
            peers_wanted: peers_wanted(said.numwant)?,
        };
        Ok(Announce {
            asked,
            is_compact: flag(said.compact) != Some(false),
            wants_peer_ids: flag(said.no_peer_id) != Some(true),
        })
    }
}

/// The parameters of an announce as they are written, the first of each name.
#[derive(Default)]
struct Said<'a> {
    info_hash: Option<&'a str>,
    peer_id: Option<&'a str>,
    port: Option<&'a str>,
    left: Option<&'a str>,
    event: Option<&'a str>,
    numwant: Option<&'a str>,
    compact: Option<&'a str>,
    no_peer_id: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn from_query(query: &'a str) -> Self {
        let mut said = Said::default();
        for (name, value) in parameters(query) {
            let parameter = match name {
                "info_hash" => &mut said.info_hash,
                "peer_id" => &mut said.peer_id,
                "port" => &mut said.port,
                "left" => &mut said.left,
                "event" => &mut said.event,
                "numwant" => &mut said.numwant,
                "compact" => &mut said.compact,
                "no_peer_id" => &mut said.no_peer_id,
                _ => continue,
            };
            parameter.get_or_insert(value);
        }
        said
    }
}

/// The torrents a scrape asks about; none means all.
pub(super) fn torrents(query: &str) -> Result<Vec<InfoHash>, QueryError> {
    parameters(query)
        .filter(|(name, _)| *name == "info_hash")
        .map(|(_, value)| checked_length(&decoded(value), "info_hash").map(InfoHash))
        .collect()
}

/// Names and values, the values still encoded.
fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|parameter| parameter.split_once('='))
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

/// The value of a parameter; an empty one counts as absent.
fn value(said: Option<&str>) -> Option<Cow<'_, [u8]>> {
    said.map(decoded).filter(|value| !value.is_empty())
}

fn twenty_bytes(said: Option<&str>, name: &'static str) -> Result<[u8; 20], QueryError> {
    let value = value(said).ok_or(QueryError::Missing { name })?;
    checked_length(&value, name)
}

fn checked_length(value: &[u8], name: &'static str) -> Result<[u8; 20], QueryError> {
    value.try_into().map_err(|_| QueryError::Length { name, length: value.len() })
}

fn number(said: Option<&str>, name: &'static str) -> Result<Option<u64>, QueryError> {
    let Some(value) = value(said) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&value).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.map(Some).ok_or(QueryError::Number { name })
}

fn port(said: Option<&str>) -> Result<u16, QueryError> {
    let number = number(said, "port").map_err(|_| QueryError::Port)?;
    let number = number.ok_or(QueryError::Missing { name: "port" })?;
    let port = u16::try_from(number).map_err(|_| QueryError::Port)?;
    if port == 0 { Err(QueryError::Port) } else { Ok(port) }
}

/// A negative number stands for "as you like" with some clients.
fn peers_wanted(said: Option<&str>) -> Result<Option<usize>, QueryError> {
    if value(said).is_some_and(|value| value.starts_with(b"-")) {
        return Ok(None);
    }
    let number = number(said, "numwant")?;
    Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
}

fn event(said: Option<&str>) -> Result<AskedEvent, QueryError> {
    match value(said).as_deref() {
        None => Ok(AskedEvent::None),
        Some(b"started") => Ok(AskedEvent::Started),
        // BEP 21: a peer that has all it wants. It is one more peer to us.
        Some(b"paused" | b"empty") => Ok(AskedEvent::None),
        Some(b"completed") => Ok(AskedEvent::Completed),
        Some(b"stopped") => Ok(AskedEvent::Stopped),
        Some(_) => Err(QueryError::Event),
    }
}

fn flag(said: Option<&str>) -> Option<bool> {
    value(said).map(|value| *value != *b"0")
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
