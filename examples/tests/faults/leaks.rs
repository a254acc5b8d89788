//! What is left of torrents, trackers, web seeds and peers that came and went.

use super::*;

/// How many torrents come and go before anything is counted: what is kept for the next is kept then.
const WARM_UP: usize = 100;

const COUNT: usize = 100;

/// What memory may grow by while a hundred come and go: the least that a kilobyte lost with each piece,
/// peer or announce would make, and above what allocators keep in pieces.
const MEMORY_MAX: usize = 2 << 20;

/// Two seeders, and a web server that has nothing.
struct Stage {
    data: TempDir,
    copy: TempDir,
    seed: Program,
    get: Program,
    web: String,
}

impl Stage {
    fn new() -> Self {
        let (data, copy) = (home(), home());
        let seed = seeder(data.path(), [&PUBLIC[..], &["--json"]].concat());
        // It meets the other by its tracker, which hears of each torrent and its end.
        let get = seeder(copy.path(), [&ALONE[..], &["--json"]].concat());
        let web = serve(|_| b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec());
        Stage { data, copy, seed, get, web }
    }

    /// Publishes a file, has it downloaded, and lets go of it on both sides.
    fn come_and_go(&mut self, number: usize) {
        let name = format!("song-{number}");
        let content = bytes(200_000, number as u64);
        write(self.data.path().join(&name), &content);
        self.seed.say(format!("file:{name}"));
        let published = event(&self.seed, "complete");
        let torrent = self.with_web_seed(&name);
        self.get.say(format!("torrent:{}", torrent.display()));
        let got = event(&self.get, "complete");
        assert!(fs::read(self.copy.path().join(&name)).expect("a file") == content);
        for (program, torrent) in [(&mut self.get, got), (&mut self.seed, published)] {
            program.say(format!("stop:{}", torrent["id"]));
            event(program, "closed");
        }
    }

    /// The torrent of this name as another names it: with somebody else to fetch from.
    fn with_web_seed(&self, name: &str) -> PathBuf {
        let mut torrent =
            fs::read(self.data.path().join(format!("{name}.torrent"))).expect("a file");
        // It is the last of all keys.
        assert_eq!(torrent.pop(), Some(b'e'));
        let url = format!("{}/{name}", self.web);
        torrent.extend(format!("8:url-list{}:{url}e", url.len()).bytes());
        write(self.data.path().join(format!("{name}-too.torrent")), torrent)
    }

    fn processes(&self) -> [Process; 2] {
        [Process::of(&self.seed), Process::of(&self.get)]
    }
}

#[test]
fn a_hundred_torrents_that_come_and_go_leave_nothing_behind() {
    let mut stage = Stage::new();
    (0..WARM_UP).for_each(|number| stage.come_and_go(number));
    let before = stage.processes().map(Process::holdings);
    (WARM_UP..WARM_UP + COUNT).for_each(|number| stage.come_and_go(number));
    for (before, process) in before.iter().zip(stage.processes()) {
        let after = process.settled(before);
        eprintln!("{before:?} before, {after:?} after");
        assert!(after.memory <= before.memory + MEMORY_MAX, "{before:?} {after:?}");
    }
}
