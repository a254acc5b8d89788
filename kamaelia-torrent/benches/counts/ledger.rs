//! The counts that are kept in `accepted.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::compiler::Compiler;

const HEADER: &str = "\
# Instructions of each work in this directory, written by
#     cargo bench -p kamaelia-torrent --bench counts -- --accept
";

/// What works took, and what compiled them.
pub(crate) struct Ledger {
    pub(crate) compiler: Compiler,
    /// Instructions, by the name of the work.
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Ledger {
    /// What is kept.
    pub(crate) fn accepted() -> Self {
        let text = fs::read_to_string(path()).expect("the accepted counts can be read");
        Ledger::parse(&text).expect("a compiler, then a name and a number a line")
    }

    /// Keeps this instead.
    pub(crate) fn write(&self) {
        let lines = self.counts.iter().map(|(name, count)| format!("{name} {count}\n"));
        let text = format!("{HEADER}{}\n{}", self.compiler, lines.collect::<String>());
        fs::write(path(), &text).expect("the accepted counts can be written");
        print!("{text}");
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let compiler = Compiler::parse(lines.next()?)?;
        let count = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        Some(Ledger { compiler, counts: lines.map(count).collect::<Option<_>>()? })
    }
}

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts/accepted.txt"))
}
