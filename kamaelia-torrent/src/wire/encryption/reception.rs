//! A stranger's first words, plain or encrypted.

use fastrand::Rng;

use super::NegotiationError;
use super::cipher::Ciphers;
use super::keys::Secret;
use super::policy::Encryption;
use super::responder::Responder;
use crate::metainfo::InfoHash;
use crate::wire::handshake::PROTOCOL;
use crate::wire::{Handshake, HandshakeError, HandshakeReader};

/// Hears a stranger until it is known which torrent it wants.
///
/// Who speaks plainly begins with the protocol's name, and who negotiates begins with a number
/// that looks like chance: it begins with that name once in 2^160 times.
pub struct Reception {
    policy: Encryption,
    stage: Stage,
}

enum Stage {
    /// So far all this may be the protocol's name.
    Undecided {
        heard: Vec<u8>,
        secret: Secret,
    },
    Plain(HandshakeReader),
    Negotiating(Box<Responder>),
    /// The negotiation is through, and the handshake is to come.
    Agreed(Box<Agreed>),
}

struct Agreed {
    torrent: InfoHash,
    ciphers: Option<Ciphers>,
    reader: HandshakeReader,
}

/// Who a stranger is.
#[derive(Debug)]
pub struct Introduction {
    /// What it says.
    pub handshake: Handshake,
    /// For all that follows, in both directions; without them it follows plainly.
    pub ciphers: Option<Ciphers>,
    /// What it has said beyond its handshake, readable.
    pub rest: Vec<u8>,
}

/// Why a stranger is not heard out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceptionError {
    /// It is no BitTorrent client.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// It negotiates, or tries to.
    #[error(transparent)]
    Negotiation(#[from] NegotiationError),
    /// It speaks plainly.
    #[error("it speaks plainly, and encryption is required")]
    Plain,
    /// It agreed on one torrent and wants another.
    #[error("its handshake is about another torrent than its key")]
    OtherTorrent,
}

impl Reception {
    /// For one stranger.
    pub fn new(policy: Encryption, secret: Secret) -> Self {
        Reception { policy, stage: Stage::Undecided { heard: Vec::new(), secret } }
    }

    /// Takes what the stranger sends; what is to be sent back goes into `out`. `find` knows our
    /// torrents by their [hidden names](super::hidden_name). `None` until more has come; after an
    /// introduction or an error there is nothing more to hear.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        find: &dyn Fn(&[u8; 20]) -> Option<InfoHash>,
        chance: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<Option<Introduction>, ReceptionError> {
        match &mut self.stage {
            Stage::Undecided { heard, secret } => {
                heard.extend_from_slice(bytes);
                let same = heard.iter().zip(&PROTOCOL).take_while(|(a, b)| a == b).count();
                if same == heard.len() && same < PROTOCOL.len() {
                    return Ok(None);
                }
                let heard = std::mem::take(heard);
                self.stage = decide(self.policy, same, &heard, secret.clone())?;
                self.receive(&heard, find, chance, out)
            }
            Stage::Plain(reader) => {
                let mut rest = bytes;
                let handshake = reader.read(&mut rest)?;
                Ok(handshake.map(|handshake| Introduction {
                    handshake,
                    ciphers: None,
                    rest: rest.to_vec(),
                }))
            }
            Stage::Negotiating(responder) => {
                let Some(heard) = responder.receive(bytes, find, chance, out)? else {
                    return Ok(None);
                };
                let (torrent, ciphers) = (heard.torrent, heard.ciphers);
                let mut agreed = Agreed { torrent, ciphers, reader: HandshakeReader::default() };
                let introduction = agreed.receive(heard.rest);
                self.stage = Stage::Agreed(Box::new(agreed));
                introduction
            }
            Stage::Agreed(agreed) => {
                let mut readable = bytes.to_vec();
                if let Some(ciphers) = &mut agreed.ciphers {
                    ciphers.decrypt(&mut readable);
                }
                agreed.receive(readable)
            }
        }
    }
}

impl std::fmt::Debug for Reception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reception({:?})", self.policy)
    }
}

/// How to go on after so many bytes of the protocol's name.
fn decide(
    policy: Encryption,
    same: usize,
    heard: &[u8],
    secret: Secret,
) -> Result<Stage, ReceptionError> {
    match policy {
        Encryption::Required if same == PROTOCOL.len() => Err(ReceptionError::Plain),
        _ if same == PROTOCOL.len() => Ok(Stage::Plain(HandshakeReader::default())),
        Encryption::Off => {
            let (position, byte) = (same, heard[same]);
            Err(HandshakeError::OtherProtocol { position, byte }.into())
        }
        _ => Ok(Stage::Negotiating(Box::new(Responder::new(policy, secret)))),
    }
}

impl Agreed {
    fn receive(&mut self, readable: Vec<u8>) -> Result<Option<Introduction>, ReceptionError> {
        let mut rest = &readable[..];
        let Some(handshake) = self.reader.read(&mut rest)? else {
            return Ok(None);
        };
        if handshake.info_hash != self.torrent {
            return Err(ReceptionError::OtherTorrent);
        }
        let ciphers = self.ciphers.take();
        Ok(Some(Introduction { handshake, ciphers, rest: rest.to_vec() }))
    }
}
