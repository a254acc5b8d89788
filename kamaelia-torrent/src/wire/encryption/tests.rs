//! Both sides of a negotiation, joined by a wire that cuts bytes anywhere.

use fastrand::Rng;
use proptest::prelude::*;

use super::*;
use crate::metainfo::{InfoHash, PeerId};
use crate::wire::Handshake;

const OTHERS: [InfoHash; 2] = [InfoHash([3; 20]), InfoHash([4; 20])];
const WANTED: InfoHash = InfoHash([7; 20]);

fn secret(seed: u64) -> Secret {
    let mut rng = Rng::with_seed(seed);
    Secret::new(std::array::from_fn(|_| rng.u8(..)))
}

fn handshake() -> Handshake {
    Handshake::new(WANTED, PeerId(*b"-KA0100-abcdefghijkl"))
}

fn find(name: &[u8; 20]) -> Option<InfoHash> {
    OTHERS.into_iter().chain([WANTED]).find(|torrent| hidden_name(*torrent) == *name)
}

/// How it ended for each side.
type Outcome =
    (Result<Option<Agreement>, NegotiationError>, Result<Option<Introduction>, ReceptionError>);

/// Carries bytes to and fro until both sides are through, at most `cut` at a time; what B sends
/// once it is through is added to the end of what it says.
fn negotiate(a: Encryption, b: Encryption, seed: u64, cut: usize, says: &[u8]) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let mut to_b = Vec::new();
    let mut caller = Caller::new(handshake(), a, secret(seed), &mut rng, &mut to_b);
    let mut reception = Reception::new(b, secret(seed + 1));
    let (mut to_a, mut introduction, mut agreement) = (Vec::new(), Ok(None), Ok(None));
    loop {
        if !to_b.is_empty() && matches!(introduction, Ok(None)) {
            let part: Vec<u8> = to_b.drain(..cut.min(to_b.len())).collect();
            introduction = reception.receive(&part, &find, &mut rng, &mut to_a);
            if let Ok(Some(Introduction { ciphers, .. })) = &mut introduction {
                let mut said = says.to_vec();
                if let Some(ciphers) = ciphers {
                    ciphers.encrypt(&mut said);
                }
                to_a.extend(said);
            }
        } else if !to_a.is_empty() && matches!(agreement, Ok(None)) {
            let part: Vec<u8> = to_a.drain(..cut.min(to_a.len())).collect();
            agreement = caller.receive(&part, &mut rng, &mut to_b);
        } else {
            return (agreement, introduction);
        }
    }
}

#[test]
fn two_agree_on_a_cipher_and_the_torrent_among_many() {
    let (agreement, introduction) =
        negotiate(Encryption::Required, Encryption::Allowed, 1, 10_000, b"hello");
    let introduction = introduction.expect("no error").expect("an introduction");
    assert_eq!((introduction.handshake, &introduction.rest[..]), (handshake(), &b""[..]));
    let agreement = agreement.expect("no error").expect("an agreement");
    assert_eq!(agreement.rest, b"hello");

    let mut theirs = introduction.ciphers.expect("the caller offers nothing else");
    let mut ours = agreement.ciphers.expect("the caller offers nothing else");
    let mut message = *b"a question";
    ours.encrypt(&mut message);
    assert_ne!(&message, b"a question");
    theirs.decrypt(&mut message);
    assert_eq!(&message, b"a question");
}

#[test]
fn two_that_may_encrypt_hide_how_they_begin_and_go_on_plainly() {
    let (agreement, introduction) =
        negotiate(Encryption::Allowed, Encryption::Allowed, 1, 100, b"hello");
    let introduction = introduction.expect("no error").expect("an introduction");
    let agreement = agreement.expect("no error").expect("an agreement");
    assert!(introduction.ciphers.is_none() && agreement.ciphers.is_none());
    assert_eq!(introduction.handshake, handshake());
}

