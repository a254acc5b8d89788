#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what is in it |
//! |---|---|
//! | `component` | [`Component`], and what a `main` may return |
//! | `boxes` | [`Inbox`], [`Outbox`], [`Outboxes`], [`Address`] |
//! | `linkage` | the ring between two boxes, and who is told when it changes |
//! | `handler/` | [`Handler`], [`handle`]: components that only answer each message |
//! | `control` | [`Control`], [`GraphHandle`]: asking components to end, adopting more of them |
//! | `chassis/` | [`Graphline`], the checks before a graph runs; [`Pipeline`] and other shapes |
//! | `scheduler/` | slots, wake flags, the worker's loop |
//! | `services` | [`Services`]: names for inboxes |
//! | [`inspect`] | a graph at one moment, drawn or as a table; the introspection protocol; recordings |
//! | `values` | [`Values`]: names for values |
//! | `store/` | [`Store`]: values that are changed in transactions |
//! | `resources` | [`Resources`]: which boxes belong to which resource |
//! | `error` | [`Report`], [`Outcome`], [`RunError`] |

// The derive macros name this crate; its own tests and examples use them too.
extern crate self as axon_core;

mod boxes;
mod chassis;
mod component;
mod control;
mod error;
mod handler;
pub mod inspect;
mod linkage;
mod resources;
mod scheduler;
mod seeded;
mod select;
mod services;
mod store;
mod time;
mod values;

pub use axon_core_derive::{Component, ThreadedComponent};
pub use boxes::{
    Address, AnyInbox, AnyOutbox, CAPACITY_DEFAULT, Closed, Inbox, NamedOutbox, Outbox, Outboxes,
    TryRecvError, TrySendError, WeakAddress,
};
pub use chassis::{
    Arrange, Backplane, Carousel, Chooser, Exportable, Exported, ForwardChooser, Graph, Graphline,
    IntoSection, LinkTo, Next, Par, Part, Pipeline, PublishTo, Restarts, Section, Seq, Step,
    SubscribeTo, TPipe, TimeToLive, WiringError, WiringErrors, playlist,
};
#[doc(hidden)]
pub use component::visit_family;
pub use component::{
    About, Component, ComponentResult, Gives, MainResult, Place, Start, Takes, Visitor,
};
pub use control::{Asked, ChildEnded, Children, Control, GraphHandle, Lent};
pub use error::{Outcome, Report, RunError, Waiting};
pub use handler::{Handle, Handler, Handling, Out, TryHandle, TryHandler, handle, try_handle};
pub use linkage::{LinkPolicy, Overflow};
pub use resources::{KnowsBoxes, ResourceError, Resources, Tracked};
pub use scheduler::yield_now;
pub use seeded::{SeededRun, Trace, try_seeds};
pub use select::{Either, either};
pub use services::{ServiceError, Services};
pub use store::{Store, StoreError, Transaction};
pub use time::{Sleep, TimedOut, now, sleep, sleep_until, timeout};
pub use values::{ValueError, Values};
