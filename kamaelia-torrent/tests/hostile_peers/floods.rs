//! What is allowed once, said without end.

use kamaelia_torrent::wire::extension::{
    EXTENSION_HANDSHAKE, ExchangedPeer, Extension, ExtensionHandshake, ExtensionIds,
    MetadataMessage, PeerExchange, PeerFlags, encode_dont_have,
};
use kamaelia_torrent::wire::{BlockName, Message};
use log::Level::Info;

use crate::case::{Case, End::*, Role::*};
use crate::script::{Script, encoded};
use crate::stage::PIECES;

const BLOCK: u32 = 16 << 10;

fn block(piece: u32) -> BlockName {
    BlockName { piece, offset: 0, length: BLOCK }
}

/// One who has said that it has nothing, and what it hears.
fn newcomer(script: Script) -> Script {
    let payload = introduction();
    let introduced = Message::Extended { id: EXTENSION_HANDSHAKE, payload: &payload };
    script.says(&[Message::HaveNone, introduced])
}

pub(crate) fn introduction() -> Vec<u8> {
    let extensions = ExtensionIds::ours(Extension::ALL);
    ExtensionHandshake { extensions, ..ExtensionHandshake::default() }.encode()
}

/// A flood of these, in the middle of an ordinary conversation.
fn flood(name: &'static str, messages: &[Message<'_>]) -> Case {
    let script = newcomer(Script::greeting()).for_ever(messages);
    Case::of(name, script, LetGo(Info, "bytes of messages that bring nothing"))
}

fn extended(extension: Extension, payload: &[u8]) -> Message<'_> {
    Message::Extended { id: extension.our_id(), payload }
}

pub(crate) fn cases() -> Vec<Case> {
    let every = [Leecher, Seed, Hunter];
    let (introduction, lost) = (introduction(), encode_dont_have(1));
    let ask = MetadataMessage::Request { piece: 0 }.encode();
    let ask_beyond = MetadataMessage::Request { piece: 1 << 20 }.encode();
    let data = MetadataMessage::Data { piece: 0, total_size: Some(9_000), data: &[7; 9_000] };
    let data = data.encode();
    let haves: Vec<_> = (0..PIECES).map(Message::Have).collect();
    let flags = PeerFlags::default();
    let named =
        |number: u32| ExchangedPeer { address: ([11, 9, 0, number as u8], 6_881).into(), flags };
    let exchange =
        PeerExchange { added: (0..50).map(named).collect(), dropped: Vec::new() }.encode();
    vec![
        flood("keep-alives", &[Message::KeepAlive]).at(&every),
        Case::of(
            "keep-alives, encrypted",
            newcomer(Script::encrypted()).for_ever(&[Message::KeepAlive]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&[Leecher, Seed]),
        flood("the same have", &[Message::Have(3)]).at(&every),
        flood("every have again and again", &haves),
        flood("interested", &[Message::Interested]).at(&every),
        flood("interested and not interested", &[Message::Interested, Message::NotInterested])
            .at(&[Seed]),
        flood("not interested", &[Message::NotInterested]),
        flood("choke", &[Message::Choke]),
        flood("unchoke", &[Message::Unchoke]),
        flood("choke and unchoke", &[Message::Choke, Message::Unchoke]),
        flood("cancels of what was not asked for", &[Message::Cancel(block(0))])
            .at(&[Leecher, Seed]),
        Case::of(
            "requests, each taken back at once",
            newcomer(Script::greeting())
                .says(&[Message::Interested])
                .for_ever(&[Message::Request(block(0)), Message::Cancel(block(0))]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&[Seed]),
        Case::of(
            "requests by one that is choked",
            Script::plain().for_ever(&[Message::Request(block(0))]),
            LetGo(Info, "times while it was choked"),
        )
        .at(&[Seed]),
        Case::of(
            "requests for pieces that we lack",
            Script::plain().for_ever(&[Message::Request(block(0))]),
            LetGo(Info, "times for pieces we do not have"),
        ),
        Case::of(
            "requests by one that is served",
            newcomer(Script::greeting())
                .says(&[Message::Interested])
                .for_ever(&[Message::Request(block(0)), Message::Request(block(2))]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&[Seed]),
        Case::of(
            "requests for one byte each",
            newcomer(Script::greeting()).says(&[Message::Interested]).for_ever(&[
                Message::Request(BlockName { piece: 0, offset: 5, length: 1 }),
                Message::Request(BlockName { piece: 7, offset: 9, length: 1 }),
            ]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&[Seed]),
        flood("ports", &[Message::Port(6_881)]),
        Case::of(
            "messages of a kind that nobody knows",
            newcomer(Script::greeting()).bytes_for_ever([0, 0, 0, 5, 99, 1, 2, 3, 4]),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .at(&every),
        flood("suggestions", &[Message::SuggestPiece(1), Message::SuggestPiece(2)]),
        flood("pieces that are allowed", &[Message::AllowedFast(1)]),
        Case::of(
            "refusals that nobody asked for",
            newcomer(Script::greeting()).for_ever(&[Message::Reject(block(0))]),
            LetGo(Info, "refused 65 requests that nobody made"),
        ),
        flood(
            "introductions",
            &[Message::Extended { id: EXTENSION_HANDSHAKE, payload: &introduction }],
        )
        .at(&every),
        flood(
            "an extension that nobody knows",
            &[Message::Extended { id: 200, payload: &[1; 60_000] }],
        )
        .at(&every),
        flood("fifty peers each time", &[extended(Extension::PeerExchange, &exchange)])
            .at(&[Leecher, Hunter]),
        flood("requests for the metadata", &[extended(Extension::Metadata, &ask)]).at(&every),
        flood(
            "requests for metadata beyond its end",
            &[extended(Extension::Metadata, &ask_beyond)],
        )
        .at(&[Seed]),
        flood("metadata that nobody asked for", &[extended(Extension::Metadata, &data)])
            .at(&[Leecher, Hunter]),
        flood("a piece had and lost", &[Message::Have(1), extended(Extension::DontHave, &lost)]),
        flood(
            "more and less to want",
            &[extended(Extension::UploadOnly, &[1]), extended(Extension::UploadOnly, &[0])],
        ),
        Case::of(
            "introductions that cannot be read",
            Script::greeting()
                .for_ever(&[Message::Extended { id: EXTENSION_HANDSHAKE, payload: b"i1e" }]),
            LetGo(Info, "the peer broke the protocol"),
        )
        .at(&every),
        Case::of(
            "one tiny message in each packet",
            newcomer(Script::greeting()).bytes(encoded(&[Message::Interested])).repeats(
                &[Message::KeepAlive, Message::Have(0), Message::Interested, Message::Port(1)],
                std::time::Duration::from_millis(5),
                1_000_000,
            ),
            LetGo(Info, "bytes of messages that bring nothing"),
        ),
        Case::of(
            "keep-alives, again after each time that it was let go",
            newcomer(Script::greeting()).for_ever(&[Message::KeepAlive]).calls(30),
            LetGo(Info, "bytes of messages that bring nothing"),
        )
        .by(1)
        .at(&every),
    ]
}
