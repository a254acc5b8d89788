//! The tracker's answers, in bencode.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use serde_bytes::ByteBuf;

use super::TrackerConfig;
use super::query::{self, QueryError};
use super::swarms::{Given, Size, Swarms};
use crate::bencode::encode;
use crate::metainfo::InfoHash;

#[derive(Serialize)]
struct Failure {
    #[serde(rename = "failure reason")]
    reason: String,
}

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
    peers: Peers,
    #[serde(skip_serializing_if = "Option::is_none")]
    peers6: Option<ByteBuf>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Peers {
    Packed(ByteBuf),
    Listed(Vec<Listed>),
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
    let (peers, peers6) = if announce.is_compact {
        let (peers, peers6) = packed(given);
        (Peers::Packed(peers), Some(peers6))
    } else {
        (Peers::Listed(listed(given, announce.wants_peer_ids)), None)
    };
    bytes(&Announce {
        complete: size.seeds,
        incomplete: size.others,
        downloaded: size.downloaded,
        external_ip: ByteBuf::from(octets(from)),
        interval: seconds(config.interval),
        min_interval: seconds(config.min_interval),
        peers,
        peers6: peers6.filter(|peers6| !peers6.is_empty()),
    })
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

/// IPv4 and IPv6 addresses, each packed (BEP 7 and 23).
fn packed(given: &[Given]) -> (ByteBuf, ByteBuf) {
    let (mut four, mut six) = (Vec::new(), Vec::new());
    for peer in given {
        let port = peer.address.port().to_be_bytes();
        match peer.address {
            SocketAddr::V4(address) => four.extend(address.ip().octets().into_iter().chain(port)),
            SocketAddr::V6(address) => six.extend(address.ip().octets().into_iter().chain(port)),
        }
    }
    (ByteBuf::from(four), ByteBuf::from(six))
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
