//! Sorts command lines by what they ask for.

use std::path::PathBuf;

use axon_core::{Closed, Component, Inbox, Outbox};
use percent_encoding::percent_decode_str;

use super::messages::{
    CloseTorrent, CreateFromMagnet, ExplainTorrent, ListTorrents, MakeTorrent, PauseTorrent, Quit,
    RequestRefused, ResumeTorrent, Token, TorrentMessage, TorrentRequest, TorrentStartFail,
};
use super::tag::{TAG_BYTES_MAX, split_tag};
use super::tally::Tally;
use crate::engine::TorrentId;
use crate::metainfo::ParseMagnetError;

/// Reads commands, one a line: `file:PATH`, `torrent:http://…`, `torrent:https://…`, `torrent:PATH`,
/// `magnet:?…`, `stop:ID`, `pause:ID`, `resume:ID`, `why:ID`, `list` and `quit`, each with or without
/// a [tag](split_tag) before it. Empty lines are no commands. What is none of these is rejected with a
/// reason.
///
/// A PATH that begins with `//` and a third `/`, so that the whole is a URL such as
/// `file:///music/one%20song.ogg` (RFC 8089), is unescaped: names that are no text, or more than a line,
/// can be written like that. A PATH that begins like any other URL is rejected, and any other is taken as
/// it is.
///
/// Whatever a line asks for carries the line as its token, tag included.
///
/// Ends after the last line or after `quit`, or when nobody is left to take any of what it reads.
#[derive(Component, Default)]
pub struct InstructionParser {
    /// Lines, with or without their ends.
    pub inbox: Inbox<String>,
    /// What to publish, from `file:`.
    pub outbox: Outbox<MakeTorrent>,
    /// URLs of `.torrent` files, from `torrent:`. The original calls it retrieveHtml.
    pub retrieve_html: Outbox<String>,
    /// The token of each of these, in the same order.
    #[optional]
    pub html_tokens: Outbox<Token>,
    /// Paths of `.torrent` files, from `torrent:`. The original calls it retrieveFile.
    pub retrieve_file: Outbox<PathBuf>,
    /// The token of each of these, in the same order.
    #[optional]
    pub file_tokens: Outbox<Token>,
    /// Torrents to take on, from `magnet:`, and what to do with those that are there, from `stop:`,
    /// `pause:`, `resume:`, `why:` and `list`. Left loose, orders are rejected.
    #[optional]
    pub orders: Outbox<TorrentRequest>,
    /// That all is asked, from `quit`. Left loose, it is the end of input and no more.
    #[optional]
    pub quit: Outbox<Quit>,
    /// Lines that ask for nothing known, as failures whose token is the line.
    #[optional]
    pub rejected: Outbox<TorrentMessage>,

    tally: Option<Tally>,
}

/// Why a URL of another kind is no `.torrent`.
const NOT_FETCHED: &str = "only http:// and https:// can be fetched, and file:/// read; a path that \
    begins like a URL is written with ./ before it";

/// Why a URL is nothing to publish.
const NOT_PUBLISHED: &str = "`file:` publishes what is on this machine; torrent:http://… or \
    torrent:https://… downloads what a .torrent on the web describes, and a path that begins like a URL \
    is written with ./ before it";

/// What a line asks for.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Instruction<'a> {
    Publish(PathBuf),
    FetchUrl(&'a str),
    FetchFile(PathBuf),
    /// What to do with a torrent that is there.
    Order(TorrentRequest),
    Quit,
    /// An order that cannot be followed.
    Refuse(String),
    /// A line that makes no sense.
    Reject(String),
}

impl InstructionParser {
    /// Notes each command in a tally, so that it is known in the end which have no answer. An answer
    /// carries its line as the token.
    pub fn counted_by(mut self, tally: Tally) -> Self {
        self.tally = Some(tally);
        self
    }

    /// Whether a line among the plain results answers this one, done or not: it is an order, or meant
    /// as one, or it has a tag.
    pub fn has_answer_line(line: &str) -> bool {
        match read(line) {
            Some(_) if split_tag(line).0.is_some() => true,
            Some(Instruction::Order(order)) => {
                !matches!(order, TorrentRequest::CreateFromMagnet(_))
            }
            Some(Instruction::Quit | Instruction::Refuse(_)) => true,
            _ => false,
        }
    }

