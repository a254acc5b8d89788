//! Who connects: the side called `A`.

use fastrand::Rng;

use super::cipher::Ciphers;
use super::hashes::{Shared, hidden_name};
use super::intake::{Intake, Skip};
use super::keys::{KEY_LENGTH, Secret};
use super::policy::{Encryption, RC4};
use super::stages::{Step, go_on};
use super::{NegotiationError, PADDING_MAX, PROOF, padding};
use crate::wire::{HANDSHAKE_LENGTH, Handshake};

/// A negotiation that we open. Our handshake goes with it, which saves a round trip.
pub struct Caller {
    secret: Secret,
    ours: Handshake,
    policy: Encryption,
    intake: Intake,
    /// `None` when it is over.
    stage: Option<Stage>,
}

enum Stage {
    /// Their key is to come.
    Key,
    /// Their padding ends where this proof begins.
    Proof { ciphers: Ciphers, proof: [u8; PROOF.len()], skipped: usize },
    /// What they choose, and how much padding follows.
    Choice { ciphers: Ciphers },
    /// That padding.
    Padding { ciphers: Ciphers, way: u32, length: usize },
}

/// What a negotiation came to, for the side that opened it.
#[derive(Debug)]
pub struct Agreement {
    /// For all that follows, in both directions; without them it follows plainly.
    pub ciphers: Option<Ciphers>,
    /// What they have said beyond the negotiation, readable.
    pub rest: Vec<u8>,
}

impl Caller {
    /// Opens a negotiation about the torrent of this handshake, and puts the first bytes to send
    /// into `out`.
    pub fn new(
        ours: Handshake,
        policy: Encryption,
        secret: Secret,
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Self {
        out.extend_from_slice(&secret.public_key());
        padding(chance, out);
        Caller { secret, ours, policy, intake: Intake::default(), stage: Some(Stage::Key) }
    }

    /// Takes what they send; what is to be sent back goes into `out`. `None` until more has come.
    /// After an agreement or an error there is nothing more to hear.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Option<Agreement>, NegotiationError> {
        self.intake.add(bytes);
        let stage = self.stage.take();
        let (stage, outcome) = go_on(stage, |stage| self.step(stage, chance, out))?;
        self.stage = stage;
        Ok(outcome)
    }

    fn step(
        &mut self,
        stage: Stage,
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Step<Stage, Agreement>, NegotiationError> {
        match stage {
            Stage::Key => match self.intake.take() {
                Some(theirs) => self.on_key(&theirs, chance, out).map(Step::Next),
                None => Ok(Step::Wait(Stage::Key)),
            },
            Stage::Proof { ciphers, proof, mut skipped } => {
                match self.intake.skip_past(&proof, &mut skipped, PADDING_MAX) {
                    Skip::Found => Ok(Step::Next(Stage::Choice { ciphers })),
                    Skip::Missing => Ok(Step::Wait(Stage::Proof { ciphers, proof, skipped })),
                    Skip::Beyond => Err(NegotiationError::NoProof { limit: PADDING_MAX }),
                }
            }
            Stage::Choice { mut ciphers } => match self.intake.decrypt(&mut ciphers.incoming) {
                Some(choice) => self.on_choice(ciphers, choice).map(Step::Next),
                None => Ok(Step::Wait(Stage::Choice { ciphers })),
            },
            Stage::Padding { mut ciphers, way, length } => {
                match self.intake.decrypt_some(length, &mut ciphers.incoming) {
                    Some(_) => Ok(Step::Over(self.agreement(ciphers, way))),
                    None => Ok(Step::Wait(Stage::Padding { ciphers, way, length })),
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
        let shared = Shared(shared);
        let torrent = self.ours.info_hash;
        let mut ciphers = Ciphers::of_caller(&shared, torrent);
        out.extend_from_slice(&shared.mark());
        out.extend_from_slice(&shared.veil(hidden_name(torrent)));
        let from = out.len();
        let pad = chance.usize(..=PADDING_MAX);
        out.extend_from_slice(&PROOF);
        out.extend_from_slice(&self.policy.ways().to_be_bytes());
        out.extend_from_slice(&(pad as u16).to_be_bytes());
        out.resize(out.len() + pad, 0);
        out.extend_from_slice(&(HANDSHAKE_LENGTH as u16).to_be_bytes());
        out.extend_from_slice(&self.ours.encode());
        ciphers.encrypt(&mut out[from..]);
        let proof = ciphers.incoming.proof();
        Ok(Stage::Proof { ciphers, proof, skipped: 0 })
    }

    fn on_choice(&self, ciphers: Ciphers, choice: [u8; 6]) -> Result<Stage, NegotiationError> {
        let [way @ .., high, low] = choice;
        let (way, length) = (u32::from_be_bytes(way), u16::from_be_bytes([high, low]).into());
        let ours = self.policy.ways();
        if way.count_ones() != 1 || way & ours == 0 {
            return Err(NegotiationError::NoCommonWay { theirs: way, ours });
        }
        if length > PADDING_MAX {
            return Err(NegotiationError::PaddingTooLong { length });
        }
        Ok(Stage::Padding { ciphers, way, length })
    }

    fn agreement(&mut self, mut ciphers: Ciphers, way: u32) -> Agreement {
        let mut rest = std::mem::take(&mut self.intake).into_rest();
        let ciphers = (way == RC4).then(|| {
            ciphers.decrypt(&mut rest);
            ciphers
        });
        Agreement { ciphers, rest }
    }
}
