//! A client and its tracker.

use super::Client;
use crate::simulation::address::calls_from;
use crate::simulation::tracker::Told;
use crate::simulation::world::Surroundings;
use crate::tracker::{Standing, TrackerId};

impl Client {
    /// Makes every announce that is due.
    pub(super) fn announce(&mut self, around: &mut Surroundings<'_>) {
        if self.schedule.next_timeout().is_none_or(|due| due > around.instant) {
            return;
        }
        self.schedule.handle_want(self.swarm.wants_peers());
        let standing = Standing {
            uploaded: self.swarm.uploaded(),
            downloaded: self.swarm.downloaded(),
            left: self.swarm.bytes_left(),
        };
        while let Some(request) = self.schedule.poll_request(around.instant, &standing) {
            let from = calls_from(self.node);
            around.tracker.ask(around.now, self.node, from, around.round_trip, request);
        }
    }

    /// The tracker has answered, or a sentence says why not.
    pub(in crate::simulation::world) fn on_told(
        &mut self,
        tracker: TrackerId,
        told: Told,
        around: &mut Surroundings<'_>,
    ) {
        match told {
            Ok(reply) => {
                self.schedule.handle_reply(around.instant, tracker, &reply);
                self.swarm.add_candidates(around.instant, reply.peers);
            }
            Err(reason) => self.schedule.handle_failure(around.instant, tracker, reason),
        }
    }
}
