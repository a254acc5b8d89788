#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what is in it |
//! |---|---|
//! | [`catalogue`] | what components say of themselves, for lists of them |
//! | `component` | [`Component`], and what a `main` may return |
//! | `boxes/` | [`Inbox`], [`Latest`], [`Outbox`], [`Outboxes`]; [`Address`], [`Taker`] for ordinary code |
//! | `linkage/` | the ring between two boxes, and who is told when it changes; [`LinkPolicy`], [`Tap`] |
//! | `handler/` | [`Handler`], [`handle`]: components that only answer each message |
//! | `control/` | [`Control`], [`Children`]: being asked to end, adopting more; [`GraphHandle`] |
//! | `introspector` | [`Introspector`]: a component that tells viewers how its graph changes |
//! | `chassis/` | [`Graphline`], the checks before a graph runs; [`Pipeline`] and [other shapes](crate::Par) |
//! | `scheduler/` | slots, wake flags, workers, who could still move; [`yield_now`] |
//! | `time`, `select` | [`now`], [`sleep`], [`timeout`]; [`either`], [`either_of`], [`any_of`] |
//! | `services` | [`Services`]: names for inboxes |
//! | `values` | [`Values`]: names for values |
//! | `store/` | [`Store`]: values that are changed in transactions |
//! | `resources` | [`Resources`]: which boxes belong to which resource |
//! | [`inspect`] | a graph at one moment, drawn or as a table; the introspection protocol; recordings |
//! | `workbench/`, `seeded` | [`Workbench`]: one component by hand; [`try_seeds`]: whole graphs by seeds |
//! | `parts` | `woken_as_one`, with the feature `futures`, by which boxes are `Stream`s and `Sink`s |
//! | `error` | [`Report`], [`Outcome`], [`RunError`] |

#![forbid(unsafe_code)]

// The derive macros name this crate; its own tests and examples use them too.
extern crate self as axon_core;

mod boxes;
pub mod catalogue;
mod chassis;
mod component;
mod control;
mod error;
mod handler;
pub mod inspect;
mod introspector;
mod linkage;
#[cfg(feature = "futures")]
mod parts;
mod resources;
mod scheduler;
mod seeded;
mod select;
mod services;
mod store;
mod time;
mod values;
mod workbench;

pub use axon_core_derive::{Component, ThreadedComponent};
pub use boxes::{
    Address, AnyInbox, AnyOutbox, CAPACITY_DEFAULT, Closed, Inbox, InboxHandle, Latest,
    NamedOutbox, Outbox, OutboxHandle, Outboxes, SendError, TakeError, Taker, TryRecvError,
    TrySendError, WeakAddress,
};
pub use chassis::{
    Arrange, Backplane, Carousel, Chooser, Cycle, Exportable, Exported, ForwardChooser, Graph,
    Graphline, IntoPart, IntoSection, LinkTo, MemberOf, Next, Par, Part, Pipeline, PublishTo,
    Restarts, Running, Section, Seq, Step, SubscribeTo, TPipe, TimeToLive, WiringError,
    WiringErrors, playlist, pool,
};
pub use component::{
    About, Component, ComponentResult, Gives, MainResult, Place, Start, Takes, Visitor,
};
#[doc(hidden)]
pub use component::{AsyncMain, visit_family};
pub use control::{Asked, ChildEnded, Children, Control, GraphHandle, HandleError, Lent};
pub use error::{Outcome, Report, RunError, Waiting};
pub use handler::{Handle, Handler, Handling, Out, TryHandle, TryHandler, handle, try_handle};
pub use introspector::Introspector;
pub use linkage::{LinkPolicy, Overflow, Tap};
#[cfg(feature = "futures")]
pub use parts::woken_as_one;
pub use resources::{KnowsBoxes, ResourceError, Resources, Tracked};
pub use scheduler::yield_now;
pub use seeded::{SeededRun, Trace, try_seeds};
pub use select::{Either, any_of, either, either_of};
pub use services::{ServiceError, Services};
pub use store::{Store, StoreError, Transaction};
pub use time::{Sleep, TimedOut, now, sleep, sleep_blocking, sleep_until, time_jumps, timeout};
pub use values::{ValueError, Values};
pub use workbench::{Feed, Watched, Workbench};

/// The code in the catalogue of chassis compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/chassis.md")]
struct Catalogue;

/// The programs of the tutorial are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tutorial.md")]
struct Tutorial;
