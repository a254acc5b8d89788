//! How a configuration carries a policy of which each torrent needs its own.

use std::fmt;
use std::sync::Arc;

/// Makes a policy for each torrent that asks: [`Factory::picker`] or [`Factory::choker`] says of what
/// kind. Cloning it is cheap.
pub struct Factory<T: ?Sized>(Arc<dyn Fn() -> Box<T> + Send + Sync>);

impl<T: ?Sized> Factory<T> {
    /// Calls `make` for each torrent, which may choose among several kinds.
    pub fn new(make: impl Fn() -> Box<T> + Send + Sync + 'static) -> Self {
        Factory(Arc::new(make))
    }

    /// One for one torrent.
    pub fn make(&self) -> Box<T> {
        (self.0)()
    }
}

impl<T: ?Sized> Clone for Factory<T> {
    fn clone(&self) -> Self {
        Factory(Arc::clone(&self.0))
    }
}

/// Shows one that it has made.
impl<T: ?Sized + fmt::Debug> fmt::Debug for Factory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Factory").field(&self.make()).finish()
    }
}

/// The same factory or a clone of it: whether two make alike cannot be told.
impl<T: ?Sized> PartialEq for Factory<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: ?Sized> Eq for Factory<T> {}
