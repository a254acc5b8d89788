//! Our programs, as another program drives them.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::Program;
use crate::stage::Stage;

/// A `.torrent`, as our `torrent_info` reads it.
#[derive(Clone, Debug)]
pub(crate) struct Torrent {
    /// What a client is given: the `.torrent`, or a magnet link in its place.
    pub(crate) file: PathBuf,
    pub(crate) magnet: String,
    pub(crate) name: String,
    pub(crate) info_hash: String,
    pub(crate) tracker: Option<String>,
}

impl Torrent {
    #[track_caller]
    pub(crate) fn read(stage: &Stage, file: &Path) -> Self {
        let text = stage.run(stage.command(env!("CARGO_BIN_EXE_torrent_info")).arg(file));
        let line = |label: &str| {
            let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
            Some(rest.trim().to_owned())
        };
        Torrent {
            file: file.to_path_buf(),
            magnet: line("magnet").expect("it has a link"),
            name: line("name").expect("it has a name"),
            info_hash: line("info-hash").expect("it has a hash"),
            tracker: line("tracker")
                .and_then(|urls| Some(urls.split([' ', ',']).next()?.to_owned())),
        }
    }

    /// The same torrent for a client that knows its link alone.
    pub(crate) fn by_magnet(&self) -> Self {
        Torrent { file: self.magnet.clone().into(), ..self.clone() }
    }

    /// Has `make_torrent` make one, into a directory for torrents.
    #[track_caller]
    pub(crate) fn make(stage: &Stage, of: &Path, tracker: Option<&str>) -> Self {
        let options = tracker.map(|url| ["--tracker", url]);
        Torrent::make_with(stage, of, options.as_slice().as_flattened())
    }

    /// The same, with these options.
    #[track_caller]
    pub(crate) fn make_with(stage: &Stage, of: &Path, options: &[&str]) -> Self {
        let name = of.file_name().and_then(OsStr::to_str).expect("a name");
        let out = stage.directory("torrents").join(format!("{name}.torrent"));
        let mut command = stage.command(env!("CARGO_BIN_EXE_make_torrent"));
        stage.run(command.arg(of).arg("--out").arg(&out).args(options));
        Torrent::read(stage, &out)
    }

    /// Waits until the tracker it names knows so many peers that have everything, and so many that
    /// do not.
    #[track_caller]
    pub(crate) fn wait_until_listed(&self, stage: &Stage, seeds: usize, others: usize) {
        let url = self.tracker.as_deref().expect("it names a tracker");
        self.wait_until_listed_at(stage, url, seeds, others);
    }

    /// The same at a tracker of ours, given by its URL for HTTP.
    #[track_caller]
    pub(crate) fn wait_until_listed_at(
        &self,
        stage: &Stage,
        url: &str,
        seeds: usize,
        others: usize,
    ) {
        stage.wait_for(&format!("{} at {url}", self.name), || {
            let page = tracker_page(url)?;
            let line = page.lines().find(|line| line.starts_with(&self.info_hash))?;
            let numbers: Vec<usize> =
                line.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
            (numbers[1] >= seeds && numbers[0] >= numbers[1] + others).then_some(())
        });
    }
}

/// What our trackers show to a person.
fn tracker_page(url: &str) -> Option<String> {
    let address = url.strip_prefix("http://")?.strip_suffix("/announce")?;
    let mut socket = TcpStream::connect(address).ok()?;
    write!(socket, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut page = String::new();
    socket.read_to_string(&mut page).ok()?;
    Some(page)
}

/// The `tracker` program.
pub(crate) struct Tracker {
    pub(crate) url: String,
    /// The same, for datagrams.
    pub(crate) udp: String,
    _program: Program,
}

impl Tracker {
    #[track_caller]
    pub(crate) fn start(stage: &Stage) -> Self {
        let mut command = stage.command(env!("CARGO_BIN_EXE_tracker"));
        let program = stage.start("tracker", command.args(["--http", "127.0.0.1:0"]));
        let url = |scheme: &str| {
            let is_it = |line: &str| line.starts_with(scheme).then(|| line.to_owned());
            program.wait_for(&format!("its URL for {scheme}"), is_it)
        };
        Tracker { url: url("http"), udp: url("udp"), _program: program }
    }
}

/// The `seeder` program.
pub(crate) struct Seeder {
    /// Where its downloads and torrents go.
    pub(crate) dir: PathBuf,
    program: Program,
}

impl Seeder {
    /// With its own directory, and these options besides.
    #[track_caller]
    pub(crate) fn start(stage: &Stage, name: &str, options: &[&str]) -> Self {
        let dir = stage.directory(name);
        let mut command = stage.command(env!("CARGO_BIN_EXE_seeder"));
        command.args(["--json", "--verbose", "--dir"]).arg(&dir);
        if !options.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let has_tracker = ["--no-tracker", "--tracker"].iter().any(|o| options.contains(o));
        if !has_tracker {
            command.args(["--tracker-listen", "127.0.0.1:0"]);
        }
        Seeder { dir, program: stage.start(name, command.args(options)) }
    }

    /// Has it publish a file or directory.
    #[track_caller]
    pub(crate) fn publish(&mut self, stage: &Stage, path: &Path) -> Torrent {
        let id = self.ask(&format!("file:{}", path.display()));
        self.wait_until_complete(id);
        let name = path.file_name().and_then(OsStr::to_str).expect("a name");
        let file = self.dir.join(format!("{name}.torrent"));
        stage.wait_for("the torrent's file", || file.exists().then_some(()));
        Torrent::read(stage, &file)
    }

    /// Has it download what a `.torrent` describes; gives the number of that download.
    #[track_caller]
    pub(crate) fn fetch(&mut self, torrent: &Torrent) -> u64 {
        self.ask(&format!("torrent:{}", torrent.file.display()))
    }

    /// Has it download what a magnet link leads to.
    #[track_caller]
    pub(crate) fn hunt(&mut self, torrent: &Torrent) -> u64 {
        self.ask(&torrent.magnet)
    }

    #[track_caller]
    pub(crate) fn wait_until_complete(&self, id: u64) {
        self.program.wait_for(&format!("the end of {id}"), |line| {
            let event: Value = serde_json::from_str(line).ok()?;
            (event["event"] == "complete" && event["id"] == id).then_some(())
        });
    }

    /// Ends its input, and waits until it has done what it was asked and leaves.
    #[track_caller]
    pub(crate) fn finish(mut self) {
        self.program.end_input();
        self.program.wait_for_success();
    }

    #[track_caller]
    fn ask(&mut self, command: &str) -> u64 {
        self.program.say(command);
        self.program.wait_for(&format!("the answer to {command}"), |line| {
            let answer: Value = serde_json::from_str(line).ok()?;
            if answer["command"] != command {
                return None;
            }
            let id = answer["id"].as_u64();
            Some(id.unwrap_or_else(|| panic!("{command}: {answer}")))
        })
    }
}
