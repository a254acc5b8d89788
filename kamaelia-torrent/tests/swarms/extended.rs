//! The extension protocol (BEP 10) between one swarm and raw bytes: what is said, and what is kept
//! to oneself.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::{Metainfo, PeerId, PieceIndex};
use kamaelia_torrent::peer::ProtocolError;
use kamaelia_torrent::swarm::{
    Acquaintances, Action, CloseReason, ConnectionId, Swarm, SwarmConfig,
};
use kamaelia_torrent::wire::extension::{
    EXTENSION_HANDSHAKE, Extension, ExtensionError, ExtensionHandshake, ExtensionIds,
    MetadataMessage, PeerExchange, decode_dont_have, encode_dont_have,
};
use kamaelia_torrent::wire::{BlockForm, Handshake, Message, MessageReader};

use fixedbitset::FixedBitSet;

const PIECE: u32 = 32_768;

/// The numbers that the stranger gives to extensions: not ours.
const METADATA_ID: u8 = 11;
const EXCHANGE_ID: u8 = 12;
const DONT_HAVE_ID: u8 = 13;

/// A torrent of eight pieces, with a comment in its `info` so long that it takes two pieces of
/// metadata.
fn metainfo(private: bool) -> Arc<Metainfo> {
    let private = if private { "7:privatei1e" } else { "" };
    let comment = "x".repeat(20_000);
    let hashes = "h".repeat(8 * 20);
    let info = format!(
        "d7:comment20000:{comment}6:lengthi{}e4:name4:file12:piece lengthi{PIECE}e\
         6:pieces160:{hashes}{private}e",
        8 * PIECE,
    );
    let torrent = format!("d4:info{info}e");
    Arc::new(Metainfo::parse(torrent.as_bytes()).expect("a torrent"))
}

struct Table {
    swarm: Swarm,
    metainfo: Arc<Metainfo>,
    now: Instant,
}

impl Table {
    /// A swarm that has the first so many pieces.
    fn new(have: usize, private: bool) -> Self {
        let (metainfo, now) = (metainfo(private), Instant::now());
        let mut pieces = FixedBitSet::with_capacity(8);
        pieces.insert_range(..have);
        let peer_id = PeerId(*b"-KA0100-ourselves...");
        let config = SwarmConfig { peer_id, listen_port: Some(6_881), ..SwarmConfig::default() };
        let layout = metainfo.layout().clone();
        let mut swarm = Swarm::new(config, metainfo.info_hash(), layout, pieces, 1, now);
        swarm.set_metainfo(metainfo.clone());
        Table { swarm, metainfo, now }
    }

    fn stranger(&self, number: u8) -> Handshake {
        let handshake = Handshake::new(self.metainfo.info_hash(), PeerId([number; 20]));
        handshake.with_extensions().with_fast()
    }

    /// Someone calls us.
    fn meet(&mut self, number: u8) -> ConnectionId {
        let met = self.swarm.accepted(self.now, from(number), self.stranger(number));
        met.expect("there is room")
    }

    /// We call someone, who answers.
    fn call(&mut self, number: u8) -> ConnectionId {
        let id = self.swarm.connected(self.now, from(number));
        let answer = self.stranger(number).encode();
        self.swarm.received(self.now, id, &answer);
        id
    }

    fn hear(&mut self, id: ConnectionId, messages: &[Message<'_>]) {
        let mut bytes = Vec::new();
        for message in messages {
            message.encode(&mut bytes);
        }
        self.swarm.received(self.now, id, &bytes);
    }

    fn hear_extended(&mut self, id: ConnectionId, number: u8, payload: &[u8]) {
        self.hear(id, &[Message::Extended { id: number, payload }]);
    }

    /// The stranger wants to hear everything.
    fn introduce(&mut self, id: ConnectionId, more: &str) {
        let ids = format!(
            "d1:md11:lt_donthavei{DONT_HAVE_ID}e11:ut_metadatai{METADATA_ID}e\
             6:ut_pexi{EXCHANGE_ID}ee{more}e"
        );
        self.hear_extended(id, EXTENSION_HANDSHAKE, ids.as_bytes());
    }

    /// What was sent to this one by the extension protocol since the last time, and why it was let
    /// go if it was.
    fn said(&mut self, to: ConnectionId) -> (Vec<(u8, Vec<u8>)>, Option<CloseReason>) {
        let (mut stream, mut closed) = (Vec::new(), None);
        while let Some(action) = self.swarm.poll_action() {
            match action {
                Action::Send { connection, bytes, .. } if connection == to => stream.extend(bytes),
                Action::Close { connection, reason } if connection == to => closed = Some(reason),
                _ => {}
            }
        }
        let handshake = if stream.starts_with(b"\x13BitTorrent protocol") { 68 } else { 0 };
        let (mut rest, mut reader) =
            (&stream[handshake..], MessageReader::new(8, BlockForm::Whole));
        let mut extended = Vec::new();
        while let Some(message) = reader.read(&mut rest).expect("our own messages") {
            if let Message::Extended { id, payload } = message {
                extended.push((id, payload.to_vec()));
            }
        }
        (extended, closed)
    }

    fn first_words(&mut self, to: ConnectionId) -> ExtensionHandshake {
        let (said, _) = self.said(to);
        let [(EXTENSION_HANDSHAKE, payload)] = &said[..] else {
            panic!("an introduction and nothing else: {said:?}");
        };
        ExtensionHandshake::decode(payload).expect("our own words")
    }

    fn wait(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.swarm.next_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.swarm.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn piece(&self, index: u32) -> PieceIndex {
        self.metainfo.layout().piece(index).expect("one of eight")
    }
}

/// Where strangers are, each in a network of its own.
fn from(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, number, 1], 40_000))
}