#[test]
fn who_requires_encryption_and_who_has_none_do_not_come_together() {
    let plain = handshake().encode();
    let mut rng = Rng::with_seed(1);
    let mut hear = |policy, bytes: &[u8]| {
        let mut out = Vec::new();
        let mut reception = Reception::new(policy, secret(1));
        let heard = reception.receive(bytes, &find, &mut rng, &mut out);
        heard.map(|introduction| introduction.map(|it| (it.handshake, it.rest)))
    };
    let both = [&plain[..], b"more"].concat();
    let introduced = Ok(Some((handshake(), b"more".to_vec())));
    assert_eq!(hear(Encryption::Off, &both), introduced);
    assert_eq!(hear(Encryption::Allowed, &both), introduced);
    assert_eq!(hear(Encryption::Required, &plain[..19]), Ok(None));
    assert_eq!(hear(Encryption::Required, &plain[..20]), Err(ReceptionError::Plain));
    let (_, introduction) = negotiate(Encryption::Required, Encryption::Off, 5, 7, b"");
    assert!(matches!(introduction, Err(ReceptionError::Handshake(_))));
}

#[test]
fn a_torrent_that_is_not_here_is_not_talked_about() {
    let mut rng = Rng::with_seed(1);
    let (mut to_a, mut to_b) = (Vec::new(), Vec::new());
    let mut caller = Caller::new(handshake(), Encryption::Allowed, secret(1), &mut rng, &mut to_b);
    let mut reception = Reception::new(Encryption::Allowed, secret(2));
    let nothing = |_: &[u8; 20]| None;
    assert!(matches!(reception.receive(&to_b, &nothing, &mut rng, &mut to_a), Ok(None)));
    to_b.clear();
    assert!(matches!(caller.receive(&to_a, &mut rng, &mut to_b), Ok(None)));
    let heard = reception.receive(&to_b, &nothing, &mut rng, &mut to_a);
    assert!(matches!(heard, Err(ReceptionError::Negotiation(NegotiationError::NoSuchTorrent))));
}

#[test]
fn a_peer_that_only_makes_noise_is_not_listened_to_for_long() {
    let mut rng = Rng::with_seed(1);
    let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(1..)).take(96 + 512 + 8 + 1).collect();
    let (mut out, error) = (Vec::new(), NegotiationError::NoProof { limit: 512 });
    let mut caller = Caller::new(handshake(), Encryption::Allowed, secret(1), &mut rng, &mut out);
    assert_eq!(caller.receive(&noise, &mut rng, &mut out).err(), Some(error));
    let mut reception = Reception::new(Encryption::Allowed, secret(2));
    let noise = [&noise[..], &[1; 13]].concat();
    let heard = reception.receive(&noise, &find, &mut rng, &mut out);
    assert_eq!(heard.err(), Some(error.into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_negotiation_survives_any_split_and_any_padding(seed: u64, cut in 1..2_000_usize) {
        for policy in [Encryption::Allowed, Encryption::Required] {
            let (agreement, introduction) =
                negotiate(policy, Encryption::Allowed, seed, cut, b"and all that follows");
            let introduction = introduction.expect("no error").expect("an introduction");
            prop_assert_eq!(introduction.handshake, handshake());
            let agreement = agreement.expect("no error").expect("an agreement");
            // What comes after the agreement is the caller's to read.
            let said = agreement.rest.len();
            prop_assert_eq!(&agreement.rest[..], &b"and all that follows"[..said]);
        }
    }

    #[test]
    fn random_bytes_are_heard_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000), seed: u64,
    ) {
        let (mut rng, mut out) = (Rng::with_seed(seed), Vec::new());
        let mut reception = Reception::new(Encryption::Allowed, secret(seed));
        let _ = reception.receive(&bytes, &find, &mut rng, &mut out);
        let mut caller =
            Caller::new(handshake(), Encryption::Allowed, secret(seed), &mut rng, &mut out);
        let _ = caller.receive(&bytes, &mut rng, &mut out);
    }
}
