//! Hunts among peers that are played by the test, with time in its hand.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::metainfo::PeerId;
use crate::wire::extension::{
    EXTENSION_HANDSHAKE, ExchangedPeer, METADATA_BYTES_MAX, METADATA_PIECE_LENGTH, PeerExchange,
    PeerFlags,
};
use crate::wire::{
    BlockForm, Extension, ExtensionHandshake, ExtensionIds, HANDSHAKE_LENGTH, Message,
    MessageReader, MetadataMessage,
};

/// How a played peer behaves when it is asked for metadata.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Manner {
    Honest,
    /// Sends pieces of the right length with other bytes in them.
    Liar,
    Refusing,
    Silent,
}

struct Played {
    manner: Manner,
    connection: ConnectionId,
    reader: MessageReader,
    greeted: bool,
    asked: Vec<u32>,
}

/// A hunt and the peers around it.
struct Stage {
    hunt: Hunt,
    now: Instant,
    metadata: Vec<u8>,
    played: BTreeMap<SocketAddr, Played>,
    manners: BTreeMap<SocketAddr, Manner>,
    closed: Vec<(SocketAddr, CloseReason)>,
    found: Option<Vec<u8>>,
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, number], 6881))
}

fn metadata(length: usize) -> Vec<u8> {
    let mut chance = Rng::with_seed(1);
    (0..length).map(|_| chance.u8(..)).collect()
}

