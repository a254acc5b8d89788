//! URLs that a new torrent may name: what is mistyped there is found out by nobody else.

use super::URL_BYTES_MAX;

/// What trackers are reached by: BEP 3, BEP 15, and by web browsers.
const TRACKER_SCHEMES: &[&str] = &["http", "https", "udp", "ws", "wss"];

/// What web seeds are reached by (BEP 19).
const WEB_SEED_SCHEMES: &[&str] = &["http", "https", "ftp"];

/// A URL that leads nowhere.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with none of the protocols in use.
    #[error("`{}` does not begin with {}", .url.escape_debug(), alternatives(.schemes))]
    Scheme {
        /// What was given.
        url: String,
        /// What it could begin with, each followed by `://`.
        schemes: &'static [&'static str],
    },
    /// It names no server.
    #[error("`{}` names no server", .url.escape_debug())]
    NoServer {
        /// What was given.
        url: String,
    },
    /// A character that has to be escaped in a URL.
    #[error("`{}` has {character:?} in it, which a URL cannot have", .url.escape_debug())]
    Character {
        /// What was given.
        url: String,
        /// The first such character.
        character: char,
    },
    /// Readers would pass it over.
    #[error("a URL of {length} bytes is longer than {URL_BYTES_MAX}")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
}

/// Checks the URL of a tracker: `http`, `https`, `udp`, or for web browsers `ws` and `wss`.
pub fn check_tracker_url(url: &str) -> Result<(), UrlError> {
    check(url, TRACKER_SCHEMES)
}

/// Checks the URL of a web seed: `http`, `https` or `ftp`.
pub fn check_web_seed_url(url: &str) -> Result<(), UrlError> {
    check(url, WEB_SEED_SCHEMES)
}

fn check(url: &str, schemes: &'static [&'static str]) -> Result<(), UrlError> {
    if url.len() > URL_BYTES_MAX {
        return Err(UrlError::TooLong { length: url.len() });
    }
    let known = |scheme: &str| schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| known(scheme)) else {
        return Err(UrlError::Scheme { url: url.to_owned(), schemes });
    };
    let wrong = |character: &char| {
        character.is_whitespace() || character.is_control() || "\"<>\\^`{|}".contains(*character)
    };
    if let Some(character) = url.chars().find(wrong) {
        return Err(UrlError::Character { url: url.to_owned(), character });
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let server = authority.rsplit('@').next().unwrap_or_default();
    if server.is_empty() || server.starts_with(':') {
        return Err(UrlError::NoServer { url: url.to_owned() });
    }
    Ok(())
}

fn alternatives(schemes: &[&str]) -> String {
    let each: Vec<String> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
    each.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_taken() {
        for url in [
            "http://tracker:6969/announce",
            "HTTPS://t.example/announce?passkey=1&x=%20",
            "udp://[2001:db8::1]:80",
            "wss://t/größe",
            "http://me:secret@t/",
        ] {
            assert_eq!(check_tracker_url(url), Ok(()), "{url}");
        }
        for url in ["http://w/a%20b/", "https://w", "ftp://w/pub/"] {
            assert_eq!(check_web_seed_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_mistyped_is_told() {
        let told = |url: &str| check_web_seed_url(url).expect_err(url).to_string();
        let schemes = "does not begin with http:// or https:// or ftp://";
        for url in ["w/files", "http:/w", "udp://w", ""] {
            assert_eq!(told(url), format!("`{url}` {schemes}"));
        }
        for url in ["http://", "http:///files", "http://me@/x", "http://:80/"] {
            assert_eq!(told(url), format!("`{url}` names no server"));
        }
        assert_eq!(told("http://w/a b"), "`http://w/a b` has ' ' in it, which a URL cannot have");
        assert_eq!(
            told("http://w/\u{1b}[1m"),
            "`http://w/\\u{1b}[1m` has '\\u{1b}' in it, which a URL cannot have"
        );
        assert_eq!(
            told(&format!("http://{}", "w".repeat(URL_BYTES_MAX))),
            "a URL of 8199 bytes is longer than 8192"
        );
    }
}
