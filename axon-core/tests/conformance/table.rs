//! Keeps `docs/conformance.md` true: every statement has its row, and every test named there exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const STATEMENTS: u32 = 62;

/// What the table says of one statement.
struct Row {
    number: u32,
    /// The cell that says where it is tested.
    tested: String,
}

impl Row {
    /// None for a line that is no row of the table.
    fn of_line(line: &str) -> Option<Row> {
        let mut cells = line.strip_prefix("| C")?.split('|').map(str::trim);
        let number = cells.next()?.parse().ok()?;
        let (_claim, tested) = (cells.next()?, cells.next()?);
        Some(Row { number, tested: tested.to_owned() })
    }

    /// Its tests, each with the file in which it is said to be.
    fn tests(&self) -> Vec<(String, String)> {
        let (mut file, mut tests) = (String::new(), Vec::new());
        for quoted in self.tested.split('`').skip(1).step_by(2) {
            match quoted.ends_with(".rs") {
                true => file = quoted.to_owned(),
                false => tests.push((file.clone(), quoted.to_owned())),
            }
        }
        tests
    }
}

fn rows() -> Vec<Row> {
    let text = read(&crate_root().join("../docs/conformance.md"));
    text.lines().filter_map(Row::of_line).collect()
}

fn crate_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the tests in a source text.
fn tests_in(source: &str) -> Vec<String> {
    let after = source.split("#[test]").skip(1);
    let names = after.filter_map(|rest| rest.trim_start().strip_prefix("fn ")?.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Every source of this test target, by its path under `tests/`.
fn sources() -> BTreeMap<String, String> {
    let (tests, mut found) = (crate_root().join("tests"), BTreeMap::new());
    let mut folders: Vec<PathBuf> = vec![tests.join("conformance")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&tests).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, read(&path));
            }
        }
    }
    found
}

#[test]
fn every_statement_has_one_row_and_the_rows_are_in_order() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=STATEMENTS).collect::<Vec<_>>());
}

#[test]
fn every_row_names_its_tests_or_says_why_there_is_none() {
    for row in rows() {
        let excused = ["open", "does not apply"].iter().any(|word| row.tested.starts_with(word));
        assert_ne!(excused, !row.tests().is_empty(), "C{}: {}", row.number, row.tested);
    }
}

#[test]
fn every_test_in_the_table_exists_where_the_table_says() {
    for row in rows() {
        for (file, test) in row.tests() {
            let source = read(&crate_root().join("tests").join(&file));
            assert!(tests_in(&source).contains(&test), "C{}: no `{test}` in {file}", row.number);
        }
    }
}

#[test]
fn every_conformance_test_stands_in_the_row_of_its_number() {
    let rows = rows();
    for (file, source) in sources() {
        for test in tests_in(&source) {
            let number = test.strip_prefix('c').and_then(|rest| rest.get(..2)?.parse().ok());
            let Some(row) = rows.iter().find(|row| Some(row.number) == number) else { continue };
            let named = row.tests().contains(&(file.clone(), test.clone()));
            assert!(named, "C{} does not name `{test}` in {file}", row.number);
        }
    }
}
