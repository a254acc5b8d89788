//! Custom peers on a real network, with nobody but themselves around.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::*;
use crate::metainfo::{InfoHash, Layout};
use crate::simulation::address::address;
use crate::simulation::content::Content;
use crate::simulation::messages::MessageCounts;
use crate::simulation::network::{Access, Network};
use crate::simulation::report::{Recorder, TorrentSize};
use crate::simulation::time::Epoch;
use crate::simulation::tracker::Tracker;
use crate::simulation::{Moment, NodeId, Torrent};
use crate::wire::{BlockForm, Handshake, Message};

const TICK: Duration = Duration::from_millis(10);
const SIZE: u64 = 1_000_003;

/// A few strangers and what is around them.
struct Town {
    now: Moment,
    epoch: Epoch,
    form: BlockForm,
    content: Content,
    network: Network,
    tracker: Tracker,
    recorder: Recorder,
    messages: MessageCounts,
    strangers: Vec<Stranger>,
    dues: Vec<Option<Moment>>,
}

impl Town {
    fn new(form: BlockForm) -> Self {
        let epoch = Epoch::new(Instant::now());
        let content = Content::new(&Torrent::new(SIZE)).expect("a torrent");
        Town {
            now: Moment::START,
            epoch,
            form,
            recorder: Recorder::new(1, TorrentSize::from(content.layout().as_ref()), false),
            messages: MessageCounts::default(),
            content,
            network: Network::new(TICK, 1),
            tracker: Tracker::new(epoch, 2),
            strangers: Vec::new(),
            dues: Vec::new(),
        }
    }

    /// Somebody moves in.
    fn add(&mut self, peer: impl CustomPeer + 'static) -> NodeId {
        let node = self.network.add(Access::default().up(1_000_000));
        let (_, outside) = self.parts();
        let stranger = Stranger::new(node, Box::new(peer), 3, &outside);
        self.strangers.push(stranger);
        self.dues.push(Some(self.now));
        node
    }

    fn parts(&mut self) -> (&mut Vec<Stranger>, Outside<'_>) {
        let outside = Outside {
            now: self.now,
            epoch: self.epoch,
            nodes: self.strangers.len(),
            round_trip: Duration::from_millis(80),
            form: self.form,
            content: &self.content,
            network: &mut self.network,
            tracker: &mut self.tracker,
            recorder: &mut self.recorder,
            messages: &mut self.messages,
        };
        (&mut self.strangers, outside)
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now = self.now + TICK;
            self.step();
        }
    }

    fn step(&mut self) {
        while let Some((node, tracker, told)) = self.tracker.poll(self.now) {
            let (strangers, mut outside) = self.parts();
            strangers[node.as_usize()].on_told(tracker, told, &mut outside);
        }
        self.network.step(self.now);
        for number in 0..self.strangers.len() {
            let mut news = self.network.take_news(NodeId(number as u32));
            if !news.is_empty() || self.dues[number].is_some_and(|due| due <= self.now) {
                let (strangers, mut outside) = self.parts();
                self.dues[number] = strangers[number].turn(&mut news, &mut outside);
            }
        }
    }

    fn downloaded(&self, node: NodeId) -> u64 {
        self.strangers[node.as_usize()].body.downloaded
    }
}

/// Has everything and gives it to everyone.
struct Giver;

impl CustomPeer for Giver {
    fn left(&self, _: &Layout) -> u64 {
        0
    }

    fn on_greeted(&mut self, line: Line, _: &Handshake, hands: &mut Hands<'_>) {
        let count = hands.layout().piece_count();
        (0..count).for_each(|piece| hands.say(line, &Message::Have(piece)));
    }

    fn on_message(&mut self, line: Line, message: &Message<'_>, hands: &mut Hands<'_>) {
        match message {
            Message::Interested => hands.say(line, &Message::Unchoke),
            Message::Request(block) => hands.give(line, *block),
            _ => {}
        }
    }
}