    async fn main(mut self) -> Result<(), Closed> {
        let follows_orders = self.orders.is_taken();
        while let Some(line) = self.inbox.recv().await {
            let line = line.trim_end_matches(['\r', '\n']);
            let Some(instruction) = read(line) else { continue };
            if let Some(tally) = &self.tally {
                tally.note_asked(line.into());
            }
            // A branch that has ended takes no more of its kind; the others go on.
            let _ = match instruction {
                Instruction::Publish(path) => {
                    let make = MakeTorrent { token: line.into(), ..path.into() };
                    self.outbox.send(make).await
                }
                Instruction::FetchUrl(url) => self.fetch_url(url, line).await,
                Instruction::FetchFile(path) => self.fetch_file(path, line).await,
                Instruction::Order(order) if follows_orders => self.orders.send(order).await,
                Instruction::Order(_) => self.refuse(line, "nobody here follows orders").await,
                Instruction::Quit => {
                    let _ = self.quit.send(Quit { token: line.into() }).await;
                    break;
                }
                Instruction::Refuse(reason) => self.refuse(line, &reason).await,
                Instruction::Reject(reason) => {
                    let failure = TorrentStartFail::new(line, reason);
                    self.rejected.send(TorrentMessage::StartFail(failure)).await
                }
            };
            if !self.is_heard() {
                break;
            }
        }
        Ok(())
    }

    async fn fetch_url(&mut self, url: &str, line: &str) -> Result<(), Closed> {
        self.retrieve_html.send(url.into()).await?;
        // Nobody need know which is which.
        let _ = self.html_tokens.send(line.into()).await;
        Ok(())
    }

    async fn fetch_file(&mut self, path: PathBuf, line: &str) -> Result<(), Closed> {
        self.retrieve_file.send(path).await?;
        let _ = self.file_tokens.send(line.into()).await;
        Ok(())
    }

    async fn refuse(&mut self, line: &str, reason: &str) -> Result<(), Closed> {
        self.rejected.send(TorrentMessage::Refused(RequestRefused::new(line, reason))).await
    }

    fn is_heard(&self) -> bool {
        self.outbox.is_taken()
            || self.retrieve_html.is_taken()
            || self.retrieve_file.is_taken()
            || self.orders.is_taken()
    }
}

pub(crate) fn read(line: &str) -> Option<Instruction<'_>> {
    if line.trim().is_empty() {
        return None;
    }
    let token = || Token::from(line);
    let (_, untagged) = split_tag(line);
    let Some((command, rest)) = untagged.split_once(':') else {
        return Some(match untagged {
            "list" => Instruction::Order(TorrentRequest::List(ListTorrents { token: token() })),
            "quit" => Instruction::Quit,
            _ => not_understood(untagged),
        });
    };
    let is_url = ["http://", "https://"].iter().any(|scheme| starts_with(rest, scheme));
    Some(match command {
        "file" | "torrent" if rest.is_empty() => {
            Instruction::Reject(format!("`{command}:` needs a path after the colon"))
        }
        "torrent" if is_url => Instruction::FetchUrl(rest),
        "torrent" => match rest.strip_prefix("file:") {
            Some(url) if is_in_url(url) => Instruction::FetchFile(path(url)),
            _ if has_scheme(rest) => Instruction::Reject(NOT_FETCHED.into()),
            _ => Instruction::FetchFile(rest.into()),
        },
        "file" if has_scheme(rest) => Instruction::Reject(NOT_PUBLISHED.into()),
        "file" => Instruction::Publish(path(rest)),
        "stop" | "pause" | "resume" | "why" => order(command, rest, token()),
        _ if command.eq_ignore_ascii_case("magnet") => match untagged.parse() {
            Ok(magnet) => {
                let create = CreateFromMagnet { token: token(), magnet };
                Instruction::Order(TorrentRequest::CreateFromMagnet(create))
            }
            Err(error) => Instruction::Reject(ParseMagnetError::to_string(&error)),
        },
        _ => not_understood(untagged),
    })
}

/// What comes after `file:`.
fn path(text: &str) -> PathBuf {
    if !is_in_url(text) {
        return text.into();
    }
    let bytes: Vec<u8> = percent_decode_str(&text["//".len()..]).collect();
    from_bytes(bytes)
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into()
}

/// Where names are text.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn is_in_url(text: &str) -> bool {
    text.starts_with("///")
}

fn order(command: &str, rest: &str, token: Token) -> Instruction<'static> {
    // Of a torrent one may ask about a piece, too.
    let (torrent, piece) = match rest.split_once(':') {
        Some((torrent, piece)) if command == "why" => (torrent, Some(piece)),
        _ => (rest, None),
    };
    // More than there can ever be.
    let is_beyond = |text: &str| is_number(text) && number(text).is_none();
    if is_beyond(torrent) {
        return Instruction::Refuse(format!("there is no torrent {torrent}"));
    }
    if let Some(piece) = piece.filter(|piece| is_beyond(piece)) {
        return Instruction::Refuse(format!("torrent {torrent} has no piece {piece}"));
    }
    let (Some(torrentid), None | Some(Some(_))) = (number(torrent), piece.map(number)) else {
        let or_piece = if command == "why" { ", or why:1:41 for a piece of it" } else { "" };
        return Instruction::Refuse(format!(
            "`{command}:` needs the number of a torrent after the colon, such as {command}:1{or_piece}"
        ));
    };
    let (torrentid, piece) = (TorrentId::from(torrentid), piece.and_then(number));
    Instruction::Order(match command {
        "stop" => TorrentRequest::Close(CloseTorrent { token, torrentid }),
        "pause" => TorrentRequest::Pause(PauseTorrent { token, torrentid }),
        "resume" => TorrentRequest::Resume(ResumeTorrent { token, torrentid }),
        _ => TorrentRequest::Explain(ExplainTorrent { token, torrentid, piece }),
    })
}

