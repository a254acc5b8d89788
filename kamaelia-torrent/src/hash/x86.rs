//! SHA-1 of several streams at once, with what x86-64 processors have for it.
//!
//! Two ways. SHA instructions do four rounds of one stream, and wait: with the streams
//! [interleaved](interleaved) one is worked on while the other waits. Or a register holds the same
//! word of 8 or 16 streams ([`avx2`], [`avx512`]), and everybody's round is done at once with plain
//! arithmetic. Then words are first to be brought from the streams into the lanes.
//!
//! This is the one file with `unsafe`, for three things only: calling what the processor was just
//! found to have, reading unaligned bytes into registers, and holding the compiler off an addition.
#![allow(unsafe_code)]

use super::kernel::{BLOCK_LENGTH, Block, Kernel, State, Stream};
use std::arch::is_x86_feature_detected;
use std::arch::x86_64::*;
use std::array::from_fn;
use std::mem::transmute;

/// Those this processor has.
pub(super) fn kernels() -> Vec<Kernel> {
    let interleaved = [
        Kernel { name: "SHA instructions", lanes: 1, speed: 2.0, run: interleaved::<1> },
        Kernel { name: "SHA instructions, 2 streams", lanes: 2, speed: 3.6, run: interleaved::<2> },
        Kernel { name: "SHA instructions, 3 streams", lanes: 3, speed: 4.9, run: interleaved::<3> },
        Kernel { name: "SHA instructions, 4 streams", lanes: 4, speed: 5.6, run: interleaved::<4> },
    ];
    let avx2 = Kernel { name: "AVX2, 8 lanes", lanes: 8, speed: 3.6, run: avx2 };
    let avx512 = Kernel { name: "AVX-512, 16 lanes", lanes: 16, speed: 12.0, run: avx512 };
    let sha = interleaved.into_iter().filter(|_| has_sha());
    let avx2 = Some(avx2).filter(|_| has_avx2());
    let avx512 = Some(avx512).filter(|_| has_avx512());
    sha.chain(avx2).chain(avx512).collect()
}

fn has_sha() -> bool {
    is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1")
}

fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
}

fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
}

