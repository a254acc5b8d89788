//! What components say of themselves, for those who look for one.
//!
//! The derive macros read it off the source: names and types of the boxes as they are written there, and
//! the first sentences of the comments. Nothing of it is in a running graph, nor in a program that does not
//! ask for it.

use crate::boxes::CAPACITY_DEFAULT;
use crate::component::Place;
use crate::handler::{Handle, Handling, Out};
use crate::inspect::Direction;
use crate::introspector::Introspector;
use crate::{
    Backplane, Carousel, Chooser, ForwardChooser, MemberOf, PublishTo, Seq, SubscribeTo, TPipe,
    TimeToLive,
};

/// A component that can be listed; written by the derive macros.
///
/// ```
/// use axon_core::catalogue::Described;
/// use axon_core::{Closed, Component, Inbox, Outbox};
///
/// /// Doubles numbers.
/// #[derive(Component)]
/// struct Double {
///     /// A number.
///     pub inbox: Inbox<u32>,
///     /// Twice that.
///     pub outbox: Outbox<u32>,
/// }
///
/// impl Double {
///     async fn main(mut self) -> Result<(), Closed> {
///         while let Some(number) = self.inbox.recv().await {
///             self.outbox.send(2 * number).await?;
///         }
///         Ok(())
///     }
/// }
///
/// assert_eq!(Double::DESCRIPTION.about, "Doubles numbers.");
/// assert_eq!(Double::DESCRIPTION.boxes[1].about, "Twice that.");
/// ```
pub trait Described {
    /// What there is to say.
    const DESCRIPTION: Description;
}

/// What a component says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// Its type, without parameters.
    pub name: &'static str,
    /// The parameters of the type, such as `<T>`, or nothing.
    pub parameters: &'static str,
    /// The first paragraph of its comment, in one line.
    pub about: &'static str,
    /// Where it lives unless a graph arranges otherwise.
    pub place: Place,
    /// Its source file, from where it was compiled.
    pub file: &'static str,
    /// Its boxes, as declared.
    pub boxes: &'static [BoxDescription],
}

/// What a component says of one of its boxes, or of a family of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BoxDescription {
    /// Its name; that of the field for a family.
    pub name: &'static str,
    /// What kind of box it is.
    pub kind: BoxKind,
    /// The type of its messages, as the source has it.
    pub message: &'static str,
    /// The comment, in one line.
    pub about: &'static str,
    /// Whether it may be left loose.
    pub is_optional: bool,
    /// Whether others have it by its field.
    pub is_public: bool,
}

/// What kind of box it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BoxKind {
    /// An inbox: takes messages, in order.
    Incoming,
    /// One that takes messages of which only the last counts.
    IncomingLatest,
    /// An outbox: gives messages.
    Outgoing,
    /// A family of outboxes, named when the component is made.
    OutgoingFamily,
}

impl Description {
    /// One with no boxes, not yet; for the derive macros.
    #[doc(hidden)]
    pub const fn new(name: &'static str, parameters: &'static str, about: &'static str) -> Self {
        Description { name, parameters, about, place: Place::Worker, file: "", boxes: &[] }
    }

    #[doc(hidden)]
    pub const fn place(self, place: Place) -> Self {
        Description { place, ..self }
    }

    #[doc(hidden)]
    pub const fn file(self, file: &'static str) -> Self {
        Description { file, ..self }
    }

    #[doc(hidden)]
    pub const fn boxes(self, boxes: &'static [BoxDescription]) -> Self {
        Description { boxes, ..self }
    }
}

impl BoxDescription {
    /// One that must be linked, and that others have by its field; for the derive macros.
    #[doc(hidden)]
    pub const fn new(
        kind: BoxKind,
        name: &'static str,
        message: &'static str,
        about: &'static str,
    ) -> Self {
        BoxDescription { name, kind, message, about, is_optional: false, is_public: true }
    }

    #[doc(hidden)]
    pub const fn optional(self, is_optional: bool) -> Self {
        BoxDescription { is_optional, ..self }
    }

    #[doc(hidden)]
    pub const fn public(self, is_public: bool) -> Self {
        BoxDescription { is_public, ..self }
    }

    /// Whether a graph links it: by its field, or, in a family, by the name it was given.
    pub fn is_linkable(&self) -> bool {
        self.is_public || self.kind == BoxKind::OutgoingFamily
    }
}

impl BoxKind {
    /// Which way messages go.
    pub fn direction(self) -> Direction {
        match self {
            BoxKind::Incoming | BoxKind::IncomingLatest => Direction::In,
            BoxKind::Outgoing | BoxKind::OutgoingFamily => Direction::Out,
        }
    }

    /// How many messages wait in a link to it, and what becomes of one more, unless a graph gives the
    /// link another [policy](crate::LinkPolicy); nothing for an outbox, whose link leads elsewhere.
    pub fn room(self) -> Option<String> {
        match self {
            BoxKind::Incoming => Some(format!("{CAPACITY_DEFAULT}, then its sender waits")),
            BoxKind::IncomingLatest => Some("1, the newest".to_owned()),
            BoxKind::Outgoing | BoxKind::OutgoingFamily => None,
        }
    }
}

