//! From a name and a port to a connection.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use axon_core::{Asked, Control, Inbox};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::TcpError;
use crate::wakeup;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// How long each address of a name has to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a name leads to.
pub(super) type Found = io::Result<Vec<SocketAddr>>;

/// Connects to the first address of this name that answers; `None` if the component is asked to stop
/// meanwhile.
pub(super) fn connect(
    address: &str,
    found: &mut Inbox<Found>,
    control: &Control,
) -> Result<Option<(TcpStream, SocketAddr)>, TcpError> {
    let not_found = |error| TcpError::NotFound { address: address.to_owned(), error };
    let Some(addresses) = look_up(address, found).map_err(not_found)? else { return Ok(None) };
    let mut failure = io::Error::from(ErrorKind::AddrNotAvailable);
    for one in addresses {
        match call(one, control) {
            Ok(stream) => return Ok(stream.map(|stream| (stream, one))),
            Err(error) => failure = error,
        }
    }
    Err(TcpError::NotConnected { address: address.to_owned(), error: failure })
}

/// On another thread, since nothing ends a look-up early; `None` if the component was not to wait for it.
fn look_up(address: &str, found: &mut Inbox<Found>) -> io::Result<Option<Vec<SocketAddr>>> {
    if let Ok(known) = address.parse() {
        return Ok(Some(vec![known]));
    }
    let (answer, name) = (found.address(), address.to_owned());
    let look = move || {
        let found = name.to_socket_addrs().map(Iterator::collect);
        // Nobody is left to hear it if the graph was stopped.
        let _ = answer.send_blocking(found);
    };
    thread::Builder::new().name("tcp name".to_owned()).spawn(look)?;
    found.recv_blocking().transpose()
}

fn call(address: SocketAddr, control: &Control) -> io::Result<Option<TcpStream>> {
    let mut stream = TcpStream::connect(address)?;
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(4);
    poll.registry().register(&mut stream, SOCKET, Interest::WRITABLE)?;
    control.wake_with(wakeup::waker(poll.registry(), WAKER, "tcp")?);
    let deadline = Instant::now() + PATIENCE;
    loop {
        control.came_back();
        if control.asked() != Asked::GoOn {
            return Ok(None);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match poll.poll(&mut events, Some(left)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => {
                poll.registry().deregister(&mut stream)?;
                return Ok(Some(stream));
            }
            Err(error) if error.kind() != ErrorKind::NotConnected => return Err(error),
            Err(_) if left.is_zero() => return Err(ErrorKind::TimedOut.into()),
            Err(_) => {}
        }
    }
}
