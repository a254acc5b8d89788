//! The same work with no protocol at all: the system calls that nobody can do without. Each is a
//! process of its own too. Hashing is by our own function, of as many pieces at once as it likes.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::thread;

use kamaelia_torrent::hash::{lanes, sha1_each};

use crate::content::Content;
use crate::loopback::free;
use crate::peers::ours::this_program;
use crate::process::{Process, Spent};

/// What is left of a download.
pub(super) const RECEIVING: &[&str] = &["bare receive+write", "bare receive+write+hash"];

/// What is left of an upload.
pub(super) const SENDING: &[&str] = &["bare sendfile", "bare pread+write"];

/// What is left of making a torrent, and of checking one.
pub(super) const HASHING: &str = "bare read+hash";

/// Bytes that are hashed as one.
const PIECE: usize = 1 << 20;

/// Bytes moved by one call.
const PART: usize = 256 << 10;

/// Does what the words of a command of ours say; false if they are none.
pub(crate) fn did(words: &[&str]) -> bool {
    let result = match words {
        ["--bare", "bare sendfile", file, address] => serve(address, file, send_file),
        ["--bare", "bare pread+write", file, address] => serve(address, file, read_and_write),
        ["--bare", "bare receive+write", address, to] => receive_all(address, to, |_| ()),
        ["--bare", "bare receive+write+hash", address, to] => receive_all(address, to, hash_pieces),
        ["--bare", "bare read+hash", file] => read_and_hash(file),
        _ => return false,
    };
    result.expect("files and sockets work");
    true
}

fn command(words: &[&str]) -> Command {
    let mut command = this_program();
    command.arg("--bare").args(words);
    command
}

/// Has a file hashed.
pub(super) fn hash(file: &Path) -> Option<Spent> {
    let file = file.to_str().expect("paths here are text");
    Process::start(command(&[HASHING, file])).until_ended()
}

/// Has all of it received, from a thread of this process.
pub(super) fn receive(work: &str, content: &Content, home: &Path) -> Option<Spent> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    let address = listener.local_addr().ok()?.to_string();
    let file = File::open(&content.file).ok()?;
    let sending = thread::spawn(move || listener.accept().and_then(|(s, _)| send_file(&file, s)));
    let run = tempfile::tempdir_in(home).expect("a directory");
    let target = run.path().join("noise.bin");
    let to = target.to_str().expect("paths here are text");
    let spent = Process::start(command(&[work, &address, to])).until_ended();
    sending.join().ok()?.ok()?;
    spent.filter(|_| content.is_in(run.path()))
}

/// Has all of it sent to so many at once, threads of this process.
pub(super) fn send(work: &str, content: &Content, takers: u32) -> Option<Spent> {
    let address = free();
    let file = content.file.to_str().expect("paths here are text");
    let mut sender = Process::start(command(&[work, file, &address.to_string()]));
    let taking: Vec<_> = (0..takers).map(|_| thread::spawn(move || drain(address))).collect();
    let size = content.size;
    let all = taking.into_iter().all(|taking| taking.join().is_ok_and(|got| got == size));
    // It ends with the first that nobody connects for.
    let spent = sender.until(|| true);
    spent.filter(|_| all)
}

/// How many bytes come.
fn drain(from: SocketAddr) -> u64 {
    let mut socket = loop {
        match TcpStream::connect(from) {
            Ok(socket) => break socket,
            Err(_) => thread::sleep(std::time::Duration::from_millis(1)),
        }
    };
    let mut part = vec![0; PART];
    let mut got = 0;
    while let Ok(length @ 1..) = socket.read(&mut part) {
        got += length as u64;
    }
    got
}

/// Sends the file to each who connects, until it is killed.
fn serve(
    address: &str,
    file: &str,
    send: fn(&File, TcpStream) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address)?;
    loop {
        let (socket, _) = listener.accept()?;
        let file = File::open(file)?;
        thread::spawn(move || send(&file, socket));
    }
}

fn send_file(file: &File, socket: TcpStream) -> std::io::Result<()> {
    let mut left = file.metadata()?.len() as usize;
    while left > 0 {
        match rustix::fs::sendfile(&socket, file, None, left.min(PART))? {
            0 => break,
            sent => left -= sent,
        }
    }
    Ok(())
}

fn read_and_write(file: &File, mut socket: TcpStream) -> std::io::Result<()> {
    let mut part = vec![0; PART];
    let mut at = 0;
    loop {
        match file.read_at(&mut part, at)? {
            0 => return Ok(()),
            length => socket.write_all(&part[..length])?,
        }
        at += part.len() as u64;
    }
}

/// Hands on and writes as many pieces as are hashed at once, when they have come.
fn receive_all(address: &str, to: &str, with: fn(&[u8])) -> std::io::Result<()> {
    let mut socket = TcpStream::connect(address)?;
    let file = File::create(to)?;
    let mut pieces = vec![0; lanes() * PIECE];
    let mut at = 0;
    loop {
        let filled = fill(&mut pieces, |part| socket.read(part))?;
        if filled == 0 {
            return Ok(());
        }
        with(&pieces[..filled]);
        file.write_all_at(&pieces[..filled], at)?;
        at += filled as u64;
    }
}

fn read_and_hash(file: &str) -> std::io::Result<()> {
    let mut file = File::open(file)?;
    let mut pieces = vec![0; lanes() * PIECE];
    loop {
        match fill(&mut pieces, |part| file.read(part))? {
            0 => return Ok(()),
            filled => hash_pieces(&pieces[..filled]),
        }
    }
}

/// Reads until all is full or there is no more; says how many bytes came.
fn fill(
    bytes: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>,
) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        let end = bytes.len().min(filled + PART);
        match read(&mut bytes[filled..end])? {
            0 => break,
            length => filled += length,
        }
    }
    Ok(filled)
}

fn hash_pieces(bytes: &[u8]) {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE).collect();
    std::hint::black_box(sha1_each(&pieces));
}
