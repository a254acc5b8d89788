//! A family of outboxes whose names are given when the component is made.

use super::Outbox;

/// Outboxes of one type with names of their own, such as a `Fanout`'s. As a field of a component
/// each of them is a box of it, under its own name.
#[derive(Debug)]
pub struct Outboxes<T> {
    named: Vec<(String, Outbox<T>)>,
}

/// One of a family, by name; made to be linked. A name the family does not have is reported when
/// the graph is built.
#[derive(Debug)]
pub struct NamedOutbox<'a, T> {
    pub(crate) name: String,
    pub(crate) outbox: Option<&'a Outbox<T>>,
    pub(crate) family: Vec<String>,
}

impl<T> Outboxes<T> {
    /// One outbox for each name, in this order. Where a name comes twice, the first has it in
    /// links.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let named = names.into_iter().map(|name| (name.into(), Outbox::new())).collect();
        Outboxes { named }
    }

    /// The outbox of this name, to link it.
    pub fn named(&self, name: &str) -> NamedOutbox<'_, T> {
        let found = self.named.iter().find(|(known, _)| known == name);
        let outbox = found.map(|(_, outbox)| outbox);
        // Only asked for where the name is not among them.
        let family = match outbox {
            Some(_) => Vec::new(),
            None => self.named.iter().map(|(known, _)| known.clone()).collect(),
        };
        NamedOutbox { name: name.to_owned(), outbox, family }
    }

    /// All of them, in the order of their names' giving.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut Outbox<T>)> {
        self.named.iter_mut().map(|(name, outbox)| (name.as_str(), outbox))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}
