//! A SOCKS5 proxy as people write it.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// Where SOCKS proxies listen unless something else is said.
const PORT_DEFAULT: u16 = 1080;

/// The longest name, password or host that SOCKS5 has room for (RFC 1928, RFC 1929).
const TEXT_MAX: usize = 255;

/// A SOCKS5 proxy: `socks5://user:password@host:port`, of which `host` alone is needed.
#[derive(Clone, Eq, PartialEq)]
pub struct Proxy {
    host: String,
    port: u16,
    login: Option<Login>,
}

/// A name and a password (RFC 1929). Neither is longer than 255 bytes.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

/// What is not the URL of a proxy.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadProxy {
    /// It begins with something other than `socks5://` or `socks5h://`.
    #[error(
        "a proxy is written as socks5://host:port, with user:password@ before the host if need be"
    )]
    Kind,
    /// There is no host, or one that cannot be.
    #[error("the proxy's URL names no host")]
    Host,
    /// The port is no number up to 65535.
    #[error("the proxy's port is no number up to 65535")]
    Port,
    /// The name or the password has no place in SOCKS5.
    #[error("a proxy takes names and passwords of 1 to {TEXT_MAX} bytes")]
    Login,
}

impl Proxy {
    /// Its name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }
}

impl FromStr for Proxy {
    type Err = BadProxy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once("://").ok_or(BadProxy::Kind)?;
        if !matches!(kind, "socks5" | "socks5h") {
            return Err(BadProxy::Kind);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(read_login(login)?), place),
            None => (None, authority),
        };
        let (host, port) = read_place(place)?;
        Ok(Proxy { host, port, login })
    }
}

fn read_place(place: &str) -> Result<(String, u16), BadProxy> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(BadProxy::Host)?,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    if host.is_empty() || host.len() > TEXT_MAX || host.contains(['/', '?', '#']) {
        return Err(BadProxy::Host);
    }
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().map_err(|_| BadProxy::Port)?,
        None if port.is_empty() => PORT_DEFAULT,
        None => return Err(BadProxy::Port),
    };
    Ok((host.to_owned(), port))
}

fn read_login(login: &str) -> Result<Login, BadProxy> {
    let (user, password) = login.split_once(':').ok_or(BadProxy::Login)?;
    let [user, password] =
        [user, password].map(|text| percent_decode_str(text).collect::<Vec<_>>());
    let fits = |text: &Vec<u8>| (1..=TEXT_MAX).contains(&text.len());
    if fits(&user) && fits(&password) { Ok(Login { user, password }) } else { Err(BadProxy::Login) }
}

impl fmt::Debug for Proxy {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read_as_people_write_them() {
        let read = |text: &str| {
            let proxy = text.parse::<Proxy>()?;
            let login = proxy.login.map(|login| (login.user, login.password));
            Ok((proxy.host, proxy.port, login))
        };
        let plain = |host: &str, port| Ok((host.to_owned(), port, None));
        assert_eq!(read("socks5://proxy"), plain("proxy", 1080));
        assert_eq!(read("socks5h://192.0.2.1:9050/"), plain("192.0.2.1", 9050));
        assert_eq!(read("socks5://[fd00::2]:9"), plain("fd00::2", 9));
        let login = Some((b"me".to_vec(), b"a@b:c".to_vec()));
        assert_eq!(read("socks5://me:a%40b:c@proxy:1"), Ok(("proxy".to_owned(), 1, login)));
        for (text, error) in [
            ("proxy:1080", BadProxy::Kind),
            ("http://proxy", BadProxy::Kind),
            ("socks5://", BadProxy::Host),
            ("socks5://:80", BadProxy::Host),
            ("socks5://a/b", BadProxy::Host),
            ("socks5://proxy:port", BadProxy::Port),
            ("socks5://[::1]80", BadProxy::Port),
            ("socks5://me@proxy", BadProxy::Login),
            ("socks5://me:@proxy", BadProxy::Login),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let proxy: Proxy = "socks5://me:secret@proxy".parse().expect("a proxy");
        assert_eq!(format!("{proxy:?}"), "Proxy(proxy:1080)");
    }
}
