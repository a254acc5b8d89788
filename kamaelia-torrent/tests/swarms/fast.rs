//! The fast extension (BEP 6) between one swarm and raw bytes.

use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::Block;
use kamaelia_torrent::peer::ProtocolError;
use kamaelia_torrent::swarm::{Action, CloseReason, ConnectionId, ReadFailed, Swarm, SwarmConfig};
use kamaelia_torrent::wire::{BlockForm, BlockName, Message, MessageReader};

use crate::strangers::{bytes, closes, half_done, half_done_with, meet, stranger};
use crate::world::address;

pub(crate) fn meet_fast(swarm: &mut Swarm, now: Instant, number: usize) -> ConnectionId {
    let met = swarm.accepted(now, address(number), stranger(number).with_fast());
    met.expect("there is room")
}

/// What the swarm said to one peer after the handshake, and what it wants read for it.
fn said(swarm: &mut Swarm, to: ConnectionId) -> (Vec<String>, Vec<Block>) {
    let (mut stream, mut reads) = (Vec::new(), Vec::new());
    while let Some(action) = swarm.poll_action() {
        match action {
            Action::Send { connection, bytes, .. } if connection == to => stream.extend(bytes),
            Action::Read { connection, block } if connection == to => reads.push(block),
            _ => {}
        }
    }
    let handshake = if stream.starts_with(b"\x13BitTorrent protocol") { 68 } else { 0 };
    let (mut rest, mut reader) = (&stream[handshake..], MessageReader::new(8, BlockForm::Whole));
    let mut messages = Vec::new();
    while let Some(message) = reader.read(&mut rest).expect("our own messages") {
        messages.push(spelled(message));
    }
    (messages, reads)
}

fn spelled(message: Message<'_>) -> String {
    match message {
        Message::Request(name) => format!("ask {}+{}", name.piece, name.offset),
        Message::Reject(name) => format!("reject {}+{}", name.piece, name.offset),
        Message::Piece { block, .. } => format!("piece {}+{}", block.piece, block.offset),
        message => format!("{message:?}"),
    }
}

pub(crate) fn words(swarm: &mut Swarm, to: ConnectionId) -> Vec<String> {
    said(swarm, to).0
}

fn name(piece: u32, block: u32) -> BlockName {
    BlockName { piece, offset: block * 16_384, length: 16_384 }
}

#[test]
fn its_messages_break_the_rules_when_it_was_not_agreed_on() {
    for (message, words) in [
        (Message::HaveAll, "have all"),
        (Message::HaveNone, "have none"),
        (Message::SuggestPiece(1), "suggest piece"),
        (Message::Reject(name(1, 0)), "reject request"),
        (Message::AllowedFast(1), "allowed fast"),
    ] {
        let (mut swarm, now) = half_done();
        let id = meet(&mut swarm, now, 1);
        swarm.received(now, id, &bytes(&[message]));
        let error = ProtocolError::NotAgreedOn { message: words };
        assert_eq!(closes(&mut swarm), [(id, CloseReason::Protocol(error))]);
    }
}

#[test]
fn everything_or_nothing_is_said_in_a_word_and_only_to_those_who_know_it() {
    let (mut swarm, now) = half_done();
    let fast = meet_fast(&mut swarm, now, 1);
    assert_eq!(words(&mut swarm, fast), ["Bitfield([240])"]);
    let plain = meet(&mut swarm, now, 2);
    assert_eq!(words(&mut swarm, plain), ["Bitfield([240])"]);
}

#[test]
fn a_newcomer_is_offered_pieces_and_given_each_byte_once() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::HaveNone]));
    let offered = words(&mut swarm, id).split_off(1);
    let all: Vec<_> = (0..8).map(|piece| format!("AllowedFast({piece})")).collect();
    assert_eq!(offered, all);

    // Eight pieces of two blocks; of the four we have each byte may be asked for, and then some.
    let ask = bytes(&[Message::Request(name(1, 0))]);
    for _ in 0..16 {
        swarm.received(now, id, &ask);
    }
    let (refused, reads) = said(&mut swarm, id);
    // The others wait for these to be read.
    assert_eq!((refused.len(), reads.len()), (0, 4));
    swarm.received(now, id, &ask);
    assert_eq!(words(&mut swarm, id), ["reject 1+0"]);
    swarm.received(now, id, &bytes(&[Message::Request(name(5, 0))]));
    assert_eq!(words(&mut swarm, id), ["reject 5+0"]);
}

#[test]
fn who_serves_nobody_offers_newcomers_nothing() {
    let (mut swarm, now) = half_done_with(SwarmConfig { upload_slots: 0, ..Default::default() });
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::HaveNone, Message::Request(name(1, 0))]));
    assert_eq!(said(&mut swarm, id), (vec!["Bitfield([240])".into(), "reject 1+0".into()], vec![]));
}

#[test]
fn nothing_is_offered_to_those_who_do_not_know_it() {
    let (mut swarm, now) = half_done();
    let id = meet(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Bitfield(&[0]), Message::Request(name(1, 0))]));
    assert_eq!(said(&mut swarm, id), (vec!["Bitfield([240])".to_owned()], vec![]));
}

