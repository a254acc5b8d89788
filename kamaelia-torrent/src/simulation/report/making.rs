//! How a report is made of what was recorded.

use super::recorder::{Recorder, Tally};
use super::snapshot::Standing;
use super::{
    Fairness, FluidBound, Moved, PeerReport, Rates, Report, Role, Times, TorrentSize, jain,
};
use crate::simulation::Moment;

impl Report {
    pub(super) fn of(recorder: Recorder, ended: Moment) -> Report {
        let Recorder { log, snapshot, samples, tallies, blocks, out_of_model, said } = recorder;
        let torrent = log.torrent();
        let tally = |standing: &Standing| tallies[standing.node.as_usize()];
        let peers: Vec<PeerReport> =
            snapshot.peers().map(|standing| peer(standing, &tally(standing))).collect();
        let leechers = || peers.iter().filter(|peer| peer.role == Role::Leecher);
        let leecher_count = snapshot.count(Role::Leecher);
        let finished = snapshot.finished();
        let finishing = snapshot.finishing();
        let bound = bound(torrent, &peers, &tallies);
        let all_finished = finished == leecher_count && !out_of_model;
        let took = leechers().map(|peer| peer.joined).min().zip(finishing);
        let bound_ratio = bound
            .zip(took)
            .filter(|_| all_finished)
            .map(|(bound, (first, times))| (times.last - first).as_secs_f64() / bound.seconds);
        Report {
            seed: log.seed(),
            torrent,
            ended,
            seeds: snapshot.count(Role::Seed),
            leechers: leecher_count,
            strangers: snapshot.count(Role::Stranger),
            finished,
            unfinished: leecher_count - finished,
            finishing,
            durations: Times::of(leechers().filter_map(duration)),
            bound,
            bound_ratio,
            moved: moved(blocks, &tallies),
            said,
            fairness: fairness(torrent, &peers),
            samples: samples.finish(ended, &snapshot),
            peers,
            log,
        }
    }
}

fn peer(standing: &Standing, tally: &Tally) -> PeerReport {
    PeerReport {
        node: standing.node,
        group: standing.group.clone(),
        role: standing.role,
        joined: standing.joined,
        finished: standing.finished,
        left: standing.left,
        pieces: standing.pieces,
        from_seeds: tally.from_seeds,
        from_leechers: tally.from_leechers,
        uploaded: tally.uploaded,
        uploaded_before_complete: tally.uploaded_before_complete,
        wasted: tally.wasted,
        corrupt_pieces: tally.corrupt_pieces,
        banned_by: tally.banned_by,
    }
}

/// How long a peer took.
fn duration(peer: &PeerReport) -> Option<Moment> {
    Some(Moment::after(peer.finished? - peer.joined))
}

fn bound(torrent: TorrentSize, peers: &[PeerReport], tallies: &[Tally]) -> Option<FluidBound> {
    let rates = |role: Role| -> Vec<Rates> {
        let wanted = peers.iter().filter(|peer| peer.role == role);
        wanted.map(|peer| tallies[peer.node.as_usize()].rates).collect()
    };
    FluidBound::of(torrent.bytes, &rates(Role::Seed), &rates(Role::Leecher))
}

fn moved(blocks: u64, tallies: &[Tally]) -> Moved {
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    // What was corrupt was wasted, too.
    let (wasted, corrupt) = (sum(|tally| tally.wasted), sum(|tally| tally.corrupt));
    Moved {
        blocks,
        from_seeds: sum(|tally| tally.from_seeds),
        from_leechers: sum(|tally| tally.from_leechers),
        duplicates: wasted.saturating_sub(corrupt),
        corrupt,
        messages: sum(|tally| tally.messages),
        overhead: sum(|tally| tally.overhead),
    }
}

fn fairness(torrent: TorrentSize, peers: &[PeerReport]) -> Fairness {
    let leechers = || peers.iter().filter(|peer| peer.role == Role::Leecher);
    let took_part = leechers().filter(|peer| peer.downloaded() > 0);
    let given: Vec<f64> = took_part
        .map(|peer| peer.uploaded_before_complete as f64 / peer.downloaded() as f64)
        .collect();
    let seconds = leechers().filter_map(duration).map(Moment::seconds);
    let rates: Vec<f64> =
        seconds.filter(|time| *time > 0.0).map(|time| torrent.bytes as f64 / time).collect();
    Fairness { giving: jain(&given), rates: jain(&rates) }
}
