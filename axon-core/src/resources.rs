//! Which boxes an adaptive component uses for which of its resources.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// Notes of a component that makes boxes as it goes: which of them belong to which resource (a
/// connection, a file, a client), and whatever else it wants to remember of that.
///
/// A resource is found by itself or by any of its inboxes. An inbox belongs to one resource at a
/// time; an outbox may be shared. The notes grow with what is tracked and shrink with
/// [`forget`](Self::forget); they do not follow what happens to the boxes.
///
/// ```
/// use axon_core::{KnowsBoxes, Resources};
///
/// /// What the component has made so far.
/// struct Boxes(Vec<&'static str>);
///
/// impl KnowsBoxes for Boxes {
///     fn has_inbox(&self, name: &str) -> bool {
///         self.0.contains(&name)
///     }
///     fn has_outbox(&self, name: &str) -> bool {
///         self.0.contains(&name)
///     }
/// }
///
/// let boxes = Boxes(vec!["from 7", "to 7"]);
/// let mut connections = Resources::new();
/// connections.track(&boxes, 7, ["from 7"], ["to 7"], "peer.example:6881")?;
/// assert_eq!(connections.by_inbox("from 7"), Some(&7));
/// assert_eq!(connections.of(&7).map(|tracked| tracked.info), Some("peer.example:6881"));
///
/// let mistake = connections.track(&boxes, 8, ["from 8"], ["to 8"], "").unwrap_err();
/// assert_eq!(mistake.to_string(), "there is no inbox `from 8` to track a resource by");
/// # Ok::<(), axon_core::ResourceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Resources<R, Info = ()> {
    tracked: HashMap<Arc<R>, Tracked<Info>>,
    by_inbox: HashMap<String, Arc<R>>,
}

/// What is noted of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tracked<Info> {
    /// Where what concerns it comes in.
    pub inboxes: Vec<String>,
    /// Where what concerns it goes out.
    pub outboxes: Vec<String>,
    /// Whatever else the component wants to remember.
    pub info: Info,
}

/// Whoever can say which boxes exist now.
pub trait KnowsBoxes {
    /// Whether there is an inbox of this name.
    fn has_inbox(&self, name: &str) -> bool;
    /// Whether there is an outbox of this name.
    fn has_outbox(&self, name: &str) -> bool;
}

/// Why a resource was not tracked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The component has no such inbox.
    #[error("there is no inbox `{name}` to track a resource by")]
    NoInbox {
        /// The name given.
        name: String,
    },
    /// The component has no such outbox.
    #[error("there is no outbox `{name}` to track a resource by")]
    NoOutbox {
        /// The name given.
        name: String,
    },
    /// Messages in that inbox concern another resource already.
    #[error("inbox `{name}` belongs to another resource: forget that one first")]
    InboxTaken {
        /// The name given.
        name: String,
    },
}

impl<R: Eq + Hash, Info> Resources<R, Info> {
    /// Nothing noted yet.
    pub fn new() -> Self {
        Resources { tracked: HashMap::new(), by_inbox: HashMap::new() }
    }

    /// Notes the boxes of a resource. What was noted of the same resource before is replaced and
    /// given back. On an error everything stays as it was.
    pub fn track<I: Into<String>, O: Into<String>>(
        &mut self,
        boxes: &impl KnowsBoxes,
        resource: R,
        inboxes: impl IntoIterator<Item = I>,
        outboxes: impl IntoIterator<Item = O>,
        info: Info,
    ) -> Result<Option<Tracked<Info>>, ResourceError> {
        let inboxes = inboxes.into_iter().map(Into::into).collect();
        let outboxes = outboxes.into_iter().map(Into::into).collect();
        let new = Tracked { inboxes, outboxes, info };
        self.check(boxes, &resource, &new)?;
        let old = self.forget(&resource);
        let resource = Arc::new(resource);
        for name in &new.inboxes {
            self.by_inbox.insert(name.clone(), resource.clone());
        }
        self.tracked.insert(resource, new);
        Ok(old)
    }

    /// What is noted of this resource.
    pub fn of(&self, resource: &R) -> Option<&Tracked<Info>> {
        self.tracked.get(resource)
    }

    /// The resource that messages in this inbox concern.
    pub fn by_inbox(&self, name: &str) -> Option<&R> {
        self.by_inbox.get(name).map(|resource| &**resource)
    }

