//! How much two peers should like to be connected, which both work out alike (BEP 40).
//!
//! When everybody prefers the same pairs, a newcomer finds somebody who prefers it to the peers that
//! are there, and nobody can crowd a swarm by calling more often than others.

use std::net::{IpAddr, SocketAddr};

/// The larger, the better. Addresses of different families have no priority.
pub(super) fn peer_priority(ours: SocketAddr, theirs: SocketAddr) -> Option<u32> {
    match (ours.ip().to_canonical(), theirs.ip().to_canonical()) {
        (a, b) if a == b => {
            let ports = [ours.port().to_be_bytes(), theirs.port().to_be_bytes()];
            Some(hash(ports))
        }
        (IpAddr::V4(a), IpAddr::V4(b)) => Some(hash(masked(a.octets(), b.octets(), 2))),
        (IpAddr::V6(a), IpAddr::V6(b)) => Some(hash(masked(a.octets(), b.octets(), 6))),
        _ => None,
    }
}

/// Of each address the first bytes, at least `whole` and one more than they have in common, and of
/// the rest every other bit: neighbours are much alike, strangers only by their networks.
fn masked<const LENGTH: usize>(
    mut a: [u8; LENGTH],
    mut b: [u8; LENGTH],
    whole: usize,
) -> [[u8; LENGTH]; 2] {
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let kept = if common < whole { whole } else { common + 1 };
    for byte in a.iter_mut().skip(kept).chain(b.iter_mut().skip(kept)) {
        *byte &= 0x55;
    }
    [a, b]
}

/// The same whichever of the two is whose.
fn hash<const LENGTH: usize>(mut both: [[u8; LENGTH]; 2]) -> u32 {
    both.sort_unstable();
    crc32c(both.as_flattened())
}

/// CRC-32C (Castagnoli), bit by bit: there are a few bytes, now and then.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = if crc & 1 == 1 { POLYNOMIAL } else { 0 };
            crc = (crc >> 1) ^ carry;
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priority(ours: &str, theirs: &str) -> Option<u32> {
        let parse = |text: &str| text.parse().expect("an address");
        peer_priority(parse(ours), parse(theirs))
    }

    #[test]
    fn the_examples_of_bep_40_come_out() {
        let far = priority("123.213.32.10:1", "98.76.54.32:2");
        assert_eq!(far, Some(0xec2d_7224));
        let near = priority("123.213.32.10:1", "123.213.32.234:2");
        assert_eq!(near, Some(0x9956_8189));
    }

    #[test]
    fn the_checksum_is_the_one_of_castagnoli() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn both_sides_come_to_the_same() {
        for (a, b) in [
            ("10.0.0.1:5", "10.0.3.9:6"),
            ("10.0.0.1:5", "10.0.0.1:6"),
            ("[2001:db8::1]:5", "[2001:db8::2]:6"),
            ("[2001:db8::1]:5", "[2002:db8::2]:6"),
        ] {
            assert_eq!(priority(a, b), priority(b, a));
            assert!(priority(a, b).is_some());
        }
        assert_eq!(priority("10.0.0.1:5", "[2001:db8::1]:5"), None);
    }

    #[test]
    fn a_mask_keeps_one_byte_more_than_is_common() {
        assert_eq!(masked([1, 2, 255, 255], [9, 2, 255, 255], 2)[0], [1, 2, 0x55, 0x55]);
        assert_eq!(masked([1, 2, 255, 255], [1, 2, 7, 255], 2)[0], [1, 2, 255, 0x55]);
        assert_eq!(masked([1, 2, 3, 255], [1, 2, 3, 254], 2)[0], [1, 2, 3, 255]);
        let v6 = [255; 16];
        let mut other = v6;
        other[6] = 0;
        let [a, _] = masked(v6, other, 6);
        assert_eq!((a[..7].to_vec(), a[7..].to_vec()), (vec![255; 7], vec![0x55; 9]));
    }
}
