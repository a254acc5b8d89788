//! Sorts command lines by what they ask for.

use std::path::PathBuf;

use axon_core::{Closed, Component, Inbox, Outbox};

use super::messages::{TorrentMessage, TorrentStartFail};
use super::tally::Tally;

/// Reads commands, one a line: `file:PATH`, `torrent:http://…`, `torrent:https://…` and
/// `torrent:PATH`. Empty lines are no commands. What is none of these is rejected with a reason.
///
/// Ends after the last line, or when nobody is left to take any of what it reads.
#[derive(Component, Default)]
pub struct InstructionParser {
    /// Lines, with or without their ends.
    pub inbox: Inbox<String>,
    /// Paths to publish, from `file:`.
    pub outbox: Outbox<PathBuf>,
    /// URLs of `.torrent` files, from `torrent:`. The original calls it retrieveHtml.
    pub retrieve_html: Outbox<String>,
    /// Paths of `.torrent` files, from `torrent:`. The original calls it retrieveFile.
    pub retrieve_file: Outbox<PathBuf>,
    /// Lines that ask for nothing known, as failures whose token is the line.
    #[optional]
    pub rejected: Outbox<TorrentMessage>,

    tally: Option<Tally>,
}

/// What a line asks for.
#[derive(Debug, Eq, PartialEq)]
enum Instruction<'a> {
    Publish(&'a str),
    FetchUrl(&'a str),
    FetchFile(&'a str),
    Reject(String),
}

impl InstructionParser {
    /// Notes each command in a tally, so that it is known in the end which have no answer. An answer
    /// carries its command as the token.
    pub fn counted_by(mut self, tally: Tally) -> Self {
        self.tally = Some(tally);
        self
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(line) = self.inbox.recv().await {
            let line = line.trim_end_matches(['\r', '\n']);
            let Some(instruction) = read(line) else { continue };
            if let Some(tally) = &self.tally {
                tally.note_asked(line.into());
            }
            // A branch that has ended takes no more of its kind; the others go on.
            let _ = match instruction {
                Instruction::Publish(path) => self.outbox.send(path.into()).await,
                Instruction::FetchUrl(url) => self.retrieve_html.send(url.into()).await,
                Instruction::FetchFile(path) => self.retrieve_file.send(path.into()).await,
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

    fn is_heard(&self) -> bool {
        self.outbox.is_taken() || self.retrieve_html.is_taken() || self.retrieve_file.is_taken()
    }
}

fn read(line: &str) -> Option<Instruction<'_>> {
    if line.trim().is_empty() {
        return None;
    }
    let Some((command, rest)) = line.split_once(':') else {
        return Some(not_understood(line));
    };
    let is_url = ["http://", "https://"].iter().any(|scheme| starts_with(rest, scheme));
    Some(match command {
        "file" | "torrent" if rest.is_empty() => {
            Instruction::Reject(format!("`{command}:` needs a path after the colon"))
        }
        "file" => Instruction::Publish(rest),
        "torrent" if is_url => Instruction::FetchUrl(rest),
        "torrent" => Instruction::FetchFile(rest),
        "magnet" => Instruction::Reject(
            "magnet links are not supported yet; give the .torrent file or its URL".to_owned(),
        ),
        _ => not_understood(line),
    })
}

/// Schemes are spelled in any case (RFC 3986, 3.1).
fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn not_understood(line: &str) -> Instruction<'static> {
    let shown: String = line.chars().take(80).collect();
    Instruction::Reject(format!(
        "`{}` is not understood; write file:PATH, torrent:URL or torrent:PATH",
        shown.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_told_apart_from_its_neighbours() {
        use Instruction::*;
        let cases = [
            ("file:song.ogg", Publish("song.ogg")),
            ("file:/a b/c:d.bin", Publish("/a b/c:d.bin")),
            ("torrent:http://host/a.torrent", FetchUrl("http://host/a.torrent")),
            ("torrent:HTTPS://host/a.torrent", FetchUrl("HTTPS://host/a.torrent")),
            ("torrent:a.torrent", FetchFile("a.torrent")),
            ("torrent:httpd.torrent", FetchFile("httpd.torrent")),
            ("torrent:http", FetchFile("http")),
            ("torrent:é", FetchFile("é")),
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
            "`hello\\u{7}` is not understood; write file:PATH, torrent:URL or torrent:PATH"
        );
    }
}
