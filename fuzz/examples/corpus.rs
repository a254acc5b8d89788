//! Writes the bytes that fuzzing begins with into `fuzz/corpus`, a folder for each target:
//! `cargo run --example corpus` in `fuzz`.

use std::fs;
use std::path::Path;

use kamaelia_torrent::strangers_bytes::FORMATS;

fn main() -> std::io::Result<()> {
    for format in FORMATS {
        write(format.name, &(format.seeds)())?;
    }
    write("http_request", &kamaelia_io::strangers_bytes::seeds())
}

fn write(target: &str, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{number:02}")), seed)?;
    }
    Ok(())
}
