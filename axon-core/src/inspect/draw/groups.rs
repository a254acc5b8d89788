//! Which component is drawn in which frame.

use std::collections::HashMap;

use super::super::snapshot::{ComponentStatus, ExportedBox, Snapshot};
use super::loose_exports;

/// Frames within frames; what is nested deeper is drawn in the innermost of these.
const FRAMES_MAX: usize = 32;

/// The frames of a drawing. The first is the outermost graph, which has no frame of its own.
pub(super) struct Groups<'a> {
    groups: Vec<Group<'a>>,
    by_path: HashMap<&'a str, usize>,
}

/// One frame and what stands directly in it.
#[derive(Default)]
pub(super) struct Group<'a> {
    /// The last part of its path.
    pub(super) name: &'a str,
    pub(super) components: Vec<&'a ComponentStatus>,
    pub(super) exported: Vec<&'a ExportedBox>,
    /// Further frames.
    pub(super) inner: Vec<usize>,
}

impl<'a> Groups<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let outermost = Group::default();
        let mut groups = Groups { groups: vec![outermost], by_path: HashMap::from([("", 0)]) };
        for component in &snapshot.components {
            let at = groups.at(component.group());
            groups.groups[at].components.push(component);
        }
        for exported in loose_exports(snapshot) {
            let at = groups.at(&exported.group);
            groups.groups[at].exported.push(exported);
        }
        groups
    }

    pub(super) fn group(&self, at: usize) -> &Group<'a> {
        &self.groups[at]
    }

    /// Where the frame of this path is, made together with those around it where there is none yet.
    fn at(&mut self, path: &'a str) -> usize {
        let mut at = 0;
        if path.is_empty() {
            return at;
        }
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let mut begin = 0;
        for end in ends.take(FRAMES_MAX) {
            at = self.inner(at, &path[..end], &path[begin..end]);
            begin = end + 1;
        }
        at
    }

    fn inner(&mut self, outer: usize, path: &'a str, name: &'a str) -> usize {
        if let Some(known) = self.by_path.get(path) {
            return *known;
        }
        let at = self.groups.len();
        self.groups.push(Group { name, ..Group::default() });
        self.groups[outer].inner.push(at);
        self.by_path.insert(path, at);
        at
    }
}