    /// Strikes out a resource and gives back what was noted of it. Its boxes stay as they are.
    pub fn forget(&mut self, resource: &R) -> Option<Tracked<Info>> {
        let tracked = self.tracked.remove(resource)?;
        for name in &tracked.inboxes {
            self.by_inbox.remove(name);
        }
        Some(tracked)
    }

    /// All resources, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&R, &Tracked<Info>)> {
        self.tracked.iter().map(|(resource, tracked)| (&**resource, tracked))
    }

    fn check(
        &self,
        boxes: &impl KnowsBoxes,
        resource: &R,
        new: &Tracked<Info>,
    ) -> Result<(), ResourceError> {
        if let Some(name) = new.inboxes.iter().find(|name| !boxes.has_inbox(name)) {
            return Err(ResourceError::NoInbox { name: name.clone() });
        }
        if let Some(name) = new.outboxes.iter().find(|name| !boxes.has_outbox(name)) {
            return Err(ResourceError::NoOutbox { name: name.clone() });
        }
        let is_taken = |name: &str| self.by_inbox(name).is_some_and(|owner| owner != resource);
        match new.inboxes.iter().find(|name| is_taken(name)) {
            Some(name) => Err(ResourceError::InboxTaken { name: name.clone() }),
            None => Ok(()),
        }
    }
}

impl<R: Eq + Hash, Info> Default for Resources<R, Info> {
    fn default() -> Self {
        Resources::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inboxes `a` and `b`, outboxes `x` and `y`.
    struct Few;

    impl KnowsBoxes for Few {
        fn has_inbox(&self, name: &str) -> bool {
            ["a", "b"].contains(&name)
        }
        fn has_outbox(&self, name: &str) -> bool {
            ["x", "y"].contains(&name)
        }
    }

    fn tracked(inboxes: &[&str], outboxes: &[&str], info: u32) -> Tracked<u32> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Tracked { inboxes: owned(inboxes), outboxes: owned(outboxes), info }
    }

    #[test]
    fn a_tracked_resource_is_found_by_itself_and_by_each_inbox() {
        let mut resources = Resources::new();
        assert_eq!(resources.track(&Few, "file", ["a", "b"], ["x"], 1), Ok(None));
        assert_eq!(resources.of(&"file"), Some(&tracked(&["a", "b"], &["x"], 1)));
        assert_eq!(resources.by_inbox("a"), Some(&"file"));
        assert_eq!(resources.by_inbox("b"), Some(&"file"));
        assert_eq!(resources.by_inbox("x"), None);
        assert_eq!(resources.iter().count(), 1);
    }

    #[test]
    fn a_box_that_does_not_exist_is_named_and_nothing_changes() {
        let mut resources = Resources::new();
        resources.track(&Few, "file", ["a"], ["x"], 1).unwrap();
        let no_inbox = ResourceError::NoInbox { name: "c".into() };
        assert_eq!(resources.track(&Few, "file", ["b", "c"], ["y"], 2), Err(no_inbox));
        let no_outbox = ResourceError::NoOutbox { name: "a".into() };
        assert_eq!(resources.track(&Few, "file", ["b"], ["a"], 2), Err(no_outbox));
        assert_eq!(resources.of(&"file"), Some(&tracked(&["a"], &["x"], 1)));
        assert_eq!(resources.by_inbox("b"), None);
    }

    #[test]
    fn an_inbox_belongs_to_one_resource_at_a_time() {
        let mut resources = Resources::new();
        resources.track(&Few, "file", ["a"], ["x"], 1).unwrap();
        let taken = ResourceError::InboxTaken { name: "a".into() };
        assert_eq!(resources.track(&Few, "other", ["a"], ["x"], 2), Err(taken));
        assert_eq!(resources.forget(&"file"), Some(tracked(&["a"], &["x"], 1)));
        assert_eq!(resources.forget(&"file"), None);
        resources.track(&Few, "other", ["a"], ["x"], 2).unwrap();
        assert_eq!(resources.by_inbox("a"), Some(&"other"));
    }

    #[test]
    fn what_is_tracked_anew_replaces_what_was_known() {
        let mut resources = Resources::new();
        resources.track(&Few, "file", ["a"], ["x"], 1).unwrap();
        let old = resources.track(&Few, "file", ["b"], ["y"], 2).unwrap();
        assert_eq!(old, Some(tracked(&["a"], &["x"], 1)));
        assert_eq!(resources.by_inbox("a"), None);
        assert_eq!(resources.by_inbox("b"), Some(&"file"));
    }
}
