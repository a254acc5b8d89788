//! Paths that lead out of the directory, mean a device, hide what they are, or cannot be together.

use crate::case::{Case, accepted, refused};
use crate::generator::{Torrent, entry, entry_with, list, number, string};

const DOTS: &str = "a name of dots and spaces only can lead out of the directory";
const ABSOLUTE: &str = "it is absolute";
const SLASH: &str = "one of its names contains `/`";
const BACKSLASH: &str = r"one of its names contains `\`";
const CONTROL: &str = "one of its names contains a control character";
const EMPTY: &str = "one of its names is empty";
const DRIVE: &str = "it names a drive";

/// Names, how they are shown, and what is wrong with them: at the beginning of a path, and further on.
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("", "", EMPTY, EMPTY),
    (".", ".", DOTS, DOTS),
    ("..", "..", DOTS, DOTS),
    ("...", "...", DOTS, DOTS),
    (".. ", ".. ", DOTS, DOTS),
    (" ", " ", DOTS, DOTS),
    ("/", "/", ABSOLUTE, SLASH),
    ("/etc/passwd", "/etc/passwd", ABSOLUTE, SLASH),
    ("\\\\server\\share", "\\\\server\\share", ABSOLUTE, BACKSLASH),
    ("\\\\?\\C:\\x", "\\\\?\\C:\\x", ABSOLUTE, BACKSLASH),
    ("../up", "../up", SLASH, SLASH),
    ("a/../../up", "a/../../up", SLASH, SLASH),
    ("a/b", "a/b", SLASH, SLASH),
    ("a/", "a/", SLASH, SLASH),
    ("a\\b", "a\\b", BACKSLASH, BACKSLASH),
    ("C:\\x", "C:\\x", BACKSLASH, BACKSLASH),
    ("C:", "C:", DRIVE, DRIVE),
    ("z:", "z:", DRIVE, DRIVE),
    ("a\0.ogg", "a\\u{0}.ogg", CONTROL, CONTROL),
    ("\0", "\\u{0}", CONTROL, CONTROL),
    ("a\n1:b:100", "a\\n1:b:100", CONTROL, CONTROL),
    ("a\r", "a\\r", CONTROL, CONTROL),
    ("\t", "\\t", CONTROL, CONTROL),
    ("\u{1b}[2Jx", "\\u{1b}[2Jx", CONTROL, CONTROL),
    ("a\u{7f}", "a\\u{7f}", CONTROL, CONTROL),
    ("a\u{85}b", "a\\u{85}b", CONTROL, CONTROL),
    ("a\u{9b}2J", "a\\u{9b}2J", CONTROL, CONTROL),
];

/// Names that mean a device on Windows.
const DEVICES: &[&str] = &[
    "CON",
    "con",
    "PRN",
    "AUX.tar.gz",
    "nul.txt",
    "NUL .x",
    "COM1",
    "com9",
    "LPT1.c",
    "COM²",
    "LPT³.x",
    "CONIN$",
    "conout$",
    "nul.",
    "Nul...",
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, shown, first, below) in NAMES {
        names(&mut cases, name, shown, first, below);
    }
    for name in DEVICES {
        let fault = format!("`{name}` is the name of a device on Windows");
        names(&mut cases, name, name, &fault, &fault);
    }
    cases.extend(long());
    cases.extend(without_a_name());
    cases.extend(two_spellings());
    cases.extend(links_and_padding());
    cases.extend(together());
    cases
}

/// The name by itself, of a directory, of a file in one, and of a directory in one.
fn names(cases: &mut Vec<Case>, name: &str, shown: &str, first: &str, below: &str) {
    let refusal =
        |path: &str, fault: &str| format!("the path `{path}` in this torrent is refused: {fault}");
    let about = format!("the name {name:?}");
    cases.push(refused(&about, &Torrent::file(name, 1), refusal(shown, first)));
    let top = Torrent::directory(name, &[&["a"]]);
    cases.push(refused(&about, &top, refusal(&format!("{shown}/a"), first)));
    let within = Torrent::directory("top", &[&["a"], &[name]]);
    cases.push(refused(&about, &within, refusal(&format!("top/{shown}"), below)));
    let between = Torrent::directory("top", &[&["a", name, "b"]]);
    cases.push(refused(&about, &between, refusal(&format!("top/a/{shown}/b"), below)));
}

