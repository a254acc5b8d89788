//! One file from one process to another over loopback, hashed and written as it arrives.

use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};

use kamaelia_torrent::engine::{MakeOptions, make};

use crate::measure::{gib, least_and_middle, noise};
use crate::peers::Client;

const ROUNDS: usize = 3;

/// Large enough that finding each other does not count.
const FILE: usize = 256 << 20;

/// Processor seconds of both ends, and seconds by the wall of the one that downloads.
struct Spent {
    seeding: f64,
    downloading: f64,
    wall: f64,
}

pub(crate) fn measure_all() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("noise");
    let content = noise(FILE);
    fs::write(&file, &content).expect("room for a file");
    println!(
        "A file of {} MiB over loopback; processor seconds per GiB, least and middle",
        FILE >> 20
    );
    println!(
        "  {:<10} {:<24} {:>15} {:>15} {:>11}",
        "pieces", "seeder -> downloader", "seeding", "downloading", "MiB/s wall"
    );
    if !Client::Libtorrent.is_there() {
        println!("  (/usr/bin/python3 has no libtorrent: only our own client is measured)");
    }
    for piece_length in [256 << 10, 1 << 20] {
        let options = MakeOptions { piece_length: Some(piece_length), ..MakeOptions::default() };
        let made = make(&file, &options, |_| ControlFlow::Continue(())).expect("it can be made");
        let torrent = home.path().join("torrent");
        fs::write(&torrent, made.rawmetainfo).expect("room for a torrent");
        measure(home.path(), &torrent, &file, &content, piece_length);
    }
    println!();
}

fn measure(home: &Path, torrent: &Path, file: &Path, content: &[u8], piece_length: u64) {
    use Client::{Libtorrent, Ours};
    let pairs = [(Ours, Ours), (Libtorrent, Libtorrent), (Ours, Libtorrent), (Libtorrent, Ours)];
    let pairs: Vec<(Client, Client)> =
        pairs.into_iter().filter(|(from, to)| from.is_there() && to.is_there()).collect();
    let mut spent: Vec<Vec<Spent>> = pairs.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (at, (from, to)) in pairs.iter().enumerate() {
            spent[at].push(transfer(home, torrent, file, content, *from, *to));
        }
    }
    for ((from, to), spent) in pairs.iter().zip(&spent) {
        let per_gib = |seconds: fn(&Spent) -> f64| {
            let each = spent.iter().map(|spent| seconds(spent) / gib(content.len() as u64));
            let (least, middle) = least_and_middle(each.collect());
            format!("{least:.2} {middle:.2}")
        };
        let (_, wall) = least_and_middle(spent.iter().map(|spent| spent.wall).collect());
        println!(
            "  {:<10} {:<24} {:>15} {:>15} {:>11.0}",
            format!("{} KiB", piece_length >> 10),
            format!("{} -> {}", from.name(), to.name()),
            per_gib(|spent| spent.seeding),
            per_gib(|spent| spent.downloading),
            content.len() as f64 / f64::from(1 << 20) / wall
        );
    }
}

fn transfer(
    home: &Path,
    torrent: &Path,
    file: &Path,
    content: &[u8],
    from: Client,
    to: Client,
) -> Spent {
    let target = tempfile::tempdir_in(home).expect("a directory");
    let mut seeder = from.command(home);
    seeder.arg("--seed").arg(torrent).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut seeder = seeder.spawn().expect("the seeder starts");
    let mut said = BufReader::new(seeder.stdout.take().expect("it was piped")).lines();
    let mut next = || said.next().expect("the seeder says more").expect("in UTF-8");
    let address = next();
    let mut downloader = to.command(home);
    downloader.arg("--download").arg(torrent).arg(target.path()).arg(address);
    let (downloading, wall) = two_numbers(&output(downloader));
    drop(seeder.stdin.take());
    let seeding = next().parse().expect("the seeder says a number");
    seeder.wait().expect("the seeder ends");
    let got = fs::read(target.path().join("noise")).expect("it was downloaded");
    assert!(got == content, "what arrived is not what was sent");
    Spent { seeding, downloading, wall }
}

fn output(mut command: Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("the downloader starts");
    assert!(output.status.success(), "the downloader failed");
    String::from_utf8(output.stdout).expect("it speaks UTF-8")
}

fn two_numbers(line: &str) -> (f64, f64) {
    let mut numbers = line.split_whitespace().map(|word| word.parse().expect("a number"));
    let mut next = || numbers.next().expect("two numbers");
    (next(), next())
}
