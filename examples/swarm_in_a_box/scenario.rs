//! The swarm that the options describe.

use std::time::Duration;

use kamaelia_torrent::simulation::behaviour::Boaster;
use kamaelia_torrent::simulation::report::{FluidBound, Rates};
use kamaelia_torrent::simulation::{Access, Arrivals, Churn, Departure, Peers, Swarm, Torrent};

use crate::mix::{Behaviour, Coming};
use crate::options::Options;
use crate::values::Rate;

/// How much of what liars send is wrong, and of what snubbers are asked for is never answered.
const BADNESS: f64 = 0.5;

/// A swarm to run, or a sentence about why there is none.
pub(crate) fn swarm(options: &Options) -> Result<Swarm, String> {
    let mut torrent = Torrent::new(options.size);
    if let Some(piece) = options.piece {
        torrent = torrent.piece_length(piece);
    }
    let mut swarm = Swarm::new(options.seed)
        .torrent(torrent)
        .network(access(options))
        .until(options.until)
        .keep_log(options.log.is_some());
    if let Some(tick) = options.tick {
        swarm = swarm.tick(tick);
    }
    let (seeds, leechers) = groups(options)?;
    for (behaviour, count) in seeds {
        swarm = swarm.peers(seeds_of(options, behaviour, count));
    }
    for (behaviour, count) in leechers {
        swarm = swarm.peers(leechers_of(options, behaviour, count));
    }
    Ok(swarm)
}

/// A kind of peers, `None` for those who do as they should, and how many there are.
type Group = (Option<Behaviour>, u32);

/// The groups of seeds and of leechers: those who behave otherwise, and before them the rest.
fn groups(options: &Options) -> Result<(Vec<Group>, Vec<Group>), String> {
    let share = |of_seeds: bool, all: u32, name: &str| {
        let mix = options.behaviours.0.iter();
        let mix = mix.filter(|(behaviour, _)| behaviour.is_of_seeds() == of_seeds);
        let mut groups: Vec<Group> =
            mix.map(|(behaviour, count)| (Some(*behaviour), count.among(all))).collect();
        let others: u64 = groups.iter().map(|(_, count)| u64::from(*count)).sum();
        let rest = u64::from(all).checked_sub(others).ok_or_else(|| {
            format!("of {all} {name}, {others} cannot behave otherwise; raise --{name}")
        })?;
        groups.insert(0, (None, rest as u32));
        groups.retain(|(_, count)| *count > 0);
        Ok::<_, String>(groups)
    };
    Ok((share(true, options.seeds, "seeds")?, share(false, options.leechers, "leechers")?))
}

fn seeds_of(options: &Options, behaviour: Option<Behaviour>, count: u32) -> Peers {
    let seeds = Peers::seeds(count).access(seed_access(options));
    match behaviour {
        Some(Behaviour::SuperSeed) => seeds.super_seeding().named("super-seeds"),
        Some(Behaviour::SlowSeed) => {
            let mut access = seed_access(options);
            access.up = access.up.map(|up| (up / 10).max(1));
            seeds.access(access).named("slow-seeds")
        }
        _ => seeds,
    }
}

fn leechers_of(options: &Options, behaviour: Option<Behaviour>, count: u32) -> Peers {
    let peers = Peers::leechers(count).joining(arrivals(options, count));
    let Some(behaviour) = behaviour else { return peers };
    let peers = peers.named(behaviour.name());
    let half = time_at_best(options) / 2;
    match behaviour {
        Behaviour::FreeRider => peers.free_riding(),
        Behaviour::Liar => peers.lying(BADNESS),
        Behaviour::Boaster => Peers::custom(count, |_| Box::new(Boaster))
            .named(behaviour.name())
            .joining(arrivals(options, count)),
        Behaviour::Snubber => peers.snubbing(BADNESS),
        Behaviour::Leaver => peers.leaving(Departure::AfterFinishing(Duration::ZERO)),
        Behaviour::LateComer => peers.joining(Arrivals::At(half)),
        Behaviour::Churner => peers.churning(Churn { here: half, away: half / 4 }),
        Behaviour::Hidden => peers.access(access(options).reachable(false)),
        Behaviour::SuperSeed | Behaviour::SlowSeed => peers,
    }
}

/// When a group of leechers comes, so that all groups together come as they should.
fn arrivals(options: &Options, count: u32) -> Arrivals {
    match options.arrivals {
        Coming::Flash => Arrivals::At(Duration::ZERO),
        Coming::Steady(rate) => {
            let part = f64::from(count) / f64::from(options.leechers);
            let apart = Duration::from_secs_f64(1.0 / (rate * part));
            Arrivals::Every { first: Duration::ZERO, apart }
        }
        Coming::Within(to) => Arrivals::Within { from: Duration::ZERO, to },
    }
}

fn access(options: &Options) -> Access {
    Access {
        up: options.up.0,
        down: options.down.0,
        latency: options.latency,
        jitter: options.jitter,
        loss: options.loss,
        reachable: true,
    }
}

fn seed_access(options: &Options) -> Access {
    let Rate(up) = options.seed_up.unwrap_or(options.up);
    Access { up, ..access(options) }
}

/// How long the swarm would take at best, if all did as they should; a minute if nothing limits it.
fn time_at_best(options: &Options) -> Duration {
    let seeds = vec![Rates::from(seed_access(options)); options.seeds as usize];
    let leechers = vec![Rates::from(access(options)); options.leechers as usize];
    let bound = FluidBound::of(options.size, &seeds, &leechers);
    bound.map_or(Duration::from_secs(60), |bound| Duration::from_secs_f64(bound.seconds))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn options(line: &str) -> Options {
        let words = ["swarm_in_a_box"].into_iter().chain(line.split_whitespace());
        Options::try_parse_from(words).expect("a line that is right")
    }

    #[test]
    fn those_who_behave_otherwise_are_among_the_others() {
        let options =
            options("--seeds 3 --leechers 20 --behaviours liars=5,super-seeds=3,late=10%");
        let (seeds, leechers) = groups(&options).unwrap();
        assert_eq!(seeds, [(Some(Behaviour::SuperSeed), 3)]);
        let others = [(Some(Behaviour::Liar), 5), (Some(Behaviour::LateComer), 2)];
        assert_eq!(leechers, [&[(None, 13)][..], &others].concat());
    }

    #[test]
    fn more_of_them_than_there_are_peers_are_refused() {
        let error = groups(&options("--leechers 5 --behaviours liars=4,late=2")).unwrap_err();
        assert_eq!(error, "of 5 leechers, 6 cannot behave otherwise; raise --leechers");
    }

    #[test]
    fn groups_come_one_by_one_as_all_together_should() {
        let options = options("--leechers 20 --arrivals steady:2");
        let apart = Duration::from_secs(2);
        let expected = Arrivals::Every { first: Duration::ZERO, apart };
        assert_eq!(arrivals(&options, 5), expected, "a quarter of two a second");
    }

    #[test]
    fn late_comers_come_when_half_is_done_at_best() {
        let options = options("--leechers 1 --size 100MiB --up 1MiB --down 10MiB");
        assert_eq!(time_at_best(&options), Duration::from_secs(100));
        let free = Options { up: Rate(None), down: Rate(None), ..options };
        assert_eq!(time_at_best(&free), Duration::from_secs(60));
    }
}
