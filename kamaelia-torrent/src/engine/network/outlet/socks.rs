//! What is said to a SOCKS5 proxy until it leads where we want (RFC 1928, RFC 1929).
//!
//! Bytes come in, in any split, and go out; nothing here touches a socket.

use std::net::{IpAddr, SocketAddr};

use super::proxy::{Login, Proxy};

const VERSION: u8 = 5;
const LOGIN_VERSION: u8 = 1;

/// Ways to log in.
const NO_LOGIN: u8 = 0;
const BY_PASSWORD: u8 = 2;

const CONNECT: u8 = 1;

/// Kinds of addresses.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Where a connection is to lead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::engine) enum Destination {
    Address(SocketAddr),
    /// A name of at most 255 bytes, looked up by the proxy, and a port.
    Name(String, u16),
}

/// A talk with a proxy, until the connection leads to its destination.
pub(in crate::engine) struct Tunnel {
    request: Vec<u8>,
    login: Option<Login>,
    /// Bytes not used up yet: never more than the longest answer and what comes with it.
    kept: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Method,
    LoggingIn,
    Reply,
}

/// Why a proxy does not lead anywhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::engine) enum SocksError {
    #[error("what listens there is no SOCKS5 proxy")]
    OtherProtocol,
    #[error("the proxy wants a name and a password")]
    LoginWanted,
    #[error("the proxy does not take this name and password")]
    LoginRefused,
    #[error("the proxy does not connect: {}", meaning(*.0))]
    Refused(u8),
}

fn meaning(reply: u8) -> &'static str {
    match reply {
        1 => "it fails",
        2 => "its rules forbid it",
        3 => "the network cannot be reached",
        4 => "the host cannot be reached",
        5 => "the connection is refused",
        6 => "it takes too long",
        7 => "it connects nobody",
        8 => "it does not know such addresses",
        _ => "it does not say why",
    }
}

impl Tunnel {
    /// Begins; what is to be sent first goes into `out`.
    pub(in crate::engine) fn new(proxy: &Proxy, to: Destination, out: &mut Vec<u8>) -> Self {
        let login = proxy.login().cloned();
        match login {
            Some(_) => out.extend([VERSION, 2, NO_LOGIN, BY_PASSWORD]),
            None => out.extend([VERSION, 1, NO_LOGIN]),
        }
        Tunnel { request: request(&to), login, kept: Vec::new(), stage: Stage::Method }
    }

    /// Takes what the proxy says; what is to be sent goes into `out`. Once the connection leads to
    /// its destination, gives what has come from there already.
    pub(in crate::engine) fn receive(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Vec<u8>>, SocksError> {
        self.kept.extend_from_slice(bytes);
        loop {
            match self.stage {
                Stage::Method => {
                    let Some([version, method]) = self.take() else { return Ok(None) };
                    if version != VERSION {
                        return Err(SocksError::OtherProtocol);
                    }
                    self.on_method(method, out)?;
                }
                Stage::LoggingIn => {
                    let Some([_, status]) = self.take() else { return Ok(None) };
                    if status != 0 {
                        return Err(SocksError::LoginRefused);
                    }
                    self.ask(out);
                }
                Stage::Reply => return self.on_reply(),
            }
        }
    }

    fn on_method(&mut self, method: u8, out: &mut Vec<u8>) -> Result<(), SocksError> {
        match (method, &self.login) {
            (NO_LOGIN, _) => self.ask(out),
            (BY_PASSWORD, Some(Login { user, password })) => {
                out.extend([LOGIN_VERSION, user.len() as u8]);
                out.extend_from_slice(user);
                out.push(password.len() as u8);
                out.extend_from_slice(password);
                self.stage = Stage::LoggingIn;
            }
            (_, None) => return Err(SocksError::LoginWanted),
            (_, Some(_)) => return Err(SocksError::LoginRefused),
        }
        Ok(())
    }

    fn ask(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.request);
        self.stage = Stage::Reply;
    }