fn framed(message: Message<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

/// What a peer says of itself that has so much metadata.
fn introduction(size: Option<usize>) -> Vec<u8> {
    let said = ExtensionHandshake {
        extensions: ExtensionIds::ours(Extension::ALL),
        metadata_size: size.and_then(|size| size.try_into().ok()),
        listen_port: Some(7_000),
        ..ExtensionHandshake::default()
    };
    framed(Message::Extended { id: EXTENSION_HANDSHAKE, payload: &said.encode() })
}

fn about(message: MetadataMessage<'_>) -> Vec<u8> {
    framed(Message::Extended { id: Extension::Metadata.our_id(), payload: &message.encode() })
}

impl Stage {
    fn new(metadata: Vec<u8>) -> Self {
        let config = SwarmConfig { peer_id: PeerId([1; 20]), ..SwarmConfig::default() };
        Stage {
            hunt: Hunt::new(config, InfoHash::of(&metadata), 7),
            now: Instant::now(),
            metadata,
            played: BTreeMap::new(),
            manners: BTreeMap::new(),
            closed: Vec::new(),
            found: None,
        }
    }

    /// Lets the hunt hear of peers with these manners, numbered from 1.
    fn with_peers(metadata: Vec<u8>, manners: &[Manner]) -> Self {
        let mut stage = Stage::new(metadata);
        let addresses: Vec<_> = (1..).map(address).take(manners.len()).collect();
        stage.manners = addresses.iter().copied().zip(manners.iter().copied()).collect();
        stage.hunt.add_candidates(stage.now, addresses);
        stage.run();
        stage
    }

    fn handshake(&self, number: u8) -> Handshake {
        Handshake::new(self.hunt.info_hash, PeerId([number; 20])).with_extensions()
    }

    /// Does what the hunt asks for until it asks for nothing.
    fn run(&mut self) {
        while let Some(action) = self.hunt.poll_action() {
            match action {
                Action::Connect(address) => self.on_connect(address),
                Action::Send { connection, bytes, .. } => self.on_send(connection, &bytes),
                Action::Close { connection, reason } => {
                    let at = self.address_of(connection);
                    self.played.retain(|_, played| played.connection != connection);
                    self.closed.extend(at.map(|at| (at, reason)));
                }
                other => panic!("a hunt knows no pieces: {other:?}"),
            }
            self.found = self.found.take().or_else(|| self.hunt.take_found());
        }
    }

    fn on_connect(&mut self, at: SocketAddr) {
        let Some(manner) = self.manners.get(&at).copied() else {
            return self.hunt.connect_failed(self.now, at);
        };
        let connection = self.hunt.connected(self.now, at);
        let SocketAddr::V4(v4) = at else { panic!("all are of IPv4") };
        let played = Played {
            manner,
            connection,
            reader: MessageReader::new(0, BlockForm::Whole),
            greeted: false,
            asked: Vec::new(),
        };
        self.played.insert(at, played);
        let hello = self.handshake(v4.ip().octets()[3] + 100).encode();
        let said = [&hello[..], &introduction(Some(self.metadata.len()))].concat();
        self.hunt.received(self.now, connection, &said);
    }

    fn address_of(&self, connection: ConnectionId) -> Option<SocketAddr> {
        self.played.iter().find(|(_, p)| p.connection == connection).map(|(at, _)| *at)
    }

    fn on_send(&mut self, connection: ConnectionId, bytes: &[u8]) {
        self.hunt.drained(self.now, connection, 0);
        let Some(at) = self.address_of(connection) else { return };
        let Some(played) = self.played.get_mut(&at) else { return };
        let mut input = bytes;
        if !std::mem::replace(&mut played.greeted, true) {
            input = &input[HANDSHAKE_LENGTH..];
        }
        let mut answers = Vec::new();
        while let Ok(Some(message)) = played.reader.read(&mut input) {
            let Message::Extended { id, payload } = message else { continue };
            if id == EXTENSION_HANDSHAKE {
                continue;
            }
            let Ok(MetadataMessage::Request { piece }) = MetadataMessage::decode(payload) else {
                continue;
            };
            played.asked.push(piece);
            let from = piece as usize * METADATA_PIECE_LENGTH;
            let to = self.metadata.len().min(from + METADATA_PIECE_LENGTH);
            let mut data = self.metadata[from..to].to_vec();
            let total_size = self.metadata.len().try_into().ok();
            match played.manner {
                Manner::Silent => continue,
                Manner::Refusing => answers.extend(about(MetadataMessage::Reject { piece })),
                Manner::Liar | Manner::Honest => {
                    data[0] ^= u8::from(played.manner == Manner::Liar);
                    answers.extend(about(MetadataMessage::Data { piece, total_size, data: &data }));
                }
            }
        }
        if !answers.is_empty() {
            self.hunt.received(self.now, connection, &answers);
        }
    }

    /// Lets time pass, from one moment at which something is due to the next.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.hunt.next_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now + Duration::from_millis(1));
            self.hunt.handle_timeout(self.now);
            self.run();
        }
        self.now = end;
    }

    fn has_found_all(&self) -> bool {
        self.found.as_ref() == Some(&self.metadata)
    }

    fn asked(&self, number: u8) -> &[u32] {
        self.played.get(&address(number)).map_or(&[], |played| &played.asked)
    }
}

#[test]
fn metadata_is_asked_of_several_peers_at_once() {
    let bytes = metadata(5 * METADATA_PIECE_LENGTH + 100);
    let mut stage = Stage::with_peers(bytes, &[Manner::Silent, Manner::Silent]);
    let mut asked = [stage.asked(1), stage.asked(2)].concat();
    asked.sort_unstable();
    assert_eq!((stage.asked(1).len(), asked), (1, vec![0, 1]));
    let sentence = "0 of 6 parts of the metadata are here; 2 peers are asked for more";
    assert_eq!(stage.hunt.why().to_string(), sentence);
    // The first that answers at all gets everything that the others keep back.
    stage.manners.insert(address(3), Manner::Honest);
    stage.hunt.add_candidates(stage.now, [address(3)]);
    stage.run();
    assert!(stage.has_found_all());
}

#[test]
fn a_piece_that_one_peer_keeps_back_is_asked_of_another() {
    let bytes = metadata(100);
    let stage = Stage::with_peers(bytes.clone(), &[Manner::Silent, Manner::Honest]);
    assert!(stage.has_found_all());
}

