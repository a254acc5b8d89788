//! The state directory, by itself.

use tempfile::TempDir;

use super::*;
use crate::engine::Content;

fn home() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn metainfo(name: &str) -> Arc<Metainfo> {
    let text = format!(
        "d8:announce3:one4:infod6:lengthi3e4:name{}:{name}12:piece lengthi16384e\
         6:pieces20:twenty bytes of hashee",
        name.len()
    );
    Arc::new(Metainfo::parse(text.as_bytes()).expect("a torrent"))
}

fn entry(metainfo: &Metainfo, place: u64) -> Entry {
    Entry {
        info_hash: metainfo.info_hash(),
        magnet: None,
        place,
        content: Content::Download("/downloads".into()),
        selection: Vec::new(),
        uploaded: 1,
        downloaded: 2,
        is_held: false,
    }
}

fn open(home: &TempDir) -> Session {
    Session::open(&home.path().join("state")).expect("a directory of our own")
}

/// The names of the torrents that are read, in their order.
fn names(session: &Session) -> Vec<String> {
    let (kept, _) = session.read().expect("a directory");
    kept.iter().filter_map(|kept| Some(kept.metainfo.as_ref()?.name().to_owned())).collect()
}

#[test]
fn torrents_are_kept_in_the_order_they_were_added() {
    let home = home();
    let session = open(&home);
    for (name, place) in [("c", 2), ("a", 1), ("b", 3)] {
        let metainfo = metainfo(name);
        session.keep(entry(&metainfo, place), Some(&metainfo));
    }
    session.write().expect("room");
    drop(session);
    let session = open(&home);
    assert_eq!(names(&session), ["a", "c", "b"]);
    let (kept, lost) = session.read().expect("a directory");
    assert_eq!(lost, [""; 0]);
    let again = kept.first().and_then(|kept| kept.metainfo.clone()).expect("a torrent");
    assert_eq!(again.announce(), Some("one"));
    assert_eq!(kept[0].entry, entry(&again, 1));
}

#[test]
fn a_second_program_is_refused_until_the_first_has_ended() {
    let home = home();
    let first = open(&home);
    let path = home.path().join("state");
    let refused = Session::open(&path).err().expect("it is locked");
    assert_eq!(
        refused.to_string(),
        format!("{} is in use by another program; give each its own", path.display())
    );
    drop(first);
    open(&home);
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let home = home();
    let session = open(&home);
    let metainfo = metainfo("a");
    let (hash, layout) = (metainfo.info_hash(), metainfo.layout().clone());
    let resume = Arc::new(Resume::in_file(hash, layout, session.journal(hash)));
    session.keep(entry(&metainfo, 1), Some(&metainfo));
    session.write().expect("room");
    resume.begin_with(fixedbitset::FixedBitSet::with_capacity(1), vec![None]);
    assert!(session.journal(hash).exists());
    session.forget(hash, &resume);
    session.write().expect("no trouble");
    let left = fs::read_dir(home.path().join("state")).expect("a directory");
    let left: Vec<_> = left.map(|file| file.expect("readable").file_name()).collect();
    assert_eq!(left, ["lock"]);
}

#[test]
fn only_the_newest_is_written() {
    let home = home();
    let session = open(&home);
    let metainfo = metainfo("a");
    let resume = Arc::new(Resume::in_memory(metainfo.info_hash(), metainfo.layout().clone()));
    session.keep(entry(&metainfo, 1), Some(&metainfo));
    session.forget(metainfo.info_hash(), &resume);
    session.write().expect("nothing to do");
    assert_eq!(names(&session), [""; 0]);
    session.forget(metainfo.info_hash(), &resume);
    session.keep(entry(&metainfo, 2), Some(&metainfo));
    session.write().expect("room");
    assert_eq!(names(&session), ["a"]);
}

#[test]
fn what_cannot_be_written_is_tried_again() {
    let home = home();
    let session = open(&home);
    let metainfo = metainfo("a");
    session.keep(entry(&metainfo, 1), Some(&metainfo));
    let (state, away) = (home.path().join("state"), home.path().join("away"));
    fs::rename(&state, &away).expect("our own");
    session.write().expect_err("there is no directory");
    fs::rename(&away, &state).expect("our own");
    session.write().expect("now there is");
    assert_eq!(names(&session), ["a"]);
}

#[test]
fn a_damaged_entry_or_torrent_costs_that_torrent_only_and_is_told_with_its_place() {
    let home = home();
    let session = open(&home);
    let all: Vec<_> = ["a", "b", "c", "d"].map(metainfo).into();
    for (place, metainfo) in (1..).zip(&all) {
        session.keep(entry(metainfo, place), Some(metainfo));
    }
    session.write().expect("room");
    let path = |index: usize, extension| session.path(all[index].info_hash(), extension);
    fs::write(path(0, "entry"), "nothing").expect("room");
    fs::remove_file(path(1, "torrent")).expect("a file");
    fs::copy(path(3, "torrent"), path(2, "torrent")).expect("room");
    assert_eq!(names(&session), ["d"]);
    let (_, lost) = session.read().expect("a directory");
    let place = |index: usize| format!("{}: ", path(index, "entry").display());
    for (index, wrong) in
        [(0, "it is damaged"), (1, ".torrent: No such file"), (2, "is another torrent's")]
    {
        let told = lost.iter().find(|lost| lost.starts_with(&place(index)));
        assert!(told.is_some_and(|told| told.contains(wrong)), "{wrong}: {lost:?}");
    }
    assert_eq!(lost.len(), 3);
}

#[test]
fn many_torrents_are_kept_together_as_one_by_one() {
    let home = home();
    let session = open(&home);
    let all: Vec<_> = (0..TOGETHER_MIN).map(|number| metainfo(&format!("{number:02}"))).collect();
    for (place, metainfo) in (1..).zip(&all) {
        session.keep(entry(metainfo, place), Some(metainfo));
    }
    session.write().expect("room");
    let expected: Vec<_> = all.iter().map(|metainfo| metainfo.name().to_owned()).collect();
    assert_eq!(names(&session), expected);
    for metainfo in &all {
        let resume = Resume::in_memory(metainfo.info_hash(), metainfo.layout().clone());
        session.forget(metainfo.info_hash(), &Arc::new(resume));
    }
    session.write().expect("no trouble");
    assert_eq!(names(&session), [""; 0]);
}

#[test]
fn one_torrent_that_cannot_be_written_does_not_keep_the_others_from_it() {
    let home = home();
    let session = open(&home);
    let all: Vec<_> = (0..TOGETHER_MIN).map(|number| metainfo(&format!("{number:02}"))).collect();
    let in_the_way = session.path(all[3].info_hash(), "entry");
    fs::create_dir(&in_the_way).expect("room");
    for (place, metainfo) in (1..).zip(&all) {
        session.keep(entry(metainfo, place), Some(metainfo));
    }
    session.write().expect_err("one cannot be written");
    assert_eq!(names(&session).len(), all.len() - 1);
    fs::remove_dir(&in_the_way).expect("our own");
    session.write().expect("now it can");
    assert_eq!(names(&session).len(), all.len());
}

#[test]
fn somebody_is_told_once_to_write_until_that_has_begun() {
    let home = home();
    let session = open(&home);
    let (one, other) = (metainfo("a"), metainfo("b"));
    assert!(session.keep(entry(&one, 1), Some(&one)));
    assert!(!session.keep(entry(&other, 2), Some(&other)));
    session.write().expect("room");
    assert!(session.keep(entry(&one, 3), Some(&one)));
}
