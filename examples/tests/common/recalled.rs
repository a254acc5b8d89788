//! What a seeder took up from a former run, as its log tells with `-v`.

use super::Program;

/// How many pieces were believed in and how many were read, at the next look at a torrent's files.
pub fn recalled(seeder: &Program) -> (usize, usize) {
    let told = " pieces are known, ";
    let line = std::iter::repeat_with(|| seeder.complaint()).find(|line| line.contains(told));
    let line = line.expect("a line");
    let (known, checked) = line.split_once(told).expect("it was looked for");
    let known = known.rsplit(' ').next().expect("a number");
    let checked = checked.split(' ').next().expect("a number");
    (known.parse().expect("a number"), checked.parse().expect("a number"))
}