#[test]
fn those_who_refuse_are_left_alone_for_a_while_and_then_let_go() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Refusing]);
    assert_eq!(stage.asked(1), [0]);
    let sentence = "1 peer is said to have the metadata and not giving it";
    assert_eq!(stage.hunt.why().to_string(), sentence);
    stage.pass(Duration::from_secs(14));
    assert_eq!(stage.asked(1), [0]);
    stage.pass(Duration::from_secs(2));
    assert_eq!(stage.asked(1), [0, 0]);
    stage.pass(Duration::from_secs(120));
    assert_eq!(stage.closed.first(), Some(&(address(1), CloseReason::NoMetadata)));
}

#[test]
fn who_joins_with_a_wish_gets_no_bytes_before_they_are_known() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Silent]);
    let connection = stage.played[&address(1)].connection;
    stage.hunt.received(stage.now, connection, &about(MetadataMessage::Request { piece: 3 }));
    let refusal = about(MetadataMessage::Reject { piece: 3 });
    assert_eq!(
        stage.hunt.poll_action(),
        Some(Action::Send { connection, bytes: refusal, omitted: 0 })
    );
}

#[test]
fn a_liar_alone_is_banned_at_the_second_false_metadata() {
    let stage = Stage::with_peers(metadata(40_000), &[Manner::Liar]);
    assert!(stage.found.is_none());
    assert_eq!(stage.closed, [(address(1), CloseReason::Banned)]);
    assert_eq!(
        stage.hunt.why().to_string(),
        "no peer is known; 1 peer is banned for false metadata"
    );
}

#[test]
fn one_honest_peer_among_many_liars_is_enough() {
    for honest in 0..20 {
        let mut manners = vec![Manner::Liar; 20];
        manners[honest] = Manner::Honest;
        let bytes = metadata(4 * METADATA_PIECE_LENGTH);
        let mut stage = Stage::with_peers(bytes.clone(), &manners);
        stage.pass(Duration::from_secs(600));
        assert!(stage.has_found_all(), "{honest}");
        let banned = stage.closed.iter().filter(|(_, reason)| *reason == CloseReason::Banned);
        assert!(banned.clone().all(|(at, _)| *at != address(honest as u8 + 1)), "{honest}");
    }
}

#[test]
fn those_who_claim_sizes_of_their_own_do_not_keep_the_honest_waiting() {
    let bytes = metadata(100);
    let mut stage = Stage::new(bytes.clone());
    for number in 1..=10u8 {
        let at = address(number);
        let connection =
            stage.hunt.accepted(stage.now, at, stage.handshake(number + 1)).expect("room");
        stage.hunt.received(stage.now, connection, &introduction(Some(200 + usize::from(number))));
        stage.run();
    }
    stage.manners.insert(address(11), Manner::Honest);
    stage.hunt.add_candidates(stage.now, [address(11)]);
    stage.run();
    assert!(stage.found.is_none(), "no draft is free");
    stage.pass(Duration::from_secs(60));
    assert!(stage.has_found_all());
}

#[test]
fn sizes_beyond_all_bounds_are_not_asked_for() {
    for size in [0, METADATA_BYTES_MAX + 1, u32::MAX as usize] {
        let mut stage = Stage::new(metadata(100));
        let connection =
            stage.hunt.accepted(stage.now, address(1), stage.handshake(2)).expect("room");
        stage.hunt.received(stage.now, connection, &introduction(Some(size)));
        assert_eq!(stage.hunt.why().with_metadata, 0, "{size}");
        assert_eq!(
            stage.hunt.why().to_string(),
            "1 peer is connected, and none of them has the metadata"
        );
    }
}

#[test]
fn those_who_have_nothing_to_give_make_room_after_a_minute() {
    let mut stage = Stage::new(metadata(100));
    let hello = stage.handshake(2);
    let connection = stage.hunt.accepted(stage.now, address(1), hello).expect("room");
    stage.hunt.received(stage.now, connection, &introduction(None));
    while stage.hunt.poll_action().is_some() {}
    stage.now += Duration::from_secs(59);
    stage.hunt.handle_timeout(stage.now);
    assert_eq!(stage.hunt.poll_action(), None);
    stage.now += Duration::from_secs(1);
    assert_eq!(stage.hunt.next_timeout(), Some(stage.now));
    stage.hunt.handle_timeout(stage.now);
    let reason = CloseReason::NoMetadata;
    assert_eq!(stage.hunt.poll_action(), Some(Action::Close { connection, reason }));
}