#[test]
fn every_request_has_one_answer() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Interested]));
    assert_eq!(words(&mut swarm, id), ["Bitfield([240])", "Unchoke"]);
    let asked = [name(0, 0), name(0, 1), name(1, 0), name(6, 0)].map(Message::Request);
    swarm.received(now, id, &bytes(&asked));
    swarm.received(now, id, &bytes(&[Message::Cancel(name(1, 0))]));
    let (words, reads) = said(&mut swarm, id);
    assert_eq!(words, ["reject 6+0", "reject 1+0"]);

    swarm.block_read(now, id, reads[0], Ok(vec![0; 16_384]));
    swarm.block_read(now, id, reads[1], Err(ReadFailed));
    swarm.block_read(now, id, reads[2], Ok(vec![0; 16_384]));
    // The header is a message of its own to this reader, as its block is elsewhere.
    let mut answers = Vec::new();
    while let Some(Action::Send { bytes, .. }) = swarm.poll_action() {
        answers.extend(bytes);
    }
    let (mut rest, mut reader) = (&answers[..], MessageReader::new(8, BlockForm::Whole));
    let first = reader.read(&mut rest).map(|message| message.map(spelled));
    assert_eq!(first, Ok(Some("piece 0+0".to_owned())));
    let second = reader.read(&mut rest).map(|message| message.map(spelled));
    assert_eq!(second, Ok(Some("reject 0+16384".to_owned())));
    assert_eq!(reader.read(&mut rest), Ok(None));
}

#[test]
fn a_choke_comes_before_the_refusals_it_causes() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Interested]));
    swarm.received(now, id, &bytes(&[name(0, 0), name(3, 1)].map(Message::Request)));
    said(&mut swarm, id);
    swarm.pause(now);
    assert_eq!(words(&mut swarm, id), ["Choke", "reject 0+0", "reject 3+16384"]);
    swarm.received(now, id, &bytes(&[Message::Request(name(2, 0))]));
    assert_eq!(words(&mut swarm, id), ["reject 2+0"]);
}

#[test]
fn allowed_pieces_are_asked_for_while_we_are_choked() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    let told = [Message::HaveAll, Message::AllowedFast(5), Message::AllowedFast(2)];
    swarm.received(now, id, &bytes(&told));
    assert_eq!(words(&mut swarm, id).split_off(1), ["Interested", "ask 5+0", "ask 5+16384"]);
    // Once refused they are asked for no more, until we are served.
    swarm.received(now, id, &bytes(&[Message::Reject(name(5, 0))]));
    assert_eq!(words(&mut swarm, id), [""; 0]);
    swarm.received(now, id, &bytes(&[Message::Unchoke]));
    assert!(words(&mut swarm, id).contains(&"ask 5+0".to_owned()));
}

#[test]
fn a_refused_block_is_asked_of_another_at_once() {
    let (mut swarm, now) = half_done();
    let refusing = meet_fast(&mut swarm, now, 1);
    swarm.received(now, refusing, &bytes(&[Message::Bitfield(&[0x08]), Message::Unchoke]));
    assert!(words(&mut swarm, refusing).ends_with(&["ask 4+0".into(), "ask 4+16384".into()]));
    let other = meet_fast(&mut swarm, now, 2);
    swarm.received(now, other, &bytes(&[Message::Bitfield(&[0x0f]), Message::Unchoke]));
    let asked = words(&mut swarm, other);
    assert!(asked.contains(&"ask 5+0".into()) && !asked.contains(&"ask 4+0".into()), "{asked:?}");

    // A choke alone frees nothing.
    swarm.received(now, refusing, &bytes(&[Message::Choke]));
    assert_eq!(words(&mut swarm, other), [""; 0]);
    swarm.received(now, refusing, &bytes(&[Message::Reject(name(4, 1))]));
    assert_eq!(words(&mut swarm, other), ["ask 4+16384"]);
}

#[test]
fn who_refused_although_it_serves_us_is_asked_again_ten_seconds_later() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Bitfield(&[0x08]), Message::Unchoke]));
    assert!(words(&mut swarm, id).ends_with(&["ask 4+0".into(), "ask 4+16384".into()]));
    let refusals = [name(4, 0), name(4, 1)].map(Message::Reject);
    swarm.received(now, id, &bytes(&refusals));
    assert_eq!(words(&mut swarm, id), [""; 0]);
    let due = now + Duration::from_secs(10);
    assert_eq!(swarm.next_timeout(), Some(due));
    swarm.handle_timeout(due);
    assert_eq!(words(&mut swarm, id), ["ask 4+0", "ask 4+16384"]);
}

#[test]
fn suggested_pieces_are_begun_first() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    let told = [Message::HaveAll, Message::SuggestPiece(6), Message::SuggestPiece(1)];
    swarm.received(now, id, &bytes(&told));
    swarm.received(now, id, &bytes(&[Message::Unchoke]));
    assert!(words(&mut swarm, id).contains(&"ask 6+0".to_owned()));
}

#[test]
fn have_none_takes_nothing_back() {
    let (mut swarm, now) = half_done();
    let id = meet_fast(&mut swarm, now, 1);
    swarm.received(now, id, &bytes(&[Message::Have(1), Message::HaveNone]));
    let reason = CloseReason::Protocol(ProtocolError::LateHaveNone);
    assert_eq!(closes(&mut swarm), [(id, reason)]);
}