fn listens_at(number: u8, port: u16) -> SocketAddr {
    SocketAddr::new(from(number).ip(), port)
}

#[test]
fn everybody_hears_what_we_are_and_those_we_call_where_we_listen() {
    let mut table = Table::new(4, false);
    let expected = ExtensionHandshake {
        extensions: ExtensionIds::ours(Extension::ALL),
        client: Some(concat!("Kamaelia ", env!("CARGO_PKG_VERSION")).to_owned()),
        requests_max: Some(2_048),
        your_ip: Some(IpAddr::from([192, 0, 1, 1])),
        metadata_size: u32::try_from(table.metainfo.info_bytes().len()).ok(),
        ..ExtensionHandshake::default()
    };
    let caller = table.meet(1);
    assert_eq!(table.first_words(caller), expected);
    let called = table.call(2);
    let your_ip = Some(IpAddr::from([192, 0, 2, 1]));
    let expected = ExtensionHandshake { listen_port: Some(6_881), your_ip, ..expected };
    assert_eq!(table.first_words(called), expected);
}

#[test]
fn those_who_do_not_know_the_protocol_hear_nothing_of_it_and_are_not_heard() {
    let mut table = Table::new(4, false);
    let plain = Handshake::new(table.metainfo.info_hash(), PeerId([1; 20]));
    let id = table.swarm.accepted(table.now, from(1), plain).expect("there is room");
    table.introduce(id, "1:pi7777e");
    table.hear_extended(id, Extension::Metadata.our_id(), b"d8:msg_typei0e5:piecei0ee");
    assert_eq!(table.said(id), (Vec::new(), None));
}

#[test]
fn a_private_torrent_is_told_of_to_nobody() {
    let mut table = Table::new(4, true);
    let id = table.meet(1);
    let said = table.first_words(id);
    assert_eq!(said.extensions, ExtensionIds::ours([Extension::DontHave, Extension::UploadOnly]));
    assert_eq!(said.metadata_size, None);
    table.introduce(id, "");
    let other = table.call(2);
    table.introduce(other, "");
    table.hear_extended(id, Extension::Metadata.our_id(), b"d8:msg_typei0e5:piecei0ee");
    let exchange = b"d5:added6:\xc0\0\x09\x01\x1a\xe1e";
    table.hear_extended(id, Extension::PeerExchange.our_id(), exchange);
    while let Some(action) = table.swarm.poll_action() {
        assert!(!matches!(action, Action::Connect(_)), "{action:?}");
    }
    table.wait(150);
    assert_eq!(table.said(id), (Vec::new(), None));
}

#[test]
fn the_metadata_is_given_to_those_who_ask() {
    let mut table = Table::new(0, false);
    let id = table.meet(1);
    table.introduce(id, "");
    table.said(id);
    let ours = Extension::Metadata.our_id();
    for piece in [1, 0, 2] {
        let request = MetadataMessage::Request { piece }.encode();
        table.hear_extended(id, ours, &request);
    }
    let (said, _) = table.said(id);
    assert!(said.iter().all(|(id, _)| *id == METADATA_ID));
    let said: Vec<_> = said.iter().map(|(_, payload)| MetadataMessage::decode(payload)).collect();
    let info = table.metainfo.info_bytes();
    let total_size = u32::try_from(info.len()).ok();
    let data = |piece, data| Ok(MetadataMessage::Data { piece, total_size, data });
    let expected = [
        data(1, &info[16_384..]),
        data(0, &info[..16_384]),
        Ok(MetadataMessage::Reject { piece: 2 }),
    ];
    assert_eq!(said, expected);
}