#[test]
fn a_peer_that_gets_the_metadata_later_says_so_and_is_asked() {
    let bytes = metadata(100);
    let mut stage = Stage::new(bytes.clone());
    let hello = stage.handshake(2);
    let connection = stage.hunt.accepted(stage.now, address(1), hello).expect("room");
    stage.hunt.received(stage.now, connection, &introduction(None));
    stage.hunt.received(stage.now, connection, &introduction(Some(100)));
    let data = MetadataMessage::Data { piece: 0, total_size: None, data: &bytes };
    stage.hunt.received(stage.now, connection, &about(data));
    assert_eq!(stage.hunt.take_found(), Some(bytes));
    assert_eq!(stage.hunt.take_found(), None);
}

#[test]
fn the_swarm_hears_of_everybody_the_best_first_and_of_no_liar() {
    let bytes = metadata(100);
    let mut stage = Stage::with_peers(bytes, &[Manner::Refusing, Manner::Liar, Manner::Silent]);
    let hello = stage.handshake(9);
    let caller = SocketAddr::from(([198, 51, 100, 9], 51_000));
    let connection = stage.hunt.accepted(stage.now, caller, hello).expect("room");
    stage.hunt.received(stage.now, connection, &introduction(None));
    stage.hunt.add_candidates(stage.now, [address(77)]);
    stage.run();
    let mut known = stage.hunt.into_acquaintances();
    known.met[..2].sort_unstable();
    // Whoever called us is called where it listens, and had no metadata, so it comes last.
    let caller = SocketAddr::new(caller.ip(), 7_000);
    assert_eq!(known.met, [address(1), address(3), caller]);
    assert_eq!(known.heard_of, [address(77)]);
}

#[test]
fn who_was_not_named_by_a_tracker_or_a_person_is_told_apart() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Silent]);
    let hello = stage.handshake(9);
    let connection = stage.hunt.accepted(stage.now, address(9), hello).expect("room");
    stage.hunt.received(stage.now, connection, &introduction(None));
    let peer = ExchangedPeer { address: address(10), flags: PeerFlags::default() };
    let said = PeerExchange { added: vec![peer], dropped: Vec::new() };
    let (id, payload) = (Extension::PeerExchange.our_id(), said.encode());
    let said = framed(Message::Extended { id, payload: &payload });
    stage.hunt.received(stage.now, connection, &said);
    stage.hunt.overhear(stage.now, address(11));
    stage.hunt.overhear(stage.now, address(1));
    stage.hunt.add_candidates(stage.now, [address(12)]);
    stage.run();
    let known = stage.hunt.into_acquaintances();
    let caller = SocketAddr::new(address(9).ip(), 7_000);
    let mut heard_of = known.heard_of;
    heard_of.sort_unstable();
    assert_eq!(known.met, [address(1), caller]);
    assert_eq!(heard_of, [10, 11, 12].map(address));
    assert_eq!(known.hearsay, [caller, address(10), address(11)]);
}

#[test]
fn whom_peers_talk_with_is_called_too() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Silent]);
    stage.manners.insert(address(10), Manner::Honest);
    let peer = ExchangedPeer { address: address(10), flags: PeerFlags::default() };
    let said = PeerExchange { added: vec![peer], dropped: Vec::new() };
    let (id, payload) = (Extension::PeerExchange.our_id(), said.encode());
    let said = framed(Message::Extended { id, payload: &payload });
    let connection = stage.played[&address(1)].connection;
    stage.hunt.received(stage.now, connection, &said);
    stage.run();
    assert!(stage.has_found_all());
    let known = stage.hunt.into_acquaintances();
    assert_eq!(known.met[0], address(10));
    assert_eq!(known.hearsay, [address(10)], "meeting somebody does not say who named it");
}

