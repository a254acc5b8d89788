//! Servers that send us elsewhere: in circles, to what is no server, and to servers that are near us,
//! which only we can reach.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use kamaelia_torrent::engine::outlet::{Bind, Outlet};

use super::server::{PATIENCE, SHORT, Says, Server, TAKEN_MAX, announced, respond};

const GOOD: &[u8] = b"d8:intervali900e5:peers0:e";

const NEARER: &str = "redirects to this machine or the network around it, which is not followed";
const NO_URL: &str = "leads to what is no URL of the web";
const NO_HTTP: &str = "does not answer as a web server does: ";
const TOO_OFTEN: &str = "redirects more than 5 times";
const NO_TRACKER: &str = "is on this machine, where trackers are asked at /announce alone";

/// Where a tracker on this machine sends us, and what becomes of it: `kept`, or what is told of it, from
/// the beginning; and how often it was asked.
struct Circle {
    name: &'static str,
    says: Says,
    told: &'static str,
    asked: usize,
}

fn to(name: &'static str, location: impl AsRef<[u8]>, told: &'static str, asked: usize) -> Circle {
    let head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ";
    let says = Says::This([head, location.as_ref(), b"\r\n\r\n"].concat());
    Circle { name, says, told, asked }
}

fn circles() -> Vec<Circle> {
    let redirect =
        |fields: &str| format!("HTTP/1.1 302 Found\r\nLocation: /announce\r\n{fields}\r\n");
    let long = format!("http://tracker.invalid/{}", "a".repeat(20_000));
    vec![
        to("to itself", "/announce", TOO_OFTEN, 6),
        to("to where it is, without a path", "", NO_TRACKER, 1),
        to("to a query alone", "?again", NO_TRACKER, 1),
        to("to another path of this machine", "/reboot", NO_TRACKER, 1),
        to("above the tracker", "/announce/../reboot", NO_TRACKER, 1),
        to("to datagrams", "udp://127.0.0.1:80/announce", NO_URL, 1),
        to("to FTP", "ftp://127.0.0.1/announce", NO_URL, 1),
        to("to a file", "file:///etc/passwd", NO_TRACKER, 1),
        to("to a script", "javascript:alert(1)", NO_TRACKER, 1),
        to("to data", "data:text/plain,d8:intervali900ee", NO_TRACKER, 1),
        to("to a URL without a host", "http://", NO_TRACKER, 1),
        to("to half an address", "http://[::1/announce", NO_TRACKER, 1),
        to("to a port beyond all ports", "http://127.0.0.1:99999/reboot", NO_TRACKER, 1),
        to("to what is no text", b"http://\xff\xfe/announce", NO_HTTP, 1),
        to("to a name that leads nowhere", "http://tracker.invalid/announce", "", 1),
        to("to an endless path elsewhere", &long, "", 1),
        to("to an endless path", "/announce".to_owned() + &"a".repeat(40_000), NO_HTTP, 1),
        Circle {
            name: "nowhere",
            says: Says::This(respond("302 Found", "", GOOD)),
            told: NO_HTTP,
            asked: 1,
        },
        Circle {
            name: "to one of several",
            says: Says::This(respond("300 Multiple Choices", "Location: /announce\r\n", b"")),
            told: TOO_OFTEN,
            asked: 6,
        },
        Circle {
            name: "with a body that does not end",
            says: Says::Endlessly(redirect("").into(), b"x".to_vec()),
            told: "sent more than 1048576 bytes",
            asked: 1,
        },
        Circle {
            name: "with chunks that do not end",
            says: Says::Endlessly(
                redirect("Transfer-Encoding: chunked\r\n").into(),
                b"1\r\nx\r\n".to_vec(),
            ),
            told: "sent more than 1048576 bytes",
            asked: 1,
        },
        Circle {
            name: "with a body that comes slowly",
            says: Says::Slowly(redirect("").into(), b"x".to_vec()),
            told: "did not answer in time",
            asked: 1,
        },
    ]
}

/// Where we are sent from, to where, whether that is followed, and whom the proxy was asked for.
struct Errand {
    from: &'static str,
    to: &'static str,
    is_followed: bool,
}

/// By way of a proxy, since to a test everything else is on this machine.
fn errands() -> Vec<Errand> {
    let world = "http://tracker.example/announce";
    let number = "http://198.51.100.7/announce";
    let network = "http://192.168.1.1/announce";
    let refused = |from: &'static str| move |to| Errand { from, to, is_followed: false };
    let followed = |from: &'static str| move |to| Errand { from, to, is_followed: true };
    let near = [
        "http://127.0.0.1:9/announce",
        "http://127.9.9.9/announce",
        "http://localhost:9/announce",
        "http://[::1]/announce",
        "http://0.0.0.0/announce",
        "http://[::]/announce",
        "http://[::ffff:127.0.0.1]/announce",
        "http://10.0.0.1/cgi-bin/reboot",
        "http://172.16.0.1/announce",
        "http://192.168.1.1/announce",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/announce",
        "http://[fd00::1]/announce",
        "http://[fe80::1]/announce",
        "http://[::ffff:192.168.1.1]/announce",
    ];
    let far =
        ["http://other.example/announce", "http://203.0.113.5:8080/a?b=c", "//other.example/"];
    let mut errands: Vec<Errand> = near.into_iter().map(refused(world)).collect();
    errands
        .extend(["http://127.0.0.1/announce", "http://10.0.0.1/"].into_iter().map(refused(number)));
    errands
        .extend(["http://127.0.0.1/announce", "http://[::1]/"].into_iter().map(refused(network)));
    errands.extend(far.into_iter().map(followed(world)));
    errands.extend(
        ["http://10.0.0.9/announce", "http://other.example/"].into_iter().map(followed(network)),
    );
    errands
}

