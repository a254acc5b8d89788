//! The two requests of NAT-PMP (RFC 6886), and their answers.

use std::net::Ipv4Addr;

use super::{Answer, Wish};

const VERSION: u8 = 0;
const ADDRESS: u8 = 0;
const MAP_TCP: u8 = 2;
/// Set in the opcode of an answer.
const ANSWER: u8 = 0x80;

const SUCCESS: u16 = 0;
const UNSUPPORTED_VERSION: u16 = 1;

pub(super) fn address_request() -> Vec<u8> {
    vec![VERSION, ADDRESS]
}

pub(super) fn map_request(wish: &Wish) -> Vec<u8> {
    let suggested = match (wish.external, wish.lifetime) {
        (Some(external), _) => external.port(),
        (None, 0) => 0,
        (None, _) => wish.port,
    };
    let mut bytes = vec![VERSION, MAP_TCP, 0, 0];
    bytes.extend(wish.port.to_be_bytes());
    bytes.extend(suggested.to_be_bytes());
    bytes.extend(wish.lifetime.to_be_bytes());
    bytes
}

/// `None` for what is no answer to this wish.
pub(super) fn read(bytes: &[u8], wish: &Wish) -> Option<Answer> {
    let [VERSION, opcode, high, low, ..] = *bytes else { return None };
    let operation = opcode.checked_sub(ANSWER)?;
    match u16::from_be_bytes([high, low]) {
        SUCCESS => {}
        UNSUPPORTED_VERSION => return Some(Answer::OtherVersion),
        2 => return Some(Answer::Refused("the router does not allow it")),
        3 => return Some(Answer::Refused("the router has no address of its own yet")),
        4 => return Some(Answer::Refused("the router has no room for a mapping")),
        5 => return Some(Answer::Refused("the router does not map ports")),
        _ => return Some(Answer::Refused("the router refuses")),
    }
    match operation {
        ADDRESS => {
            let ip = Ipv4Addr::from(*bytes.get(8..12)?.first_chunk::<4>()?);
            (!ip.is_unspecified()).then_some(Answer::External(ip))
        }
        MAP_TCP if bytes.get(8..10)? == wish.port.to_be_bytes() => {
            let port = u16::from_be_bytes(*bytes.get(10..12)?.first_chunk()?);
            let lifetime = u32::from_be_bytes(*bytes.get(12..16)?.first_chunk()?);
            (port != 0).then_some(Answer::Mapped { external_ip: None, port, lifetime })
        }
        _ => None,
    }
}
