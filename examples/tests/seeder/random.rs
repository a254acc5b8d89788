//! Lines as nobody would write them: whatever comes in, answers of the promised form come out.

use std::collections::BTreeMap;

use kamaelia_torrent::components::split_tag;

use super::*;

/// Of which lines are made. What would publish, fetch from the network or end is not among them.
const PARTS: &[&[u8]] = &[
    b"@",
    b"@a ",
    b"@a ",
    b"@b.7-_ ",
    b"@:",
    b" ",
    b"\t",
    b"\r",
    b"\0",
    b":",
    b"%",
    b"%41",
    b"%0a",
    b"file:",
    b"file:///",
    b"torrent:",
    b"torrent:file:///",
    b"magnet:?",
    b"xt=urn:btih:",
    b"stop:",
    b"pause:",
    b"resume:",
    b"why:",
    b"list",
    b"1",
    b"0",
    b"99999999999",
    b"-1",
    b"no-such",
    b"\xff",
    b"\xc3",
    b"\xa9",
    "é".as_bytes(),
    "\u{85}".as_bytes(),
    "\u{2028}".as_bytes(),
    b"\x1b[2J",
    b"\x7f",
    b"{\"event\":",
    b"\"",
];

/// So many lines, the same for the same seed.
fn lines(count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = bytes(count * 9, seed).into_iter().map(usize::from);
    let mut line = || {
        let parts = dice.next()? % 8;
        let dice: Vec<_> = dice.by_ref().take(parts).collect();
        // Never a path that is there.
        let line: Vec<u8> =
            dice.into_iter().flat_map(|dice| PARTS[dice % PARTS.len()]).copied().collect();
        Some(if line.ends_with(b"/") { [&line[..], b"no-such"].concat() } else { line })
    };
    (0..count).map_while(|_| line()).collect()
}

/// As they are read: text, without its end, and something in it.
fn commands(lines: &[Vec<u8>]) -> Vec<String> {
    let text = |line: &Vec<u8>| String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
    lines.iter().map(text).filter(|line| !line.trim().is_empty()).collect()
}

fn counts<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    things.fold(BTreeMap::new(), |mut counts, thing| {
        *counts.entry(thing).or_default() += 1;
        counts
    })
}

#[test]
fn each_line_whatever_it_holds_has_one_answer_of_the_promised_form_with_its_command_and_its_tag() {
    let place = home();
    let lines = lines(3000, 11);
    let (commands, input) = (commands(&lines), lines.join(&b'\n'));
    assert!(commands.len() > 2000);

    let json = told(place.path(), &[&ALONE[..], &["--json"]].concat(), &input);
    let answers = events(&json.out);
    let schema = protocol::strict();
    if let Some(line) = answers.iter().find(|line| !schema.is_valid(line)) {
        panic!("{line}");
    }
    let told_of = answers.iter().map(|answer| {
        (
            answer["tag"].as_str().map(str::to_owned),
            answer["command"].as_str().expect("an answer").to_owned(),
        )
    });
    let asked = commands.iter().map(|line| {
        let (tag, command) = split_tag(line);
        (tag.map(str::to_owned), command.to_owned())
    });
    assert_eq!(counts(told_of), counts(asked));

    let plain = told(place.path(), &ALONE, &input);
    let tags = plain.out.iter().filter_map(|line| {
        let (id, rest) = line.split_once(':').expect("a first colon");
        let (text, status) = rest.rsplit_once(':').expect("a last colon");
        assert!(id == "0" && ["0", "1"].contains(&status), "{line:?}");
        assert!(
            !line.contains(|letter: char| letter.is_control() || letter == '\u{2028}'),
            "{line:?}"
        );
        split_tag(text).0
    });
    assert_eq!(counts(tags), counts(commands.iter().filter_map(|line| split_tag(line).0)));
    assert_eq!((json.status, plain.status), (Some(1), Some(1)));
}