/// What is asked of a server on this machine, and whether it is.
fn paths() -> Vec<(&'static str, bool)> {
    vec![
        ("/announce", true),
        ("/announce.php?pass=1", true),
        ("/scrape", true),
        ("/", false),
        ("/cgi-bin/reboot?now=1", false),
        ("/x/announce", false),
        ("/announce/../cgi-bin/reboot", false),
        ("/announce/%2e%2e/cgi-bin/reboot", false),
        ("?/announce", false),
    ]
}

pub(crate) fn count() -> usize {
    circles().len() + errands().len() + paths().len()
}

#[test]
fn nobody_is_sent_in_circles_or_to_what_is_no_server() {
    for Circle { name, says, told, asked } in circles() {
        let server = Server::start(says);
        let url = format!("http://{}/announce", server.address);
        let timeout = if name.contains("slowly") { SHORT } else { PATIENCE };
        let reply = announced(&Outlet::default(), url, timeout);
        let sentence = server.anonymous(&reply.expect_err("it leads nowhere"));
        assert!(sentence.starts_with(&format!("SERVER {told}")), "{name}: {sentence}");
        assert!(sentence.chars().count() < 400, "{name}: {sentence}");
        assert_eq!(server.asked(), asked, "{name}");
        assert!(server.sent() <= TAKEN_MAX, "{name}: {} bytes were taken", server.sent());
    }
}

#[test]
fn servers_on_this_machine_are_asked_for_what_trackers_are_asked() {
    for (path, is_asked) in paths() {
        for host in ["127.0.0.1", "localhost"] {
            let server = Server::start(Says::This(respond("200 OK", "", GOOD)));
            let url = format!("http://{host}:{}{path}", server.address.port());
            let reply = announced(&Outlet::default(), url, PATIENCE);
            assert_eq!(server.asked(), usize::from(is_asked), "{host}{path}: {reply:?}");
            let told = reply.err().unwrap_or_default();
            assert_eq!(told.ends_with(NO_TRACKER), !is_asked, "{host}{path}: {told}");
        }
    }
}

#[test]
fn nobody_is_sent_nearer_than_the_one_who_sends() {
    for Errand { from, to, is_followed } in errands() {
        let proxy = Proxy::start(to);
        let reply = announced(&proxy.outlet(), from.to_owned(), PATIENCE);
        let asked = proxy.asked();
        assert_eq!(asked.len(), if is_followed { 2 } else { 1 }, "{from} to {to}: {asked:?}");
        match reply {
            Ok(_) => assert!(is_followed, "{from} to {to}"),
            Err(told) => assert!(!is_followed && told.ends_with(NEARER), "{from} to {to}: {told}"),
        }
    }
}

/// A proxy that is every server of the world: the first one asked redirects, and all others are trackers.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(location: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("socks5://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Ends, well or badly, with the connection.
                let _ = serve(stream, location, &notes);
            }
        });
        Proxy { url, asked }
    }

    fn outlet(&self) -> Outlet {
        let proxy = self.url.parse().expect("a proxy");
        Outlet::new(Bind::Any, Some(proxy)).expect("a way out")
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

fn serve(mut client: TcpStream, location: &str, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    client.read_exact(&mut [0; 3])?;
    client.write_all(&[5, 0])?;
    let host = destination(&mut client)?;
    let is_first = {
        let mut asked = asked.lock().expect("nobody panics");
        asked.push(host);
        asked.len() == 1
    };
    client.write_all(b"\x05\x00\x00\x01\0\0\0\0\0\0")?;
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        header.push(byte[0]);
    }
    client.write_all(&match is_first {
        true => respond("302 Found", &format!("Location: {location}\r\n"), b""),
        false => respond("200 OK", "", GOOD),
    })?;
    client.shutdown(Shutdown::Write)
}

/// Whom the proxy is asked for.
fn destination(client: &mut TcpStream) -> io::Result<String> {
    let mut head = [0; 4];
    client.read_exact(&mut head)?;
    let host = match head[3] {
        1 => {
            let mut octets = [0; 4];
            client.read_exact(&mut octets)?;
            Ipv4Addr::from(octets).to_string()
        }
        3 => {
            let mut length = [0];
            client.read_exact(&mut length)?;
            let mut name = vec![0; length[0].into()];
            client.read_exact(&mut name)?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => {
            let mut octets = [0; 16];
            client.read_exact(&mut octets)?;
            Ipv6Addr::from(octets).to_string()
        }
    };
    client.read_exact(&mut [0; 2])?;
    Ok(host)
}
