//! Blocks that are wrong, not asked for, or promised and never given.

use std::time::Duration;

use fastrand::Rng;
use kamaelia_torrent::wire::{BlockName, Message};
use log::Level::Info;

use crate::case::{Case, End::*};
use crate::script::{Scene, Script, encoded};
use crate::stage::PIECE;

const BLOCK: u32 = 16 << 10;

/// All but the first piece, so that nobody takes it for a seed and hangs up when there is nothing more to
/// want.
const MOST: [u8; 8] = [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0];

fn right(scene: &Scene, block: BlockName) -> Vec<u8> {
    let start = (block.piece * PIECE + block.offset) as usize;
    scene.content[start..start + block.length as usize].to_vec()
}

fn piece(block: BlockName, data: &[u8]) -> Vec<u8> {
    encoded(&[Message::Piece { block, data }])
}

/// Answers each request by what this makes of the right bytes.
macro_rules! giving {
    ($change:expr) => {
        |message: &Message<'_>, scene: &Scene, chance: &mut Rng| {
            let change: fn(BlockName, Vec<u8>, &mut Rng) -> Vec<u8> = $change;
            match message {
                Message::Request(block) => change(*block, right(scene, *block), chance),
                _ => Vec::new(),
            }
        }
    };
}

/// One who has nearly everything, and serves whoever asks.
fn giver() -> Script {
    Script::greeting().says(&[Message::Bitfield(&MOST), Message::Interested, Message::Unchoke])
}

/// A block that was never asked for.
fn unasked(block: BlockName, length: u32) -> Vec<u8> {
    let block = BlockName { length, ..block };
    piece(block, &vec![3; length as usize])
}

pub(crate) fn cases() -> Vec<Case> {
    let banned = LetGo(Info, "the peer sent corrupt data");
    let stays = Kept("BEP 3 and 6 let a peer choke and refuse; it is asked less and costs a place");
    let first = BlockName { piece: 0, offset: 0, length: BLOCK };
    let newcomer = || Script::greeting().says(&[Message::HaveNone]);
    vec![
        Case::of(
            "blocks that nobody asked for",
            newcomer().bytes_for_ever(unasked(first, BLOCK)),
            LetGo(Info, "it sent 17 blocks that nobody asked for"),
        ),
        Case::of(
            "bytes that nobody asked for, one at a time",
            newcomer().bytes_for_ever(unasked(first, 1)),
            LetGo(Info, "it sent 17 blocks that nobody asked for"),
        ),
        Case::of(
            "a block of no piece",
            newcomer().bytes(unasked(BlockName { piece: 60, ..first }, BLOCK)),
            LetGo(Info, "16384 bytes at offset 0 of piece 60, which is no block"),
        ),
        Case::of(
            "a block beyond its piece",
            newcomer().bytes(unasked(BlockName { offset: PIECE - 1, ..first }, 2)),
            LetGo(Info, "it named 2 bytes at offset 32767 of piece 0, which is no block"),
        ),
        Case::of(
            "a block of two blocks' length",
            newcomer().bytes(unasked(first, 2 * BLOCK)),
            LetGo(Info, "it named 32768 bytes at offset 0 of piece 0, which is no block"),
        ),
        Case::of(
            "a block of no bytes",
            newcomer().bytes(unasked(first, 0)),
            LetGo(Info, "it named 0 bytes at offset 0 of piece 0, which is no block"),
        ),
        Case::of(
            "nothing but wrong blocks",
            giver().answers(giving!(|block, mut data, _| {
                data.fill(9);
                piece(block, &data)
            })),
            banned,
        ),
        Case::of(
            "one wrong byte in each block",
            giver().answers(giving!(|block, mut data, chance| {
                let place = chance.usize(..data.len());
                data[place] ^= 1;
                piece(block, &data)
            })),
            banned,
        ),
        Case::of(
            "one wrong block in eight",
            giver().answers(giving!(|block, mut data, chance| {
                data[0] ^= u8::from(chance.u8(..8) == 0);
                piece(block, &data)
            })),
            banned,
        ),
        Case::of(
            "the last block of each piece wrong",
            giver().answers(giving!(|block, mut data, _| {
                data[0] ^= u8::from(block.offset > 0);
                piece(block, &data)
            })),
            banned,
        ),
        Case::of(
            "right pieces and then wrong ones",
            giver().answers(giving!(|block, mut data, _| {
                data[0] ^= u8::from(block.piece % 4 == 3);
                piece(block, &data)
            })),
            banned,
        ),
        Case::of(
            "three who are wrong in turn",
            giver().answers(giving!(|block, mut data, chance| {
                data[0] ^= u8::from(chance.u8(..3) == 0);
                piece(block, &data)
            })),
            banned,
        )
        .by(3),
        Case::of(
            "wrong blocks, encrypted",
            Script::encrypted()
                .says(&[Message::Bitfield(&MOST), Message::Interested, Message::Unchoke])
                .answers(giving!(|block, mut data, _| {
                    data.fill(9);
                    piece(block, &data)
                })),
            banned,
        ),
        Case::of(
            "the right bytes of another block",
            giver().answers(|message, scene, _| match message {
                Message::Request(block) => {
                    let other = BlockName { piece: (block.piece + 1) % 59, ..*block };
                    piece(*block, &right(scene, other))
                }
                _ => Vec::new(),
            }),
            banned,
        ),
        Case::of(
            "half of each block",
            giver().answers(giving!(|block, data, _| {
                let block = BlockName { length: block.length / 2, ..block };
                piece(block, &data[..block.length as usize])
            })),
            stays,
        ),
        Case::of(
            "each block ten times",
            giver().answers(giving!(|block, data, _| { piece(block, &data).repeat(10) })),
            LetGo(Info, "it sent 17 blocks that nobody asked for"),
        ),
        Case::of(
            "blocks by one that chokes us",
            Script::greeting()
                .says(&[Message::Bitfield(&MOST)])
                .bytes_for_ever(unasked(BlockName { piece: 5, ..first }, BLOCK)),
            LetGo(Info, "it sent 17 blocks that nobody asked for"),
        ),
        Case::of(
            "each request refused",
            giver().answers(giving!(|block, _, _| { encoded(&[Message::Reject(block)]) })),
            stays,
        ),
        Case::of("no request answered", giver(), stays),
        Case::of(
            "no request answered, and messages all the while",
            giver().repeats(&[Message::KeepAlive], Duration::from_secs(1), 10_000),
            stays,
        ),
        Case::of(
            "choked whenever we have asked",
            giver().answers(|message, _, _| match message {
                Message::Request(_) => encoded(&[Message::Choke, Message::Unchoke]),
                _ => Vec::new(),
            }),
            stays,
        ),
    ]
}
