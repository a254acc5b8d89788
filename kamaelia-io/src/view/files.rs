//! The files of the page. They are part of the program: nothing is read, built or fetched.

use crate::http::Response;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

/// The file at this path. An exhibit's own script and style are the page's `/exhibit.js` and
/// `/exhibit.css`.
pub(super) fn file(path: &str, script: &'static str, style: &'static str) -> Option<Response> {
    let (content_type, text) = match path {
        "/" => (HTML, include_str!("page/index.html")),
        "/style.css" => (STYLE, include_str!("page/style.css")),
        "/main.js" => (SCRIPT, include_str!("page/main.js")),
        "/stream.js" => (SCRIPT, include_str!("page/stream.js")),
        "/model.js" => (SCRIPT, include_str!("page/model.js")),
        "/layout.js" => (SCRIPT, include_str!("page/layout.js")),
        "/drawing.js" => (SCRIPT, include_str!("page/drawing.js")),
        "/tables.js" => (SCRIPT, include_str!("page/tables.js")),
        "/words.js" => (SCRIPT, include_str!("page/words.js")),
        "/icon.svg" => (PICTURE, include_str!("page/icon.svg")),
        "/exhibit.js" => (SCRIPT, script),
        "/exhibit.css" => (STYLE, style),
        _ => return None,
    };
    Some(Response::new(200, content_type, text))
}