type Diary = Arc<Mutex<Vec<String>>>;

/// Writes down what happens to it.
#[derive(Clone, Default)]
struct Diarist {
    diary: Diary,
    /// Another torrent than everyone else's.
    other_torrent: bool,
    /// What it says when it is greeted.
    says: Vec<u8>,
    /// Whom it calls when it joins, besides those that the tracker names.
    calls: Option<SocketAddr>,
}

impl Diarist {
    fn note(&self, line: impl Into<String>) {
        self.diary.lock().expect("one thread").push(line.into());
    }

    fn read(&self) -> Vec<String> {
        self.diary.lock().expect("one thread").clone()
    }
}

impl CustomPeer for Diarist {
    fn handshake(&self, plain: Handshake) -> Handshake {
        let info_hash = if self.other_torrent { InfoHash([0; 20]) } else { plain.info_hash };
        Handshake { info_hash, ..plain }
    }

    fn on_joined(&mut self, hands: &mut Hands<'_>) {
        self.note(format!("joined at {}", hands.now()));
        self.calls.into_iter().for_each(|address| hands.call(address));
    }

    fn on_greeted(&mut self, line: Line, theirs: &Handshake, hands: &mut Hands<'_>) {
        self.note(format!("greeted by {}", theirs.peer_id.0[19]));
        hands.say_bytes(line, self.says.clone());
    }

    fn on_message(&mut self, _: Line, message: &Message<'_>, _: &mut Hands<'_>) {
        self.note(format!("{message:?}"));
    }

    fn on_closed(&mut self, _: Line, _: &mut Hands<'_>) {
        self.note("closed");
    }

    fn on_call_failed(&mut self, address: SocketAddr, _: &mut Hands<'_>) {
        self.note(format!("nobody at {address}"));
    }

    fn on_woken(&mut self, hands: &mut Hands<'_>) {
        self.note(format!("woken at {}", hands.now()));
    }
}

#[test]
fn a_taker_finds_a_giver_by_the_tracker_and_takes_everything() {
    for form in [BlockForm::Whole, BlockForm::Abridged] {
        let mut town = Town::new(form);
        let (giver, taker) = (town.add(Giver), town.add(Taker::default()));
        town.run(Duration::from_secs(10));
        assert_eq!((town.downloaded(taker), town.downloaded(giver)), (SIZE, 0), "{form:?}");
        assert_eq!(town.strangers[giver.as_usize()].body.uploaded, SIZE);
    }
}

#[test]
fn what_a_boaster_gives_is_wrong_and_the_taker_hangs_up() {
    for form in [BlockForm::Whole, BlockForm::Abridged] {
        let mut town = Town::new(form);
        let (boaster, taker) = (town.add(Boaster), town.add(Taker::default()));
        town.run(Duration::from_secs(10));
        // It hangs up at the first wrong block.
        assert_eq!(town.downloaded(taker), 16 * 1024, "{form:?}");
        assert!(town.strangers[boaster.as_usize()].body.conversations.is_empty());
        town.add(Giver);
        // The tracker may be asked again after five minutes.
        town.run(Duration::from_secs(400));
        assert!(town.downloaded(taker) >= SIZE, "{form:?}");
    }
}

#[test]
fn messages_are_heard_in_order_however_they_were_sent() {
    let mut town = Town::new(BlockForm::Abridged);
    let mut says = Vec::new();
    for message in [Message::Interested, Message::KeepAlive, Message::Have(2)] {
        message.encode(&mut says);
    }
    let speaker = Diarist { says: says.clone(), ..Diarist::default() };
    let hearer = Diarist::default();
    town.add(speaker);
    town.add(hearer.clone());
    town.run(Duration::from_secs(2));
    let expected = ["joined at 0.010000", "greeted by 0", "Interested", "KeepAlive", "Have(2)"];
    assert_eq!(hearer.read(), expected);
}

