//! Torrents as somebody spells them who means no good: each has the answer that is expected of us, a
//! reason in words or an info-hash, and what is accepted is followed to the disk.
//!
//! The cases are made by `generator`, one file for each idea.

mod case;
mod crowds;
mod disk;
mod generator;
mod magnets;
mod numbers;
mod page;
mod part_file;
mod paths;
#[path = "../reliability/mod.rs"]
mod reliability;
mod scripts;
mod shapes;
mod sizes;
mod surroundings;

/// Each idea once, its cases made once, so that the count below and the tests are of the same.
macro_rules! ideas {
    ($($claim:ident: $idea:ident,)*) => {
        $(
            #[test]
            fn $claim() {
                case::check(all::$idea());
            }
        )*

        mod all {
            use std::sync::LazyLock;

            use crate::case::Case;

            $(
                pub(crate) fn $idea() -> &'static [Case] {
                    static CASES: LazyLock<Vec<Case>> = LazyLock::new(crate::$idea::cases);
                    &CASES
                }
            )*
        }

        fn torrents() -> usize {
            [$(all::$idea().len()),*].iter().sum()
        }
    };
}

ideas! {
    paths_that_lead_anywhere_else_are_refused: paths,
    names_in_every_script_are_names: scripts,
    numbers_that_could_be_read_in_two_ways_are_refused: numbers,
    sizes_that_do_not_go_together_are_refused: sizes,
    values_of_other_shapes_are_refused_by_name: shapes,
    crowds_have_a_bound: crowds,
    advice_never_refuses_a_torrent: surroundings,
}

#[test]
fn what_is_kept_of_advice_is_bounded() {
    surroundings::check_bounds(all::surroundings());
}

#[test]
fn links_are_refused_for_a_reason_or_lead_to_their_torrent() {
    magnets::check(&magnets::cases());
}

#[test]
fn what_is_accepted_makes_its_own_files_and_nothing_else() {
    for (cases, written) in [
        (all::paths(), 20),
        (all::scripts(), 60),
        (all::sizes(), 9),
        (all::shapes(), 10),
        (all::crowds(), 1),
        (all::surroundings(), 40),
    ] {
        let count = disk::check(cases);
        assert!(count >= written, "{count} of {} were written", cases.len());
    }
}

#[test]
fn what_lies_in_the_way_is_left_alone() {
    disk::check_obstacles();
}

#[test]
fn no_torrent_writes_into_the_part_file_of_another() {
    part_file::check();
}

#[test]
fn the_page_has_the_number_of_cases_there_are() {
    page::check(torrents(), magnets::cases().len(), disk::obstacles());
}

#[test]
fn the_page_has_the_number_of_formats_there_are() {
    page::check_formats();
}
