//! A network that is cut for real. Delays, losses, long cuts and parts that do not reach each other are
//! tried in virtual time, in `kamaelia-torrent/tests/simulation`.

use std::process::{Child, Stdio};

use super::*;

/// Two machines in one, with a line of their own between them.
struct TwoMachines {
    /// Each keeps a network alive for as long as its input is open.
    keepers: [Child; 2],
}

const ADDRESSES: [&str; 2] = ["10.77.0.1", "10.77.0.2"];

impl TwoMachines {
    /// None if this user may not have them.
    fn new() -> Option<Self> {
        let left_out = "a network that is cut";
        if !is_root(left_out)
            || !["unshare", "nsenter", "ip"].iter().all(|name| has(name, left_out))
        {
            return None;
        }
        let keeper = || {
            // It tells when it is in its network.
            let mut command = Command::new("unshare");
            command.args(["-n", "sh", "-c", "echo; exec cat"]);
            let mut keeper =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a program");
            let told = std::io::Read::read(keeper.stdout.as_mut().expect("a pipe"), &mut [0; 1]);
            (told.expect("a pipe") == 1).then_some(keeper)
        };
        let (Some(one), Some(other)) = (keeper(), keeper()) else {
            eprintln!("skipped: {left_out}, since this user may not have a network of its own");
            return None;
        };
        let machines = TwoMachines { keepers: [one, other] };
        let peer = machines.keepers[1].id().to_string();
        machines.ip(
            0,
            &["link", "add", "line0", "type", "veth", "peer", "name", "line1", "netns", &peer],
        );
        for (number, address) in ADDRESSES.iter().enumerate() {
            machines
                .ip(number, &["address", "add", &format!("{address}/24"), "dev", &line(number)]);
            machines.ip(number, &["link", "set", &line(number), "up"]);
        }
        Some(machines)
    }

    /// Runs a command on one of them.
    fn on(&self, number: usize, command: &[&str]) -> Vec<String> {
        let target = self.keepers[number].id().to_string();
        let words = ["--target", &target, "--net", "--"].into_iter().chain(command.iter().copied());
        words.map(Into::into).collect()
    }

    fn ip(&self, number: usize, arguments: &[&str]) {
        let words = self.on(number, &[&["ip"], arguments].concat());
        let done = Command::new("nsenter").args(words).output().expect("it is here");
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }

    /// Cuts the line, or mends it.
    fn set_line(&self, state: &str) {
        self.ip(0, &["link", "set", &line(0), state]);
    }

    fn seeder(&self, number: usize, place: &Path, args: &[&str]) -> Program {
        let words = self.on(number, &[&["seeder"], args].concat());
        Program::start("nsenter", place, words)
    }
}

impl Drop for TwoMachines {
    fn drop(&mut self) {
        for keeper in &mut self.keepers {
            // Their input ends, and so do they.
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}

fn line(number: usize) -> String {
    format!("line{number}")
}

#[test]
fn a_line_that_is_cut_for_a_while_costs_time_and_nothing_else() {
    let Some(machines) = TwoMachines::new() else { return };
    let (data, place) = (home(), home());
    let original = bytes(6 << 20, 1);
    write(data.path().join("song"), &original);
    let address = format!("{}:7000", ADDRESSES[0]);
    let alone = ["--no-tracker", "--no-local-discovery", "--json"];
    let args = [&["--listen", &address, "--max-up", "512K"], &alone[..]].concat();
    let mut seed = machines.seeder(0, data.path(), &args);
    seed.say("file:song");
    event(&seed, "complete");
    let listen = format!("{}:7000", ADDRESSES[1]);
    let args = [&["--listen", &listen, "--peer", &address], &alone[..]].concat();
    let mut get = machines.seeder(1, place.path(), &args);
    get.say(format!("torrent:{}", data.path().join("song.torrent").display()));
    for percent in [10, 30, 50] {
        wait_until(&mut get, |torrent| number(torrent, "percent") >= percent);
        machines.set_line("down");
        let rests = wait_until(&mut get, |torrent| torrent["down_rate"] == 0);
        assert!(number(&rests, "left") > 0, "it was too fast");
        machines.set_line("up");
    }
    let torrent = wait_until(&mut get, |torrent| torrent["state"] == "seeding");
    assert!(fs::read(place.path().join("song")).expect("a file") == original);
    assert_eq!(number(&torrent, "pieces_corrupt"), 0);
    assert!(number(&torrent, "discarded") <= PIECE as u64, "{torrent}");
}