/// A number in digits and nothing else.
fn number(text: &str) -> Option<u32> {
    is_number(text).then(|| text.parse().ok())?
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Schemes are spelled in any case (RFC 3986, 3.1).
pub(super) fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Whether this is a URL rather than a path.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else { return false };
    let is_in_schemes = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.bytes().all(is_in_schemes)
}

fn not_understood(command: &str) -> Instruction<'static> {
    let shown: String = command.chars().take(80).collect();
    if command.starts_with('@') {
        return Instruction::Reject(format!(
            "`{}` does not begin with a tag; write @TAG, one space and the command, where TAG is 1 to \
             {TAG_BYTES_MAX} of the letters A to Z and a to z, digits, `-`, `_` and `.`",
            shown.escape_debug()
        ));
    }
    Instruction::Reject(format!(
        "`{}` is not understood; write file:PATH, torrent:URL, torrent:PATH, magnet:?…, stop:ID, \
         pause:ID, resume:ID, why:ID, list or quit",
        shown.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::Format;

    #[test]
    fn each_command_is_told_apart_from_its_neighbours() {
        use Instruction::*;
        let cases = [
            ("file:song.ogg", Publish("song.ogg".into())),
            ("file:/a b/c:d%41.bin", Publish("/a b/c:d%41.bin".into())),
            ("file://host/a%41", Publish("//host/a%41".into())),
            ("file:///a%20b/%41%0a%", Publish("/a b/A\n%".into())),
            ("torrent:file:///a%41", FetchFile("/aA".into())),
            ("torrent:file:a%41", FetchFile("file:a%41".into())),
            ("torrent:///a%41", FetchFile("///a%41".into())),
            ("torrent:http://host/a.torrent", FetchUrl("http://host/a.torrent")),
            ("torrent:HTTPS://host/a.torrent", FetchUrl("HTTPS://host/a.torrent")),
            ("torrent:a.torrent", FetchFile("a.torrent".into())),
            ("torrent:httpd.torrent", FetchFile("httpd.torrent".into())),
            ("torrent:http", FetchFile("http".into())),
            ("torrent:é", FetchFile("é".into())),
            ("torrent:./ftp://x", FetchFile("./ftp://x".into())),
            ("torrent:a b://x", FetchFile("a b://x".into())),
            ("file:./http://x", Publish("./http://x".into())),
            ("file:://x", Publish("://x".into())),
            ("file:C:/x", Publish("C:/x".into())),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn empty_lines_are_no_commands() {
        assert_eq!(read(""), None);
        assert_eq!(read("  \t"), None);
    }

    #[test]
    fn what_is_not_understood_is_rejected_with_what_would_be() {
        for line in ["hello", "File:x", "torrents:x", ":", "file:", "torrent:", "magnet:?xt=1"] {
            let Some(Instruction::Reject(reason)) = read(line) else { panic!("{line}") };
            assert!(!reason.is_empty());
        }
        let Some(Instruction::Reject(reason)) = read("hello\u{7}") else { panic!() };
        assert_eq!(
            reason,
            "`hello\\u{7}` is not understood; write file:PATH, torrent:URL, torrent:PATH, magnet:?…, \
             stop:ID, pause:ID, resume:ID, why:ID, list or quit"
        );
    }

    #[test]
    fn a_url_of_a_kind_that_cannot_be_had_is_rejected_with_what_can() {
        for (line, wanted) in [
            ("torrent:ftp://host/x", "only http:// and https:// can be fetched"),
            ("@a torrent:s3+x://host/x", "only http:// and https:// can be fetched"),
            ("torrent:file://host/x", "only http:// and https:// can be fetched"),
            ("file:http://host/x", "torrent:http://… or torrent:https://…"),
            ("file:file:///x", "publishes what is on this machine"),
        ] {
            let Some(Instruction::Reject(reason)) = read(line) else { panic!("{line}") };
            assert!(reason.contains(wanted), "{line}: {reason}");
        }
    }

    #[test]
    fn orders_name_their_torrent_by_number_and_carry_their_line() {
        let (token, torrentid) = (|line: &str| Token::from(line), TorrentId::from(12));
        let cases = [
            ("stop:12", TorrentRequest::Close(CloseTorrent { token: token("stop:12"), torrentid })),
            (
                "pause:12",
                TorrentRequest::Pause(PauseTorrent { token: token("pause:12"), torrentid }),
            ),
            (
                "resume:12",
                TorrentRequest::Resume(ResumeTorrent { token: token("resume:12"), torrentid }),
            ),
            (
                "why:12",
                TorrentRequest::Explain(ExplainTorrent {
                    token: token("why:12"),
                    torrentid,
                    piece: None,
                }),
            ),
            (
                "why:12:0",
                TorrentRequest::Explain(ExplainTorrent {
                    token: token("why:12:0"),
                    torrentid,
                    piece: Some(0),
                }),
            ),
            ("list", TorrentRequest::List(ListTorrents { token: token("list") })),
        ];
        for (line, order) in cases {
            assert_eq!(read(line), Some(Instruction::Order(order)), "{line}");
        }
        assert_eq!(read("quit"), Some(Instruction::Quit));
    }

    #[test]
    fn a_magnet_link_is_read_or_says_what_is_wrong_with_it() {
        let line = format!("magnet:?xt=urn:btih:{}&dn=x", "ab".repeat(20));
        let magnet = line.parse().expect("a link");
        let create = CreateFromMagnet { token: Token::from(line.as_str()), magnet };
        let expected = Instruction::Order(TorrentRequest::CreateFromMagnet(create));
        assert_eq!(read(&line), Some(expected));
        let reason = "this magnet link names no torrent: it has no `xt=urn:btih:`";
        assert_eq!(read("magnet:?dn=x"), Some(Instruction::Reject(reason.to_owned())));
    }

    #[test]
    fn an_order_without_a_number_is_refused_as_an_order() {
        for line in
            ["stop:", "pause:x", "resume:+1", "why:-1", "stop: 1", "why:1:", "stop:4294967296"]
        {
            assert!(matches!(read(line), Some(Instruction::Refuse(_))), "{line}");
        }
        let refused = Instruction::Refuse("there is no torrent 4294967296".to_owned());
        assert_eq!(read("stop:4294967296"), Some(refused));
        let refused = Instruction::Refuse("torrent 1 has no piece 4294967296".to_owned());
        assert_eq!(read("why:1:4294967296"), Some(refused));
        for line in ["list:", "list:1", "quit:", "stop", "LIST", "quit "] {
            assert!(matches!(read(line), Some(Instruction::Reject(_))), "{line}");
        }
    }

    #[test]
    fn a_tag_changes_nothing_about_a_command_and_goes_into_its_token() {
        assert_eq!(read("@a file:x"), Some(Instruction::Publish("x".into())));
        assert_eq!(read("@a torrent:@b"), Some(Instruction::FetchFile("@b".into())));
        assert_eq!(read("@a quit"), Some(Instruction::Quit));
        let (token, torrentid) = (Token::from("@a stop:1"), TorrentId::from(1));
        let close = TorrentRequest::Close(CloseTorrent { token, torrentid });
        assert_eq!(read("@a stop:1"), Some(Instruction::Order(close)));
        let magnet = format!("@a magnet:?xt=urn:btih:{}", "ab".repeat(20));
        let Some(Instruction::Order(create)) = read(&magnet) else { panic!("{magnet}") };
        assert_eq!(create.token().as_str(), magnet);
        for line in ["@a ", "@a hello", "@a  list", "@a @b list"] {
            assert!(matches!(read(line), Some(Instruction::Reject(_))), "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_a_tag_is_rejected_with_what_a_tag_is() {
        for line in ["@", "@a", "@ list", "@a:b list", "@a;b file:x", "@é quit"] {
            let Some(Instruction::Reject(reason)) = read(line) else { panic!("{line}") };
            let start = format!("`{line}` does not begin with a tag; write @TAG, one space and ");
            assert!(reason.starts_with(&start), "{reason}");
        }
    }

    #[test]
    fn orders_and_tagged_commands_are_those_that_a_line_of_results_answers() {
        for line in ["list", "quit", "stop:1", "why:1:2", "pause:", "resume:x", "@a file:x", "@a x"]
        {
            assert!(InstructionParser::has_answer_line(line), "{line}");
        }
        let magnet = format!("magnet:?xt=urn:btih:{}", "ab".repeat(20));
        for line in ["", "file:x", "torrent:x", "list:", "hello", "@a", "@: list", &magnet] {
            assert!(!InstructionParser::has_answer_line(line), "{line}");
        }
        assert_eq!(Format::Plain.not_done("why:1"), Some("0:why:1:1".to_owned()));
        assert_eq!(Format::Json.not_done("why:1"), None);
    }
}
