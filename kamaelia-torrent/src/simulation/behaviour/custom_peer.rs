//! What somebody writes who has an idea of a peer of their own.

use std::net::SocketAddr;

use super::hands::{Hands, Line};
use crate::metainfo::Layout;
use crate::wire::{Handshake, Message};

/// A peer from scratch: it decides what is said, and everything else is done for it.
///
/// It is told what happens, and does what it wants through its [`Hands`]. Handshakes, the framing of
/// messages and the form in which a simulation carries blocks are seen to; so is the tracker, which
/// is told of the peer when it joins and now and then after that, and names others. There is no
/// limit to how wrong a peer may be: what is said goes out as it is.
///
/// A run does not wait for such a peer: it is over when all clients have what they came for.
///
/// Nothing may depend on anything but what a peer is told and on [`Hands::chance`], or a simulation
/// cannot be repeated. Looking into a `HashMap` in its own order is the usual mistake.
///
/// A peer that promises every piece, and never gives one:
///
/// ```
/// use kamaelia_torrent::simulation::behaviour::{CustomPeer, Hands, Line};
/// use kamaelia_torrent::wire::{Handshake, Message, encode_bitfield};
/// use fixedbitset::FixedBitSet;
///
/// struct Promiser;
///
/// impl CustomPeer for Promiser {
///     fn on_greeted(&mut self, line: Line, _: &Handshake, hands: &mut Hands<'_>) {
///         let mut pieces = FixedBitSet::with_capacity(hands.layout().piece_count() as usize);
///         pieces.insert_range(..);
///         hands.say(line, &Message::Bitfield(&encode_bitfield(&pieces)));
///         hands.say(line, &Message::Unchoke);
///     }
///
///     // Requests come, and nothing is said to them.
///     fn on_message(&mut self, _: Line, _: &Message<'_>, _: &mut Hands<'_>) {}
/// }
/// ```
///
/// [`Boaster`](super::Boaster) and [`Taker`](super::Taker) are there to be used, and to be read as
/// examples.
pub trait CustomPeer: Send {
    /// What it says first on every line. `plain` claims no extension; whoever claims one has to
    /// speak it.
    fn handshake(&self, plain: Handshake) -> Handshake {
        plain
    }

    /// Bytes that it tells the tracker it lacks. Seeds lack none, and are not named to seeds.
    fn left(&self, layout: &Layout) -> u64 {
        layout.total_length()
    }

    /// It has joined, or is back after it vanished; then all lines of before are gone.
    fn on_joined(&mut self, _hands: &mut Hands<'_>) {}

    /// The tracker names these peers. They are all called, unless this does something else.
    fn on_found(&mut self, addresses: &[SocketAddr], hands: &mut Hands<'_>) {
        addresses.iter().for_each(|address| hands.call(*address));
    }

    /// Both sides have said who they are, and are about the same torrent. It may be a peer that was
    /// called, or one that has called. This is the moment for a bitfield.
    fn on_greeted(&mut self, line: Line, theirs: &Handshake, hands: &mut Hands<'_>);

    /// The other side has said something. A piece message may bring its data in short: only
    /// [`Hands::is_right`] understands them.
    fn on_message(&mut self, line: Line, message: &Message<'_>, hands: &mut Hands<'_>);

    /// The other side has hung up, or the line broke, or what it said was no message. Not told of
    /// those it hung up on itself.
    fn on_closed(&mut self, _line: Line, _hands: &mut Hands<'_>) {}

    /// A call came to nothing: nobody was there, or nobody who speaks about this torrent.
    fn on_call_failed(&mut self, _address: SocketAddr, _hands: &mut Hands<'_>) {}

    /// What it said is on its way: [`Hands::waiting`] has fallen.
    fn on_drained(&mut self, _line: Line, _hands: &mut Hands<'_>) {}

    /// The moment that it asked for with [`Hands::wake_after`] has come.
    fn on_woken(&mut self, _hands: &mut Hands<'_>) {}
}
