#![doc = include_str!("../README.md")]
//!
//! # Catalogue
//!
//! A box in parentheses may be left loose.
//!
//! | component | inboxes | outboxes | in one line |
//! |---|---|---|---|
//! | [`ConsoleReader`] | – | `outbox`: `String` | lines from standard input |
//! | [`ConsoleEchoer`]`<T>` | `inbox`: `T` | (`outbox`: `T`) | text to standard output |
//! | [`Fanout`]`<T>` | `inbox`: `T` | by name: `T` | one message to several receivers |
//! | [`PureTransformer`]`<A, B>` | `inbox`: `A` | `outbox`: `B` | a function |
//! | [`ChunksToLines`] | `inbox`: bytes | `outbox`: `String` | lines, however they were cut |
//! | [`Fold`]`<A, B>` | `inbox`: `A` | `outbox`: `B` | one message of all |
//! | [`RateLimit`]`<T>` | `inbox`: `T` | `outbox`: `T` | so many a second |
//! | [`TwoSourceListifier`]`<A, B>` | `a`: `A`, `b`: `B` | `outbox`: `(A, B)` | pairs by order |
//! | [`TriggeredFileReader`] | `inbox`: `PathBuf` | `outbox`: [`FileRead`] | whole files from disk |
//! | [`WholeFileWriter`] | `inbox`: [`WriteFile`] | (`outbox`: [`FileWritten`]) | whole files to disk |
//! | [`FolderWatcher`] | – | `outbox`: `PathBuf` | what appears in a folder |
//! | [`CommandRunner`]`<T>` | `inbox`: `T` | `outbox`: `T`, (`failures`: [`CommandFailed`]) | a command for each message |
//! | [`LiveView`](view::LiveView) | (`inbox`: of its exhibit) | (`commands`: `String`) | the running graph in a browser |
//! | [`TCPClient`] | `inbox`: bytes | (`outbox`: bytes) | a connection of ours |
//! | [`ServerCore`] | – | – | a section of the graph for each connection of others |
//! | [`ConnectedSocketAdapter`] | `inbox`: bytes | (`outbox`: bytes) | a connection that is there |
//! | [`SimpleHTTPClient`] | `inbox`: [`HttpRequest`] | `outbox`: [`HttpAnswer`] | whole answers from the web |
//!
//! # Map
//!
//! | module | what is in it |
//! |---|---|
//! | `console/` | standard input and output, which may block for ever |
//! | `command/` | programs, run for whoever asks |
//! | `file/` | whole files, one answer for each job; folders that are watched |
//! | `shape/` | messages copied, changed, paired, summed up, held back |
//! | [`http`] | a client component, and a server to drive |
//! | `tcp/` | bytes over connections, ours and those of others |
//! | [`udp`] | a server of datagrams to drive |
//! | [`view`] | a page that shows the running graph |
//! | `errand` | blocking work for a component that shares its worker |

#![forbid(unsafe_code)]

mod binding;
mod catalogue;
mod command;
mod console;
mod errand;
mod file;
pub mod http;
mod shape;
#[cfg(any(test, feature = "strangers-bytes"))]
#[doc(hidden)]
pub mod strangers_bytes;
mod tcp;
pub mod udp;
pub mod view;
mod wakeup;

/// Has the code of the page compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/live_view.md")]
struct LiveViewPage;

pub use catalogue::catalogue;
pub use command::*;
pub use console::*;
pub use file::*;
pub use http::{
    HttpAnswer, HttpError, HttpLimits, HttpProblem, HttpRequest, HttpResponse, SimpleHTTPClient,
};
pub use shape::*;
pub use tcp::*;
