//! The one request of PCP (RFC 6887) that is made here, MAP, and its answer.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4};

use super::{Answer, Wish};

const VERSION: u8 = 2;
const MAP: u8 = 1;
/// Set in the opcode of an answer.
const ANSWER: u8 = 0x80;
const TCP: u8 = 6;

/// The length of header and MAP data together, of requests and answers.
const LENGTH: usize = 60;

const SUCCESS: u8 = 0;
const UNSUPPORTED_VERSION: u8 = 1;

pub(super) fn request(wish: &Wish) -> Vec<u8> {
    let unspecified = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
    let suggested = match (wish.external, wish.lifetime) {
        (Some(external), _) => external,
        (None, 0) => unspecified,
        (None, _) => SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, wish.port),
    };
    let mut bytes = vec![VERSION, MAP, 0, 0];
    bytes.extend(wish.lifetime.to_be_bytes());
    bytes.extend(wish.ours.to_ipv6_mapped().octets());
    bytes.extend(wish.nonce);
    bytes.extend([TCP, 0, 0, 0]);
    bytes.extend(wish.port.to_be_bytes());
    bytes.extend(suggested.port().to_be_bytes());
    bytes.extend(suggested.ip().to_ipv6_mapped().octets());
    bytes
}

/// `None` for what is no answer to this wish.
pub(super) fn read(bytes: &[u8], wish: &Wish) -> Option<Answer> {
    let [version, opcode, _, result, ..] = *bytes else { return None };
    if version != VERSION {
        // A router that speaks NAT-PMP alone says so in its own version.
        return (version == 0).then_some(Answer::OtherVersion);
    }
    if opcode & ANSWER == 0 {
        return None;
    }
    match result {
        UNSUPPORTED_VERSION => return Some(Answer::OtherVersion),
        SUCCESS => {}
        // What does not repeat the wish whole may be about another one.
        _ if bytes.len() < LENGTH || !is_about(bytes, wish) => return None,
        other => return Some(Answer::Refused(reason(other))),
    }
    if opcode != ANSWER | MAP || bytes.len() < LENGTH || !is_about(bytes, wish) {
        return None;
    }
    let lifetime = u32::from_be_bytes(*bytes[4..].first_chunk()?);
    let port = u16::from_be_bytes(*bytes[42..].first_chunk()?);
    let ip = Ipv6Addr::from(*bytes[44..].first_chunk::<16>()?).to_ipv4_mapped()?;
    if port == 0 || ip.is_unspecified() {
        return None;
    }
    Some(Answer::Mapped { external_ip: Some(ip), port, lifetime })
}

fn is_about(bytes: &[u8], wish: &Wish) -> bool {
    bytes[24..36] == wish.nonce && bytes[36] == TCP && bytes[40..42] == wish.port.to_be_bytes()
}

fn reason(result: u8) -> &'static str {
    match result {
        2 => "the router does not allow it",
        4 | 5 => "the router does not map ports",
        7 => "the router has trouble with its own network",
        8 => "the router has no room for a mapping",
        10 => "the router has given us as many ports as it will",
        11 => "the router cannot give the port",
        12 => "another router stands between us and this one",
        _ => "the router refuses",
    }
}
