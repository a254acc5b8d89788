//! Who has which address and name.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::metainfo::PeerId;
use crate::simulation::NodeId;

/// The port on which every peer takes calls.
pub(in crate::simulation) const PORT: u16 = 6_881;

/// A caller is seen with a port of its own, which nobody can call.
const CALLING_PORT: u16 = 50_000;

/// The first byte of every address. To trackers and peers they are public ones, so that they treat
/// nobody as a neighbour.
const NETWORK: u32 = 11;

/// Where a node takes calls.
pub(in crate::simulation) fn address(node: NodeId) -> SocketAddr {
    // Nodes that follow each other are in different networks of 24 bits: those of one network are all
    // given the same few pieces to begin with (BEP 6).
    let number = node.0 + 1;
    SocketAddr::from((Ipv4Addr::from(NETWORK << 24 | (number & 0xffff) << 8 | number >> 16), PORT))
}

/// Where a call of a node seems to come from.
pub(in crate::simulation) fn calls_from(node: NodeId) -> SocketAddr {
    SocketAddr::new(address(node).ip(), CALLING_PORT)
}

/// The node that takes calls there, if there are so many nodes.
pub(in crate::simulation) fn node_at(address: SocketAddr, nodes: usize) -> Option<NodeId> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    let (network, rest) = (u32::from(ip) >> 24, u32::from(ip) & 0x00ff_ffff);
    let number = (rest >> 8 | (rest & 0xff) << 16).checked_sub(1).filter(|_| network == NETWORK)?;
    (address.port() == PORT && (number as usize) < nodes).then_some(NodeId(number))
}

/// What a node calls itself.
pub(in crate::simulation) fn peer_id(node: NodeId) -> PeerId {
    let mut id = *b"-KA0100-000000000000";
    id[16..].copy_from_slice(&node.0.to_be_bytes());
    // Who called whom first is decided by the ids, and must not go by the order of joining.
    let mixed = node.0.wrapping_mul(0x9e37_79b9);
    id[12..16].copy_from_slice(&mixed.to_be_bytes());
    PeerId(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_is_found_by_its_address_and_nobody_by_another() {
        for number in [0, 1, 255, 256, 70_000] {
            let node = NodeId(number);
            assert_eq!(node_at(address(node), 100_000), Some(node));
            assert_eq!(node_at(calls_from(node), 100_000), None);
            assert_eq!(node_at(address(node), number as usize), None);
        }
        assert_eq!(node_at("10.255.255.255:6881".parse().unwrap(), 10), None);
    }
}
