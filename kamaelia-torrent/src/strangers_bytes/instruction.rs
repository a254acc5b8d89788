//! Lines of standard input: each is nothing, asks for something, or is refused in a sentence.

use std::path::Path;

use crate::components::instruction_parser::{Instruction, read};
use crate::components::{InstructionParser, TAG_BYTES_MAX, split_tag};

pub(super) fn check(bytes: &[u8]) {
    String::from_utf8_lossy(bytes).split('\n').for_each(check_line);
}

fn check_line(line: &str) {
    let (tag, command) = split_tag(line);
    if let Some(tag) = tag {
        assert!((1..=TAG_BYTES_MAX).contains(&tag.len()));
        assert_eq!(format!("@{tag} {command}"), line);
    }
    let instruction = read(line);
    assert_eq!(instruction.is_none(), line.trim().is_empty());
    let Some(instruction) = instruction else { return };
    // What has a tag has an answer, and so has what is not understood where it is an order.
    let has_answer = InstructionParser::has_answer_line(line);
    assert!(has_answer || tag.is_none());
    match instruction {
        Instruction::Publish(path) if !command.starts_with("file:///") => {
            assert_eq!(Some(&*path), command.strip_prefix("file:").map(Path::new));
        }
        Instruction::FetchUrl(url) => {
            assert_eq!(Some(url), command.strip_prefix("torrent:"));
        }
        Instruction::Reject(reason) => {
            // What came in is shown, as far as a person needs it.
            assert!(reason.len() < 4_000, "a reason of {} bytes", reason.len());
            assert!(!reason.chars().any(char::is_control), "{reason:?}");
        }
        Instruction::Refuse(_) => assert!(has_answer),
        _ => {}
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "file:/music/song.ogg\n",
        "file:///music/one%20song%0A%FF.ogg",
        "torrent:http://host/a.torrent\r\ntorrent:a.torrent\ntorrent:file:///a%20b",
        "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=x",
        "@job-7 stop:1\n@a list\n@é list\n@ list",
        "pause:4294967295\nresume:4294967296\nwhy:1:2\nwhy:1:\nstop:-1",
        "list\nquit\nLIST\n \n\u{1b}[2J",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
