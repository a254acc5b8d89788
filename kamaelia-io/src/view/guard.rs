//! Who may ask for what.
//!
//! Any page a person visits can send requests to this machine. So three things are looked at: the
//! `Host` has to be an address and not a name, since names can be made to lead here (DNS rebinding);
//! an `Origin`, if there is one, has to be our own page; and what is not in everybody's hands anyway
//! needs the token. It comes in `Authorization`, which no page of others can send without being
//! allowed to, and never in a cookie, which browsers would add to requests of others.

use std::net::{IpAddr, SocketAddr};

use super::token::Token;
use crate::http::{Request, Response};

/// What the files of the page may do, and what may be done with them: nothing but ask us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

pub(super) struct Guard {
    token: Token,
    port: u16,
}

impl Guard {
    /// For a server at this address.
    pub(super) fn new(token: Token, local: SocketAddr) -> Self {
        Guard { token, port: local.port() }
    }

    /// Refuses what did not come from our own page, or from a program that means us.
    pub(super) fn admit(&self, request: &Request) -> Result<(), Response> {
        let Some(host) = request.header("host").filter(|host| self.is_here(host)) else {
            return Err(Response::text(
                403,
                "this is reached by its address or as localhost, under no other name\n",
            ));
        };
        let is_own = request.header("origin").is_none_or(|origin| {
            origin.strip_prefix("http://").is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        });
        let site = request.header("sec-fetch-site").unwrap_or("none");
        // Whoever follows a link to the page comes from elsewhere, and gets nothing but the page.
        let is_visit = request.header("sec-fetch-mode") == Some("navigate");
        if !is_own || !(is_visit || matches!(site, "none" | "same-origin")) {
            return Err(Response::text(403, "pages of others have nothing to ask for here\n"));
        }
        Ok(())
    }

    /// Refuses who does not know the token.
    pub(super) fn identify(&self, request: &Request) -> Result<(), Response> {
        let given = request.header("authorization").and_then(|value| value.split_once(' '));
        match given {
            Some((scheme, guess))
                if scheme.eq_ignore_ascii_case("bearer") && self.token.is(guess.trim()) =>
            {
                Ok(())
            }
            _ => Err(Response::text(
                401,
                "the token is missing or wrong; it stands in the address that the program told\n",
            )
            .with_field("WWW-Authenticate", "Bearer")),
        }
    }

    /// What goes with every answer.
    pub(super) fn seal(response: Response) -> Response {
        response
            .with_field("Content-Security-Policy", POLICY)
            .with_field("X-Content-Type-Options", "nosniff")
            .with_field("X-Frame-Options", "DENY")
            .with_field("Referrer-Policy", "no-referrer")
            .with_field("Cross-Origin-Resource-Policy", "same-origin")
            .with_field("Cross-Origin-Opener-Policy", "same-origin")
            .with_field("Cache-Control", "no-store")
    }

    /// Whether this is how somebody calls us who knows where we are.
    fn is_here(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host, "80"),
        };
        let is_address = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(six) => six.parse().is_ok_and(|ip: IpAddr| ip.is_ipv6()),
            None => name.parse().is_ok_and(|ip: IpAddr| ip.is_ipv4()),
        };
        (is_address || name.eq_ignore_ascii_case("localhost")) && port == self.port.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Guard {
        pub(in crate::view) fn token(&self) -> &Token {
            &self.token
        }
    }
    use crate::http::wire::RequestBuffer;

    fn guard() -> Guard {
        Guard::new(Token::random().expect("chance"), "127.0.0.1:8080".parse().expect("an address"))
    }

    fn request(fields: &str) -> Request {
        let mut buffer = RequestBuffer::default();
        buffer.add(format!("GET / HTTP/1.0\r\n{fields}\r\n").as_bytes());
        buffer.next_request().expect("a request").expect("all of it")
    }

    fn is_admitted(fields: &str) -> bool {
        guard().admit(&request(fields)).is_ok()
    }

    #[test]
    fn a_host_is_an_address_with_our_port_and_never_a_name() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(is_admitted(&format!("Host: {host}\r\n")), "{host}");
        }
        for host in [
            "evil.example:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1:8081",
            "127.0.0.1.evil.example:8080",
            "localhost.evil.example:8080",
            "[127.0.0.1]:8080",
            "::1:8080",
            "",
            ":8080",
        ] {
            assert!(!is_admitted(&format!("Host: {host}\r\n")), "{host}");
        }
        assert!(!is_admitted(""), "no host at all");
    }

    #[test]
    fn pages_of_others_are_refused_whatever_they_say() {
        let host = "Host: 127.0.0.1:8080\r\n";
        for own in [
            "Origin: http://127.0.0.1:8080\r\n",
            "Sec-Fetch-Site: same-origin\r\n",
            "Sec-Fetch-Site: none\r\n",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
        ] {
            assert!(is_admitted(&format!("{host}{own}")), "{own}");
        }
        for other in [
            "Origin: http://evil.example\r\n",
            "Origin: null\r\n",
            "Origin: https://127.0.0.1:8080\r\n",
            "Origin: http://127.0.0.1:9090\r\n",
            "Origin: http://localhost:8080\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n",
        ] {
            assert!(!is_admitted(&format!("{host}{other}")), "{other}");
        }
    }

    #[test]
    fn only_the_bearer_of_the_token_is_known() {
        let guard = guard();
        let token = guard.token().reveal();
        let is_known =
            |value: &str| guard.identify(&request(&format!("Authorization: {value}\r\n"))).is_ok();
        assert!(is_known(&format!("Bearer {token}")) && is_known(&format!("bearer  {token}")));
        for value in [token, "Bearer", "Bearer x", &format!("Basic {token}")] {
            assert!(!is_known(value), "{value}");
        }
        let refusal = guard.identify(&request("")).expect_err("no token");
        assert_eq!(refusal.status, 401);
    }
}
