#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what is in it |
//! |---|---|
//! | `component` | [`Component`], and what a `main` may return |
//! | `boxes` | [`Inbox`], [`Latest`], [`Outbox`], [`Outboxes`], [`Address`], [`Taker`] |
//! | `linkage/` | the ring between two boxes, and who is told when it changes; [`LinkPolicy`] |
//! | `control` | [`Control`], [`GraphHandle`]: asking components to end, adopting more of them |
//! | `chassis/` | [`Graphline`], [`Pipeline`], the checks before a graph runs |
//! | `scheduler/` | slots, wake flags, the worker's loop |
//! | `services` | [`Services`]: names for inboxes |
//! | `error` | [`Report`], [`Outcome`], [`RunError`] |

// The derive macros name this crate; its own tests and examples use them too.
extern crate self as axon_core;

mod boxes;
mod chassis;
mod clock;
mod component;
mod control;
mod error;
#[allow(dead_code)]
mod linkage;
mod scheduler;
mod select;
mod services;

pub use axon_core_derive::{Component, ThreadedComponent};
pub use boxes::{
    Address, AnyInbox, AnyOutbox, CAPACITY_DEFAULT, Closed, Inbox, InboxHandle, Latest,
    NamedOutbox, Outbox, OutboxHandle, Outboxes, SendError, TakeError, Taker, TryRecvError,
    TrySendError, WeakAddress,
};
pub use chassis::{Graph, Graphline, LinkTo, Pipeline, WiringError, WiringErrors};
#[doc(hidden)]
pub use component::visit_family;
pub use component::{
    About, Component, ComponentResult, Gives, MainResult, Place, Start, Takes, Visitor,
};
pub use control::{Asked, Control, GraphHandle};
pub use error::{Outcome, Report, RunError, Waiting};
pub use linkage::{LinkPolicy, Overflow};
pub use scheduler::yield_now;
pub use select::{Either, either};
pub use services::{ServiceError, Services};
