//! The encryption handshake, from a stranger who knows nothing and from one who has the key.

use fastrand::Rng;

use crate::metainfo::{InfoHash, PeerId};
use crate::wire::encryption::hashes::Shared;
use crate::wire::encryption::{
    Caller, Ciphers, Encryption, Reception, SECRET_LENGTH, Secret, hidden_name,
};
use crate::wire::{HANDSHAKE_LENGTH, Handshake};

const TORRENT: InfoHash = InfoHash([7; 20]);

/// The most that a side sends of itself: its key with padding, and what the next step has beside a
/// handshake, with padding.
const SENT_MAX: usize = 96 + 512 + 40 + 8 + 4 + 2 + 512 + 2 + HANDSHAKE_LENGTH;

/// One byte says how the rest is cut, and one who says it to whom.
pub(super) fn check(bytes: &[u8]) {
    let (split, rest) = super::first(bytes);
    let (way, said) = super::first(rest);
    let policy = match way & 3 {
        0 => Encryption::Off,
        1 => Encryption::Required,
        _ => Encryption::Allowed,
    };
    let with_key = way & 4 != 0;
    if way & 8 == 0 {
        let said = if with_key { to_responder(said) } else { said.to_vec() };
        let whole = receive(policy, &[&said]);
        assert_eq!(receive(policy, &super::parts(split, &said)), whole);
    } else {
        let said = |hello: &[u8]| if with_key { to_caller(hello, said) } else { said.to_vec() };
        let whole = call(policy, 0, &said);
        assert_eq!(call(policy, split, &said), whole);
    }
}

fn secret(byte: u8) -> Secret {
    Secret::new([byte; SECRET_LENGTH])
}

fn shared(theirs: &[u8]) -> Shared {
    let theirs = theirs.first_chunk().expect("a key");
    Shared(secret(9).shared_with(theirs).expect("a key of the group"))
}

/// What a caller says who has the key, if what is encrypted begins like this.
fn to_responder(said: &[u8]) -> Vec<u8> {
    let shared = shared(&secret(1).public_key());
    let mut said = said.to_vec();
    Ciphers::of_caller(&shared, TORRENT).encrypt(&mut said);
    let veiled = shared.veil(hidden_name(TORRENT));
    [&secret(9).public_key()[..], &shared.mark(), &veiled, &said].concat()
}

/// What somebody answers who has the key.
fn to_caller(hello: &[u8], said: &[u8]) -> Vec<u8> {
    let mut said = said.to_vec();
    Ciphers::of_responder(&shared(hello), TORRENT).encrypt(&mut said);
    [&secret(9).public_key()[..], &said].concat()
}

/// Who the stranger is and what it has said, or the words in which it is refused; and what was sent.
type Outcome = (Result<Option<(Handshake, Vec<u8>)>, String>, Vec<u8>);

fn receive(policy: Encryption, parts: &[&[u8]]) -> Outcome {
    let find = |name: &[u8; 20]| (*name == hidden_name(TORRENT)).then_some(TORRENT);
    let mut reception = Reception::new(policy, secret(1));
    let (mut chance, mut out) = (Rng::with_seed(1), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let heard = reception.receive(part, &find, &mut chance, &mut out);
        assert!(out.len() <= SENT_MAX, "{} bytes", out.len());
        match heard {
            Ok(None) => {}
            Ok(Some(mut introduction)) => {
                assert!(policy != Encryption::Required || introduction.ciphers.is_some());
                let mut later = parts[index + 1..].concat();
                if let Some(ciphers) = &mut introduction.ciphers {
                    ciphers.decrypt(&mut later);
                }
                let said = [introduction.rest, later].concat();
                return (Ok(Some((introduction.handshake, said))), out);
            }
            Err(error) => return (Err(error.to_string()), out),
        }
    }
    (Ok(None), out)
}

/// `said` is told what the caller began with.
fn call(policy: Encryption, split: u8, said: &dyn Fn(&[u8]) -> Vec<u8>) -> Outcome {
    let ours = Handshake::new(TORRENT, PeerId([2; 20]));
    let (mut chance, mut out) = (Rng::with_seed(1), Vec::new());
    let mut caller = Caller::new(ours, policy, secret(1), &mut chance, &mut out);
    let said = said(&out);
    let parts = super::parts(split, &said);
    for (index, part) in parts.iter().enumerate() {
        let heard = caller.receive(part, &mut chance, &mut out);
        assert!(out.len() <= SENT_MAX, "{} bytes", out.len());
        match heard {
            Ok(None) => {}
            Ok(Some(mut agreement)) => {
                assert!(policy != Encryption::Required || agreement.ciphers.is_some());
                let mut later = parts[index + 1..].concat();
                if let Some(ciphers) = &mut agreement.ciphers {
                    ciphers.decrypt(&mut later);
                }
                return (Ok(Some((ours, [agreement.rest, later].concat()))), out);
            }
            Err(error) => return (Err(error.to_string()), out),
        }
    }
    (Ok(None), out)
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let handshake = Handshake::new(TORRENT, PeerId([3; 20])).encode();
    let offer = |ways: u8, padding: u8, ahead: &[u8]| {
        let head = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ways, 0, padding];
        let padding = vec![0; padding.into()];
        [&head[..], &padding, &(ahead.len() as u16).to_be_bytes(), ahead, b"more"].concat()
    };
    let choice = |way: u8, padding: u8| {
        let head = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, way, 0, padding];
        [&head[..], &vec![0; padding.into()], b"more"].concat()
    };
    let seed = |split: u8, way: u8, said: &[u8]| [&[split, way], said].concat();
    vec![
        seed(3, 2, &handshake),
        seed(1, 1, &handshake),
        seed(9, 2, &secret(5).public_key()),
        seed(9, 10, &secret(5).public_key()),
        seed(4, 10, &[0; 96]),
        seed(7, 2 | 4, &offer(3, 5, &handshake)),
        seed(7, 2 | 4, &[offer(2, 0, b""), handshake.to_vec()].concat()),
        seed(2, 1 | 4, &offer(2, 200, &handshake[..10])),
        seed(7, 2 | 4 | 8, &choice(2, 9)),
        seed(1, 2 | 4 | 8, &choice(1, 0)),
        seed(1, 1 | 4 | 8, &choice(3, 255)),
    ]
}
