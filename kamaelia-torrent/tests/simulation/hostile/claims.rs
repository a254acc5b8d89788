//! What must be true of every swarm, however bad its company.
//!
//! * Everyone honest who stays has all pieces before patience ends, but those that nobody honest
//!   holds whom it can meet.
//! * Nobody honest bans anybody who answers truly, or finds that it broke the protocol.
//! * Nothing is corrupt where nobody lies, and no piece is stored twice.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use kamaelia_torrent::simulation::report::{Replay, Role, Snapshot, Standing, What};
use kamaelia_torrent::simulation::{NodeId, Report};

use super::drawing::{CALM, Drawn, Trait};

/// How long everyone may take once things are calm. Trackers name others every half hour, and a peer
/// that found nobody asks again after minutes.
pub(super) const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// Plays it until everyone has what there is.
pub(super) fn play(drawn: &Drawn) -> Result<Report, String> {
    let report = drawn.swarm.clone().run_with(|snapshot| {
        let is_calm = snapshot.at().since_start() > CALM;
        match is_calm && first_waiting(drawn, snapshot).is_none() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    report.map_err(|error| format!("it cannot be played: {error}"))
}

/// Goes through everything that happened. Says in a sentence which claim is not true.
pub(super) fn check(drawn: &Drawn, report: &Report) -> Result<(), String> {
    let mut replay = Replay::new(&report.log);
    let mut stored = BTreeSet::new();
    while let Some(event) = replay.step() {
        let Some(node) = event.node else { continue };
        if let What::PieceStored(piece) = event.what
            && !stored.insert((node, piece))
        {
            return Err(format!("node {node} stored piece {piece} twice"));
        }
        check_manners(drawn, replay.snapshot(), node, &event.what)
            .map_err(|wrong| format!("{wrong} after {} s", event.at))?;
    }
    match first_waiting(drawn, replay.snapshot()) {
        Some(waiting) => Err(format!("{waiting} after {} s", report.ended)),
        None => Ok(()),
    }
}

/// Whether an honest peer was wrong about another.
fn check_manners(
    drawn: &Drawn,
    snapshot: &Snapshot,
    node: NodeId,
    what: &What,
) -> Result<(), String> {
    let name = |node: NodeId| format!("node {node} ({})", group(snapshot, node));
    let of = |node: NodeId| drawn.of(group(snapshot, node));
    if of(node).is_stranger {
        return Ok(());
    }
    match what {
        What::Banned(whom) if of(*whom).is_truthful && of(*whom).answers => {
            Err(format!("{} banned {}, which is honest,", name(node), name(*whom)))
        }
        What::Disconnected { from, why }
            if !of(*from).is_stranger && why.contains("broke the protocol") =>
        {
            Err(format!("{} says of {}: {why}", name(node), name(*from)))
        }
        What::PieceCorrupt(piece) if drawn.all_truthful() => {
            Err(format!("piece {piece} of {} is corrupt, where nobody lies,", name(node)))
        }
        What::Finished => match snapshot.peer(node) {
            Some(peer) if peer.pieces != snapshot.copies().len() as u32 => {
                Err(format!("{} has finished with {} pieces", name(node), peer.pieces))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn group(snapshot: &Snapshot, node: NodeId) -> &str {
    snapshot.peer(node).map_or("nobody", |peer| &peer.group)
}

/// The first of those who stay that lacks something it could have, in words.
fn first_waiting(drawn: &Drawn, snapshot: &Snapshot) -> Option<String> {
    let staying = snapshot.peers().filter(|peer| {
        peer.role == Role::Leecher && peer.finished.is_none() && drawn.of(&peer.group).stays
    });
    staying.into_iter().find_map(|peer| {
        let (node, group) = (peer.node, &peer.group);
        if !peer.is_present {
            return Some(format!("node {node} ({group}) is not there"));
        }
        let (piece, holder) = (0..snapshot.copies().len() as u32).find_map(|piece| {
            let holder = holder(drawn, snapshot, peer, piece).filter(|_| !peer.has(piece))?;
            Some((piece, holder))
        })?;
        Some(format!(
            "node {node} ({group}) has {} of {} pieces and lacks piece {piece}, which node {} ({}) has,",
            peer.pieces,
            snapshot.copies().len(),
            holder.node,
            holder.group
        ))
    })
}

/// Somebody who has this piece and would give it to this peer.
fn holder<'a>(
    drawn: &Drawn,
    snapshot: &'a Snapshot,
    taker: &Standing,
    piece: u32,
) -> Option<&'a Standing> {
    let can_meet = |one: &Trait, other: &Trait| !(one.is_hidden && other.is_hidden);
    snapshot.peers().find(|peer| {
        let them = drawn.of(&peer.group);
        peer.is_present && peer.has(piece) && them.gives && can_meet(them, drawn.of(&taker.group))
    })
}
