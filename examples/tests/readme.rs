//! The README shows what is there.

const README: &str = include_str!("../../README.md");

#[test]
fn the_drivers_in_the_readme_are_the_ones_that_are_tested() {
    for driver in [include_str!("../drive_seeder.sh"), include_str!("../drive_seeder.py")] {
        assert!(README.contains(driver), "the README does not show this:\n{driver}");
    }
}
