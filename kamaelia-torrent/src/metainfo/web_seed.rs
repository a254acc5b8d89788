//! Where a web seed has the files of a torrent (BEP 19).

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Layout;

/// All but what RFC 3986 leaves unreserved: names of files can hold anything.
const IN_A_NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What cannot stand in a URL as it is. Whatever else somebody wrote into theirs stays, `%` too.
const IN_A_URL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The URL of a file (an index into [`Layout::files`]) below the URL a torrent names.
///
/// With a single file the named URL is that file's, unless it ends with a `/`: then the name of the
/// file is put behind it. With a directory the name of the torrent and the path of the file always
/// are, behind a `/` if it lacks one.
///
/// # Panics
///
/// When the layout has no such file.
pub fn web_seed_url(base: &str, layout: &Layout, file: usize) -> String {
    let path = &layout.files()[file].path;
    // What is behind a # is never sent to a server.
    let base = base.trim().split('#').next().unwrap_or_default();
    let mut url: String = utf8_percent_encode(base, IN_A_URL).collect();
    let is_single = layout.files().len() == 1 && path.len() == 1;
    if is_single && !url.ends_with('/') {
        return url;
    }
    if !url.ends_with('/') {
        url.push('/');
    }
    for (number, name) in path.iter().enumerate() {
        if number > 0 {
            url.push('/');
        }
        url.extend(utf8_percent_encode(name, IN_A_NAME));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn layout(paths: &[&[&str]]) -> Layout {
        let file = |path: &&[&str]| FileEntry {
            path: path.iter().map(|&name| name.to_owned()).collect(),
            length: 1,
            padding: false,
        };
        Layout::new(16, paths.iter().map(file).collect()).expect("sizes of a torrent")
    }

    #[test]
    fn a_single_file_is_what_the_url_says_or_lies_in_the_directory_it_says() {
        let song = layout(&[&["a song.ogg"]]);
        for (base, url) in [
            ("http://w/x.ogg", "http://w/x.ogg"),
            (" http://w/get?id=7&k=%20 ", "http://w/get?id=7&k=%20"),
            ("http://w/pub/", "http://w/pub/a%20song.ogg"),
            ("http://w/", "http://w/a%20song.ogg"),
        ] {
            assert_eq!(web_seed_url(base, &song, 0), url, "{base}");
        }
    }

    #[test]
    fn the_files_of_a_directory_lie_below_its_name() {
        let album = layout(&[&["album", "one"], &["album", "sub", "two"]]);
        for base in ["http://w/pub/", "http://w/pub"] {
            assert_eq!(web_seed_url(base, &album, 1), "http://w/pub/album/sub/two", "{base}");
        }
        let one = layout(&[&["album", "one"]]);
        assert_eq!(web_seed_url("http://w", &one, 0), "http://w/album/one");
    }

    #[test]
    fn names_cannot_mean_anything_else_in_a_url() {
        let names = ["t", "a?b#c%20d&e=f+g;h:i@j,k", "Größe 100%"];
        let url = web_seed_url("http://w/ü b/%41/#top", &layout(&[&names]), 0);
        assert_eq!(
            url,
            "http://w/%C3%BC%20b/%41/t/a%3Fb%23c%2520d%26e%3Df%2Bg%3Bh%3Ai%40j%2Ck/Gr%C3%B6%C3%9Fe%20100%25"
        );
    }
}
