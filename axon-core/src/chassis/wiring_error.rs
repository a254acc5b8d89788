//! What can be wrong with the wiring of a graph, in words that say what to do.

use std::fmt;

/// One mistake in the wiring of a graph. The text says what, where, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WiringError {
    /// Two components have one name.
    NameTaken {
        /// The name.
        name: String,
    },
    /// A component's name is empty, means the graph itself, or has a dot or a slash in it.
    BadName {
        /// The name.
        name: String,
    },
    /// A link end is not of the form `component.box`.
    NotAnEnd {
        /// What was written.
        end: String,
    },
    /// A link leads from the graph's own inbox to its own outbox.
    SelfToSelf {
        /// The link end.
        end: String,
    },
    /// A link names a component that is not in the graph.
    NoSuchComponent {
        /// The link end.
        end: String,
        /// What there is instead, the likeliest first.
        known: Vec<String>,
    },
    /// A link names a box that its component does not have in that direction.
    NoSuchBox {
        /// The link end.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// The component has a box of this name in the other direction.
        other_direction: bool,
        /// What there is instead, the likeliest first.
        known: Vec<String>,
    },
    /// A link was made with a box whose component was never added.
    NotAdded {
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// The other end of the link, where that is known.
        other_end: Option<String>,
    },
    /// A link joins boxes of different types.
    OtherType {
        /// The sending end and its type.
        from: (String, String),
        /// The receiving end and its type.
        to: (String, String),
    },
    /// A link's bound in bytes weighs messages of another type than the link carries.
    OtherWeigher {
        /// The sending end.
        from: String,
        /// The receiving end.
        to: String,
        /// What the link carries.
        carries: String,
        /// What its bound weighs.
        weighs: String,
    },
    /// Two links leave one outbox.
    LinkedTwice {
        /// The outbox.
        from: String,
    },
    /// A box that must be linked is not.
    Loose {
        /// The box.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// What it carries.
        message: String,
    },
    /// A box was to be linked whose component is not running.
    BoxNotRunning {
        /// The box.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
    },
    /// A component was given a box that belongs to another, which boxes do for life.
    BoxOfAnother {
        /// The box.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
    },
    /// Components were adopted by a component that is not part of a running graph.
    NotRunning,
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WiringError::NameTaken { name } => {
                write!(f, "two components are called `{name}`; give one of them another name")
            }
            WiringError::BadName { name } => {
                write!(
                    f,
                    "`{name}` cannot name a component; use a name without dots and slashes, and "
                )?;
                write!(f, "not `self`, which means the graph")
            }
            WiringError::NotAnEnd { end } => {
                write!(f, "`{end}` is no link end; write `component.box`")
            }
            WiringError::SelfToSelf { end } => {
                write!(
                    f,
                    "`{end}` is a box of the graph itself, which stands for a box inside it; "
                )?;
                write!(f, "put a component between the graph's inbox and its outbox")
            }
            WiringError::NoSuchComponent { end, known } => {
                write!(f, "`{end}`: there is no such component; {}", suggestion(known))
            }
            WiringError::NoSuchBox { end, direction, other_direction: true, .. } => {
                let other = if *direction == "inbox" { "outbox" } else { "inbox" };
                write!(f, "`{end}` is an {other}, and this end of a link is an {direction}; ")?;
                write!(f, "links lead from an outbox to an inbox")
            }
            WiringError::NoSuchBox { end, direction, known, .. } => {
                write!(f, "`{end}`: there is no such {direction}; {}", suggestion(known))
            }
            WiringError::NotAdded { direction, other_end } => {
                write!(f, "a link ")?;
                if let Some(other_end) = other_end {
                    write!(f, "with `{other_end}` ")?;
                }
                write!(f, "uses an {direction} of a component that is not in the graph; add it")
            }
            WiringError::OtherType { from, to } => {
                let ((from, gives), (to, takes)) = (from, to);
                write!(f, "`{from}` gives {gives}, but `{to}` takes {takes}; ")?;
                write!(f, "put a component between them that turns one into the other")
            }
            WiringError::OtherWeigher { from, to, carries, weighs } => {
                write!(f, "the link from `{from}` to `{to}` carries {carries}, but `max_bytes` ")?;
                write!(f, "weighs {weighs}; give it a function of `&{carries}`")
            }
            WiringError::LinkedTwice { from } => {
                write!(f, "two links leave `{from}`; put a `Fanout` (kamaelia-io) after it")
            }
            WiringError::Loose { end, direction, message } => {
                write!(
                    f,
                    "`{end}`, an {direction} of {message}, is not linked; link it, or mark its "
                )?;
                write!(f, "field `#[optional]`")
            }
            WiringError::BoxNotRunning { end, direction } => {
                write!(f, "`{end}`, an {direction}, cannot be linked now: its component is not ")?;
                write!(f, "running yet, or not any more")
            }
            WiringError::BoxOfAnother { end, direction } => {
                write!(
                    f,
                    "`{end}`, an {direction}, belongs to another component, and does so for "
                )?;
                write!(f, "life; make a new one, and link both components")
            }
            WiringError::NotRunning => {
                write!(f, "components can only be adopted by a component of a running graph")
            }
        }
    }
}

/// What a person probably meant, or all there is.
fn suggestion(known: &[String]) -> String {
    match known {
        [] => "there is none at all".to_owned(),
        [only] => format!("did you mean `{only}`?"),
        several => {
            let mut names: Vec<&str> = several.iter().map(String::as_str).collect();
            names.dedup();
            format!("there are {}", names.join(", "))
        }
    }
}

/// Everything that is wrong with a graph, each mistake once.
///
/// `{:?}` shows the same sentences as `{}`, since that is what a `main` that returns the error prints.
#[derive(Clone, Eq, PartialEq)]
pub struct WiringErrors(Vec<WiringError>);

impl WiringErrors {
    /// Of mistakes that are found again and again, the first counts.
    pub(super) fn of(mistakes: Vec<WiringError>) -> Self {
        let mut different: Vec<WiringError> = Vec::new();
        for mistake in mistakes {
            if !different.contains(&mistake) {
                different.push(mistake);
            }
        }
        WiringErrors(different)
    }

    pub(crate) fn not_running() -> Self {
        WiringErrors(vec![WiringError::NotRunning])
    }

    /// The mistakes, in the order of the graph's writing.
    pub fn iter(&self) -> impl Iterator<Item = &WiringError> {
        self.0.iter()
    }
}

impl fmt::Display for WiringErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [only] => write!(f, "the graph has a mistake: {only}"),
            several => {
                write!(f, "the graph has {} mistakes:", several.len())?;
                several.iter().enumerate().try_for_each(|(i, e)| write!(f, "\n  {}. {e}", i + 1))
            }
        }
    }
}

impl std::error::Error for WiringError {}

impl fmt::Debug for WiringErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for WiringErrors {}
