//! What many do together.

use super::End::*;
use super::Role::*;
use super::*;

/// Three hundred who connect and say nothing, from fifty addresses.
fn three_hundred(target: &Target) -> Vec<Stranger> {
    (0..300).map(|number| Stranger::calls_from(1 + number as u8 % 50, target.peers)).collect()
}

#[test]
fn three_hundred_who_say_nothing_keep_nobody_out() {
    stage::check(&Case {
        name: "connecting and saying nothing",
        roles: &[Seeds, Downloads],
        is_poor: false,
        strangers: three_hundred,
        end: Crowded(64, "info", "gives way, since 64 have not said which torrent they want"),
    });
}

#[test]
fn three_hundred_who_say_nothing_leave_descriptors_to_those_who_have_few() {
    stage::check(&Case {
        name: "connecting and saying nothing, to one with 64 descriptors",
        roles: &[Seeds, Downloads],
        is_poor: true,
        strangers: three_hundred,
        end: Crowded(32, "info", "gives way, since as many sockets as allowed are open"),
    });
}

#[test]
fn a_hundred_who_greet_leave_descriptors_to_those_who_have_few() {
    stage::check(&Case {
        name: "greeting and saying nothing more, to one with 64 descriptors",
        roles: &[Seeds],
        is_poor: true,
        strangers: |target| {
            let come = |number: u8| {
                let stranger = Stranger::calls_from(1 + number % 50, target.peers);
                stranger.says(&target.greeting(number))
            };
            (0..100).map(come).collect()
        },
        end: Crowded(32, "info", "as many sockets as allowed are open"),
    });
}

#[test]
fn five_thousand_who_connect_and_leave_at_once_keep_nobody_out() {
    stage::check(&Case {
        name: "connecting and closing at once",
        roles: &[Seeds, Downloads],
        is_poor: false,
        strangers: |target| {
            thread::scope(|scope| {
                for last in 1..=4 {
                    scope.spawn(move || {
                        (0..1_250).for_each(|_| drop(Stranger::calls_from(last, target.peers)));
                    });
                }
            });
            Vec::new()
        },
        end: Gone,
    });
}