/// The components of this crate: those that give others a shape.
pub fn catalogue() -> Vec<Description> {
    vec![
        Backplane::<()>::DESCRIPTION,
        Carousel::<(), (), ()>::DESCRIPTION,
        Chooser::<()>::DESCRIPTION,
        ForwardChooser::<()>::DESCRIPTION,
        Handling::<Handle<(), (), fn((), &mut Out<()>)>>::DESCRIPTION,
        Introspector::DESCRIPTION,
        MemberOf::<()>::DESCRIPTION,
        PublishTo::<()>::DESCRIPTION,
        Seq::<(), ()>::DESCRIPTION,
        SubscribeTo::<()>::DESCRIPTION,
        TPipe::<()>::DESCRIPTION,
        TimeToLive::<(), ()>::DESCRIPTION,
    ]
}

// Those whose boxes are optional or not by their types write their own `boxes`.

impl<H: crate::TryHandler> Described for Handling<H> {
    const DESCRIPTION: Description = Description::new(
        "Handling",
        "<H>",
        "Hands each message to a handler and sends what that answers; `handle` makes one of a function.",
    )
    .file("axon-core/src/handler/handling.rs")
    .boxes(&[
        BoxDescription::new(BoxKind::Incoming, "inbox", "H::In", "What is handled."),
        BoxDescription::new(BoxKind::Outgoing, "outbox", "H::Out", "The answers."),
    ]);
}

impl<A: Send + 'static, B: Send + 'static> Described for Seq<A, B> {
    const DESCRIPTION: Description = Description::new(
        "Seq",
        "<A, B>",
        "Runs one section after another with this component's boxes: the end of each begins the next.",
    )
    .file("axon-core/src/chassis/seq.rs")
    .boxes(&[
        BoxDescription::new(BoxKind::Incoming, "inbox", "A", "For the section that runs."),
        BoxDescription::new(BoxKind::Outgoing, "outbox", "B", "From the section that runs."),
    ]);
}

impl<A: Send + 'static, B: Send + 'static> Described for TimeToLive<A, B> {
    const DESCRIPTION: Description = Description::new(
        "TimeToLive",
        "<A, B>",
        "Runs a section for a time: then it is asked to finish, and a little later to stop.",
    )
    .file("axon-core/src/chassis/time_to_live.rs")
    .boxes(&[
        BoxDescription::new(BoxKind::Incoming, "inbox", "A", "For the section."),
        BoxDescription::new(BoxKind::Outgoing, "outbox", "B", "From the section."),
    ]);
}

impl<N: Send + 'static, A: Send + 'static, B: Send + 'static> Described for Carousel<N, A, B> {
    const DESCRIPTION: Description = Description::new(
        "Carousel",
        "<N, A, B>",
        "Runs one section at a time, made from each message of type `N`, with this component's boxes.",
    )
    .file("axon-core/src/chassis/carousel.rs")
    .boxes(&[
        BoxDescription::new(BoxKind::Incoming, "next", "N", "What is to run next."),
        BoxDescription::new(BoxKind::Outgoing, "request_next", "Next", "Asks for the next.")
            .optional(true),
        BoxDescription::new(BoxKind::Incoming, "inbox", "A", "For the section that runs."),
        BoxDescription::new(BoxKind::Outgoing, "outbox", "B", "From the section that runs."),
    ]);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::boxes::{AnyInbox, AnyOutbox};
    use crate::component::{About, Component, Visitor};
    use crate::control::Control;
    use crate::handler::handle;

    /// Notes what it is shown, in the words of a description.
    #[derive(Default)]
    struct Shown(Vec<(Direction, String, &'static str, bool)>);

    impl Visitor for Shown {
        fn inbox(&mut self, about: About, _inbox: &mut dyn AnyInbox) {
            self.0.push((Direction::In, about.name.into(), about.description, about.optional));
        }

        fn outbox(&mut self, about: About, _outbox: &mut dyn AnyOutbox) {
            self.0.push((Direction::Out, about.name.into(), about.description, about.optional));
        }

        fn control(&mut self, _control: &mut Control) {}
    }

    fn assert_shows_what_it_says<C: Component + Described>(mut component: C) {
        let mut shown = Shown::default();
        component.boxes(&mut shown);
        let described = C::DESCRIPTION
            .boxes
            .iter()
            .map(|one| (one.kind.direction(), one.name.to_owned(), one.about, one.is_optional));
        assert_eq!(shown.0, described.collect::<Vec<_>>(), "{}", C::DESCRIPTION.name);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let source = std::path::Path::new(path).join(C::DESCRIPTION.file);
        assert!(source.is_file(), "{}", source.display());
    }

    #[test]
    fn what_is_written_by_hand_is_what_a_graph_is_shown() {
        let section = || handle(|message: u8, out: &mut Out<u8>| out.send(message));
        assert_shows_what_it_says(section());
        assert_shows_what_it_says(Seq::<u8, u8>::new());
        assert_shows_what_it_says(TimeToLive::new(section(), Duration::ZERO));
        assert_shows_what_it_says(Carousel::new(move |_: u8| section()));
        assert_shows_what_it_says(ForwardChooser::new([0_u8]));
    }
}
