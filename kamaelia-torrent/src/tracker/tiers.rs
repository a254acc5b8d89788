//! Which tracker to ask next (BEP 12).
//!
//! Trackers come in tiers. Within a tier they are tried in an order that is shuffled once, and
//! one that works moves to the front of its tier. A tier is tried when all before it have failed,
//! and every announce begins again with the first; but a private torrent stays with a tracker until
//! that fails (BEP 27).

use std::collections::BTreeSet;

use super::url::TrackerUrl;

/// The most trackers kept of one torrent, and so the longest round of failures.
pub const TRACKERS_MAX: usize = 64;

/// One tracker of one torrent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TrackerId(usize);

impl TrackerId {
    /// A number below [`Tiers::len`].
    pub fn as_usize(self) -> usize {
        self.0
    }
}

/// The trackers of one torrent, in the order they are tried.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tiers {
    /// A [`TrackerId`] is an index.
    urls: Vec<TrackerUrl>,
    /// None of them empty.
    tiers: Vec<Vec<TrackerId>>,
    /// Whose turn it is: a tier, and a place in it. Beyond the last tier in no case.
    turn: (usize, usize),
    /// How many have failed since one answered or the round began.
    failed: usize,
    stays: bool,
}

impl Tiers {
    /// Takes what a torrent says: its `announce`, which counts only without an `announce-list`.
    ///
    /// Left out are trackers that are reached in ways we do not know, those named twice, and all beyond
    /// [`TRACKERS_MAX`].
    pub fn new(announce: Option<&str>, announce_list: &[Vec<String>], seed: u64) -> Self {
        let tiers = Self::of(announce_list.iter().map(|tier| tier.iter().map(|url| &**url)), seed);
        if tiers.is_empty() {
            return Self::of(announce.map(|url| Some(url).into_iter()), seed);
        }
        tiers
    }

    fn of<'a, Tier>(announce_list: impl IntoIterator<Item = Tier>, seed: u64) -> Self
    where
        Tier: Iterator<Item = &'a str>,
    {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut seen = BTreeSet::new();
        let mut urls = Vec::new();
        let mut tiers = Vec::new();
        for tier in announce_list {
            let mut ids = Vec::new();
            for url in tier.filter_map(|url| TrackerUrl::parse(url.trim()).ok()) {
                if urls.len() < TRACKERS_MAX && seen.insert(url.as_str().to_owned()) {
                    ids.push(TrackerId(urls.len()));
                    urls.push(url);
                }
            }
            chance.shuffle(&mut ids);
            if !ids.is_empty() {
                tiers.push(ids);
            }
        }
        Tiers { urls, tiers, turn: (0, 0), failed: 0, stays: false }
    }

    /// The same for a private torrent, which stays with a tracker while it answers.
    pub fn staying(self) -> Self {
        Tiers { stays: true, ..self }
    }

    /// Whether a tracker is stayed with while it answers.
    pub fn stays(&self) -> bool {
        self.stays
    }

