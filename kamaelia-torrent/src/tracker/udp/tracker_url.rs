//! A tracker reached by UDP, as its URL names it.

use crate::tracker::url::UrlError;

/// What a `udp://` URL says: where the tracker is, and what it is to be told (BEP 41).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UdpTracker {
    url: String,
    host: String,
    port: u16,
    data: Vec<u8>,
}

impl UdpTracker {
    /// Takes a URL whose scheme and characters are checked, and what follows its `://`.
    pub(in crate::tracker) fn parse(url: &str, rest: &str) -> Result<Self, UrlError> {
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, data) = rest.split_at(end);
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => literal.split_once(']').ok_or(UrlError::Malformed)?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let is_name = !host.is_empty() && !host.contains(['[', '@', '%']);
        if !is_name {
            return Err(UrlError::Malformed);
        }
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| UrlError::Malformed)?,
            None if port.is_empty() => return Err(UrlError::NoPort),
            None => return Err(UrlError::Malformed),
        };
        if port == 0 {
            return Err(UrlError::Malformed);
        }
        let (url, host, data) = (url.to_owned(), host.to_owned(), data.as_bytes().to_vec());
        Ok(UdpTracker { url, host, port, data })
    }

    /// The whole URL, which may hold a secret of the user's.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A name or an address; an IPv6 address stands without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, which the tracker is told with each announce.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::TrackerUrl;

    #[test]
    fn host_port_and_data_are_told_apart() {
        for (url, host, port, data) in [
            ("udp://t.example:80", "t.example", 80, ""),
            ("udp://t:6969/announce", "t", 6969, "/announce"),
            ("UDP://1.2.3.4:1/a/b?pass=x#part", "1.2.3.4", 1, "/a/b?pass=x"),
            ("udp://[2001:db8::1]:65535?x", "2001:db8::1", 65535, "?x"),
        ] {
            let Ok(TrackerUrl::Udp(tracker)) = TrackerUrl::parse(url) else { panic!("{url}") };
            assert_eq!((tracker.host(), tracker.port()), (host, port));
            assert_eq!(tracker.data(), data.as_bytes());
        }
    }

    #[test]
    fn what_names_no_server_is_malformed() {
        for url in [
            "udp://t:0",
            "udp://t:65536",
            "udp://t:x",
            "udp://t:1:2",
            "udp://::1:80",
            "udp://[::1",
            "udp://[]:80",
            "udp://[::1]80",
            "udp://me@t:80",
        ] {
            assert_eq!(TrackerUrl::parse(url), Err(UrlError::Malformed), "{url}");
        }
    }
}
