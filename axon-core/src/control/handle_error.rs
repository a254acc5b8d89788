//! What can be wrong with a wish about a running graph.

use crate::chassis::WiringError;

/// Why something could not be done to a running graph. Nothing has changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// Nobody of this name lives in the graph now.
    #[error("there is no component `{name}` in the graph now")]
    NoSuchComponent {
        /// The name asked for.
        name: String,
    },
    /// The component has no such box now, or not in this direction.
    #[error("there is no box `{end}` of this direction in the graph now")]
    NoSuchBox {
        /// The box asked for.
        end: String,
    },
    /// This names no box.
    #[error("`{end}` names no box; write `component.box`")]
    NotAnEnd {
        /// What was written.
        end: String,
    },
    /// No link leaves this outbox.
    #[error("no link leaves `{from}`")]
    NotLinked {
        /// The outbox.
        from: String,
    },
    /// Somebody takes from this outbox already.
    #[error("somebody takes from `{from}` already")]
    TakenTwice {
        /// The outbox.
        from: String,
    },
    /// The box carries other messages than were asked for.
    #[error("`{end}` carries {carries}, not {asked}")]
    OtherType {
        /// The box.
        end: String,
        /// What it carries.
        carries: String,
        /// What was asked for.
        asked: String,
    },
    /// Too many messages that were put into this inbox from aside have not been taken yet.
    #[error("`{to}` has not taken the last 64 messages that were put in from aside")]
    InjectedMany {
        /// The inbox.
        to: String,
    },
    /// The two boxes cannot be linked.
    #[error(transparent)]
    Wiring(#[from] WiringError),
}

impl HandleError {
    /// The component and the box of `component.box`.
    pub(crate) fn split(end: &str) -> Result<(&str, &str), HandleError> {
        end.split_once('.').ok_or_else(|| HandleError::NotAnEnd { end: end.to_owned() })
    }
}