fn long() -> Vec<Case> {
    let longest = "x".repeat(255);
    let longer = "x".repeat(256);
    let mut shown = longer[..200].to_owned() + "…";
    let name_too_long = |shown: &str, bytes: usize| {
        format!(
            "the path `{shown}` in this torrent is refused: \
             one of its names has {bytes} bytes, more than 255"
        )
    };
    let mut cases = vec![
        accepted("a name of 255 bytes", &Torrent::file(&longest, 1), &[&longest]),
        refused("a name of 256", &Torrent::file(&longer, 1), name_too_long(&shown, 256)),
    ];
    let huge = Torrent::file("x".repeat(1 << 20), 1);
    cases.push(refused("a name of a mebibyte", &huge, name_too_long(&shown, 1 << 20)));
    shown = format!("top/{}…", &longer[..196]);
    let below = Torrent::directory("top", &[&[&longer]]);
    cases.push(refused("a long name below", &below, name_too_long(&shown, 256)));
    // 128 letters, and each a replacement of three bytes.
    let latin = Torrent::file(b"\xe9".repeat(128), 1);
    let shown = "\u{fffd}".repeat(128);
    cases.push(refused("bytes that get longer as text", &latin, name_too_long(&shown, 384)));

    let names = vec![longest.as_str(); 15];
    let path = format!("{longest}/{}", names.join("/"));
    let torrent = Torrent::directory(&longest, &[&names]);
    cases.push(accepted("a path of 4,096 bytes", &torrent, &[&path]));
    let names = vec![longest.as_str(); 16];
    let reason = format!(
        "the path `{}…` in this torrent is refused: it has more than 4096 bytes",
        &longest[..200]
    );
    let torrent = Torrent::directory(&longest, &[&names]);
    cases.push(refused("a path of 4,352 bytes", &torrent, &*reason));
    let names = vec!["a"; 3_000];
    let shown = "a/".repeat(100);
    let reason =
        format!("the path `{shown}…` in this torrent is refused: it has more than 4096 bytes");
    cases.push(refused("3,001 directories", &Torrent::directory("a", &[&names]), reason));
    let names = vec!["a"; 2_000];
    let path = format!("a/{}", names.join("/"));
    cases.push(accepted("2,000 directories", &Torrent::directory("a", &[&names]), &[&path]));
    cases
}

fn without_a_name() -> Vec<Case> {
    let with_path = |path: Vec<u8>| {
        let file = [b"d6:lengthi1e4:path", &*path, b"e"].concat();
        Torrent::files("top", &[file], 1)
    };
    let no_string = "`info.files[0].path` in this torrent file is not a string";
    let no_list = "`info.files[0].path` in this torrent file is not a list";
    vec![
        refused(
            "a path without names",
            &with_path(list(&[])),
            "the path `` in this torrent is refused: it is empty",
        ),
        refused("a path of numbers", &with_path(list(&[number(1)])), no_string),
        refused("a path of lists", &with_path(list(&[list(&[string("a")])])), no_string),
        refused("a path that is a string", &with_path(string("../a")), no_list),
        refused("a path that is a number", &with_path(number(7)), no_list),
        refused(
            "a file without a path",
            &Torrent::files("top", &[b"d6:lengthi1ee".to_vec()], 1),
            "this torrent file has no `info.files[0].path`",
        ),
    ]
}

fn two_spellings() -> Vec<Case> {
    let file = |path: &str, utf8: &str| {
        let (path, utf8) = (list(&[string(path)]), list(&[string(utf8)]));
        [b"d6:lengthi1e4:path", &*path, b"10:path.utf-8", &utf8, b"e"].concat()
    };
    let named = |name: &str, utf8: &str| Torrent::file(name, 1).info("name.utf-8", string(utf8));
    let dots = |path: &str| format!("the path `{path}` in this torrent is refused: {DOTS}");
    vec![
        accepted("a good name in UTF-8 beside a bad one", &named("..", "ü"), &["ü"]),
        refused("a bad name in UTF-8 beside a good one", &named("a", ".."), dots("..")),
        accepted(
            "a good path in UTF-8 beside a bad one",
            &Torrent::files("top", &[file("..", "a")], 1),
            &["top/a"],
        ),
        refused(
            "a bad path in UTF-8 beside a good one",
            &Torrent::files("top", &[file("a", "..")], 1),
            dots("top/.."),
        ),
        refused(
            "a name in UTF-8 that is a number",
            &Torrent::file("a", 1).info("name.utf-8", number(1)),
            "`info.name` in this torrent file is not a string",
        ),
        refused(
            "two names that differ in bytes that are no text",
            &Torrent::files("top", &[entry(&[b"\xe8"], 1), entry(&[b"\xe9"], 1)], 2),
            "the path `top/\u{fffd}` in this torrent is refused: two files have it",
        ),
        accepted("a name cut in a letter", &Torrent::file(b"a\xe4\xb8", 1), &["a\u{fffd}"]),
        // `/` and `.` spelled with more bytes than they need: no text, so nobody reads them as such.
        accepted(
            "a separator spelled too long",
            &Torrent::file(b"..\xc0\xafup", 1),
            &["..\u{fffd}\u{fffd}up"],
        ),
        accepted(
            "dots spelled too long",
            &Torrent::file(b"\xc0\xae\xc0\xae", 1),
            &["\u{fffd}\u{fffd}\u{fffd}\u{fffd}"],
        ),
        // What somebody would unescape stays as it is.
        accepted("escapes", &Torrent::file("..%2f..%2fup", 1), &["..%2f..%2fup"]),
        accepted("a variable", &Torrent::file("$HOME ~ `id`", 1), &["$HOME ~ `id`"]),
        accepted("an option", &Torrent::file("-rf", 1), &["-rf"]),
        accepted("a division slash", &Torrent::file("a\u{2215}b", 1), &["a\u{2215}b"]),
        accepted("wide dots", &Torrent::file("\u{ff0e}\u{ff0e}", 1), &["\u{ff0e}\u{ff0e}"]),
    ]
}