    /// The reply ends with the address that the proxy connects from, which is of no interest.
    fn on_reply(&mut self) -> Result<Option<Vec<u8>>, SocksError> {
        let [version, reply, _, kind, ref rest @ ..] = self.kept[..] else {
            return Ok(None);
        };
        if version != VERSION {
            return Err(SocksError::OtherProtocol);
        }
        if reply != 0 {
            return Err(SocksError::Refused(reply));
        }
        let address = match (kind, rest.first()) {
            (IPV4, _) => 4,
            (IPV6, _) => 16,
            (NAME, Some(length)) => 1 + usize::from(*length),
            (NAME, None) => return Ok(None),
            _ => return Err(SocksError::OtherProtocol),
        };
        let port = 2;
        Ok(rest.get(address + port..).map(<[u8]>::to_vec))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let first = *self.kept.first_chunk::<N>()?;
        self.kept.drain(..N);
        Some(first)
    }
}

fn request(to: &Destination) -> Vec<u8> {
    let mut request = vec![VERSION, CONNECT, 0];
    let port = match to {
        Destination::Address(address) => {
            match address.ip() {
                IpAddr::V4(ip) => {
                    request.push(IPV4);
                    request.extend(ip.octets());
                }
                IpAddr::V6(ip) => {
                    request.push(IPV6);
                    request.extend(ip.octets());
                }
            }
            address.port()
        }
        Destination::Name(name, port) => {
            request.extend([NAME, name.len() as u8]);
            request.extend_from_slice(name.as_bytes());
            *port
        }
    };
    request.extend(port.to_be_bytes());
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets a proxy say this, in this split, and gives what it is told and how it ends.
    fn talk(
        url: &str,
        to: Destination,
        says: &[&[u8]],
    ) -> (Vec<u8>, Result<Option<Vec<u8>>, SocksError>) {
        let mut told = Vec::new();
        let mut tunnel = Tunnel::new(&url.parse().expect("a proxy"), to, &mut told);
        let mut outcome = Ok(None);
        for bytes in says {
            assert_eq!(outcome, Ok(None), "it is over");
            outcome = tunnel.receive(bytes, &mut told);
        }
        (told, outcome)
    }

    fn peer() -> Destination {
        Destination::Address("192.0.2.1:258".parse().expect("an address"))
    }

    const GRANTED: &[u8] = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";

    #[test]
    fn an_open_proxy_leads_to_a_peer_in_any_split() {
        let said = [b"\x05\x00", GRANTED, b"hello"].concat();
        for split in 0..said.len() - b"hello".len() {
            let (first, second) = said.split_at(split);
            let (told, outcome) = talk("socks5://p", peer(), &[first, second]);
            assert_eq!(told, b"\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x01\x02");
            assert_eq!(outcome, Ok(Some(b"hello".to_vec())), "{split}");
        }
    }

    #[test]
    fn a_name_and_a_password_are_shown_to_those_who_ask() {
        let name = Destination::Name("t.example".to_owned(), 80);
        let (told, outcome) = talk(
            "socks5://me:pw@p",
            name,
            &[b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x03\x01x\0\0"],
        );
        let request = b"\x05\x01\x00\x03\x09t.example\x00\x50";
        assert_eq!(told, [&b"\x05\x02\x00\x02\x01\x02me\x02pw"[..], request].concat());
        assert_eq!(outcome, Ok(Some(Vec::new())));
    }

    #[test]
    fn a_proxy_that_does_not_help_says_why() {
        let end = |url, says: &[&[u8]]| talk(url, peer(), says).1;
        assert_eq!(end("socks5://p", &[b"HT"]), Err(SocksError::OtherProtocol));
        assert_eq!(end("socks5://p", &[b"\x05\xff"]), Err(SocksError::LoginWanted));
        assert_eq!(end("socks5://a:b@p", &[b"\x05\xff"]), Err(SocksError::LoginRefused));
        assert_eq!(end("socks5://a:b@p", &[b"\x05\x02\x01\x01"]), Err(SocksError::LoginRefused));
        let refused = end("socks5://p", &[b"\x05\x00\x05\x05\x00\x01"]);
        assert_eq!(refused, Err(SocksError::Refused(5)));
        assert!(SocksError::Refused(5).to_string().ends_with("the connection is refused"));
    }
}
