//! One change to a store, seen as a whole or not at all.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Committed, Entry, Store, StoreError, Value};

/// Reads and changes of a [`Store`] that belong together. Dropped without a commit, it changes
/// nothing.
///
/// What it reads belongs together too: the values are those of one moment, and its own changes. A
/// read that could not keep that up fails with
/// [`ConcurrentUpdate`](StoreError::ConcurrentUpdate), as the commit would.
pub struct Transaction {
    store: Store,
    /// By key. What is noted here grows with the keys that are touched.
    touched: BTreeMap<String, Touched>,
    /// How many commits there had been when everything touched was last known to be unchanged.
    unchanged_at: u64,
    clashed: bool,
}

struct Touched {
    /// Of the committed value when this transaction first looked. 0 if there was none.
    version: u64,
    value: Option<Value>,
    is_changed: bool,
}

impl Transaction {
    pub(super) fn of(store: &Store) -> Self {
        let unchanged_at = store.lock().commits;
        let store = store.clone();
        Transaction { store, touched: BTreeMap::new(), unchanged_at, clashed: false }
    }

    /// The value of a key as this transaction sees it; none if it is not set.
    pub fn get<T: Send + Sync + 'static>(
        &mut self,
        key: &str,
    ) -> Result<Option<Arc<T>>, StoreError> {
        let value = self.touch(key)?.value.clone();
        value.map(|value| value.typed(key)).transpose()
    }

    /// Gives a key a value, also one of another type than it had.
    pub fn set<T: Send + Sync + 'static>(&mut self, key: &str, value: T) {
        self.change(key, Some(Value::new(value)));
    }

    /// Frees a key and what it holds; nothing happens if it is not set.
    pub fn remove(&mut self, key: &str) {
        self.change(key, None);
    }

    /// Makes all that was set and removed visible to everybody, or, if another commit has changed a
    /// key that this transaction touched, nothing.
    pub fn commit(self) -> Result<(), StoreError> {
        let mut committed = self.store.lock();
        check(&self.touched, &committed)?;
        let changes = self.touched.into_iter().filter(|(_, touched)| touched.is_changed);
        let mut replaced = Vec::new();
        let version = committed.commits + 1;
        for (key, Touched { value, .. }) in changes {
            committed.commits = version;
            replaced.push(match value {
                Some(value) => committed.entries.insert(key, Entry { value, version }),
                None => committed.entries.remove(&key),
            });
        }
        // Whatever is run when the old values go does not find the store locked.
        drop(committed);
        drop(replaced);
        Ok(())
    }

    /// Whether a read has failed because another commit came in between.
    pub(super) fn has_clashed(&self) -> bool {
        self.clashed
    }

    /// What is noted of a key. With the first look, all that was seen before must still hold.
    fn touch(&mut self, key: &str) -> Result<&Touched, StoreError> {
        if !self.touched.contains_key(key) {
            let committed = self.store.lock();
            if self.unchanged_at < committed.commits {
                let result = check(&self.touched, &committed);
                self.clashed |= result.is_err();
                result?;
                self.unchanged_at = committed.commits;
            }
            self.touched.insert(key.to_owned(), Touched::now(key, &committed));
        }
        Ok(&self.touched[key])
    }

    /// A key that is only set shows nothing that would have to fit what was read.
    fn change(&mut self, key: &str, value: Option<Value>) {
        let first_look = || Touched::now(key, &self.store.lock());
        let touched = self.touched.entry(key.to_owned()).or_insert_with(first_look);
        touched.is_changed = true;
        touched.value = value;
    }
}

impl Touched {
    fn now(key: &str, committed: &Committed) -> Self {
        let value = committed.entries.get(key).map(|entry| entry.value.clone());
        Touched { version: committed.version(key), value, is_changed: false }
    }
}

/// Whether all that was touched is still as it was.
fn check(touched: &BTreeMap<String, Touched>, committed: &Committed) -> Result<(), StoreError> {
    let changed = touched.iter().find(|(key, seen)| committed.version(key) != seen.version);
    match changed {
        Some((key, _)) => Err(StoreError::ConcurrentUpdate { key: key.clone() }),
        None => Ok(()),
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("touched", &self.touched.keys()).finish()
    }
}
