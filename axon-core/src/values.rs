//! Named values that components share without being linked.

use std::any::Any;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::boxes::short_type_name;

/// A register of values by name, handed to the components that need it: settings, addresses,
/// progress, whatever is written in one place and read in another. Clones are the same register; it
/// may be shared between graphs and threads.
///
/// A name has the type of its first value for as long as it is tracked. A reader gets a copy, made
/// after the register is free again, so no call waits for another for longer than a look-up takes;
/// for something large track an [`Arc`]. A value that several may *change* belongs into a
/// [`Store`](crate::Store), where nobody overwrites what he has not seen.
///
/// The register holds what it is given until [`forget`](Self::forget): its size is its users'
/// business.
///
/// ```
/// use axon_core::Values;
///
/// let values = Values::new();
/// values.track("port", 6881_u16)?;
/// values.update("port", 6882_u16)?;
/// assert_eq!(values.get::<u16>("port")?, 6882);
///
/// let mistake = values.get::<String>("port").unwrap_err();
/// assert_eq!(mistake.to_string(), "value `port` holds u16, not String");
/// # Ok::<(), axon_core::ValueError>(())
/// ```
#[derive(Clone, Default)]
pub struct Values {
    tracked: Arc<Mutex<BTreeMap<String, Tracked>>>,
}

struct Tracked {
    /// An `Arc` so that it is copied, which is its own code, without the lock.
    value: Arc<dyn Any + Send + Sync>,
    type_name: fn() -> String,
}

/// Why a value was not tracked, changed or found.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// To be tracked, but the name is in use.
    #[error("there is already a value `{name}`: update it, or track under another name")]
    AlreadyTracked {
        /// The name wanted.
        name: String,
    },
    /// To be read or forgotten, but nobody has tracked it.
    #[error("there is no value `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// To be changed, but nobody has tracked it.
    #[error("there is no value `{name}` to update: track it first")]
    NothingToUpdate {
        /// The name given.
        name: String,
    },
    /// It has a type, and this is another.
    #[error("value `{name}` holds {holds}, not {asked}")]
    OtherType {
        /// Its name.
        name: String,
        /// The type it was tracked with.
        holds: String,
        /// The type it was read or updated with.
        asked: String,
    },
}

impl Values {
    /// An empty register.
    pub fn new() -> Self {
        Values::default()
    }

