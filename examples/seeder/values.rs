//! How values on the command line are spelled.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use kamaelia_torrent::engine::Until;

/// An IP address and a port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let how = "write an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
    text.parse().map_err(|_| how.to_owned())
}

/// The same, where this machine can be called by its own name.
pub(crate) fn own_address(text: &str) -> Result<SocketAddr, String> {
    match text.strip_prefix("localhost:") {
        Some(port) => address(&format!("{}:{port}", Ipv4Addr::LOCALHOST)),
        None => address(text),
    }
}

/// Bytes a second, with K, M or G for their multiples of 1024.
pub(crate) fn rate(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    let factor: u64 = match unit.to_ascii_uppercase().as_str() {
        _ if number.is_empty() => {
            return Err("there is no number; write bytes a second, or 500K, or 2M".to_owned());
        }
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(format!("`{unit}` is no unit; write bytes a second, or 500K, or 2M")),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "it is not a whole number of bytes a second, such as 500K".to_owned())?;
    if number == 0 {
        return Err("0 lets nothing through; leave the option out for no limit".to_owned());
    }
    number.checked_mul(factor).ok_or_else(|| "it is too large".to_owned())
}

/// At least one.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| format!("`{text}` is no number of at least 1"))
}

/// One end of seeding: `ratio:1.5`, `time:30m` or `idle:10m`.
pub(crate) fn until(text: &str) -> Result<Until, String> {
    let mut until = Until::default();
    match text.split_once(':') {
        Some(("ratio", number)) => until.ratio = Some(ratio(number)?),
        Some(("time", time)) => until.time = Some(duration(time)?),
        Some(("idle", time)) => until.idle = Some(duration(time)?),
        _ => return Err("write ratio:1.5, time:30m or idle:10m".to_owned()),
    }
    Ok(until)
}

/// Whichever comes first; of two of a kind, the later one counts.
pub(crate) fn any_of(ends: &[Until]) -> Until {
    ends.iter().fold(Until::default(), |all, end| Until {
        ratio: end.ratio.or(all.ratio),
        time: end.time.or(all.time),
        idle: end.idle.or(all.idle),
    })
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|ratio: &f64| ratio.is_finite() && *ratio >= 0.0);
    ratio.ok_or_else(|| format!("`{text}` is no ratio; write a number such as 1.5"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write a number and s, m, h or d, such as 30m");
    let (number, seconds) = match text.char_indices().next_back().ok_or_else(wrong)? {
        (at, 's') => (&text[..at], 1),
        (at, 'm') => (&text[..at], 60),
        (at, 'h') => (&text[..at], 60 * 60),
        (at, 'd') => (&text[..at], 24 * 60 * 60),
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_bytes_with_or_without_a_unit() {
        let rates = ["1", "500", "500k", "2M", "1G"].map(|text| rate(text).unwrap());
        assert_eq!(rates, [1, 500, 512_000, 2 << 20, 1 << 30]);
        for wrong in [
            "",
            "K",
            "0",
            "0M",
            "1.5M",
            "-1",
            "5T",
            "99999999999999999999",
            "18446744073709551615K",
        ] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_rate_is_said_as_it_was_written() {
        let reason = |text| rate(text).unwrap_err();
        assert!(reason("fast").starts_with("there is no number; "));
        assert!(reason("5mib").starts_with("`mib` is no unit; "));
        assert!(reason("-5").starts_with("it is not a whole number "));
    }

    #[test]
    fn an_address_has_a_port_and_only_our_own_may_be_a_name() {
        let local = SocketAddr::from(([127, 0, 0, 1], 8080));
        assert_eq!(
            (address("127.0.0.1:8080"), own_address("localhost:8080")),
            (Ok(local), Ok(local))
        );
        for wrong in ["foo", "1.2.3.4", "8080", "99999", "localhost:8080", "::1:80", "1.2.3.4:x"] {
            let reason = address(wrong).unwrap_err();
            assert!(reason.starts_with("write an IP address and a port, such as "), "{wrong}");
        }
        assert!(own_address("localhost:").is_err());
    }

    #[test]
    fn a_count_is_a_number_of_at_least_one() {
        assert_eq!(count("500"), Ok(500));
        for wrong in ["", "0", "-1", "many", "1.5"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ends_of_seeding_are_numbers_and_times() {
        let all = ["ratio:1.5", "time:2h", "idle:90s", "time:30m"].map(|text| until(text).unwrap());
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        let idle = Some(Duration::from_secs(90));
        assert_eq!(any_of(&all), Until { ratio: Some(1.5), time: minutes(30), idle });
        assert_eq!(any_of(&[]), Until::default());
        for wrong in [
            "",
            "ratio",
            "ratio:",
            "ratio:-1",
            "ratio:NaN",
            "time:30",
            "time:m",
            "idle:1w",
            "x:1",
            "time:é",
        ] {
            assert!(until(wrong).is_err(), "{wrong}");
        }
    }
}
