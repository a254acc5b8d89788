//! Torrents that no maker would make.

/// One of a single file of five bytes that nobody has.
pub fn torrent(name: &str) -> Vec<u8> {
    let mut info = b"d6:lengthi5e4:name".to_vec();
    info.extend(string(name));
    info.extend(end_of_info());
    in_torrent(&info)
}

/// One of a directory, with a file of five bytes at each of these paths.
pub fn torrent_of_files(name: &str, paths: &[&[&str]]) -> Vec<u8> {
    let mut info = b"d5:filesl".to_vec();
    for path in paths {
        info.extend(b"d6:lengthi5e4:pathl");
        info.extend(path.iter().flat_map(|name| string(name)));
        info.extend(b"ee");
    }
    info.extend(b"e4:name");
    info.extend(string(name));
    info.extend(end_of_info());
    in_torrent(&info)
}

fn end_of_info() -> Vec<u8> {
    [b"12:piece lengthi16384e6:pieces20:", &[7; 20][..], b"e"].concat()
}

fn in_torrent(info: &[u8]) -> Vec<u8> {
    [b"d4:info", info, b"e"].concat()
}

fn string(text: &str) -> Vec<u8> {
    format!("{}:{text}", text.len()).into_bytes()
}