fn links_and_padding() -> Vec<Case> {
    let link =
        |path: &str| format!("`{path}` in this torrent is a symbolic link, which is never created");
    let target = b"d4:attr1:l6:lengthi0e4:pathl1:ae12:symlink pathl2:..3:etcee".to_vec();
    let without_attribute = b"d6:lengthi1e4:pathl1:ae12:symlink pathl2:..3:etcee".to_vec();
    let padding = |name: &str| entry_with(b"p", &[".pad", name], 1);
    vec![
        refused("a link", &Torrent::files("top", &[target], 0), link("top/a")),
        refused(
            "the torrent is a link",
            &Torrent::file("a", 1).info("attr", string("l")),
            link("a"),
        ),
        refused(
            "a link that is hidden, executable and padding too",
            &Torrent::files("top", &[entry_with(b"xhpl", &["a"], 0)], 0),
            link("top/a"),
        ),
        accepted(
            "the target of a link without the link",
            &Torrent::files("top", &[without_attribute], 1),
            &["top/a"],
        ),
        accepted(
            "attributes that are no string",
            &Torrent::files("top", &[b"d4:attri1e6:lengthi1e4:pathl1:aee".to_vec()], 1),
            &["top/a"],
        ),
        accepted(
            "padding that shares its name with padding and with a file",
            &Torrent::files("top", &[entry(&[".pad", "1"], 1), padding("1"), padding("1")], 3),
            &["top/.pad/1", "top/.pad/1", "top/.pad/1"],
        ),
        refused(
            "padding that leads out",
            &Torrent::files("top", &[entry(&["a"], 1), padding("..")], 2),
            format!("the path `top/.pad/..` in this torrent is refused: {DOTS}"),
        ),
        accepted(
            "nothing but padding",
            &Torrent::files("top", &[padding("1")], 1),
            &["top/.pad/1"],
        ),
    ]
}

fn together() -> Vec<Case> {
    let twice =
        |path: &str| format!("the path `{path}` in this torrent is refused: two files have it");
    let through = |path: &str, other: &str| {
        format!(
            "the path `{path}` in this torrent is refused: \
             it is a file, but also the directory of `{other}`"
        )
    };
    let directory = |paths: &[&[&str]]| Torrent::directory("top", paths);
    vec![
        refused("two files of one name", &directory(&[&["a"], &["a"]]), twice("top/a")),
        refused(
            "two files of one path, far apart",
            &directory(&[&["d", "a"], &["b"], &["c"], &["d", "a"]]),
            twice("top/d/a"),
        ),
        refused(
            "a file where a directory is",
            &directory(&[&["a", "b"], &["a"]]),
            through("top/a", "top/a/b"),
        ),
        refused(
            "a file far above another",
            &directory(&[&["a"], &["a b"], &["a", "b", "c", "d"]]),
            through("top/a", "top/a/b/c/d"),
        ),
        accepted("names that differ in case", &directory(&[&["a"], &["A"]]), &["top/a", "top/A"]),
        accepted(
            "a file and a directory that differ in case",
            &directory(&[&["a"], &["A", "b"]]),
            &["top/a", "top/A/b"],
        ),
        accepted(
            "names composed and decomposed",
            &directory(&[&["\u{e9}"], &["e\u{301}"]]),
            &["top/\u{e9}", "top/e\u{301}"],
        ),
        accepted(
            "names that Windows cuts to one",
            &directory(&[&["a"], &["a."], &["a "]]),
            &["top/a", "top/a.", "top/a "],
        ),
        accepted("ß and ss", &directory(&[&["ß"], &["ss"]]), &["top/ß", "top/ss"]),
        accepted(
            "the name of the torrent below itself",
            &directory(&[&["top", "top"]]),
            &["top/top/top"],
        ),
    ]
}
