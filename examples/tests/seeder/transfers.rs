//! Publishing and downloading.

use super::*;

/// Files whose names and sizes are all awkward.
fn awkward_files(below: &Path) -> Vec<PathBuf> {
    let files = [
        ("empty", 0),
        ("one byte", 1),
        ("a: b:c", 262_143),
        ("größe €", 262_144),
        ("-rf %20 'x'", 262_145),
        ("日本語.bin", 3_000_000),
    ];
    let made = |(index, (name, size))| write(below.join(name), bytes(size, index as u64));
    files.into_iter().enumerate().map(made).collect()
}

/// A `%20` in a name must not be taken for an escape.
fn as_told(name: &str) -> String {
    name.replace("%20", "%2520")
}

#[test]
fn files_of_any_name_and_size_are_published_in_place_and_downloaded_whole() {
    let (data, torrents, elsewhere, copy) = (home(), home(), home(), home());
    let mut shared = awkward_files(data.path());
    let album = data.path().join("an album");
    write(album.join("1.txt"), "one");
    write(album.join("deep/er/2.bin"), bytes(700_000, 7));
    write(album.join("nothing"), "");
    shared.push(album);

    let mut seed = seeder(elsewhere.path(), with(&PUBLIC, "--dir", shown(torrents.path())));
    let mut input = String::new();
    for (number, path) in (1..).zip(&shared) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let told = as_told(name);
        seed.say(format!("file:{}", path.display()));
        assert_eq!(seed.line(), format!("{number}:{told}:-1"));
        let torrent = torrents.path().join(format!("{name}.torrent"));
        assert!(torrent.exists(), "{name}: its torrent is there when it is answered");
        assert_eq!(seed.line(), format!("{number}:{told}:100"));
        input += &format!("torrent:{}\n", torrent.display());
    }
    assert_eq!(names(elsewhere.path()), [""; 0], "nothing is left in the working directory");

    let got = told(elsewhere.path(), &with(&ALONE, "--dir", shown(copy.path())), input);
    assert_eq!((got.status, &got.err), (Some(0), &vec![]), "{:?}", got.out);
    for (number, path) in (1..).zip(&shared) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_rises_to_the_end(&got.out, number, &as_told(name));
        if path.is_file() {
            let same = fs::read(copy.path().join(name)).unwrap() == fs::read(path).unwrap();
            assert!(same, "{name}");
        }
    }
    for name in ["1.txt", "deep/er/2.bin", "nothing"] {
        let [there, here] = [&data, &copy].map(|place| place.path().join("an album").join(name));
        assert!(fs::read(there).unwrap() == fs::read(here).unwrap(), "{name}");
    }
    let seed = seed.end_of_input();
    assert_eq!((seed.status, seed.err.len()), (Some(0), 0), "{seed:?}");
}

#[test]
fn a_path_may_be_relative_end_in_a_slash_or_be_the_directory_itself() {
    let place = home();
    write(place.path().join("music/song"), "la");
    let ended = told(place.path(), &ALONE, "file:music/song\nfile:music/\nfile:./music\n");
    assert_eq!(ended.status, Some(0));
    assert_eq!(
        ended.out,
        ["1:song:-1", "1:song:100", "2:music:-1", "2:music:100", "2:music:100"],
        "the last one is there already, and answered with where it stands"
    );
    let inside = told(&place.path().join("music"), &ALONE, "file:.\n");
    assert_eq!(inside.out, ["1:music:-1", "1:music:100"]);
    assert_eq!(names(place.path()), ["music", "music.torrent", "song.torrent"]);
}

#[test]
fn a_name_that_would_break_lines_is_refused_when_published() {
    let place = home();
    write(place.path().join("dir/two\nlines"), "x");
    let ended = told(place.path(), &ALONE, "file:dir\n");
    assert_eq!((ended.status, ended.out.len(), ended.err.len()), (Some(1), 0, 1), "{ended:?}");
    assert!(ended.err[0].contains(r"two\nlines"), "{ended:?}");
}

#[test]
fn the_directory_is_made_and_relative_torrents_are_looked_for_in_it() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(300_000, 1));
    let torrents = with(&PUBLIC, "--dir", "not/yet/there");
    let mut seed = seeder(data.path(), torrents);
    seed.say(format!("file:{}", song.display()));
    seed.until(":100");
    let torrent = data.path().join("not/yet/there/song.torrent");
    write(copy.path().join("below/it.torrent"), fs::read(torrent).unwrap());
    let args = with(&ALONE, "--dir", shown(copy.path()));
    let got = told(data.path(), &args, "torrent:below/it.torrent");
    assert_eq!(got.status, Some(0), "{got:?}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn what_is_complete_in_the_directory_is_checked_and_nothing_is_downloaded() {
    let place = home();
    write(place.path().join("song"), bytes(600_000, 3));
    let made = told(place.path(), &ALONE, "file:song\n");
    assert_eq!(made.status, Some(0));
    let got = told(place.path(), &[&ALONE[..], &["--json"]].concat(), "torrent:song.torrent\n");
    assert_eq!(got.status, Some(0), "{got:?}");
    let last = events(&got.out).pop().expect("a line");
    assert_eq!((&last["event"], &last["down_total"]), (&"complete".into(), &0.into()), "{last}");
}

