//! One who takes a whole torrent off a seeder and drops it: so little work that what is measured is
//! the seeder, and so much looking that nobody gets by with other bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kamaelia_torrent::metainfo::{BLOCK_LENGTH, InfoHash};
use kamaelia_torrent::wire::{BlockForm, BlockName, Message, MessageReader};

use crate::content::Content;
use crate::handshake::{greet, greeted};

/// Requests under way: 4 MiB.
const UNDER_WAY: u32 = 256;

/// How long a seeder may leave a peer without a word.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every so many blocks one is compared with what was shared.
const LOOK: u32 = 61;

/// Takes all of it, on a thread; true if all came and was right.
pub(crate) fn take(number: u32, from: SocketAddr, content: &Content) -> JoinHandle<bool> {
    let torrent = content.metainfo().info_hash();
    let (file, size) = (content.file.clone(), content.size);
    let piece_length = content.metainfo().layout().piece_length();
    thread::spawn(move || {
        let taker = Taker { file, size, piece_length, asked: 0, got: 0, served: false };
        taker.run(number, from, torrent).is_ok_and(|all| all)
    })
}

struct Taker {
    file: PathBuf,
    size: u64,
    piece_length: u32,
    /// Blocks that were asked for, and that came.
    asked: u32,
    got: u32,
    served: bool,
}

impl Taker {
    fn run(mut self, number: u32, from: SocketAddr, torrent: InfoHash) -> std::io::Result<bool> {
        let mut socket = greet(number, from, torrent)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        if !greeted(&mut socket, torrent) {
            return Ok(false);
        }
        let mut interested = Vec::new();
        Message::Interested.encode(&mut interested);
        socket.write_all(&interested)?;
        let file = File::open(&self.file)?;
        let mut reader = MessageReader::new(1 << 20, BlockForm::Whole);
        let mut bytes = vec![0; 256 << 10];
        while self.got < self.blocks() {
            let length = socket.read(&mut bytes)?;
            if length == 0 {
                return Ok(false);
            }
            let mut input = &bytes[..length];
            while let Some(message) = reader.read(&mut input).map_err(std::io::Error::other)? {
                if !self.hear(message, &file) {
                    return Ok(false);
                }
            }
            self.ask(&mut socket)?;
        }
        Ok(true)
    }

    /// False if it is a wrong block.
    fn hear(&mut self, message: Message<'_>, file: &File) -> bool {
        match message {
            Message::Unchoke => self.served = true,
            Message::Piece { block, data } => {
                self.got += 1;
                return !self.got.is_multiple_of(LOOK) || self.is_right(block, data, file);
            }
            _ => {}
        }
        true
    }

    fn is_right(&self, block: BlockName, data: &[u8], file: &File) -> bool {
        let mut shared = vec![0; data.len()];
        let at = u64::from(block.piece) * u64::from(self.piece_length) + u64::from(block.offset);
        file.read_exact_at(&mut shared, at).is_ok() && shared == data
    }

    /// Fills up what is under way, once half of it has come.
    fn ask(&mut self, socket: &mut TcpStream) -> std::io::Result<()> {
        if !self.served || self.asked - self.got > UNDER_WAY / 2 {
            return Ok(());
        }
        let mut requests = Vec::new();
        while self.asked - self.got < UNDER_WAY && self.asked < self.blocks() {
            let at = u64::from(self.asked) * u64::from(BLOCK_LENGTH);
            let piece_length = u64::from(self.piece_length);
            let (piece, offset) = ((at / piece_length) as u32, (at % piece_length) as u32);
            let length = (self.size - at).min(BLOCK_LENGTH.into()) as u32;
            Message::Request(BlockName { piece, offset, length }).encode(&mut requests);
            self.asked += 1;
        }
        socket.write_all(&requests)
    }

    fn blocks(&self) -> u32 {
        self.size.div_ceil(BLOCK_LENGTH.into()) as u32
    }
}
