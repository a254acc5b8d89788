//! Ports, trackers, disks.

use super::*;

#[test]
fn a_port_in_use_is_said_clearly_and_ends_the_program() {
    let place = home();
    write(place.path().join("x"), "la");
    let (_taken, address) = silent_server();
    let address = address.to_string();
    for (option, other) in [("--listen", "--tracker-listen"), ("--tracker-listen", "--listen")] {
        let ended = told(place.path(), &[option, &address, other, "127.0.0.1:0"], "file:x\n");
        assert_eq!((ended.status, ended.out.len()), (Some(1), 0), "{option}");
        let sentence = &ended.err[0];
        assert!(sentence.starts_with("seeder: "), "{sentence}");
        assert!(
            sentence.contains(&format!(
                "on {address}: another program uses that port; choose another one, or 0 for any"
            )),
            "{sentence}"
        );
    }
}

#[test]
fn a_tracker_that_is_down_is_said_and_harms_nothing() {
    let place = home();
    write(place.path().join("song"), "la");
    let address = unused_port();
    let url = format!("http://{address}/announce?passkey=secret");
    let mut seeder = seeder(place.path(), ["--listen", "127.0.0.1:0", "--tracker", &url]);
    seeder.say("file:song");
    assert_eq!(seeder.until(":100"), ["1:song:-1", "1:song:100"]);
    let sentence = seeder.complaint();
    assert!(
        sentence.contains(&format!("torrent 1: tracker {address} cannot be reached")),
        "{sentence}"
    );
    assert!(!sentence.contains("secret"), "{sentence}");
    assert_eq!(seeder.end_of_input().status, Some(0));
}

#[test]
fn a_torrent_whose_trackers_nobody_can_ask_is_said() {
    let place = home();
    let torrent = [&b"d8:announce21:wss://tracker:80/anno"[..], &torrent("x")[1..]].concat();
    write(place.path().join("x.torrent"), torrent);
    let mut seeder = seeder(place.path(), ALONE);
    seeder.say("torrent:x.torrent");
    seeder.until(":0");
    assert!(seeder.complaint().contains("none of its trackers can be asked"));
    assert_eq!(seeder.end_by(Signal::Term).status, Some(1));
}

#[test]
fn a_full_disk_holds_up_its_torrent_alone_until_there_is_room() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let (data, place) = (home(), home());
    let big = write(data.path().join("big"), bytes(3_000_000, 2));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:big");
    seed.until(":100");
    write(place.path().join("other"), "x");
    let args = with(&ALONE, "--dir", shown(disk.path()));
    let mut get = seeder(place.path(), args);
    get.say(format!("torrent:{}", data.path().join("big.torrent").display()));
    assert_eq!(
        get.complaint(),
        format!("1:big: the disk is full: cannot write {}", disk.path().join("big").display())
    );
    get.say(format!("file:{}", place.path().join("missing").display()));
    assert!(get.complaint().contains("missing does not exist"), "the rest goes on");
    disk.grow("20m");
    get.until("1:big:100");
    let ended = get.end_of_input();
    assert_eq!(ended.err, [""; 0], "each trouble is said once");
    assert!(fs::read(disk.path().join("big")).unwrap() == fs::read(big).unwrap());
}

#[test]
fn trouble_that_mends_itself_is_no_failure() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let data = home();
    write(data.path().join("big"), bytes(3_000_000, 2));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:big");
    seed.until(":100");
    let mut get = seeder(data.path(), with(&ALONE, "--dir", shown(disk.path())));
    get.say(format!("torrent:{}", data.path().join("big.torrent").display()));
    get.close_input();
    get.complaint();
    disk.grow("20m");
    let ended = get.ended();
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn a_torrent_file_that_cannot_be_written_is_the_one_answer_to_its_command() {
    let place = home();
    write(place.path().join("song"), "la");
    write(place.path().join("other"), "la la");
    fs::create_dir(place.path().join("song.torrent")).unwrap();
    let ended = told(place.path(), &ALONE, "file:song\nfile:other\n");
    assert_eq!(ended.status, Some(1));
    assert_eq!(ended.out, ["1:other:-1", "1:other:100"]);
    assert_eq!(ended.err, ["file:song: cannot write `./song.torrent`: it is not a regular file"]);
}

#[test]
fn a_published_file_that_is_cut_short_is_said_and_makes_the_status_1() {
    let (data, copy) = (home(), home());
    let song = write(data.path().join("song"), bytes(600_000, 4));
    let mut seed = seeder(data.path(), PUBLIC);
    seed.say("file:song");
    seed.until(":100");
    write(&song, "short");
    let mut get = seeder(copy.path(), ALONE);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    let sentence = format!("1:song: {} ends after 5 of 600000 bytes", song.display());
    assert_eq!(seed.complaint(), sentence);
    assert_eq!(get.end_by(Signal::Term).status, Some(1));
    assert_eq!(seed.end_of_input().status, Some(1));
}
