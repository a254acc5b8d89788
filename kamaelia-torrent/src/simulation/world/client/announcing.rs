//! A client and its tracker.

use super::Client;
use crate::simulation::world::Surroundings;
use crate::simulation::world::address::calls_from;
use crate::tracker::{AnnounceReply, Standing, TrackerId};

impl Client {
    /// Makes every announce that is due.
    pub(super) fn announce(&mut self, around: &mut Surroundings<'_>) {
        if !self.schedule.next_timeout().is_some_and(|due| due <= around.instant) {
            return;
        }
        self.schedule.handle_want(self.swarm.wants_peers());
        let standing = Standing {
            uploaded: self.swarm.uploaded(),
            downloaded: self.swarm.downloaded(),
            left: self.swarm.bytes_left(),
        };
        while let Some(request) = self.schedule.poll_request(around.instant, &standing) {
            let (from, token) = (calls_from(self.node), self.node.0.into());
            around.tracker.ask(around.now, from, around.round_trip, token, request);
        }
    }

    /// The tracker has answered, or a sentence says why not.
    pub(in crate::simulation::world) fn on_told(
        &mut self,
        tracker: TrackerId,
        told: Result<AnnounceReply, String>,
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
