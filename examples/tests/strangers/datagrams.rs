//! At the port of its tracker for datagrams.

use std::net::UdpSocket;

use super::End::*;
use super::*;

/// A connect as BEP 15 has it, as long as that.
fn connect(length: usize) -> Vec<u8> {
    let mut datagram = [&0x417_2710_1980_u64.to_be_bytes()[..], &[0, 0, 0, 0, 9, 8, 7, 6]].concat();
    datagram.resize(length, 0);
    datagram
}

/// Whether somebody who asks as one should has an answer.
fn assert_answers(tracker: SocketAddr) {
    // From another address than those who flood it, each of which has its share.
    let socket = UdpSocket::bind("127.0.0.2:0").expect("all of these are ours");
    socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a time-out is allowed");
    let mut answer = [0; 64];
    let mut tries = (0..AGES.as_secs()).map(|_| {
        // The system drops what has no room, so it is asked again.
        socket.send_to(&connect(16), tracker).expect("room");
        socket.recv(&mut answer)
    });
    assert_eq!(tries.find_map(Result::ok), Some(16));
    assert_eq!(answer[..8], [0, 0, 0, 0, 9, 8, 7, 6]);
}

#[test]
fn datagrams_of_all_lengths_are_answered_or_not_and_nothing_is_left_of_them() {
    let tracker = unused_port();
    let stage = Stage::with_seed(false, &["--tracker-listen", &tracker.to_string()]);
    let strangers = |_: &Target| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let lengths = (0..2_100).chain((2_100..65_507).step_by(211)).chain([65_507]);
        for length in lengths {
            for datagram in [bytes(length, length as u64), connect(length)] {
                socket.send_to(&datagram, tracker).expect("a length that a datagram may have");
            }
        }
        assert_answers(tracker);
        Vec::new()
    };
    stage.check("datagrams of 0 to 65,507 bytes", strangers, &Gone);
    assert_answers(tracker);
}