    /// How many trackers there are.
    pub fn len(&self) -> usize {
        self.urls.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// Whose turn it is; nobody's only where there is no tracker.
    pub fn current(&self) -> Option<TrackerId> {
        let (tier, place) = self.turn;
        self.tiers.get(tier)?.get(place).copied()
    }

    /// Every tracker, in the order the torrent names them.
    pub fn ids(&self) -> impl Iterator<Item = TrackerId> + use<> {
        (0..self.urls.len()).map(TrackerId)
    }

    /// The announce URL of a tracker of these tiers.
    pub fn url(&self, tracker: TrackerId) -> &TrackerUrl {
        &self.urls[tracker.0]
    }

    /// This tracker has answered: it goes to the front of its tier, and the next announce begins
    /// with the first tier again, or with this tracker if that is stayed with.
    pub fn on_success(&mut self, tracker: TrackerId) {
        self.turn = (0, 0);
        self.failed = 0;
        for (number, tier) in self.tiers.iter_mut().enumerate() {
            if let Some(place) = tier.iter().position(|id| *id == tracker) {
                tier[..=place].rotate_right(1);
                if self.stays {
                    self.turn = (number, 0);
                }
            }
        }
    }

    /// The current tracker has failed. Says whether there is another before all have failed;
    /// after that a new round begins.
    pub fn on_failure(&mut self) -> bool {
        let (tier, place) = self.turn;
        let is_last_of_tier = self.tiers.get(tier).is_none_or(|tier| place + 1 >= tier.len());
        self.turn = if is_last_of_tier { (tier + 1, 0) } else { (tier, place + 1) };
        if self.turn.0 >= self.tiers.len() {
            self.turn = (0, 0);
        }
        self.failed += 1;
        let is_another_left = self.failed < self.urls.len();
        if !is_another_left {
            self.failed = 0;
        }
        is_another_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers(list: &[&[&str]], seed: u64) -> Tiers {
        let list: Vec<Vec<String>> = list
            .iter()
            .map(|tier| tier.iter().map(|name| format!("http://{name}/")).collect())
            .collect();
        Tiers::new(Some("http://announce/"), &list, seed)
    }

    /// A round in which every tracker fails.
    fn round(tiers: &mut Tiers) -> Vec<String> {
        let mut asked = Vec::new();
        while let Some(tracker) = tiers.current() {
            asked.push(tiers.url(tracker).as_str().replace("http://", "").replace('/', ""));
            if !tiers.on_failure() {
                break;
            }
        }
        asked
    }

    #[test]
    fn a_round_of_failures_goes_through_the_tiers_in_order() {
        let mut tiers = tiers(&[&["a"], &["b"], &["c"]], 1);
        assert_eq!(round(&mut tiers), ["a", "b", "c"]);
        assert_eq!(round(&mut tiers), ["a", "b", "c"]);
    }

    #[test]
    fn a_tier_is_shuffled_by_the_seed_and_stays_so() {
        let names: &[&[&str]] = &[&["a", "b", "c", "d", "e"], &["z"]];
        let orders: BTreeSet<Vec<String>> =
            (0..50).map(|seed| round(&mut tiers(names, seed))).collect();
        assert!(orders.len() > 10, "{}", orders.len());
        assert!(orders.iter().all(|order| order.len() == 6 && order[5] == "z"));
        let mut one = tiers(names, 7);
        assert_eq!(round(&mut one), round(&mut tiers(names, 7)));
        assert_eq!(round(&mut one), round(&mut tiers(names, 7)));
    }

    #[test]
    fn one_that_works_moves_to_the_front_of_its_tier_alone() {
        let mut tiers = tiers(&[&["a"], &["b", "c", "d"]], 3);
        let before = round(&mut tiers);
        let third = tiers.tiers[1][1];
        tiers.on_success(third);
        let expected = [&before[0], &before[2], &before[1], &before[3]];
        assert_eq!(round(&mut tiers).iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn after_a_success_the_first_tier_is_asked_again() {
        let mut tiers = tiers(&[&["a"], &["b"]], 3);
        assert!(tiers.on_failure());
        let b = tiers.current().expect("a tracker");
        tiers.on_success(b);
        assert_eq!(round(&mut tiers), ["a", "b"]);
    }

    #[test]
    fn a_private_torrent_stays_with_a_tracker_until_it_fails() {
        let mut tiers = tiers(&[&["a"], &["b"], &["c"]], 3).staying();
        assert!(tiers.on_failure());
        let b = tiers.current().expect("a tracker");
        tiers.on_success(b);
        assert_eq!(round(&mut tiers), ["b", "c", "a"]);
        assert_eq!(round(&mut tiers), ["b", "c", "a"]);
    }

    #[test]
    fn only_trackers_we_speak_to_are_kept_and_each_once() {
        let list = [
            vec!["wss://u:1".to_owned(), "udp://u".into(), " http://a/ ".into()],
            vec![String::new()],
            vec!["http://a/".to_owned(), "udp://b:1".into()],
        ];
        let tiers = Tiers::new(Some("http://announce/"), &list, 1);
        let urls: Vec<&str> = tiers.urls.iter().map(TrackerUrl::as_str).collect();
        assert_eq!(urls, ["http://a/", "udp://b:1"]);
        assert_eq!(tiers.tiers, [[TrackerId(0)], [TrackerId(1)]]);
    }

    #[test]
    fn the_announce_counts_where_the_list_names_nobody() {
        for list in [vec![], vec![vec![]], vec![vec!["wss://u:1".to_owned()]]] {
            let mut tiers = Tiers::new(Some("http://announce/"), &list, 1);
            assert_eq!(round(&mut tiers), ["announce"]);
        }
        let mut none = Tiers::new(None, &[], 1);
        assert_eq!((none.current(), none.on_failure()), (None, false));
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let names: Vec<String> = (0..10_000).map(|i| format!("http://{i}/")).collect();
        assert_eq!(Tiers::new(None, &[names], 1).len(), TRACKERS_MAX);
    }
}
