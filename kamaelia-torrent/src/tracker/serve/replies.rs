//! The tracker's answers, in bencode.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use serde_bytes::ByteBuf;

use super::TrackerConfig;
use super::query::{self, QueryError};
use super::swarms::Swarms;
use super::torrent::{Given, Size};
use crate::bencode::encode;
use crate::compact::pack;
use crate::metainfo::InfoHash;

#[derive(Serialize)]
struct Failure {
    #[serde(rename = "failure reason")]
    reason: String,
}

/// The form of old, with a dictionary for each peer.
#[derive(Serialize)]
struct Announce {
    complete: usize,
    incomplete: usize,
    downloaded: u64,
    interval: u32,
    #[serde(rename = "min interval")]
    min_interval: u32,
    #[serde(rename = "external ip")]
    external_ip: ByteBuf,
    peers: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    ip: String,
    #[serde(rename = "peer id", skip_serializing_if = "Option::is_none")]
    peer_id: Option<ByteBuf>,
    port: u16,
}

#[derive(Serialize)]
struct Scrape {
    files: BTreeMap<ByteBuf, Scraped>,
}

#[derive(Serialize)]
struct Scraped {
    complete: usize,
    downloaded: u64,
    incomplete: usize,
}

/// What an asker is told that asked wrongly.
pub(super) fn failure(error: &QueryError) -> Vec<u8> {
    bytes(&Failure { reason: error.to_string() })
}

/// The reply to an announce that came from this address.
pub(super) fn announce(
    config: &TrackerConfig,
    size: Size,
    given: &[Given],
    announce: &query::Announce,
    from: IpAddr,
) -> Vec<u8> {
    if announce.is_compact {
        return compact(config, size, given, from);
    }
    bytes(&Announce {
        complete: size.seeds,
        incomplete: size.others,
        downloaded: size.downloaded,
        external_ip: ByteBuf::from(octets(from)),
        interval: seconds(config.interval),
        min_interval: seconds(config.min_interval),
        peers: listed(given, announce.wants_peer_ids),
    })
}

/// The same with addresses packed, each family by itself (BEP 7 and 23). Nearly all that a tracker
/// says is this, so it is spelled out: through `serde_bencode` it was a third of an announce's work.
fn compact(config: &TrackerConfig, size: Size, given: &[Given], from: IpAddr) -> Vec<u8> {
    let mut reply = Dictionary::with_capacity(180 + 18 * given.len());
    reply.number("complete", size.seeds as u64);
    reply.number("downloaded", size.downloaded);
    reply.bytes("external ip", &octets(from));
    reply.number("incomplete", size.others as u64);
    reply.number("interval", seconds(config.interval).into());
    reply.number("min interval", seconds(config.min_interval).into());
    reply.bytes("peers", &packed(given, SocketAddr::is_ipv4));
    let six = packed(given, SocketAddr::is_ipv6);
    if !six.is_empty() {
        reply.bytes("peers6", &six);
    }
    reply.end()
}

/// A dictionary in bencode, written key by key. The keys have to come in order.
struct Dictionary(Vec<u8>);

impl Dictionary {
    fn with_capacity(bytes: usize) -> Self {
        let mut written = Vec::with_capacity(bytes);
        written.push(b'd');
        Dictionary(written)
    }

    fn number(&mut self, key: &str, number: u64) {
        self.text(format_args!("{}:{key}i{number}e", key.len()));
    }

    fn bytes(&mut self, key: &str, bytes: &[u8]) {
        self.text(format_args!("{}:{key}{}:", key.len(), bytes.len()));
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("memory takes what is written to it");
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(b'e');
        self.0
    }
}

/// The reply to a scrape: the torrents asked about that are known, or all, up to `max`.
pub(super) fn scrape(swarms: &Swarms, torrents: &[InfoHash], max: usize) -> Vec<u8> {
    let sizes: Vec<(InfoHash, Size)> = if torrents.is_empty() {
        swarms.sizes().take(max).collect()
    } else {
        let known = torrents.iter().take(max).filter(|hash| swarms.knows(**hash));
        known.map(|hash| (*hash, swarms.size(*hash))).collect()
    };
    let files = sizes.into_iter().map(|(hash, size)| {
        let scraped =
            Scraped { complete: size.seeds, downloaded: size.downloaded, incomplete: size.others };
        (ByteBuf::from(hash.0), scraped)
    });
    bytes(&Scrape { files: files.collect() })
}

/// The addresses of one family.
fn packed(given: &[Given], is_of_family: impl Fn(&SocketAddr) -> bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6 * given.len());
    let of_family = given.iter().filter(|peer| is_of_family(&peer.address));
    of_family.for_each(|peer| pack(peer.address, &mut bytes));
    bytes
}

/// A dictionary for each, as BEP 3 had it at first.
fn listed(given: &[Given], with_peer_ids: bool) -> Vec<Listed> {
    let peers = given.iter().map(|peer| Listed {
        ip: peer.address.ip().to_string(),
        peer_id: with_peer_ids.then(|| ByteBuf::from(peer.peer_id.0)),
        port: peer.address.port(),
    });
    peers.collect()
}

/// An address as BEP 24 packs it.
fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Bencode has no number for the longest durations.
pub(super) fn seconds(duration: Duration) -> u32 {
    duration.as_secs().try_into().unwrap_or(u32::MAX)
}

fn bytes(reply: &impl Serialize) -> Vec<u8> {
    encode(reply).expect("replies are made of what bencode can spell")
}