#[test]
fn a_hunt_that_is_held_talks_with_nobody_until_it_is_released() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Silent]);
    stage.hunt.hold(stage.now);
    stage.run();
    assert_eq!(stage.closed, [(address(1), CloseReason::Held)]);
    let hello = stage.handshake(9);
    let refused = stage.hunt.accepted(stage.now, address(9), hello);
    assert_eq!((refused, stage.hunt.wants_peers()), (Err(Refusal::Held), false));
    stage.manners.insert(address(1), Manner::Honest);
    stage.pass(Duration::from_secs(60));
    assert!(stage.found.is_none());
    stage.hunt.release(stage.now);
    stage.run();
    assert!(stage.has_found_all());
}

#[test]
fn nobody_known_and_nobody_reached_are_told_apart() {
    let mut stage = Stage::new(metadata(100));
    assert_eq!(stage.hunt.why().to_string(), "no peer is known");
    assert!(stage.hunt.wants_peers());
    stage.hunt.add_candidates(stage.now, [address(1)]);
    assert_eq!(stage.hunt.why().to_string(), "1 peer is being called");
    stage.run();
    let sentence = "1 peer is known, and none could be reached; each is called again";
    assert_eq!(stage.hunt.why().to_string(), sentence);
}

#[test]
fn another_torrent_and_ourselves_are_no_peers() {
    let mut stage = Stage::new(metadata(100));
    let other = Handshake::new(InfoHash([0; 20]), PeerId([2; 20]));
    let refused = stage.hunt.accepted(stage.now, address(1), other);
    assert_eq!(refused, Err(Refusal::OtherTorrent));
    let ourselves = stage.handshake(1);
    let refused = stage.hunt.accepted(stage.now, address(1), ourselves);
    assert_eq!(refused, Err(Refusal::Ourselves));
    let one = stage.handshake(2);
    assert!(stage.hunt.accepted(stage.now, address(1), one).is_ok());
    let refused = stage.hunt.accepted(stage.now, address(2), one);
    assert_eq!(refused, Err(Refusal::Duplicate));
}

#[test]
fn bytes_of_any_kind_in_any_split_end_at_worst_the_conversation() {
    for seed in 0..300 {
        let mut chance = Rng::with_seed(seed);
        let mut stage = Stage::new(metadata(20_000));
        let hello = stage.handshake(2);
        let connection = stage.hunt.accepted(stage.now, address(1), hello).expect("room");
        let mut said = introduction(Some(20_000));
        for _ in 0..5 {
            let kind =
                MetadataMessage::Data { piece: chance.u32(0..3), total_size: None, data: b"x" };
            said.extend(about(kind));
        }
        for _ in 0..chance.usize(0..20) {
            let at = chance.usize(0..said.len());
            said[at] = chance.u8(..);
        }
        for part in said.chunks(chance.usize(1..50)) {
            stage.hunt.received(stage.now, connection, part);
        }
        while stage.hunt.poll_action().is_some() {}
        assert_eq!(stage.hunt.take_found(), None);
    }
}

#[test]
fn peers_that_peers_name_are_called_and_the_swarm_learns_who_named_them() {
    let mut stage = Stage::with_peers(metadata(100), &[Manner::Refusing]);
    stage.run();
    let hello = stage.handshake(9);
    let caller = SocketAddr::from(([203, 0, 113, 9], 51_000));
    let connection = stage.hunt.accepted(stage.now, caller, hello).expect("room");
    let flags = PeerFlags::default();
    let added = vec![ExchangedPeer { address: address(77), flags }];
    let payload = PeerExchange { added, dropped: Vec::new() }.encode();
    let id = Extension::PeerExchange.our_id();
    let message = framed(Message::Extended { id, payload: &payload });
    stage.hunt.received(stage.now, connection, &message);
    let mut actions = std::iter::from_fn(|| stage.hunt.poll_action());
    assert!(actions.any(|action| action == Action::Connect(address(77))));
    let known = stage.hunt.into_acquaintances();
    assert!(known.heard_of.contains(&address(77)));
    assert_eq!(known.hearsay, [address(77)]);
}
