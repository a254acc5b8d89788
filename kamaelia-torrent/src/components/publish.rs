//! Files made into torrents that others can join.

use std::path::{Path, PathBuf};

use axon_core::{Section, graphline};
use kamaelia_io::{
    Fanout, FileWritten, PureTransformer, TwoSourceListifier, WholeFileWriter, WriteFile,
};

use super::TorrentMaker;
use super::messages::{
    CreateNewTorrent, MadeTorrent, MakeTorrent, TorrentRequest, TorrentStartFail,
};
use crate::metainfo::Metainfo;
use crate::storage::Source;

/// What a maker gives.
type Made = Result<MadeTorrent, TorrentStartFail>;

/// Makes a torrent of each path, writes it as `NAME.torrent` into this directory, and then gives the
/// request to seed it: who reads that something is seeded finds its file. The torrents name these
/// trackers, as those of a [`TorrentMaker`] do. Each path has exactly one request; one of which no torrent
/// could be made or written is a request that has [failed](TorrentRequest::Failed), and overtakes others.
///
/// ```no_run
/// use std::path::PathBuf;
///
/// use axon_core::{Section, Services};
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, PureTransformer};
/// use kamaelia_torrent::components::{
///     ClientConfig, Format, Leave, MonitorParser, TorrentPatron, messages::MakeTorrent, publish,
/// };
///
/// let patron = TorrentPatron::new(&Services::new(), ClientConfig::default());
/// Section::source(ConsoleReader::new("file> "))
///     .then(PureTransformer::map(|line| MakeTorrent::from(PathBuf::from(line))))
///     .then(publish("/srv/www", ["http://tracker.example:6969/announce".to_owned()]))
///     .then(patron.leave(Leave::WhenAsked))
///     .then(MonitorParser::new(Format::Plain))
///     .then(Section::sink(ConsoleEchoer::new().lines()))
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub fn publish(
    directory: impl Into<PathBuf>,
    trackers: impl IntoIterator<Item = String>,
) -> Section<MakeTorrent, TorrentRequest> {
    let directory = directory.into();
    let beside = directory.clone();
    let request = PureTransformer::map(move |request| without_its_own(&beside, request));
    let file = move |made: Made| Some(torrent_file(&directory, &made.ok()?));
    let swarm = |made: Made| Some(CreateNewTorrent::from(made.ok()?));
    let failure = |made: Made| Some(TorrentRequest::Failed(made.err()?));
    let (ready, failures) = (PureTransformer::map(ready), PureTransformer::new(failure));
    let inbox = request.inbox.handle();
    let outboxes = [ready.outbox.handle(), failures.outbox.handle()];
    let mut graph = graphline! {
        components {
            request: request,
            maker: TorrentMaker::new(trackers),
            made: Fanout::new(["files", "swarms", "failures"]),
            files: WholeFileWriter::new(),
            both: TwoSourceListifier::new(),
            ready: ready,
            failures: failures,
        }
        links {
            request.outbox => maker.inbox,
            maker.outbox => made.inbox,
            made.to("swarms") => swarm => both.a,
            made.to("files") => file => files.inbox,
            files.outbox => both.b,
            both.outbox => ready.inbox,
            made.to("failures") => failures.inbox,
        }
    };
    for outbox in &outboxes {
        graph = graph.export("outbox", outbox);
    }
    Section::of_graph(graph.export("inbox", &inbox)).named("publish")
}

/// The `.torrent` may lie in the directory it is made of, and is no part of it.
fn without_its_own(directory: &Path, mut request: MakeTorrent) -> MakeTorrent {
    // No torrent is made of what has no name.
    let name = Source::name_of(&request.srcfile).unwrap_or_default();
    request.options.torrent_file = Some(named(directory, &name));
    request
}

fn torrent_file(directory: &Path, made: &MadeTorrent) -> WriteFile {
    let torrent = Metainfo::parse(&made.rawmetainfo).expect("what was made is a torrent");
    let path = named(directory, torrent.name());
    WriteFile { path, contents: made.rawmetainfo.to_vec() }
}

fn named(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.torrent"))
}

/// A torrent that nobody else could join is not seeded.
fn ready((create, written): (CreateNewTorrent, FileWritten)) -> TorrentRequest {
    match written {
        Ok(_) => TorrentRequest::Create(create),
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(create.token, error)),
    }
}