fn interleaved<const LANES: usize>(streams: &mut [Stream<'_>], steps: usize) {
    assert!(has_sha(), "this kernel is listed where the processor has the instructions");
    // SAFETY: the processor has them.
    in_lanes::<LANES>(streams, steps, |states, blocks| unsafe {
        interleaved::take_in(states, blocks, steps);
    });
}

fn avx2(streams: &mut [Stream<'_>], steps: usize) {
    assert!(has_avx2(), "this kernel is listed where the processor has the instructions");
    // SAFETY: the processor has them.
    in_lanes(streams, steps, |states, blocks| unsafe { avx2::take_in(states, blocks, steps) });
}

fn avx512(streams: &mut [Stream<'_>], steps: usize) {
    assert!(has_avx512(), "this kernel is listed where the processor has the instructions");
    // SAFETY: the processor has them.
    in_lanes(streams, steps, |states, blocks| unsafe { avx512::take_in(states, blocks, steps) });
}

/// Has something done with the next blocks of these streams. Lanes that are left repeat the first
/// stream, and what comes out of them is dropped.
fn in_lanes<const LANES: usize>(
    streams: &mut [Stream<'_>],
    steps: usize,
    take_in: impl FnOnce(&mut [State; LANES], &[&[Block]; LANES]),
) {
    assert!(streams.len() <= LANES, "{} streams in {LANES} lanes", streams.len());
    let stream = |lane: usize| streams.get(lane).unwrap_or(&streams[0]);
    let mut states = from_fn(|lane| *stream(lane).state);
    let blocks = from_fn(|lane| &stream(lane).blocks[..steps]);
    take_in(&mut states, &blocks);
    for (stream, state) in streams.iter_mut().zip(states) {
        *stream.state = state;
    }
}

/// Four words of a block, as they lie there.
fn quarter(block: &Block, index: usize) -> __m128i {
    let bytes = &block[16 * index..16 * (index + 1)];
    // SAFETY: these are 16 bytes; any alignment will do.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// Puts the bytes of each of four words into the processor's order, as an argument of a shuffle: its
/// lower half and its higher half.
const SWAPPED: [i64; 2] = [0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b];

/// SHA instructions, with the steps of several streams in turn.
mod interleaved {
    use super::*;

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    pub(super) fn take_in<const LANES: usize>(
        states: &mut [State; LANES],
        blocks: &[&[Block]; LANES],
        steps: usize,
    ) {
        // The first word of a state in the highest place, as the instructions have it.
        let state = states.map(|state| state.map(u32::cast_signed));
        let mut abcd = state.map(|[a, b, c, d, _]| _mm_set_epi32(a, b, c, d));
        let mut e = state.map(|[.., e]| _mm_set_epi32(e, 0, 0, 0));
        for step in 0..steps {
            let before = (abcd, e);
            let mut words = [[_mm_setzero_si128(); 4]; LANES];
            for (words, blocks) in words.iter_mut().zip(blocks) {
                *words = load(&blocks[step]);
            }
            for lane in 0..LANES {
                // What comes in from outside is added as it is; between rounds `e` is rotated, too.
                let sum = _mm_add_epi32(e[lane], words[lane][0]);
                (e[lane], abcd[lane]) = (abcd[lane], _mm_sha1rnds4_epu32::<0>(abcd[lane], sum));
            }
            // Four rounds each, 20 of each kind.
            for group in 1..5 {
                four_rounds::<0, LANES>(&mut abcd, &mut e, &mut words, group);
            }
            for group in 5..10 {
                four_rounds::<1, LANES>(&mut abcd, &mut e, &mut words, group);
            }
            for group in 10..15 {
                four_rounds::<2, LANES>(&mut abcd, &mut e, &mut words, group);
            }
            for group in 15..20 {
                four_rounds::<3, LANES>(&mut abcd, &mut e, &mut words, group);
            }
            for lane in 0..LANES {
                e[lane] = _mm_sha1nexte_epu32(e[lane], before.1[lane]);
                abcd[lane] = _mm_add_epi32(abcd[lane], before.0[lane]);
            }
        }
        *states = from_fn(|lane| {
            let words = [
                _mm_extract_epi32::<3>(abcd[lane]),
                _mm_extract_epi32::<2>(abcd[lane]),
                _mm_extract_epi32::<1>(abcd[lane]),
                _mm_extract_epi32::<0>(abcd[lane]),
                _mm_extract_epi32::<3>(e[lane]),
            ];
            words.map(i32::cast_unsigned)
        });
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn four_rounds<const KIND: i32, const LANES: usize>(
        abcd: &mut [__m128i; LANES],
        e: &mut [__m128i; LANES],
        words: &mut [[__m128i; 4]; LANES],
        group: usize,
    ) {
        for lane in 0..LANES {
            let words = &mut words[lane];
            if group >= 4 {
                let mixed = _mm_sha1msg1_epu32(words[group % 4], words[(group + 1) % 4]);
                let mixed = _mm_xor_si128(mixed, words[(group + 2) % 4]);
                words[group % 4] = _mm_sha1msg2_epu32(mixed, words[(group + 3) % 4]);
            }
            let sum = _mm_sha1nexte_epu32(e[lane], words[group % 4]);
            (e[lane], abcd[lane]) = (abcd[lane], _mm_sha1rnds4_epu32::<KIND>(abcd[lane], sum));
        }
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn load(block: &Block) -> [__m128i; 4] {
        // Bytes into the processor's order, and the first word into the highest place: all reversed.
        let reversed = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
        from_fn(|index| _mm_shuffle_epi8(quarter(block, index), reversed))
    }
}

/// Declares functions for processors with these features.
macro_rules! with_features {
    ($features:literal; $(
        $(#[$attribute:meta])*
        fn $name:ident $(<const $parameter:ident: $kind:ty>)? ($($argument:ident: $type:ty),*)
            -> $result:ty $body:block
    )*) => {$(
        $(#[$attribute])*
        #[inline]
        #[target_feature(enable = $features)]
        fn $name $(<const $parameter: $kind>)? ($($argument: $type),*) -> $result $body
    )*};
}

/// Repeats something for each of the 80 rounds, with its number as a constant: registers cannot be
/// chosen by a variable, so what stays in registers needs all rounds written out.
macro_rules! for_each_round {
    ($round:ident => $body:expr) => {
        for_each_round!($round $body;
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
            20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
            40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59
            60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79)
    };
    ($round:ident $body:expr; $($number:literal)*) => {
        $({ const $round: usize = $number; $body })*
    };
}

/// SHA-1 of as many streams as a register has lanes, by the operations of the module it stands in.
macro_rules! wide_sha1 {
    ($features:literal, $register:ty, $lanes:literal) => {
        #[target_feature(enable = $features)]
        pub(super) fn take_in(
            states: &mut [State; $lanes],
            blocks: &[&[Block]; $lanes],
            steps: usize,
        ) {
            let mut state: [$register; 5] =
                from_fn(|word| collect(from_fn(|lane| states[lane][word])));
            for step in 0..steps {
                let before = state;
                let mut words = load(from_fn(|lane| &blocks[lane][step]));
                for_each_round!(ROUND => state = round::<ROUND>(state, &mut words));
                state = from_fn(|word| add(state[word], before[word]));
            }
            let words = state.map(|register| spread(register));
            *states = from_fn(|lane| from_fn(|word| words[word][lane]));
        }

        #[inline]
        #[target_feature(enable = $features)]
        fn round<const ROUND: usize>(
            [a, b, c, d, e]: [$register; 5],
            words: &mut [$register; 16],
        ) -> [$register; 5] {
            if ROUND >= 16 {
                let others = [13, 8, 2].map(|back| words[(ROUND + back) % 16]);
                let mixed = xor(parity(others[0], others[1], others[2]), words[ROUND % 16]);
                words[ROUND % 16] = rotate_left::<1>(mixed);
            }
            let (mixed, constant) = match ROUND / 20 {
                0 => (choose(b, c, d), 0x5a82_7999_u32),
                1 => (parity(b, c, d), 0x6ed9_eba1),
                2 => (majority(b, c, d), 0x8f1b_bcdc),
                _ => (parity(b, c, d), 0xca62_c1d6),
            };
            let word = add(words[ROUND % 16], splat(constant.cast_signed()));
            let early = hold(add(add(e, word), mixed));
            [add(early, rotate_left::<5>(a)), a, rotate_left::<30>(b), c, d]
        }

        with_features! {
            $features;

            /// The same value. Only `a` comes from the round just before this one, so all else is to
            /// be added up before it; the compiler, which may not look through this, would put it
            /// first and take twice as long.
            fn hold(register: $register) -> $register {
                let mut held = register;
                // SAFETY: this is no instruction at all.
                unsafe { hold!(held) };
                held
            }

            /// Brings a word from each lane into a register.
            fn collect(words: [u32; $lanes]) -> $register {
                // SAFETY: of the same size, and any bits will do.
                unsafe { transmute(words) }
            }

            fn spread(register: $register) -> [u32; $lanes] {
                // SAFETY: of the same size, and any bits will do.
                unsafe { transmute(register) }
            }

            /// The 16 words of a block of each stream. Registers come as rows of four words from
            /// every fourth stream, and are turned as squares of four by four.
            fn load(blocks: [&Block; $lanes]) -> [$register; 16] {
                let mut words = [splat(0); 16];
                for index in 0..BLOCK_LENGTH / 16 {
                    let [row0, row1, row2, row3] = from_fn(|first| row(&blocks, first, index));
                    let (low01, high01) = interleave_words(row0, row1);
                    let (low23, high23) = interleave_words(row2, row3);
                    let at = &mut words[4 * index..];
                    (at[0], at[1]) = interleave_pairs(low01, low23);
                    (at[2], at[3]) = interleave_pairs(high01, high23);
                }
                words
            }
        }
    };
}

/// Eight lanes.
mod avx2 {
    use super::*;

    macro_rules! hold {
        ($register:ident) => {
            std::arch::asm!("/* {0} */", inout(ymm_reg) $register,
                options(pure, nomem, nostack, preserves_flags))
        };
    }

    wide_sha1!("avx2", __m256i, 8);

    with_features! {
        "avx2";

        fn splat(word: i32) -> __m256i {
            _mm256_set1_epi32(word)
        }

        fn add(a: __m256i, b: __m256i) -> __m256i {
            _mm256_add_epi32(a, b)
        }

        fn xor(a: __m256i, b: __m256i) -> __m256i {
            _mm256_xor_si256(a, b)
        }

        fn rotate_left<const BITS: i32>(a: __m256i) -> __m256i {
            let left = _mm256_sllv_epi32(a, splat(BITS));
            _mm256_or_si256(left, _mm256_srlv_epi32(a, splat(32 - BITS)))
        }

        fn choose(b: __m256i, c: __m256i, d: __m256i) -> __m256i {
            xor(_mm256_and_si256(xor(c, d), b), d)
        }

        fn parity(b: __m256i, c: __m256i, d: __m256i) -> __m256i {
            xor(xor(b, c), d)
        }

        fn majority(b: __m256i, c: __m256i, d: __m256i) -> __m256i {
            let either = _mm256_and_si256(_mm256_or_si256(b, c), d);
            _mm256_or_si256(_mm256_and_si256(b, c), either)
        }

        /// A quarter of the blocks of this stream and the fourth one after it.
        fn row(blocks: &[&Block; 8], first: usize, index: usize) -> __m256i {
            let quarter = |lane: usize| quarter(blocks[lane], index);
            let row = _mm256_castsi128_si256(quarter(first));
            let row = _mm256_inserti128_si256::<1>(row, quarter(first + 4));
            let [low, high] = SWAPPED;
            _mm256_shuffle_epi8(row, _mm256_set_epi64x(high, low, high, low))
        }

        fn interleave_words(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
            (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b))
        }

        fn interleave_pairs(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
            (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b))
        }
    }
}

/// Sixteen lanes, and one instruction for each thing that SHA-1 does.
mod avx512 {
    use super::*;

    macro_rules! hold {
        ($register:ident) => {
            std::arch::asm!("/* {0} */", inout(zmm_reg) $register,
                options(pure, nomem, nostack, preserves_flags))
        };
    }

    wide_sha1!("avx512f,avx512bw", __m512i, 16);

    with_features! {
        "avx512f,avx512bw";

        fn splat(word: i32) -> __m512i {
            _mm512_set1_epi32(word)
        }

        fn add(a: __m512i, b: __m512i) -> __m512i {
            _mm512_add_epi32(a, b)
        }

        fn xor(a: __m512i, b: __m512i) -> __m512i {
            _mm512_xor_si512(a, b)
        }

        fn rotate_left<const BITS: i32>(a: __m512i) -> __m512i {
            _mm512_rol_epi32::<BITS>(a)
        }

        // The numbers are the tables of truth of these functions, one bit for each of eight cases.
        fn choose(b: __m512i, c: __m512i, d: __m512i) -> __m512i {
            _mm512_ternarylogic_epi32::<0b1100_1010>(b, c, d)
        }

        fn parity(b: __m512i, c: __m512i, d: __m512i) -> __m512i {
            _mm512_ternarylogic_epi32::<0b1001_0110>(b, c, d)
        }

        fn majority(b: __m512i, c: __m512i, d: __m512i) -> __m512i {
            _mm512_ternarylogic_epi32::<0b1110_1000>(b, c, d)
        }

        /// A quarter of the blocks of this stream and every fourth one after it.
        fn row(blocks: &[&Block; 16], first: usize, index: usize) -> __m512i {
            let quarter = |lane: usize| quarter(blocks[lane], index);
            let row = _mm512_castsi128_si512(quarter(first));
            let row = _mm512_inserti32x4::<1>(row, quarter(first + 4));
            let row = _mm512_inserti32x4::<2>(row, quarter(first + 8));
            let row = _mm512_inserti32x4::<3>(row, quarter(first + 12));
            let [low, high] = SWAPPED;
            _mm512_shuffle_epi8(row, _mm512_set_epi64(high, low, high, low, high, low, high, low))
        }

        fn interleave_words(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
            (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b))
        }

        fn interleave_pairs(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
            (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b))
        }
    }
}
