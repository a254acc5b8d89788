//! Peers that a peer names: bounded in number, and written so that they are read as the same.

use crate::wire::extension::{EXCHANGED_READ_MAX, ExchangedPeer, PeerExchange, PeerFlags};

pub(super) fn check(bytes: &[u8]) {
    match PeerExchange::decode(bytes) {
        Ok(exchange) => {
            assert!(exchange.added.len() <= EXCHANGED_READ_MAX);
            assert!(exchange.dropped.len() <= EXCHANGED_READ_MAX);
            assert_eq!(PeerExchange::decode(&exchange.encode()), Ok(exchange));
        }
        Err(error) => super::assert_sentence(&error.to_string()),
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let peer = |address: &str, flags| ExchangedPeer {
        address: address.parse().expect("an address"),
        flags: PeerFlags(flags),
    };
    let both = PeerExchange {
        added: vec![peer("1.2.3.4:6881", 1), peer("5.6.7.8:0", 0x10), peer("[2001:db8::1]:7", 2)],
        dropped: ["9.9.9.9:9", "[::1]:1"].map(|text| text.parse().expect("an address")).to_vec(),
    };
    vec![
        both.encode(),
        PeerExchange::default().encode(),
        b"d5:added7:1234567e".to_vec(),
        b"d5:added6:1234567:added.f0:6:added619:abcdefghijklmnopqrse".to_vec(),
        b"d5:addedle7:droppedi1ee".to_vec(),
    ]
}
