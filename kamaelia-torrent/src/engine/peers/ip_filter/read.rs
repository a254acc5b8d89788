//! Lists of addresses, as programs of all kinds write them.

use std::net::{IpAddr, Ipv4Addr};

use super::{Ignored, IpFilter, Ranges};

/// Ranges of a higher level are there to be let through, in eMule's lists.
const BLOCKED_LEVEL_MAX: u32 = 127;

/// Both ends of a range. They are of one family, and in order.
type Range = (IpAddr, IpAddr);

pub(super) fn read(list: &[u8]) -> IpFilter {
    let (mut v4, mut v6, mut ignored) = (Vec::new(), Vec::new(), Ignored::default());
    for (at, line) in list.split(|byte| *byte == b'\n').enumerate() {
        // Names are in any encoding, and of no interest.
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        match read_line(line) {
            Some(Line::Blocked((IpAddr::V4(first), IpAddr::V4(last)))) => {
                v4.push((first.to_bits(), last.to_bits()));
            }
            Some(Line::Blocked((IpAddr::V6(first), IpAddr::V6(last)))) => {
                v6.push((first.to_bits(), last.to_bits()));
            }
            Some(Line::LetThrough) => {}
            Some(Line::Blocked(_)) | None => {
                ignored.count += 1;
                ignored.first.get_or_insert(at + 1);
            }
        }
    }
    IpFilter { v4: Ranges::new(v4), v6: Ranges::new(v6), ignored }
}

enum Line {
    Blocked(Range),
    LetThrough,
}

fn read_line(line: &str) -> Option<Line> {
    if let Some((range, rest)) = line.split_once(',') {
        let range = between(range)?;
        let level = rest.split(',').next()?.trim().parse::<u32>().ok()?;
        return Some(match level <= BLOCKED_LEVEL_MAX {
            true => Line::Blocked(range),
            false => Line::LetThrough,
        });
    }
    let range = block(line).or_else(|| between(line)).or_else(|| address(line).map(|ip| (ip, ip)));
    // The name before the range may hold colons, and so may the range.
    let named = || line.match_indices(':').find_map(|(at, _)| between(&line[at + 1..]));
    range.or_else(named).map(Line::Blocked)
}

/// `192.0.2.0/24`
fn block(text: &str) -> Option<Range> {
    let (ip, bits) = text.split_once('/')?;
    let bits: u32 = bits.trim().parse().ok()?;
    match address(ip)? {
        IpAddr::V4(ip) if bits <= u32::BITS => {
            let rest = u32::MAX.checked_shr(bits).unwrap_or(0);
            let first = ip.to_bits() & !rest;
            Some((IpAddr::V4(first.into()), IpAddr::V4((first | rest).into())))
        }
        IpAddr::V6(ip) if bits <= u128::BITS => {
            let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
            let first = ip.to_bits() & !rest;
            Some((IpAddr::V6(first.into()), IpAddr::V6((first | rest).into())))
        }
        _ => None,
    }
}

/// `192.0.2.1 - 192.0.2.9`
fn between(text: &str) -> Option<Range> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (address(first)?, address(last)?);
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last))
}

/// An address; those of IPv4 may have leading zeros, which do not make them octal here.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut parts = text.split('.');
    let mut octets = [0; 4];
    for octet in &mut octets {
        let part = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        *octet = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(filter: &IpFilter, addresses: &[&str]) -> Vec<bool> {
        let parse = |text: &&str| text.parse().expect("an address");
        addresses.iter().map(|text| filter.blocks(parse(text))).collect()
    }

    #[test]
    fn lists_of_all_kinds_are_read() {
        let list = b"# a comment
            192.0.2.0/25
            198.51.100.7
            2001:db8::/32
            2001:db9::1-2001:db9::f
            M\xfcller: and sons:203.0.113.5-203.0.113.9
            010.001.000.000 - 010.001.255.255 , 000 , somebody, somewhere
            010.002.000.000 - 010.002.255.255 , 128 , let through\r
        ";
        let filter = IpFilter::read(list);
        assert_eq!(filter.ignored(), Ignored::default());
        let blocked = ["192.0.2.127", "198.51.100.7", "2001:db8:1::", "2001:db9::f", "203.0.113.5"];
        assert_eq!(blocks(&filter, &blocked), [true; 5]);
        assert_eq!(blocks(&filter, &["10.1.77.1", "::ffff:10.1.77.1"]), [true; 2]);
        let free = ["192.0.2.128", "198.51.100.8", "2001:dba::", "203.0.113.10", "10.2.77.1"];
        assert_eq!(blocks(&filter, &free), [false; 5]);
    }

    #[test]
    fn everything_can_be_blocked_and_nothing_is_by_default() {
        assert_eq!(blocks(&IpFilter::read(b"0.0.0.0/0\n::/0"), &["1.2.3.4", "::1"]), [true; 2]);
        assert_eq!(blocks(&IpFilter::default(), &["1.2.3.4", "::1"]), [false; 2]);
    }

    #[test]
    fn lines_that_mean_nothing_are_counted() {
        let list = b"\n192.0.2.9-192.0.2.1\n1.2.3\n1.2.3.4/33\n1.2.3.4-::1\n<html>\n1.2.3.4-1.2.3.5,x\n+1.2.3.4";
        let filter = IpFilter::read(list);
        assert!(filter.is_empty());
        assert_eq!(filter.ignored(), Ignored { count: 7, first: Some(2) });
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(
            prop_oneof![proptest::char::range('0', '9').prop_map(|c| c as u8),
                        Just(b'.'), Just(b':'), Just(b'-'), Just(b'/'), Just(b','), Just(b'\n'),
                        any::<u8>()],
            0..200,
        )) {
            IpFilter::read(&bytes);
        }
    }
}
