//! Torrents by what people call them.

use std::path::PathBuf;

use axon_core::{IntoSection, Par, Pipeline, Section};
use kamaelia_io::{
    FileRead, HttpAnswer, HttpRequest, PureTransformer, SimpleHTTPClient, TriggeredFileReader,
};

use super::instruction_parser::starts_with;
use super::messages::{CreateFromMagnet, CreateNewTorrent, TorrentRequest, TorrentStartFail};

/// Makes of each name a request to take that torrent on: of a magnet link, of the URL of a `.torrent`, or
/// else of its path. Each has exactly one request, whose token it is, and one that leads to nothing is a
/// request that has [failed](TorrentRequest::Failed). There is no order between different kinds of names.
/// An empty name is none. Files and pages have the bounds of [`TriggeredFileReader`] and [`SimpleHTTPClient`].
///
/// ```no_run
/// use axon_core::{Section, Services};
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader};
/// use kamaelia_torrent::components::{
///     ClientConfig, Format, MonitorParser, TorrentPatron, retrieve,
/// };
///
/// Section::source(ConsoleReader::new("magnet, URL or path> "))
///     .then(retrieve())
///     .then(TorrentPatron::new(&Services::new(), ClientConfig::default()))
///     .then(MonitorParser::new(Format::Plain))
///     .then(Section::sink(ConsoleEchoer::new().lines()))
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub fn retrieve() -> Section<String, TorrentRequest> {
    let web = Pipeline::open(PureTransformer::new(url))
        .then(SimpleHTTPClient::new())
        .then(PureTransformer::map(fetched));
    let disk = Pipeline::open(PureTransformer::new(path))
        .then(TriggeredFileReader::new())
        .then(PureTransformer::map(read));
    Par::new()
        .with(PureTransformer::new(magnet))
        .with(web)
        .with(disk)
        .into_section()
        .named("retrieve")
}

fn is_magnet(name: &str) -> bool {
    starts_with(name, "magnet:")
}

fn is_url(name: &str) -> bool {
    starts_with(name, "http://") || starts_with(name, "https://")
}

fn magnet(name: String) -> Option<TorrentRequest> {
    is_magnet(&name).then(|| match name.parse() {
        Ok(magnet) => {
            TorrentRequest::CreateFromMagnet(CreateFromMagnet { token: name.into(), magnet })
        }
        Err(error) => failed(name, error),
    })
}

fn url(name: String) -> Option<HttpRequest> {
    is_url(&name).then(|| HttpRequest::get(name))
}

fn path(name: String) -> Option<PathBuf> {
    (!is_magnet(&name) && !is_url(&name) && !name.is_empty()).then(|| name.into())
}

fn fetched(answer: HttpAnswer) -> TorrentRequest {
    match answer {
        Ok(page) => TorrentRequest::Create(CreateNewTorrent::download(page.url, page.body)),
        Err(error) => failed(error.url.clone(), error),
    }
}

fn read(answer: FileRead) -> TorrentRequest {
    // It was text when it came in.
    let named = |path: PathBuf| path.to_string_lossy().into_owned();
    match answer {
        Ok(file) => {
            TorrentRequest::Create(CreateNewTorrent::download(named(file.path), file.bytes))
        }
        Err(error) => failed(named(error.path.clone()), error),
    }
}

fn failed(name: String, error: impl ToString) -> TorrentRequest {
    TorrentRequest::Failed(TorrentStartFail::new(name, error))
}