#[test]
fn nobody_gets_the_metadata_faster_than_it_takes_it_or_for_ever() {
    let mut table = Table::new(0, false);
    let id = table.meet(1);
    table.introduce(id, "");
    table.said(id);
    let request = MetadataMessage::Request { piece: 0 }.encode();
    let (mut data, mut refusals) = (0, 0);
    for _ in 0..100 {
        table.hear_extended(id, Extension::Metadata.our_id(), &request);
        for (_, payload) in table.said(id).0 {
            match MetadataMessage::decode(&payload) {
                Ok(MetadataMessage::Data { .. }) => data += 1,
                Ok(MetadataMessage::Reject { .. }) => refusals += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!((data, refusals), (6, 94), "three times the two pieces");
}

#[test]
fn peers_are_told_of_each_other_once_and_again_when_they_are_gone() {
    let mut table = Table::new(4, false);
    let called = table.call(2);
    let silent = table.meet(3);
    let curious = table.meet(1);
    table.introduce(curious, "1:pi7001e");
    table.introduce(silent, "1:pi7003e");
    table.said(curious);
    table.wait(15);
    let (said, _) = table.said(curious);
    let [(EXCHANGE_ID, payload)] = &said[..] else { panic!("one message: {said:?}") };
    let told = PeerExchange::decode(payload).expect("our own words");
    let mut added: Vec<_> = told.added.iter().map(|peer| (peer.address, peer.flags.0)).collect();
    added.sort_unstable();
    assert_eq!(added, [(from(2), 0x10), (listens_at(3, 7_003), 0)]);
    assert_eq!(told.dropped, []);

    table.swarm.closed(table.now, called);
    table.wait(59);
    assert_eq!(table.said(curious).0, [], "not twice in a minute");
    table.wait(10);
    let (said, _) = table.said(curious);
    let told = PeerExchange::decode(&said[0].1).expect("our own words");
    assert_eq!((told.added, told.dropped), (Vec::new(), vec![from(2)]));
}

#[test]
fn peers_that_somebody_names_are_called_and_no_more_than_allowed() {
    let mut table = Table::new(4, false);
    let teller = table.meet(1);
    table.introduce(teller, "");
    table.said(teller);
    let ours = Extension::PeerExchange.our_id();
    let added: Vec<u8> = (0..100).flat_map(|last| [198, 51, 100, last, 0x1a, 0xe1]).collect();
    let payload = [b"d5:added600:", &added[..], b"e"].concat();
    table.hear_extended(teller, ours, &payload);
    let mut calls = Vec::new();
    while let Some(action) = table.swarm.poll_action() {
        if let Action::Connect(address) = action {
            calls.push(address);
        }
    }
    assert_eq!(calls.len(), SwarmConfig::default().half_open_max);
    assert!(calls.iter().all(|call| call.ip().to_string().starts_with("198.51.100.")));
    for call in calls {
        table.swarm.connect_failed(table.now, call);
    }
    // A second message within the minute is not heard.
    table.hear_extended(teller, ours, b"d5:added6:\xcb\0\x71\x01\x1a\xe1e");
    while let Some(action) = table.swarm.poll_action() {
        assert_ne!(action, Action::Connect(SocketAddr::from(([203, 0, 113, 1], 6_881))));
    }
}

#[test]
fn a_piece_they_lost_is_not_asked_for_and_what_was_asked_is_free() {
    let mut table = Table::new(4, false);
    let id = table.meet(1);
    table.hear(id, &[Message::HaveAll, Message::Unchoke]);
    assert_eq!(table.swarm.progress(table.now).seeds, 1);
    for piece in [4, 5, 6, 7, 0] {
        table.hear_extended(id, Extension::DontHave.our_id(), &encode_dont_have(piece));
    }
    assert_eq!(table.swarm.progress(table.now).seeds, 0);
    let other = table.meet(2);
    table.hear(other, &[Message::HaveAll]);
    table.said(other);
    table.hear(other, &[Message::Unchoke]);
    let mut asked = 0;
    while let Some(action) = table.swarm.poll_action() {
        if let Action::Send { connection, bytes, .. } = action {
            assert_eq!(connection, other);
            asked += bytes.len() / 17;
        }
    }
    assert_eq!(asked, 8, "each block of four pieces");
    // It lost nothing it had not, and may get a piece back.
    table.hear_extended(id, Extension::DontHave.our_id(), &encode_dont_have(4));
    table.hear(id, &[Message::Have(4)]);
    table.swarm.closed(table.now, id);
    let missing = encode_dont_have(8);
    table.hear_extended(other, Extension::DontHave.our_id(), &missing);
    let error = ProtocolError::NoSuchPiece { index: 8, count: 8 };
    assert_eq!(table.said(other).1, Some(CloseReason::Protocol(error)));
}

#[test]
fn what_we_lose_is_told_and_fetched_again() {
    let mut table = Table::new(8, false);
    let id = table.meet(1);
    table.introduce(id, "");
    assert!(table.swarm.is_complete());
    let (said, _) = table.said(id);
    let ours = ExtensionHandshake::decode(&said[0].1).expect("our own words");
    assert_eq!(ours.upload_only, Some(true));

    table.swarm.piece_lost(table.now, table.piece(3));
    assert!(!table.swarm.is_complete());
    assert_eq!(table.swarm.bytes_left(), u64::from(PIECE));
    let (said, _) = table.said(id);
    let [(DONT_HAVE_ID, lost), (EXTENSION_HANDSHAKE, news)] = &said[..] else {
        panic!("the loss, and that we want something again: {said:?}");
    };
    assert_eq!(decode_dont_have(lost), Ok(3));
    let news = ExtensionHandshake::decode(news).expect("our own words");
    assert_eq!(news.upload_only, Some(false));
    table.hear(id, &[Message::Have(3), Message::Unchoke]);
    let asked = std::iter::from_fn(|| table.swarm.poll_action())
        .any(|action| matches!(action, Action::Send { .. }));
    assert!(asked);
}

#[test]
fn what_we_want_is_told_by_a_message_of_its_own_to_those_who_listen_for_it() {
    let mut table = Table::new(8, false);
    let id = table.meet(1);
    table.hear_extended(id, EXTENSION_HANDSHAKE, b"d1:md11:upload_onlyi21eee");
    table.said(id);
    table.swarm.piece_lost(table.now, table.piece(3));
    assert_eq!(table.said(id).0, [(21, vec![0])]);
    table.hear_extended(id, Extension::UploadOnly.our_id(), &[1]);
    assert_eq!(table.said(id).1, None, "we want something");
}

#[test]
fn a_private_torrent_calls_nobody_that_only_peers_have_named() {
    for private in [false, true] {
        let mut table = Table::new(4, private);
        let named = |last| SocketAddr::from(([192, 0, 2, last], 6_881));
        let (met, heard_of) = (vec![named(1), named(2)], vec![named(3), named(4)]);
        let hearsay = vec![named(2), named(4)];
        table.swarm.take_over(table.now, Acquaintances { met, heard_of, hearsay });
        let actions = std::iter::from_fn(|| table.swarm.poll_action());
        let mut called: Vec<_> = actions
            .filter_map(|action| match action {
                Action::Connect(address) => Some(address.ip()),
                _ => None,
            })
            .collect();
        called.sort_unstable();
        let expected = if private { &[1, 3][..] } else { &[1, 2, 3, 4][..] };
        let expected: Vec<_> = expected.iter().map(|last| named(*last).ip()).collect();
        assert_eq!(called, expected);
    }
}

#[test]
fn a_private_torrent_does_not_talk_with_those_who_were_called_before_it_was_known_to_be_one() {
    for private in [false, true] {
        let mut table = Table::new(4, private);
        let id = table.swarm.connected(table.now, from(1));
        assert_eq!(table.said(id).1, private.then_some(CloseReason::Unwanted));
        table.swarm.add_candidates(table.now, [from(2)]);
        let id = table.swarm.connected(table.now, from(2));
        assert_eq!(table.said(id).1, None);
        // It moves to another tracker, while somebody of the former one is being called.
        table.swarm.add_candidates(table.now, [from(3)]);
        table.swarm.let_go(table.now);
        let id = table.swarm.connected(table.now, from(3));
        assert_eq!(table.said(id).1, private.then_some(CloseReason::Unwanted));
    }
}

#[test]
fn two_who_want_nothing_part_and_who_looks_for_metadata_stays() {
    let mut table = Table::new(8, false);
    let partial_seed = table.meet(1);
    table.hear(partial_seed, &[Message::Bitfield(&[0xf0])]);
    assert_eq!(table.said(partial_seed).1, None);
    table.introduce(partial_seed, "13:metadata_sizei9000e11:upload_onlyi1e");
    assert_eq!(table.said(partial_seed).1, Some(CloseReason::NothingToShare));

    let newcomer = table.meet(2);
    table.introduce(newcomer, "11:upload_onlyi1e");
    assert_eq!(table.said(newcomer).1, None);
}

#[test]
fn words_that_make_no_sense_are_forgiven_a_few_times() {
    let mut table = Table::new(4, false);
    let id = table.meet(1);
    for _ in 0..16 {
        table.hear_extended(id, EXTENSION_HANDSHAKE, b"nonsense");
    }
    table.hear_extended(id, 200, b"something new");
    assert_eq!(table.said(id).1, None);
    table.hear_extended(id, EXTENSION_HANDSHAKE, b"nonsense");
    let error = ProtocolError::Extension(ExtensionError::NotADictionary);
    assert_eq!(table.said(id).1, Some(CloseReason::Protocol(error)));
}
