//! Values that several change, so that nobody overwrites what he has not seen.
//!
//! The [`Store`] holds the committed values. A [`Transaction`] notes what it has seen and what it
//! wants to change; its commit happens as a whole, or not at all if something it saw has changed.

mod transaction;

pub use transaction::Transaction;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::boxes::short_type_name;

/// How often [`Store::update`] does its work at most. Each time it has to begin again somebody else
/// has succeeded, so this many in a row mean that the work takes too long for how busy its keys are.
const TRIES_MAX: u32 = 100;

/// Versioned values under keys, changed by transactions. Clones are the same store; it may be
/// shared between graphs and threads.
///
/// A transaction reads and sets keys as if it were alone, and is then committed: all it set becomes
/// visible at once. If another commit has changed a key that it read or set meanwhile, its own fails
/// with [`ConcurrentUpdate`](StoreError::ConcurrentUpdate) and changes nothing. Keys that were
/// only read stay as they are, and are no obstacle to others who read them.
///
/// Nobody holds the store while he works, so no call waits longer than a few look-ups take. Values
/// are shared, never copied. The store keeps the newest value of every key until
/// [`remove`](Transaction::remove), and no older ones: its size is its users' business.
///
/// ```
/// use axon_core::{Store, StoreError};
///
/// let accounts = Store::new();
/// accounts.update(|accounts| {
///     accounts.set("anna", 100);
///     accounts.set("bert", 0);
///     Ok::<_, StoreError>(())
/// })?;
///
/// let mut transfer = accounts.transaction();
/// let anna = transfer.get::<i32>("anna")?.map_or(0, |amount| *amount);
/// let bert = transfer.get::<i32>("bert")?.map_or(0, |amount| *amount);
/// transfer.set("anna", anna - 30);
/// transfer.set("bert", bert + 30);
/// transfer.commit()?;
///
/// assert_eq!(accounts.get::<i32>("bert")?.as_deref(), Some(&30));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Default)]
pub struct Store {
    committed: Arc<Mutex<Committed>>,
}

#[derive(Default)]
struct Committed {
    entries: BTreeMap<String, Entry>,
    /// How many commits have changed something.
    commits: u64,
}

/// A committed value.
struct Entry {
    value: Value,
    /// The commit that set it. A key that is removed and set again does not look unchanged.
    version: u64,
}

#[derive(Clone)]
struct Value {
    shared: Arc<dyn Any + Send + Sync>,
    type_name: fn() -> String,
}

/// Why something was not read or not committed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another commit changed what this transaction had seen. Begin again.
    #[error("`{key}` has been changed since this transaction looked at it: begin again")]
    ConcurrentUpdate {
        /// What changed; the first in alphabetical order.
        key: String,
    },
    /// The value has another type.
    #[error("`{key}` holds {holds}, not {asked}")]
    OtherType {
        /// The key read.
        key: String,
        /// What is there.
        holds: String,
        /// What it was read as.
        asked: String,
    },
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Store::default()
    }

    /// Begins a transaction. It costs nothing to drop it again.
    pub fn transaction(&self) -> Transaction {
        Transaction::of(self)
    }

    /// Does `work` in a transaction and commits it; begins again if another commit came in between,
    /// up to 100 times in all, and then fails with
    /// [`ConcurrentUpdate`](StoreError::ConcurrentUpdate). Any other error of `work` is given
    /// back at once, and nothing is changed.
    ///
    /// `work` may run more than once, so it should do nothing but look and set.
    ///
    /// ```
    /// use axon_core::{Store, StoreError};
    ///
    /// let store = Store::new();
    /// let next_id = || {
    ///     store.update(|store| {
    ///         let id = store.get::<u64>("last id")?.map_or(1, |last| *last + 1);
    ///         store.set("last id", id);
    ///         Ok::<_, StoreError>(id)
    ///     })
    /// };
    /// assert_eq!(next_id(), Ok(1));
    /// assert_eq!(next_id(), Ok(2));
    /// ```
    pub fn update<R, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut tries = 1;
        loop {
            let mut transaction = self.transaction();
            let result = work(&mut transaction);
            let failure = match result {
                Err(error) if !transaction.has_clashed() => return Err(error),
                Err(error) => error,
                Ok(result) => match transaction.commit() {
                    Ok(()) => return Ok(result),
                    Err(error) => error.into(),
                },
            };
            if tries == TRIES_MAX {
                return Err(failure);
            }
            tries += 1;
        }
    }

    /// The newest value of one key; none if it is not set. To see several as they were at one
    /// moment, read them in a transaction.
    pub fn get<T: Send + Sync + 'static>(&self, key: &str) -> Result<Option<Arc<T>>, StoreError> {
        let value = self.lock().entries.get(key).map(|entry| entry.value.clone());
        value.map(|value| value.typed(key)).transpose()
    }

    /// All keys that are set, in alphabetical order.
    pub fn keys(&self) -> Vec<String> {
        self.lock().entries.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Committed> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Committed {
    /// Of a key that is not set it is 0.
    fn version(&self, key: &str) -> u64 {
        self.entries.get(key).map_or(0, |entry| entry.version)
    }
}

impl Value {
    fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Value { shared: Arc::new(value), type_name: short_type_name::<T> }
    }

    fn typed<T: Send + Sync + 'static>(self, key: &str) -> Result<Arc<T>, StoreError> {
        let holds = self.type_name;
        self.shared.downcast().map_err(|_| StoreError::OtherType {
            key: key.to_owned(),
            holds: holds(),
            asked: short_type_name::<T>(),
        })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().entries.keys()).finish()
    }
}
