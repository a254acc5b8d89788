//! The drivers that the README shows.

use super::*;

#[test]
fn the_shell_and_python_drivers_publish_a_file_that_others_can_download() {
    for (language, driver) in [("sh", "drive_seeder.sh"), ("python3", "drive_seeder.py")] {
        let (place, copy) = (home(), home());
        let song = write(place.path().join("my song: 1"), bytes(300_000, 6));
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join(driver);
        let args = [driver.as_os_str(), "my song: 1".as_ref()];
        let driver = Program::start(language, place.path(), args);
        let lines = driver.until(".torrent");
        let ready = "complete: my song: 1, to be had with my song: 1.torrent";
        assert_eq!(lines.last().map(String::as_str), Some(ready), "{language}");
        let torrent = format!("torrent:{}", place.path().join("my song: 1.torrent").display());
        let got = told(copy.path(), &ALONE, torrent);
        assert_eq!(got.status, Some(0), "{language}: {got:?}");
        assert!(fs::read(copy.path().join("my song: 1")).unwrap() == fs::read(song).unwrap());
        let ended = driver.end_of_input();
        assert_eq!((ended.status, ended.err.len()), (Some(0), 0), "{language}: {ended:?}");
    }
}
