//! Sets compared a word at a time: sixty-four pieces cost as much as one.

use fixedbitset::{Block as Word, FixedBitSet};

/// The members of both sets, in order.
pub(super) fn common<'a>(
    a: &'a FixedBitSet,
    b: &'a FixedBitSet,
) -> impl Iterator<Item = usize> + 'a {
    let words = a.as_slice().iter().zip(b.as_slice()).enumerate();
    words.flat_map(|(number, (a, b))| members(number, a & b))
}

/// The members that one word stands for.
fn members(number: usize, mut word: Word) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(number * Word::BITS as usize + lowest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_to_two_sets_comes_in_order() {
        let mut rng = fastrand::Rng::with_seed(1);
        for length in [0, 1, 63, 64, 65, 1_000] {
            let (mut a, mut b) =
                (FixedBitSet::with_capacity(length), FixedBitSet::with_capacity(length));
            a.extend((0..length).filter(|_| rng.bool()));
            b.extend((0..length).filter(|_| rng.bool()));
            let expected: Vec<_> = a.intersection(&b).collect();
            assert_eq!(common(&a, &b).collect::<Vec<_>>(), expected);
        }
    }
}
