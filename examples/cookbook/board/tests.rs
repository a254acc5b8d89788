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
    let summary = &picture.summaries[0];
    assert!(summary.starts_with("and 3 more; 7 in all: 1 checking, 3 downloading, "), "{summary}");
}

#[test]
fn there_are_never_more_lines_than_there_may_be() {
    let board = board((0..9).map(|_| fetching(MIB)));
    for lines_max in 0..20 {
        let picture = board.picture(lines_max);
        let lines = picture.rows.len() + usize::from(!picture.summaries.is_empty());
        assert_eq!(lines, lines_max.min(10));
    }
}

#[test]
fn one_torrent_that_has_a_row_needs_no_summary() {
    let picture = board([fetching(1.5 * MIB)]).picture(10);
    let says = "1.50 MiB/s from 2 peers".to_owned();
    let rows = vec![Row { name: "a".to_owned(), fraction: 0.25, says }];
    assert_eq!(picture, Picture { rows, summaries: Vec::new() });
}

#[test]
fn what_is_only_seeded_has_a_last_line_that_says_how_fast() {
    let mut seeding = complete();
    seeding.up_rate = 1.5 * MIB;
    let picture = board([seeding]).picture(10);
    assert_eq!(picture.rows, []);
    assert_eq!(picture.summaries[0], "1 in all: 1 complete; 0 B/s in, 1.50 MiB/s out");
    assert_eq!(Board::default().picture(10), Picture::default());
}

#[test]
fn the_last_line_says_less_and_less_and_its_rates_to_the_end() {
    let board = board([fetching(100.0), fetching(0.0), complete()]);
    assert_eq!(
        board.picture(2).summaries,
        [
            "and 1 more; 3 in all: 2 downloading, 1 complete; 100 B/s in, 0 B/s out, 20s left",
            "and 1 more; 3 in all: 2 downloading, 1 complete; 100 B/s in, 0 B/s out",
            "and 1 more; 3 in all; 100 B/s in, 0 B/s out",
            "3 in all; 100 B/s in, 0 B/s out",
            "100 B/s in, 0 B/s out",
        ]
    );
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
