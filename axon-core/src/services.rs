//! Names under which components that are not linked find each other.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::boxes::{Address, WeakAddress, short_type_name};

/// A register of inboxes by name, handed to the components that need it. Clones are the same
/// register; it may be shared between graphs and threads.
///
/// A name holds nothing open: when the last address of a service is dropped, its inbox finishes
/// and its name is free again. It is free too when the inbox is gone, whoever holds addresses.
#[derive(Clone, Default)]
pub struct Services {
    register: Arc<Mutex<Register>>,
}

/// Names of services that have ended stay until there are twice as many names as were open when they
/// were last looked through.
#[derive(Default)]
struct Register {
    entries: HashMap<String, Entry>,
    sweep_at: usize,
}

/// Names below which it is not worth looking for those that are free.
const SWEEP_MIN: usize = 64;

struct Entry {
    /// A `WeakAddress<T>`.
    address: Box<dyn Any + Send>,
    message: String,
    is_open: Box<dyn Fn() -> bool + Send>,
}

/// Why a service was not found or not registered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Nobody has registered it, or it has ended.
    #[error("there is no service `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// It takes other messages than the asker sends.
    #[error("service `{name}` takes {takes}, not {asked}")]
    OtherMessage {
        /// The name asked for.
        name: String,
        /// What it takes.
        takes: String,
        /// What the asker would send.
        asked: String,
    },
    /// It was to be registered with the address of an inbox that is gone.
    #[error("the inbox that would be service `{name}` is gone")]
    NoInbox {
        /// The name wanted.
        name: String,
    },
    /// Another service has the name.
    #[error("there is already a service `{name}`")]
    Taken {
        /// The name wanted.
        name: String,
    },
}

impl Services {
    /// An empty register.
    pub fn new() -> Self {
        Services::default()
    }

    /// Makes the inbox behind `address` known as `name`, unless an open service has that name or
    /// the inbox is gone.
    pub fn register<T: Send + 'static>(
        &self,
        name: &str,
        address: &Address<T>,
    ) -> Result<(), ServiceError> {
        if address.downgrade().upgrade().is_none() {
            return Err(ServiceError::NoInbox { name: name.to_owned() });
        }
        let mut register = self.lock();
        if register.entries.get(name).is_some_and(|entry| (entry.is_open)()) {
            return Err(ServiceError::Taken { name: name.to_owned() });
        }
        register.insert(name, Entry::new(address));
        Ok(())
    }

    /// The address of the service `name`, which holds its inbox open. Fails if there is none, or it
    /// takes other messages.
    pub fn find<T: Send + 'static>(&self, name: &str) -> Result<Address<T>, ServiceError> {
        let register = self.lock();
        let unknown = || ServiceError::Unknown { name: name.to_owned() };
        register.entries.get(name).ok_or_else(unknown)?.address(name)?.ok_or_else(unknown)
    }

    /// The address of the service `name`; if there is none, that of the one `start` makes, which
    /// is then registered. Nobody else can use the register meanwhile, `start` included: it would
    /// wait for itself.
    pub fn find_or_start<T: Send + 'static, E>(
        &self,
        name: &str,
        start: impl FnOnce() -> Result<Address<T>, E>,
    ) -> Result<Address<T>, E>
    where
        E: From<ServiceError>,
    {
        let mut register = self.lock();
        if let Some(entry) = register.entries.get(name)
            && let Some(address) = entry.address(name)?
        {
            return Ok(address);
        }
        let address = start()?;
        register.insert(name, Entry::new(&address));
        Ok(address)
    }

    /// Frees the name; fails if nobody has it. Addresses already found stay good.
    pub fn withdraw(&self, name: &str) -> Result<(), ServiceError> {
        let unknown = || ServiceError::Unknown { name: name.to_owned() };
        self.lock().entries.remove(name).map(drop).ok_or_else(unknown)
    }

    /// The names of all services that are open now, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let register = self.lock();
        let open = register.entries.iter().filter(|(_, entry)| (entry.is_open)());
        let mut names: Vec<String> = open.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.lock().entries.keys()).finish()
    }
}

impl Register {
    fn insert(&mut self, name: &str, entry: Entry) {
        if self.entries.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.entries.retain(|_, entry| (entry.is_open)());
            self.sweep_at = 2 * self.entries.len();
        }
        self.entries.insert(name.to_owned(), entry);
    }
}

impl Entry {
    fn new<T: Send + 'static>(address: &Address<T>) -> Self {
        let weak = address.downgrade();
        let seen = weak.clone();
        Entry {
            address: Box::new(weak),
            message: short_type_name::<T>(),
            is_open: Box::new(move || seen.upgrade().is_some()),
        }
    }

    /// The address, or none if the service has ended.
    fn address<T: Send + 'static>(&self, name: &str) -> Result<Option<Address<T>>, ServiceError> {
        match self.address.downcast_ref::<WeakAddress<T>>() {
            Some(weak) => Ok(weak.upgrade()),
            None => Err(ServiceError::OtherMessage {
                name: name.to_owned(),
                takes: self.message.clone(),
                asked: short_type_name::<T>(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Inbox;

    #[test]
    fn names_are_those_of_the_services_that_are_open() {
        let services = Services::new();
        let (mut a, mut b, mut c) = (Inbox::<u8>::new(), Inbox::<u16>::new(), Inbox::<u32>::new());
        let (to_a, to_b, to_c) = (a.address(), b.address(), c.address());
        services.register("b", &to_b).unwrap();
        services.register("a", &to_a).unwrap();
        services.register("c", &to_c).unwrap();
        assert_eq!(services.clone().names(), ["a", "b", "c"]);
        services.withdraw("c").unwrap();
        drop(b);
        assert_eq!(services.names(), ["a"]);
        drop(to_a);
        assert!(services.names().is_empty());
    }

    #[test]
    fn names_that_nobody_asks_for_again_do_not_pile_up() {
        let services = Services::new();
        let mut lasting = Inbox::<u8>::new();
        let address = lasting.address();
        services.register("lasting", &address).unwrap();
        for number in 0..10_000 {
            let mut inbox = Inbox::<u8>::new();
            services.register(&number.to_string(), &inbox.address()).unwrap();
        }
        assert!(services.lock().entries.len() <= 2 * SWEEP_MIN);
        assert_eq!(services.names(), ["lasting"]);
    }

    #[test]
    fn each_mistake_has_its_error() {
        let services = Services::new();
        let name = || "numbers".to_owned();
        let (mut inbox, mut other) = (Inbox::<u8>::new(), Inbox::<u8>::new());
        let (address, gone) = (inbox.address(), other.address());
        drop(other);
        let no_inbox = ServiceError::NoInbox { name: name() };
        assert_eq!(services.register("numbers", &gone), Err(no_inbox));
        let unknown = ServiceError::Unknown { name: name() };
        assert_eq!(services.find::<u8>("numbers"), Err(unknown.clone()));
        assert_eq!(services.withdraw("numbers"), Err(unknown));
        services.register("numbers", &address).unwrap();
        let taken = ServiceError::Taken { name: name() };
        assert_eq!(services.register("numbers", &address), Err(taken));
        let other_message = services.find::<u16>("numbers");
        assert!(matches!(other_message, Err(ServiceError::OtherMessage { .. })));
    }
}