#[test]
fn a_download_goes_on_where_it_was_when_it_is_started_again() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(3_000_000, 5));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    // Seven pieces of 262,144 bytes are there, and one of them is wrong.
    let mut part = fs::read(&song).unwrap()[..2_000_000].to_vec();
    part[300_000] ^= 1;
    write(copy.path().join("song"), part);
    let torrent = format!("torrent:{}", data.path().join("song.torrent").display());
    let got = told(copy.path(), &[&ALONE[..], &["--json"]].concat(), torrent);
    assert_eq!(got.status, Some(0), "{got:?}");
    let last = events(&got.out).pop().expect("a line");
    assert_eq!(last["event"], "complete");
    assert_eq!(last["down_total"], 3_000_000 - 6 * 262_144, "{last}");
    assert!(fs::read(copy.path().join("song")).unwrap() == fs::read(song).unwrap());
}

#[test]
fn two_seeders_use_one_directory_side_by_side() {
    let (data, torrents) = (home(), home());
    let mut seeds =
        [1, 2].map(|_| seeder(data.path(), with(&PUBLIC, "--dir", shown(torrents.path()))));
    for (number, seed) in (1..).zip(&mut seeds) {
        let path = write(data.path().join(format!("song {number}")), bytes(400_000, number));
        seed.say(format!("file:{}", path.display()));
        seed.until(":100");
    }
    let copies = [home(), home()];
    let mut got = copies.each_ref().map(|copy| {
        let args = with(&ALONE, "--dir", shown(torrents.path()));
        let mut seeder = seeder(copy.path(), args);
        seeder.say("torrent:song 1.torrent\ntorrent:song 2.torrent");
        seeder
    });
    for seeder in &mut got {
        seeder.close_input();
    }
    for seeder in got {
        assert_eq!(seeder.ended().status, Some(0));
    }
    for name in ["song 1", "song 2"] {
        let [here, there] = [&data, &torrents].map(|place| fs::read(place.path().join(name)));
        assert!(here.unwrap() == there.unwrap(), "{name}");
    }
}

#[test]
fn torrents_of_one_name_do_not_write_over_each_other() {
    let (data, copy) = (home(), home());
    let mut seed = seeder(data.path(), PUBLIC);
    for (number, place) in (1..).zip(["a", "b"]) {
        write(data.path().join(place).join("song"), bytes(300_000, number));
        seed.say(format!("file:{place}/song"));
        assert_eq!(seed.until(":100"), [format!("{number}:song:-1"), format!("{number}:song:100")]);
        let torrent = fs::read(data.path().join("song.torrent")).unwrap();
        write(copy.path().join(place), torrent);
    }
    let mut get = seeder(copy.path(), ALONE);
    get.say("torrent:a");
    get.until(":100");
    get.say("torrent:b");
    assert_eq!(
        get.complaint(),
        format!(
            "torrent:b: torrent 1 already uses {}; download this one to another directory",
            copy.path().join("song").display()
        )
    );
    assert_eq!(get.end_of_input().status, Some(1));
    let [here, there] = [data.path().join("a/song"), copy.path().join("song")].map(fs::read);
    assert!(here.unwrap() == there.unwrap());
}

#[test]
fn a_torrent_given_twice_is_answered_with_its_number() {
    let place = home();
    write(place.path().join("song"), "la");
    let mut seeder = telling_objects(place.path(), &ALONE);
    seeder.say("file:song");
    let added: Value = serde_json::from_str(&seeder.line()).unwrap();
    seeder.until("}");
    seeder.say("torrent:song.torrent");
    let already: Value = serde_json::from_str(&seeder.line()).unwrap();
    assert_eq!((&added["event"], &already["event"]), (&"added".into(), &"already".into()));
    assert_eq!((&added["id"], &already["id"]), (&1.into(), &1.into()));
    assert_eq!(added["info_hash"], already["info_hash"]);
    assert_eq!(already["command"], "torrent:song.torrent");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

#[test]
fn a_directory_published_from_inside_is_the_same_each_time_and_called_by_its_name() {
    let place = home();
    let album = place.path().join("album");
    write(album.join("1.ogg"), bytes(300_000, 1));
    let torrents = [".", ".", shown(&album)].map(|path| {
        let ended = told(&album, &ALONE, format!("file:{path}\n"));
        assert_eq!(
            (ended.status, ended.out),
            (Some(0), vec!["1:album:-1".into(), "1:album:100".into()])
        );
        assert_eq!(names(&album), ["1.ogg", "album.torrent"]);
        fs::read(album.join("album.torrent")).expect("a torrent")
    });
    assert!(torrents.iter().all(|torrent| *torrent == torrents[0]));
}