#[test]
fn what_is_no_message_ends_the_line_for_both() {
    let mut town = Town::new(BlockForm::Abridged);
    let speaker = Diarist { says: vec![0xff; 10], ..Diarist::default() };
    let hearer = Diarist::default();
    town.add(speaker.clone());
    town.add(hearer.clone());
    town.run(Duration::from_secs(2));
    assert_eq!(hearer.read()[1..], ["greeted by 0", "closed"]);
    assert_eq!(speaker.read()[1..], ["greeted by 1", "closed"]);
}

#[test]
fn a_call_to_nobody_and_one_about_another_torrent_come_to_nothing() {
    let mut town = Town::new(BlockForm::Abridged);
    let other = Diarist { other_torrent: true, ..Diarist::default() };
    town.add(other.clone());
    let nobody = address(NodeId(77));
    for calls in [nobody, address(NodeId(0))] {
        let caller = Diarist { calls: Some(calls), ..Diarist::default() };
        town.add(caller.clone());
        town.run(Duration::from_secs(2));
        assert!(caller.read().contains(&format!("nobody at {calls}")), "{:?}", caller.read());
    }
    assert_eq!(other.read(), ["joined at 0.010000"]);
}

#[test]
fn who_vanishes_is_told_that_it_has_joined_when_it_comes_back() {
    let mut town = Town::new(BlockForm::Abridged);
    let (peer, other) = (Diarist::default(), Diarist::default());
    let node = town.add(peer.clone());
    town.add(other.clone());
    town.run(Duration::from_secs(1));
    town.strangers[node.as_usize()].vanish();
    town.network.set_online(town.now, node, false);
    // Who is away hears nothing.
    drop(town.network.take_news(node));
    town.dues[node.as_usize()] = None;
    town.run(Duration::from_secs(1));
    town.network.set_online(town.now, node, true);
    town.dues[node.as_usize()] = Some(town.now);
    town.run(Duration::from_secs(1));
    assert_eq!(peer.read(), ["joined at 0.010000", "greeted by 1", "joined at 2.010000"]);
    assert_eq!(other.read(), ["joined at 0.010000", "greeted by 0", "closed"]);
}

#[test]
fn who_leaves_hangs_up_and_is_no_longer_named() {
    let mut town = Town::new(BlockForm::Abridged);
    let (peer, other) = (Diarist::default(), Diarist::default());
    let node = town.add(peer);
    town.add(other.clone());
    town.run(Duration::from_secs(1));
    assert_eq!(town.tracker.peers(), 2);
    let (strangers, mut outside) = town.parts();
    strangers[node.as_usize()].leave(&mut outside);
    town.run(Duration::from_secs(1));
    assert_eq!(town.tracker.peers(), 1);
    assert_eq!(other.read()[1..], ["greeted by 0", "closed"]);
}

/// Wakes every so often, and asks for less than it gets at last.
struct Sleeper(Diarist);

impl CustomPeer for Sleeper {
    fn on_joined(&mut self, hands: &mut Hands<'_>) {
        hands.wake_after(Duration::from_secs(1));
        hands.wake_after(Duration::from_secs(2));
    }

    fn on_greeted(&mut self, _: Line, _: &Handshake, _: &mut Hands<'_>) {}

    fn on_message(&mut self, _: Line, _: &Message<'_>, _: &mut Hands<'_>) {}

    fn on_woken(&mut self, hands: &mut Hands<'_>) {
        self.0.on_woken(hands);
    }
}

#[test]
fn a_peer_is_woken_once_at_the_moment_it_asked_for_last() {
    let mut town = Town::new(BlockForm::Abridged);
    let diarist = Diarist::default();
    town.add(Sleeper(diarist.clone()));
    town.run(Duration::from_secs(5));
    assert_eq!(diarist.read(), ["woken at 2.010000"]);
}
