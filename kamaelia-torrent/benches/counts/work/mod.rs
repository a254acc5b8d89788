//! The works that are counted. Each does the same every time: no chance but from fixed seeds, no
//! file, no socket, one thread.

mod announces;
mod blocks;
mod decisions;
mod hashing;
mod pipeline;
mod torrent_file;

/// One of them.
pub(crate) struct Work {
    /// A word.
    pub(crate) name: &'static str,
    /// Prepares, then does it so many times.
    run: fn(u32),
}

impl Work {
    pub(crate) const ALL: &[Work] = &[
        Work { name: "announce", run: announces::by_http },
        Work { name: "datagram", run: announces::by_udp },
        Work { name: "decide", run: decisions::decide },
        Work { name: "fetch", run: blocks::fetch },
        Work { name: "hash", run: hashing::hash },
        Work { name: "hop", run: pipeline::hop },
        Work { name: "parse", run: torrent_file::parse },
        Work { name: "serve", run: blocks::serve },
    ];

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        Work::ALL.iter().find(|work| work.name == name)
    }

    pub(crate) fn run(&self, rounds: u32) {
        (self.run)(rounds);
    }
}
