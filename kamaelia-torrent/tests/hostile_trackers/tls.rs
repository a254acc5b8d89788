//! Servers by https that are not who they should be. Nothing is said to one before it is known.
//!
//! The certificates were made once: `ca` has signed all but `own`, and its key is gone; all have the key
//! in `key.pem`. They are good from 2020 to 2120, `expired` to 2021 and `early` from 2119.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use kamaelia_torrent::engine::outlet::Outlet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::config::Config;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::server::{PATIENCE, SHORT, Says, Server, TAKEN_MAX, announced, respond};

const KEY: &[u8] = include_bytes!("certificates/key.pem");
const CA: &[u8] = include_bytes!("certificates/ca.pem");
const GOOD: &[u8] = include_bytes!("certificates/good.pem");
const EXPIRED: &[u8] = include_bytes!("certificates/expired.pem");
const EARLY: &[u8] = include_bytes!("certificates/early.pem");
const OTHER: &[u8] = include_bytes!("certificates/other.pem");
const OWN: &[u8] = include_bytes!("certificates/own.pem");

const REPLY: &[u8] = b"d8:intervali900e5:peers0:e";

/// Certificates, and what is wrong with them for somebody who trusts `ca`.
const CERTIFICATES: [(&str, &[u8], Option<&str>); 5] = [
    ("a good one", GOOD, None),
    ("one that has expired", EXPIRED, Some("expired")),
    ("one for later", EARLY, Some("not valid yet")),
    ("that of another server", OTHER, Some("not valid for name")),
    ("one of its own making", OWN, Some("UnknownIssuer")),
];

/// What is no TLS, and whether it is our patience that ends it.
fn others() -> Vec<(&'static str, Says, bool)> {
    vec![
        ("plain text", Says::This(respond("200 OK", "", REPLY)), false),
        ("a warning", Says::This(b"\x15\x03\x03\0\x02\x02\x28".to_vec()), false),
        ("nothing", Says::This(Vec::new()), false),
        ("a reset", Says::AndResets(Vec::new()), false),
        ("silence", Says::AndFallsSilent(Vec::new()), true),
        ("a record without end", Says::Endlessly(b"\x16\x03\x03\x40\0".to_vec(), vec![0]), false),
        (
            "a slow record",
            Says::Slowly(b"\x16\x03\x03\x40\0\x02\0\xff\xff".to_vec(), vec![0]),
            true,
        ),
    ]
}

/// A server with this certificate: its port, and how many requests it could read.
fn serve(certificate: &[u8]) -> (u16, Arc<AtomicUsize>) {
    let chain = vec![CertificateDer::from_pem_slice(certificate).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocols of today")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    let (config, read) = (Arc::new(config), Arc::new(AtomicUsize::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let count = read.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).expect("a good configuration");
            answer(StreamOwned::new(connection, stream), &count);
        }
    });
    (port, read)
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>, read: &AtomicUsize) {
    let (mut header, mut byte) = (Vec::new(), [0]);
    while !header.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(count) if count > 0 => header.push(byte[0]),
            _ => return,
        }
    }
    read.fetch_add(1, Ordering::SeqCst);
    let _ = stream.write_all(&respond("200 OK", "", REPLY));
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// What comes from there for one who trusts `ca`.
fn fetched(port: u16) -> Result<Vec<u8>, String> {
    let outlet = Outlet::default();
    let roots = Certificate::from_pem(CA).expect("a certificate");
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[roots])).build();
    let config = Config::builder().tls_config(tls).timeout_global(Some(PATIENCE)).proxy(None);
    let agent = outlet.agent(config.build(), outlet.names());
    let answer = agent.get(format!("https://127.0.0.1:{port}/announce")).call();
    let mut answer = answer.map_err(|error| error.to_string())?;
    answer.body_mut().read_to_vec().map_err(|error| error.to_string())
}

#[test]
fn nothing_is_said_to_a_server_whose_certificate_is_not_its_own() {
    for (name, certificate, wrong) in CERTIFICATES {
        let (port, read) = serve(certificate);
        let result = fetched(port);
        match wrong {
            None => assert_eq!(result.as_deref(), Ok(REPLY), "{name}"),
            Some(wrong) => {
                let told = result.expect_err(name);
                assert!(told.contains(wrong), "{name}: {told}");
            }
        }
        assert_eq!(read.load(Ordering::SeqCst), usize::from(wrong.is_none()), "{name}");
    }
}

#[test]
fn a_tracker_with_a_certificate_nobody_vouches_for_is_told_nothing_and_that_is_said() {
    for (name, certificate, _) in CERTIFICATES {
        let (port, read) = serve(certificate);
        let url = format!("https://127.0.0.1:{port}/announce");
        let told = announced(&Outlet::default(), url, PATIENCE).expect_err(name);
        let start = format!("127.0.0.1:{port} does not answer as a web server does: ");
        assert!(told.starts_with(&start) && told.contains("certificate"), "{name}: {told}");
        assert_eq!(read.load(Ordering::SeqCst), 0, "{name}");
    }
}

#[test]
fn what_is_no_tls_is_told_and_takes_no_more_than_it_may() {
    for (name, says, is_endless) in others() {
        let server = Server::unasked(says);
        let url = format!("https://{}/announce", server.address);
        let timeout: Duration = if is_endless { SHORT } else { PATIENCE };
        let told = announced(&Outlet::default(), url, timeout).expect_err(name);
        let told = server.anonymous(&told);
        assert!(told.starts_with("SERVER ") && told.chars().count() < 400, "{name}: {told}");
        assert_eq!(told == "SERVER did not answer in time", is_endless, "{name}: {told}");
        assert!(server.sent() <= TAKEN_MAX, "{name}: {} bytes were taken", server.sent());
    }
}

#[test]
fn the_page_tells_how_many_cases_there_are() {
    let cases = 2 * CERTIFICATES.len() + others().len();
    super::reliability::assert_row("servers by TLS", cases);
}
