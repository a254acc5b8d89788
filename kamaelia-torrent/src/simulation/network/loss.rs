//! How far it is to the next lost segment.

use fastrand::Rng;

use super::window::SEGMENT;

/// As many binary digits of a distance are drawn: one in 10¹⁹ segments is as good as none.
const DIGITS: usize = 64;
/// What is less likely than this is not drawn.
const NEVER: f64 = 1e-18;

/// Bytes until the next loss, or until it is drawn again.
///
/// A draw that is farther than a quarter of a billion bytes is not kept: from there one can draw
/// anew, since the distance has no memory. So it fits into four bytes.
#[derive(Clone, Copy)]
pub(super) struct UntilLoss(u32);

/// Set if there is no loss at the end of the distance.
const FAR: u32 = 1 << 28;

impl Default for UntilLoss {
    /// Not drawn yet.
    fn default() -> Self {
        UntilLoss(FAR)
    }
}

impl UntilLoss {
    /// Draws, if there is nothing known of the way ahead.
    pub(super) fn draw(&mut self, loss: f64, rng: &mut Rng) {
        if self.0 != FAR {
            return;
        }
        let distance = if loss > 0.0 { distance(rng, loss) } else { u64::MAX };
        let bytes = distance.saturating_mul(SEGMENT.into());
        self.0 = if bytes < FAR.into() { bytes as u32 } else { FAR | (FAR - 1) };
    }

    /// Bytes that get through. None at a loss.
    pub(super) fn bytes(self) -> u32 {
        self.0 & (FAR - 1)
    }

    /// At most as many as get through.
    pub(super) fn on_sent(&mut self, bytes: u32) {
        self.0 -= bytes;
    }
}

/// Segments that arrive before the next one that is lost, if each is lost with this likelihood.
///
/// The distance has a geometric distribution, and the binary digits of such a number are independent
/// of each other: digit `i` is set with likelihood `a / (1 + a)`, where `a` is the likelihood that
/// `2^i` segments arrive. So no logarithm is needed, which machines round differently.
pub(super) fn distance(rng: &mut Rng, loss: f64) -> u64 {
    let mut distance = 0;
    let mut arrive = 1.0 - loss;
    for digit in 0..DIGITS {
        if arrive < NEVER {
            break;
        }
        if rng.f64() < arrive / (1.0 + arrive) {
            distance |= 1 << digit;
        }
        arrive *= arrive;
    }
    distance
}

/// Lost on the one access or on the other.
pub(super) fn either(one: f64, other: f64) -> f64 {
    one + other - one * other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_as_long_as_the_loss_is_rare() {
        let mut rng = Rng::with_seed(5);
        for loss in [0.5, 0.1, 0.01, 0.001] {
            let count = 40_000;
            let sum: u64 = (0..count).map(|_| distance(&mut rng, loss)).sum();
            let mean = sum as f64 / f64::from(count);
            let expected = (1.0 - loss) / loss;
            assert!((mean / expected - 1.0).abs() < 0.03, "{loss}: {mean}, not {expected}");
        }
    }

    #[test]
    fn distances_have_no_memory() {
        let mut rng = Rng::with_seed(6);
        let distances: Vec<u64> = (0..40_000).map(|_| distance(&mut rng, 0.1)).collect();
        let beyond = |least| distances.iter().filter(|distance| **distance >= least).count() as f64;
        // 0.9^7 of those that come so far come seven segments farther.
        let expected = 0.9 * 0.9 * 0.9 * 0.9 * 0.9 * 0.9 * 0.9;
        for least in [0, 5, 10] {
            let share = beyond(least + 7) / beyond(least);
            assert!((share / expected - 1.0).abs() < 0.05, "{least}: {share}, not {expected}");
        }
    }

    #[test]
    fn rare_losses_are_as_rare_as_their_distances_though_few_of_these_can_be_kept() {
        let mut rng = Rng::with_seed(8);
        let (loss, mut sent, mut losses) = (1e-6, 0_u64, 0);
        while losses < 400 {
            let mut until = UntilLoss::default();
            while until.bytes() > 0 || until.0 == FAR {
                until.draw(loss, &mut rng);
                sent += u64::from(until.bytes());
                until.on_sent(until.bytes());
            }
            losses += 1;
        }
        let mean = sent as f64 / f64::from(losses) / f64::from(SEGMENT);
        assert!((0.85..1.15).contains(&(mean * loss)), "{mean}");
    }

    #[test]
    fn one_who_loses_everything_gets_nowhere_and_rare_losses_end_no_draw() {
        let mut rng = Rng::with_seed(7);
        assert_eq!(distance(&mut rng, 1.0), 0);
        assert!(distance(&mut rng, 1e-17) > 1_000_000_000);
        assert_eq!(either(0.0, 0.25), 0.25);
        assert_eq!(either(0.5, 0.5), 0.75);
    }
}
