//! What takes blocks of one or several messages into their hashes, and which of it this processor
//! has.

use std::sync::LazyLock;

/// How far the hash of a message is, as five words.
pub(super) type State = [u32; 5];

/// The hash of a message of which nothing is taken in yet.
pub(super) const INITIAL: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// What is taken in at once.
pub(super) type Block = [u8; BLOCK_LENGTH];

/// Bytes of a block.
pub(super) const BLOCK_LENGTH: usize = 64;

/// A message under way.
pub(super) struct Stream<'a> {
    /// How far its hash is.
    pub(super) state: &'a mut State,
    /// What it takes in next.
    pub(super) blocks: &'a [Block],
}

/// A way to take in blocks of several streams at once, a lane for each.
pub(super) struct Kernel {
    /// What it is made of, for people.
    pub(super) name: &'static str,
    /// Streams it takes in at once. With fewer, it does the same work for less.
    pub(super) lanes: usize,
    /// GiB a second with all lanes in use, on the one machine that had all kernels. Only how they
    /// compare matters.
    pub(super) speed: f32,
    /// Takes this many blocks of each stream in.
    ///
    /// Panics with more streams than lanes, with none, and with a stream that has fewer blocks.
    pub(super) run: fn(&mut [Stream<'_>], usize),
}

/// Those this processor has.
pub(super) fn kernels() -> &'static [Kernel] {
    static KERNELS: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
        let mut kernels = vec![PLAIN];
        #[cfg(target_arch = "x86_64")]
        kernels.extend(super::x86::kernels());
        kernels
    });
    &KERNELS
}

/// The fastest of these for so many streams.
pub(super) fn fastest(kernels: &[Kernel], streams: usize) -> &Kernel {
    let speed =
        |kernel: &&Kernel| kernel.speed * streams.min(kernel.lanes) as f32 / kernel.lanes as f32;
    let fastest = kernels.iter().max_by(|a, b| speed(a).total_cmp(&speed(b)));
    fastest.expect("the plain one is always there")
}

/// One stream, by the `sha1` crate: with SHA instructions where there are some, on ARM too.
pub(super) const PLAIN: Kernel = Kernel { name: "plain", lanes: 1, speed: 0.9, run: plain };

fn plain(streams: &mut [Stream<'_>], steps: usize) {
    let [stream] = streams else { panic!("one lane is for one stream, not {}", streams.len()) };
    sha1::block_api::compress(stream.state, &stream.blocks[..steps]);
}
