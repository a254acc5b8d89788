//! Whole files: exact bytes, one answer for each job, nobody sees half of anything.

mod common;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use axon_core::Pipeline;
use common::*;
use kamaelia_io::{
    FileContents, FileError, FileProblem, FileRead, FileWritten, TriggeredFileReader,
    WholeFileWriter, WriteFile,
};

fn write(jobs: &[(PathBuf, &[u8])]) -> Vec<FileWritten> {
    let jobs = jobs.iter().map(|(path, bytes)| WriteFile::from((path.clone(), bytes.to_vec())));
    through(jobs.collect::<Vec<_>>(), WholeFileWriter::new())
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// C67.
#[test]
fn exact_bytes_are_written_and_each_job_is_answered_with_its_name_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let [binary, empty, spaced] = ["b.bin", "empty", "käse: a b"].map(|n| directory.path().join(n));
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let jobs: [(PathBuf, &[u8]); 3] =
        [(binary.clone(), &bytes), (empty.clone(), b""), (spaced.clone(), b"\r\n")];
    let answers: Vec<PathBuf> = write(&jobs).into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [binary.clone(), empty.clone(), spaced.clone()]);
    let written = [binary, empty, spaced].map(|path| fs::read(path).unwrap());
    assert_eq!(written, [bytes, vec![], b"\r\n".to_vec()]);
    assert_eq!(names_in(directory.path()).len(), 3);
}

/// C67.
#[test]
fn a_longer_file_is_replaced_whole_and_the_last_of_several_jobs_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, [b'x'; 1000]).unwrap();
    let answers = write(&[(path.clone(), b"long enough"), (path.clone(), b"short")]);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(fs::read(&path).unwrap(), b"short");
}

#[test]
fn whoever_has_the_old_file_open_goes_on_reading_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, b"old, all of it").unwrap();
    let mut open = fs::File::open(&path).unwrap();
    write(&[(path.clone(), b"new")]).remove(0).unwrap();
    let mut seen = String::new();
    open.read_to_string(&mut seen).unwrap();
    assert_eq!((seen.as_str(), fs::read(&path).unwrap()), ("old, all of it", b"new".to_vec()));
}

#[test]
fn what_cannot_be_written_is_an_answer_and_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("good"), b"").unwrap();
    let jobs: [(PathBuf, &[u8]); 5] = [
        (at("missing/a"), b"x"),
        (at("directory"), b"x"),
        (at("good/a"), b"x"),
        (PathBuf::new(), b"x"),
        (at("good"), b"fine"),
    ];
    let answers = write(&jobs);
    let failed: Vec<bool> = answers.iter().map(Result::is_err).collect();
    assert_eq!(failed, [true, true, true, true, false]);
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!(error.path, at("missing/a"));
    let text = error.to_string();
    let place = at("missing/a");
    assert!(text.starts_with(&format!("cannot write `{}`: No such", place.display())), "{text}");
    assert!(matches!(answers[1], Err(FileError { problem: FileProblem::NotAFile, .. })));
    assert_eq!(names_in(directory.path()), ["directory", "good"]);
    assert_eq!(fs::read(at("good")).unwrap(), b"fine");
}

#[test]
fn the_longest_name_a_disk_allows_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("n".repeat(255));
    write(&[(path.clone(), b"x")]).remove(0).unwrap();
    assert_eq!(fs::read(path).unwrap(), b"x");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = tempfile::tempdir().unwrap();
    let [target, link] = ["target", "link"].map(|name| directory.path().join(name));
    fs::write(&target, b"old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    assert_eq!(write(&[(link.clone(), b"new")]).remove(0).unwrap(), link);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_device_is_neither_written_nor_read() {
    let device = PathBuf::from("/dev/null");
    assert!(write(&[(device.clone(), b"x")]).remove(0).is_err());
    let answer = read([device], TriggeredFileReader::new()).remove(0);
    assert!(matches!(answer, Err(FileError { problem: FileProblem::NotAFile, .. })));
}

