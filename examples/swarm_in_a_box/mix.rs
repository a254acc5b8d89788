//! Which peers behave otherwise than most, and when they all come.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::values;

/// A way to behave that is not everyone's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Behaviour {
    /// Takes and never gives.
    FreeRider,
    /// Sends blocks that are wrong.
    Liar,
    /// Says that it has everything, and has nothing.
    Boaster,
    /// Takes requests and does not answer them.
    Snubber,
    /// Goes as soon as it has everything.
    Leaver,
    /// Comes when the others are half done.
    LateComer,
    /// Goes and comes back, again and again.
    Churner,
    /// Cannot be called.
    Hidden,
    /// A seed that shows each piece to one peer only.
    SuperSeed,
    /// A seed that sends a tenth of what others do.
    SlowSeed,
}

impl Behaviour {
    const ALL: [Behaviour; 10] = [
        Behaviour::FreeRider,
        Behaviour::Liar,
        Behaviour::Boaster,
        Behaviour::Snubber,
        Behaviour::Leaver,
        Behaviour::LateComer,
        Behaviour::Churner,
        Behaviour::Hidden,
        Behaviour::SuperSeed,
        Behaviour::SlowSeed,
    ];

    /// What it is called on the command line, and the group of its peers in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Behaviour::FreeRider => "free-riders",
            Behaviour::Liar => "liars",
            Behaviour::Boaster => "boasters",
            Behaviour::Snubber => "snubbers",
            Behaviour::Leaver => "leavers",
            Behaviour::LateComer => "late",
            Behaviour::Churner => "churners",
            Behaviour::Hidden => "hidden",
            Behaviour::SuperSeed => "super-seeds",
            Behaviour::SlowSeed => "slow-seeds",
        }
    }

    /// Whether it is seeds that behave so; otherwise it is leechers.
    pub(crate) fn is_of_seeds(self) -> bool {
        matches!(self, Behaviour::SuperSeed | Behaviour::SlowSeed)
    }
}

/// How many of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Count {
    Of(u32),
    /// This part of all.
    Share(f64),
}

impl Count {
    /// Of so many.
    pub(crate) fn among(self, all: u32) -> u32 {
        match self {
            Count::Of(count) => count,
            Count::Share(share) => (f64::from(all) * share).round() as u32,
        }
    }
}

/// Such as `free-riders=10,liars=5%`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mix(pub(crate) Vec<(Behaviour, Count)>);

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut mix = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, count) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` does not say how many; write `{part}=3`"))?;
            let behaviour = Behaviour::ALL.into_iter().find(|behaviour| behaviour.name() == name);
            let behaviour = behaviour.ok_or_else(|| {
                let known = Behaviour::ALL.map(Behaviour::name).join(", ");
                format!("`{name}` is no behaviour; there are {known}")
            })?;
            if mix.iter().any(|(known, _)| *known == behaviour) {
                return Err(format!("`{name}` is there twice"));
            }
            mix.push((behaviour, how_many(count)?));
        }
        Ok(Mix(mix))
    }
}

fn how_many(text: &str) -> Result<Count, String> {
    match text.ends_with('%') {
        true => values::share(text).map(Count::Share),
        false => text.parse().map(Count::Of).map_err(|_| {
            format!("`{text}` is neither a number of peers nor a part of them such as 5%")
        }),
    }
}

/// When the leechers come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Coming {
    /// All at once.
    Flash,
    /// So many a second, evenly.
    Steady(f64),
    /// By chance, within this time.
    Within(Duration),
}

impl FromStr for Coming {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "flash" => Ok(Coming::Flash),
            Some(("steady", rate)) => {
                let number = values::number(rate.strip_suffix("/s").unwrap_or(rate));
                let number = number.filter(|number| *number >= 0.001);
                number.map(Coming::Steady).ok_or_else(|| {
                    format!("`{rate}` is no number of peers a second, at least 0.001")
                })
            }
            Some(("within", time)) => Ok(Coming::Within(values::time(time)?)),
            _ => Err("write flash, steady:RATE with peers a second, or within:TIME".to_owned()),
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_says_how_many_of_each() {
        let mix: Mix = "free-riders=10,liars=5%".parse().unwrap();
        assert_eq!(
            mix.0,
            [(Behaviour::FreeRider, Count::Of(10)), (Behaviour::Liar, Count::Share(0.05))]
        );
        let counts = mix.0.iter().map(|(_, count)| count.among(90)).collect::<Vec<_>>();
        assert_eq!(counts, [10, 5], "4.5 are rounded");
        assert_eq!("".parse(), Ok(Mix::default()));
    }

    #[test]
    fn every_behaviour_can_be_asked_for() {
        for behaviour in Behaviour::ALL {
            let mix: Mix = format!("{behaviour}=1").parse().unwrap();
            assert_eq!(mix.0, [(behaviour, Count::Of(1))]);
        }
    }

    #[test]
    fn what_is_no_mix_is_refused_with_the_reason() {
        for (text, reason) in [
            ("liars", "`liars` does not say how many; write `liars=3`"),
            ("saints=1", "`saints` is no behaviour; there are free-riders, liars,"),
            ("liars=1,liars=2", "`liars` is there twice"),
            ("liars=some", "`some` is neither a number of peers nor a part of them"),
            ("liars=200%", "`200%` is no part of a whole"),
        ] {
            let error = text.parse::<Mix>().unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn peers_come_at_once_or_one_by_one() {
        assert_eq!("flash".parse(), Ok(Coming::Flash));
        assert_eq!("steady:2.5".parse(), Ok(Coming::Steady(2.5)));
        assert_eq!("steady:1/s".parse(), Ok(Coming::Steady(1.0)));
        assert_eq!("within:2m".parse(), Ok(Coming::Within(Duration::from_secs(120))));
        for wrong in ["", "steady", "steady:0", "steady:-1", "within:5", "sometimes"] {
            assert!(wrong.parse::<Coming>().is_err(), "{wrong}");
        }
    }
}
