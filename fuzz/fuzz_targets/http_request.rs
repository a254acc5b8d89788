//! Requests to the HTTP server.

#![no_main]

fuzz::target!(kamaelia_io::strangers_bytes::check_http_request);
