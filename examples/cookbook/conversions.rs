//! What one component gives, as the next one takes it: the functions in the middle of links.

use std::path::{Path, PathBuf};

use kamaelia_io::{FileRead, FileWritten, HttpAnswer, HttpRequest, TooLongLine, WriteFile};
use kamaelia_torrent::components::messages::{
    CreateNewTorrent, MadeTorrent, MakeTorrent, Token, TorrentMessage, TorrentRequest,
    TorrentStartFail,
};
use kamaelia_torrent::storage::Source;

/// What a maker gives.
type Made = Result<MadeTorrent, TorrentStartFail>;

pub(crate) fn url_request(url: String) -> Option<HttpRequest> {
    Some(HttpRequest::from(url))
}

pub(crate) fn file_request(torrentdir: &Path, mut request: MakeTorrent) -> Option<MakeTorrent> {
    request.options.torrent_file = Some(suffixed(torrentdir, &request.srcfile));
    Some(request)
}

/// `/far/away/song.ogg` becomes `song.ogg.torrent` in the directory for torrents.
pub(crate) fn suffixed(torrentdir: &Path, path: &Path) -> PathBuf {
    // No torrent is made of what has no name.
    let name = Source::name_of(path).unwrap_or_default();
    torrentdir.join(format!("{name}.torrent"))
}

pub(crate) fn made_torrent(made: Made) -> Option<CreateNewTorrent> {
    Some(made.ok()?.into())
}

pub(crate) fn make_failure(made: Made) -> Option<TorrentMessage> {
    Some(TorrentMessage::StartFail(made.err()?))
}

/// A name whose torrent was not made is dropped here together with the failure.
pub(crate) fn torrent_file((path, made): (PathBuf, Made)) -> Option<WriteFile> {
    let contents = made.ok()?.rawmetainfo.to_vec();
    Some(WriteFile { path, contents })
}

/// A magnet link's torrent is written as `NAME.torrent` as soon as peers have told what it is. The
/// name has no separators: it was checked like all names of files.
pub(crate) fn metadata_file(torrentdir: &Path, message: TorrentMessage) -> Option<WriteFile> {
    let TorrentMessage::MetadataFound(found) = message else { return None };
    let path = torrentdir.join(format!("{}.torrent", found.name));
    Some(WriteFile { path, contents: found.rawmetainfo.to_vec() })
}

/// The download goes on without the file.
pub(crate) fn unwritten(written: FileWritten) -> Option<String> {
    Some(format!("{}\n", written.err()?))
}

/// A command whose `.torrent` could not be written has failed: nobody else could join.
pub(crate) fn written_torrent(
    (create, written): (CreateNewTorrent, FileWritten),
) -> Option<TorrentRequest> {
    Some(match written {
        Ok(_) => TorrentRequest::Create(create),
        Err(error) => TorrentRequest::Failed(TorrentStartFail::new(create.token, error)),
    })
}

pub(crate) fn too_long_line(line: TooLongLine) -> Option<TorrentMessage> {
    let failure = TorrentStartFail::new(line.beginning.clone(), line);
    Some(TorrentMessage::StartFail(failure))
}

pub(crate) fn fetched_torrent((token, answer): (Token, HttpAnswer)) -> Option<TorrentRequest> {
    Some(match answer {
        Ok(response) => download(token, response.body),
        Err(error) => failed(token, error),
    })
}

pub(crate) fn opened_torrent((token, read): (Token, FileRead)) -> Option<TorrentRequest> {
    Some(match read {
        Ok(file) => download(token, file.bytes),
        Err(error) => failed(token, error),
    })
}

pub(crate) fn with_newline(sentence: String) -> Option<String> {
    Some(sentence + "\n")
}

fn download(token: Token, bytes: Vec<u8>) -> TorrentRequest {
    TorrentRequest::Create(CreateNewTorrent::download(token, bytes))
}

fn failed(token: Token, reason: impl ToString) -> TorrentRequest {
    TorrentRequest::Failed(TorrentStartFail::new(token, reason))
}
