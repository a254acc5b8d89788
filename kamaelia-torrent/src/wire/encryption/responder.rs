//! Who is connected to: the side called `B`.

use fastrand::Rng;

use super::cipher::Ciphers;
use super::hashes::Shared;
use super::intake::{Intake, Skip};
use super::keys::{KEY_LENGTH, Secret};
use super::policy::{Encryption, RC4};
use super::stages::{Step, go_on};
use super::{NegotiationError, PADDING_MAX, PROOF, padding};
use crate::metainfo::InfoHash;

/// What comes before the padding that the caller may put into its third step.
const OFFER_LENGTH: usize = PROOF.len() + 4 + 2;

/// A negotiation that somebody else opened.
pub(super) struct Responder {
    secret: Secret,
    policy: Encryption,
    intake: Intake,
    /// `None` when it is over.
    stage: Option<Stage>,
}

enum Stage {
    /// Their key is to come.
    Key,
    /// Their padding ends with this mark.
    Mark { shared: Shared, skipped: usize },
    /// The torrent they want.
    Name { shared: Shared },
    /// That they have the key, the ways they offer, and how much padding follows.
    Offer { ciphers: Ciphers, torrent: InfoHash },
    /// That padding, and the length of what they say ahead.
    Padding { ciphers: Ciphers, torrent: InfoHash, way: u32, length: usize },
    /// What they say ahead: at most 65,535 bytes, encrypted whatever is chosen.
    Ahead { ciphers: Ciphers, torrent: InfoHash, way: u32, length: usize },
}

/// What a negotiation came to, for the side that heard it.
pub(super) struct Heard {
    pub(super) torrent: InfoHash,
    pub(super) ciphers: Option<Ciphers>,
    /// What they have said, readable.
    pub(super) rest: Vec<u8>,
}

impl Responder {
    pub(super) fn new(policy: Encryption, secret: Secret) -> Self {
        Responder { secret, policy, intake: Intake::default(), stage: Some(Stage::Key) }
    }

    /// Takes what they send; what is to be sent back goes into `out`. `find` knows torrents by
    /// their hidden names.
    pub(super) fn receive(
        &mut self,
        bytes: &[u8],
        find: &dyn Fn(&[u8; 20]) -> Option<InfoHash>,
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Option<Heard>, NegotiationError> {
        self.intake.add(bytes);
        let stage = self.stage.take();
        let (stage, outcome) = go_on(stage, |stage| self.step(stage, find, chance, out))?;
        self.stage = stage;
        Ok(outcome)
    }

    fn step(
        &mut self,
        stage: Stage,
        find: &dyn Fn(&[u8; 20]) -> Option<InfoHash>,
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Step<Stage, Heard>, NegotiationError> {
        match stage {
            Stage::Key => match self.intake.take() {
                Some(theirs) => self.on_key(&theirs, chance, out).map(Step::Next),
                None => Ok(Step::Wait(Stage::Key)),
            },
            Stage::Mark { shared, mut skipped } => {
                match self.intake.skip_past(&shared.mark(), &mut skipped, PADDING_MAX) {
                    Skip::Found => Ok(Step::Next(Stage::Name { shared })),
                    Skip::Missing => Ok(Step::Wait(Stage::Mark { shared, skipped })),
                    Skip::Beyond => Err(NegotiationError::NoProof { limit: PADDING_MAX }),
                }
            }
            Stage::Name { shared } => match self.intake.take() {
                Some(veiled) => {
                    let torrent = find(&shared.veil(veiled));
                    let torrent = torrent.ok_or(NegotiationError::NoSuchTorrent)?;
                    let ciphers = Ciphers::of_responder(&shared, torrent);
                    Ok(Step::Next(Stage::Offer { ciphers, torrent }))
                }
                None => Ok(Step::Wait(Stage::Name { shared })),
            },
            Stage::Offer { mut ciphers, torrent } => {
                match self.intake.decrypt::<OFFER_LENGTH>(&mut ciphers.incoming) {
                    Some(offer) => {
                        let (way, length) = self.on_offer(&offer)?;
                        Ok(Step::Next(Stage::Padding { ciphers, torrent, way, length }))
                    }
                    None => Ok(Step::Wait(Stage::Offer { ciphers, torrent })),
                }
            }
            Stage::Padding { mut ciphers, torrent, way, length } => {
                match self.intake.decrypt_some(length + 2, &mut ciphers.incoming) {
                    Some(padding) => {
                        answer(&mut ciphers, way, chance, out);
                        let ahead = [padding[length], padding[length + 1]];
                        let length = u16::from_be_bytes(ahead).into();
                        Ok(Step::Next(Stage::Ahead { ciphers, torrent, way, length }))
                    }
                    None => Ok(Step::Wait(Stage::Padding { ciphers, torrent, way, length })),
                }
            }
            Stage::Ahead { mut ciphers, torrent, way, length } => {
                match self.intake.decrypt_some(length, &mut ciphers.incoming) {
                    Some(ahead) => Ok(Step::Over(self.heard(ciphers, torrent, way, ahead))),
                    None => Ok(Step::Wait(Stage::Ahead { ciphers, torrent, way, length })),
                }
            }
        }
    }

    fn on_key(
        &mut self,
        theirs: &[u8; KEY_LENGTH],
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Stage, NegotiationError> {
        let shared = self.secret.shared_with(theirs).ok_or(NegotiationError::WeakKey)?;
        out.extend_from_slice(&self.secret.public_key());
        padding(chance, out);
        Ok(Stage::Mark { shared: Shared(shared), skipped: 0 })
    }

    /// The way to go on, and the length of the padding that follows.
    fn on_offer(&self, offer: &[u8; OFFER_LENGTH]) -> Result<(u32, usize), NegotiationError> {
        let [proof @ .., w0, w1, w2, w3, high, low] = *offer;
        if proof != PROOF {
            return Err(NegotiationError::WrongProof);
        }
        let (theirs, ours) = (u32::from_be_bytes([w0, w1, w2, w3]), self.policy.ways());
        let way = self.policy.choose(theirs);
        let way = way.ok_or(NegotiationError::NoCommonWay { theirs, ours })?;
        let length = u16::from_be_bytes([high, low]).into();
        if length > PADDING_MAX {
            return Err(NegotiationError::PaddingTooLong { length });
        }
        Ok((way, length))
    }

    fn heard(
        &mut self,
        mut ciphers: Ciphers,
        torrent: InfoHash,
        way: u32,
        ahead: Vec<u8>,
    ) -> Heard {
        let mut later = std::mem::take(&mut self.intake).into_rest();
        let ciphers = (way == RC4).then(|| {
            ciphers.decrypt(&mut later);
            ciphers
        });
        let mut rest = ahead;
        rest.append(&mut later);
        Heard { torrent, ciphers, rest }
    }
}

/// The fourth step.
fn answer(ciphers: &mut Ciphers, way: u32, chance: &mut Rng, out: &mut Vec<u8>) {
    let from = out.len();
    let pad = chance.usize(..=PADDING_MAX);
    out.extend_from_slice(&PROOF);
    out.extend_from_slice(&way.to_be_bytes());
    out.extend_from_slice(&(pad as u16).to_be_bytes());
    out.resize(out.len() + pad, 0);
    ciphers.encrypt(&mut out[from..]);
}
