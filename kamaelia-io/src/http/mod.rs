//! The web, for graphs.

mod client;
mod client_error;
mod fetch;
mod request;

pub use client::SimpleHTTPClient;
pub use client_error::{HttpError, HttpProblem};
pub use fetch::HttpLimits;
pub use request::{HttpAnswer, HttpRequest, HttpResponse};
