//! A report in a few lines, for people.

use std::fmt;

use super::{FluidBound, Moved, Report, Role, Times};
use crate::simulation::Moment;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let torrent = self.torrent;
        writeln!(
            f,
            "swarm      {} for {} in {} of {}, seed {}",
            self.members(),
            Bytes(torrent.bytes),
            count(torrent.pieces, "piece"),
            Bytes(torrent.piece_length.into()),
            self.seed
        )?;
        write!(f, "finished   {} of {}", self.finished, self.leechers)?;
        match self.finishing {
            Some(times) => writeln!(f, ": {}", InSeconds(times))?,
            None => writeln!(f, " after {:.1} s", self.ended.seconds())?,
        }
        let mut joined =
            self.peers.iter().filter(|peer| peer.role == Role::Leecher).map(|peer| peer.joined);
        let first = joined.next();
        if let Some(durations) = self.durations
            && joined.any(|other| Some(other) != first)
        {
            writeln!(f, "took       {}", InSeconds(durations))?;
        }
        if let Some(bound) = self.bound {
            write!(f, "bound      {:.1} s, until {}", bound.seconds, reason(&bound))?;
            match self.bound_ratio {
                Some(ratio) => writeln!(f, "; the last took {ratio:.3} times as long")?,
                None => writeln!(f)?,
            }
        }
        writeln!(f, "moved      {}", self.moved)?;
        if let (Some(giving), Some(rates)) = (self.fairness.giving, self.fairness.rates) {
            writeln!(
                f,
                "fairness   {giving:.3} of giving for getting, {rates:.3} of rates (Jain)"
            )?;
        }
        write!(f, "log        {} events, {}", self.log.len(), self.log.hash())
    }
}

impl Report {
    fn members(&self) -> String {
        let (seeds, leechers) = (count(self.seeds, "seed"), count(self.leechers, "leecher"));
        match self.strangers {
            0 => format!("{seeds} and {leechers}"),
            strangers => format!("{seeds}, {leechers} and {}", count(strangers, "stranger")),
        }
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} blocks, {}, {:.1} % of it from seeds; {} twice, {} corrupt; {} messages, {} beside \
             the content",
            self.blocks,
            Bytes(self.bytes()),
            100.0 * self.from_seeds as f64 / self.bytes().max(1) as f64,
            Bytes(self.duplicates),
            Bytes(self.corrupt),
            self.messages,
            Bytes(self.overhead)
        )
    }
}

/// What the bound waits for.
fn reason(bound: &FluidBound) -> &'static str {
    if bound.seconds <= bound.all_copies {
        "all have sent a copy for each"
    } else if bound.seconds <= bound.one_copy {
        "the seeds have sent one copy"
    } else {
        "the slowest has taken its copy in"
    }
}

fn count(number: u32, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

struct InSeconds(Times);

impl fmt::Display for InSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Times { first, median, last } = self.0;
        let [first, median, last] = [first, median, last].map(Moment::seconds);
        write!(f, "first {first:.1} s, median {median:.1} s, last {last:.1} s")
    }
}

/// Bytes in the largest unit of which there is one.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match units.into_iter().find(|(unit, _)| self.0 >= *unit) {
            Some((unit, name)) if self.0.is_multiple_of(unit) => {
                write!(f, "{} {name}", self.0 / unit)
            }
            Some((unit, name)) => write!(f, "{:.1} {name}", self.0 as f64 / unit as f64),
            None => write!(f, "{} B", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_short_to_read() {
        let shown = [0, 1023, 1024, 1536, 256 << 20, 5 << 40].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(shown, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "256 MiB", "5 TiB"]);
    }
}
