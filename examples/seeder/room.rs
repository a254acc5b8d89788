//! How many may be connected with us at a time, whoever they are, so that there is a descriptor left for
//! what we do ourselves.

use examples::allow_descriptors;

/// As many as the servers in this program take by themselves, where nothing is in short supply.
const VISITORS_MAX: usize = 256;

/// Descriptors for everything that is no peer: who asks our tracker and who looks at the page, files,
/// trackers and web servers, and the program's own.
const BESIDE_PEERS: usize = 2 * VISITORS_MAX + 100;

/// Connections at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Room {
    /// With peers.
    pub(crate) peers: usize,
    /// With those who ask our tracker, and as many with those who look at the page.
    pub(crate) visitors: usize,
}

impl Room {
    /// For so many peers, if the system gives the descriptors.
    pub(crate) fn for_peers(count: usize) -> Self {
        Room::within(allow_descriptors(count + BESIDE_PEERS), count)
    }

    /// Where there are fewer descriptors than one would like, half of them are for peers and the
    /// sixteenth part of the others for each server.
    fn within(descriptors: usize, peers_max: usize) -> Self {
        let peers = descriptors.saturating_sub(BESIDE_PEERS).max(descriptors / 2).min(peers_max);
        let others = descriptors - peers;
        match others < BESIDE_PEERS {
            true => Room { peers, visitors: others / 16 },
            false => Room { peers, visitors: VISITORS_MAX },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_enough_descriptors_all_have_what_they_are_told() {
        let room = Room { peers: 400, visitors: VISITORS_MAX };
        assert_eq!(Room::within(400 + BESIDE_PEERS, 400), room);
    }

    #[test]
    fn with_few_descriptors_some_are_left_for_ourselves_whoever_connects() {
        for descriptors in [64, 256, 1_024] {
            let Room { peers, visitors } = Room::within(descriptors, 400);
            let left = descriptors - peers - 2 * visitors;
            assert!(left >= 28 && peers >= 32 && visitors >= 2, "{peers} {visitors} {left}");
        }
    }
}
