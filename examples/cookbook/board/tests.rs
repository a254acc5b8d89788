//! What is seen of boards of several kinds.

use kamaelia_torrent::components::messages::TorrentStartFail;

use super::*;

const MIB: f64 = (1 << 20) as f64;

fn status(activity: Activity) -> Status {
    Status::new(activity, 1000)
}

fn fetching(rate: f64) -> Status {
    let mut status = status(Activity::Downloading);
    (status.down_rate, status.num_peers, status.fraction_done) = (rate, 2, 0.25);
    status
}

fn complete() -> Status {
    let mut status = status(Activity::Seeding);
    (status.is_known, status.fraction_done) = (true, 1.0);
    (status.left, status.wanted_left) = (0, 0);
    status
}

/// A board of torrents that stand like this, with names of letters.
fn board(statuses: impl IntoIterator<Item = Status>) -> Board {
    let mut board = Board::default();
    for (at, status) in (0..).zip(statuses) {
        let name = char::from(b'a' + at).to_string();
        let torrent = Torrent { name, status: Some(status) };
        board.torrents.insert(TorrentId::from(u32::from(at)), torrent);
    }
    board
}

fn names(picture: &Picture) -> String {
    picture.rows.iter().map(|row| row.name.as_str()).collect()
}

#[test]
fn what_moves_comes_before_what_waits_and_that_before_what_rests_each_by_age() {
    let statuses = [
        status(Activity::OnHold),
        fetching(0.0),
        fetching(MIB),
        status(Activity::Failed("no disk".to_owned())),
        complete(),
        status(Activity::Checking),
        fetching(2.0 * MIB),
    ];
    let board = board(statuses);
    assert_eq!(names(&board.picture(20)), "cfgbad");
    let picture = board.picture(4);
    assert_eq!(names(&picture), "cfg");
    let summary = picture.summary.unwrap();
    assert!(summary.starts_with("and 3 more; 7 in all: 1 checking, 3 downloading, "), "{summary}");
}

#[test]
fn there_are_never_more_lines_than_there_may_be() {
    let board = board((0..9).map(|_| fetching(MIB)));
    for lines_max in 0..20 {
        let picture = board.picture(lines_max);
        let lines = picture.rows.len() + usize::from(picture.summary.is_some());
        assert_eq!(lines, lines_max.min(10));
    }
}

#[test]
fn one_torrent_needs_no_summary_and_complete_ones_need_nothing() {
    let picture = board([fetching(1.5 * MIB)]).picture(10);
    let says = "1.50 MiB/s from 2 peers".to_owned();
    let rows = vec![Row { name: "a".to_owned(), fraction: 0.25, says }];
    assert_eq!(picture, Picture { rows, summary: None });
    assert_eq!(board([complete(), complete()]).picture(10), Picture::default());
}

#[test]
fn what_is_made_has_a_row_until_it_is_answered() {
    let mut board = Board::default();
    let progress = Progress { done: 3, total: 4 };
    board.note_making(MakeProgress { token: "file:/music/song.ogg".into(), progress });
    let row = Row { name: "song.ogg".to_owned(), fraction: 0.75, says: "making".to_owned() };
    assert_eq!(board.picture(10).rows, [row]);
    let failure = TorrentStartFail::new("file:/music/song.ogg", "it shrank");
    board.note(TorrentMessage::StartFail(failure));
    assert_eq!(board.picture(10), Picture::default());
}

#[test]
fn characters_that_move_the_cursor_are_not_shown() {
    assert_eq!(shown("a\u{1b}[2J\r\nb\u{9b}"), "a\u{fffd}[2J\u{fffd}\u{fffd}b\u{fffd}");
}
