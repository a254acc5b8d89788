//! How sizes, rates, times and chances are spelled on the command line.

use std::time::Duration;

/// Bytes: a whole number, alone or with a unit. KiB, MiB, GiB, TiB and the bare letters are powers
/// of 1024; KB, MB, GB and TB are powers of 1000.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(format!("`{unit}` is no unit; write bytes, or 256MiB, or 10MB")),
    };
    let number: u64 =
        digits.parse().map_err(|_| format!("`{digits}` is no whole number, such as 256MiB has"))?;
    number.checked_mul(factor).ok_or_else(|| "that is more than can be counted".to_owned())
}

/// Bytes a second, spelled like a size, or none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rate(pub(crate) Option<u64>);

/// A size for each second, with or without `/s`; or `unlimited`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    if text == "unlimited" {
        return Ok(Rate(None));
    }
    match size(text.strip_suffix("/s").unwrap_or(text))? {
        0 => Err("0 lets nothing through; write `unlimited` for no limit".to_owned()),
        rate => Ok(Rate(Some(rate))),
    }
}

/// A number of ms, s, m, h or d, with decimals if need be.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write a number and ms, s, m, h or d, such as 30s");
    let (digits, unit) = split(text);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(wrong()),
    };
    let number = number(digits).ok_or_else(wrong)?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| format!("`{text}` is too long"))
}

/// A part of a whole: `0.01` or `1%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    share
        .filter(|share| *share <= 1.0)
        .ok_or_else(|| format!("`{text}` is no part of a whole, such as 0.01 or 1%"))
}

/// Not negative, and finite.
pub(crate) fn number(text: &str) -> Option<f64> {
    // What else Rust reads as a number, such as `inf` and `1e5`, has letters in it.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| is_plain)
}

/// A number, and the unit behind it.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_in_either_kind_of_unit() {
        let sizes = ["0", "17", "17b", "256KiB", "256k", "3M", "1GiB", "2TiB", "10MB", "1tb"];
        let sizes = sizes.map(|text| size(text).unwrap());
        let (kib, mib) = (1 << 10, 1 << 20);
        let expected = [0, 17, 17, 256 * kib, 256 * kib, 3 * mib, 1 << 30, 1 << 41];
        assert_eq!(sizes[..8], expected);
        assert_eq!(sizes[8..], [10_000_000, 1_000_000_000_000]);
    }

    #[test]
    fn sizes_that_are_none_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "`` is no whole number"),
            ("MiB", "`` is no whole number"),
            ("1.5MiB", "`1.5` is no whole number"),
            ("-1", "`-1` is no whole number"),
            ("5 MiB", "`5 ` is no whole number"),
            ("5pounds", "`pounds` is no unit"),
            ("99999999TiB", "that is more than can be counted"),
        ] {
            let error = size(text).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn rates_are_sizes_for_each_second() {
        let rates = ["1MiB", "1MiB/s", "unlimited"].map(|text| rate(text).unwrap().0);
        assert_eq!(rates, [Some(1 << 20), Some(1 << 20), None]);
        assert!(rate("0").unwrap_err().contains("`unlimited`"));
        assert!(rate("1MiB/h").is_err());
    }

    #[test]
    fn times_have_a_unit() {
        let times = ["5ms", "0s", "1.5s", "30m", "2h", "1d"].map(|text| time(text).unwrap());
        let millis = [5, 0, 1500, 30 * 60_000, 2 * 3_600_000, 86_400_000];
        assert_eq!(times, millis.map(Duration::from_millis));
        for wrong in ["", "5", "s", "-1s", "5w", "infs", "1e3s", "1.2.3s", "é"] {
            let error = time(wrong).unwrap_err();
            assert!(error.contains("is no time"), "{wrong}: {error}");
        }
        assert!(time("99999999999999999999d").unwrap_err().ends_with("is too long"));
    }

    #[test]
    fn parts_lie_between_nothing_and_the_whole() {
        let shares = ["0", "0.25", "1", "0%", "2.5%", "100%"].map(|text| share(text).unwrap());
        assert_eq!(shares, [0.0, 0.25, 1.0, 0.0, 0.025, 1.0]);
        for wrong in ["", "%", "1.1", "101%", "-0.1", "NaN", "half"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