/// The writer's outbox may be left loose.
#[test]
fn jobs_are_done_when_nobody_asks_what_became_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let jobs: Vec<WriteFile> =
        (0..200).map(|n| (directory.path().join(format!("{n}")), vec![b'x'; n]).into()).collect();
    Pipeline::new(Feed::of(jobs.clone())).then(WholeFileWriter::new()).run().unwrap();
    assert_eq!(names_in(directory.path()).len(), 200);
    let gone = Pipeline::new(Feed::of(jobs)).then(WholeFileWriter::new());
    gone.then(TakeOnly::of(1)).run().unwrap();
    assert_eq!(names_in(directory.path()).len(), 200);
}

fn read(paths: impl IntoIterator<Item = PathBuf>, reader: TriggeredFileReader) -> Vec<FileRead> {
    through(paths, reader)
}

/// C68.
#[test]
fn every_path_is_answered_with_its_exact_bytes_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let files = [("b.bin", &bytes[..]), ("empty", b""), ("a b.txt", b"x\r\n")];
    let paths = files.map(|(name, bytes)| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    });
    let answers = read(paths.clone(), TriggeredFileReader::new());
    let contents: Vec<FileContents> = answers.into_iter().map(Result::unwrap).collect();
    let expected = files.map(|(name, bytes)| FileContents {
        path: directory.path().join(name),
        bytes: bytes.to_vec(),
    });
    assert_eq!(contents, expected);
}

/// C68, and the cookbook's DefaultTriggeredFileReader.
#[test]
fn relative_paths_start_from_the_given_directory_and_absolute_ones_do_not() {
    let [base, elsewhere] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    fs::create_dir(base.path().join("sub")).unwrap();
    fs::write(base.path().join("sub/a"), b"relative").unwrap();
    let absolute = elsewhere.path().join("a");
    fs::write(&absolute, b"absolute").unwrap();
    let paths = [PathBuf::from("sub/a"), absolute.clone()];
    let answers = read(paths, TriggeredFileReader::in_directory(base.path()));
    let contents: Vec<FileContents> = answers.into_iter().map(Result::unwrap).collect();
    let relative = FileContents { path: "sub/a".into(), bytes: b"relative".to_vec() };
    assert_eq!(contents, [relative, FileContents { path: absolute, bytes: b"absolute".to_vec() }]);
}

/// C68.
#[test]
fn what_cannot_be_read_is_an_answer_and_the_next_path_is_read() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("good"), b"x").unwrap();
    let paths = ["missing", "", "good/not", "good"].map(PathBuf::from);
    let answers = read(paths, TriggeredFileReader::in_directory(directory.path()));
    let texts: Vec<String> = answers
        .iter()
        .map(|answer| answer.as_ref().map_or_else(ToString::to_string, |_| "read".to_owned()))
        .collect();
    let base = directory.path().display();
    assert_eq!(
        texts,
        [
            format!("cannot read `{base}/missing`: No such file or directory (os error 2)"),
            format!("cannot read `{base}/`: it is not a regular file"),
            format!("cannot read `{base}/good/not`: Not a directory (os error 20)"),
            "read".to_owned(),
        ]
    );
    assert_eq!(answers[0].as_ref().unwrap_err().path, Path::new("missing"));
}

#[test]
fn a_file_beyond_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("at"), [b'x'; 100]).unwrap();
    fs::write(directory.path().join("over"), [b'x'; 101]).unwrap();
    let reader = TriggeredFileReader::in_directory(directory.path()).limit(100);
    let answers = read([PathBuf::from("at"), PathBuf::from("over")], reader);
    assert_eq!(answers[0].as_ref().unwrap().bytes.len(), 100);
    let problem = &answers[1].as_ref().unwrap_err().problem;
    assert!(matches!(problem, FileProblem::TooLarge { bytes: 101, limit: 100 }), "{problem}");
}