    /// Gives a new name its first value, and thereby its type; fails if the name is in use.
    pub fn track<T: Send + Sync + 'static>(&self, name: &str, value: T) -> Result<(), ValueError> {
        match self.lock().entry(name.to_owned()) {
            Entry::Occupied(_) => Err(ValueError::AlreadyTracked { name: name.to_owned() }),
            Entry::Vacant(free) => {
                free.insert(Tracked { value: Arc::new(value), type_name: short_type_name::<T> });
                Ok(())
            }
        }
    }

    /// Gives a known name another value of the same type; fails if the name is not known, or has
    /// another type.
    pub fn update<T: Send + Sync + 'static>(&self, name: &str, value: T) -> Result<(), ValueError> {
        let mut new: Arc<dyn Any + Send + Sync> = Arc::new(value);
        let mut tracked = self.lock();
        let unknown = || ValueError::NothingToUpdate { name: name.to_owned() };
        let known = tracked.get_mut(name).ok_or_else(unknown)?;
        known.check_is::<T>(name)?;
        std::mem::swap(&mut known.value, &mut new);
        // Whatever is run when the old value goes does not find this locked.
        drop(tracked);
        Ok(())
    }

    /// A copy of the value; fails if there is none, or it has another type.
    pub fn get<T: Clone + Send + Sync + 'static>(&self, name: &str) -> Result<T, ValueError> {
        let tracked = self.lock();
        let known = tracked.get(name).ok_or_else(|| unknown(name))?;
        known.check_is::<T>(name)?;
        let value = known.value.clone().downcast::<T>();
        drop(tracked);
        Ok(value.map(Arc::unwrap_or_clone).expect("its type was checked"))
    }

    /// Stops tracking the value. The name is free then, for a value of any type.
    pub fn forget(&self, name: &str) -> Result<(), ValueError> {
        let forgotten = self.lock().remove(name);
        forgotten.map(drop).ok_or_else(|| unknown(name))
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Tracked>> {
        self.tracked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracked {
    fn check_is<T: 'static>(&self, name: &str) -> Result<(), ValueError> {
        if self.value.is::<T>() {
            return Ok(());
        }
        Err(ValueError::OtherType {
            name: name.to_owned(),
            holds: (self.type_name)(),
            asked: short_type_name::<T>(),
        })
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}

fn unknown(name: &str) -> ValueError {
    ValueError::Unknown { name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_changes_what_every_clone_of_the_register_reads() {
        let values = Values::new();
        let other = values.clone();
        values.track("limit", 10_u32).unwrap();
        assert_eq!(other.get::<u32>("limit"), Ok(10));
        other.update("limit", 20_u32).unwrap();
        assert_eq!(values.get::<u32>("limit"), Ok(20));
    }

    #[test]
    fn four_mistakes_have_four_errors_and_change_nothing() {
        let values = Values::new();
        values.track("limit", 10_u32).unwrap();
        let name = || "limit".to_owned();
        assert_eq!(values.track("limit", 1_u8), Err(ValueError::AlreadyTracked { name: name() }));
        let other_type =
            ValueError::OtherType { name: name(), holds: "u32".into(), asked: "u8".into() };
        assert_eq!(values.update("limit", 1_u8), Err(other_type.clone()));
        assert_eq!(values.get::<u8>("limit"), Err(other_type));
        assert_eq!(values.get::<u32>("limit"), Ok(10));

        let name = || "limt".to_owned();
        assert_eq!(values.get::<u32>("limt"), Err(ValueError::Unknown { name: name() }));
        assert_eq!(values.forget("limt"), Err(ValueError::Unknown { name: name() }));
        assert_eq!(values.update("limt", 1_u32), Err(ValueError::NothingToUpdate { name: name() }));
        assert_eq!(values.names(), ["limit"]);
    }

    #[test]
    fn a_forgotten_name_may_be_tracked_anew_with_another_type() {
        let values = Values::new();
        values.track("b", 1).unwrap();
        values.track("a", 1).unwrap();
        assert_eq!(values.names(), ["a", "b"]);
        values.forget("a").unwrap();
        values.track("a", "text").unwrap();
        assert_eq!(values.get::<&str>("a"), Ok("text"));
    }

    /// Looks into the register whenever it is copied or dropped.
    struct Curious(Values);

    impl Clone for Curious {
        fn clone(&self) -> Self {
            self.0.names();
            Curious(self.0.clone())
        }
    }

    impl Drop for Curious {
        fn drop(&mut self) {
            self.0.names();
        }
    }

    #[test]
    fn values_that_use_the_register_themselves_do_not_wait_for_it() {
        let values = Values::new();
        values.track("curious", Curious(values.clone())).unwrap();
        assert!(values.track("curious", Curious(values.clone())).is_err());
        values.update("curious", Curious(values.clone())).unwrap();
        assert!(values.update("unknown", Curious(values.clone())).is_err());
        drop(values.get::<Curious>("curious").unwrap());
        values.forget("curious").unwrap();
        assert!(values.names().is_empty());
    }

    #[test]
    fn threads_that_update_leave_one_of_their_values() {
        let values = Values::new();
        values.track("last", 0_u32).unwrap();
        std::thread::scope(|scope| {
            for number in 1..=4_u32 {
                let values = &values;
                scope.spawn(move || {
                    for _ in 0..1_000 {
                        values.update("last", number).unwrap();
                        assert!((1..=4).contains(&values.get::<u32>("last").unwrap()));
                    }
                });
            }
        });
    }
}
