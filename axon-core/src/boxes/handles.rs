//! Keys to boxes that have moved into a graph.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::short_type_name;
use crate::linkage::{InboxState, OutboxState};

/// By this an inbox can be linked after its component has moved into a graph. It holds nothing
/// open. Clones are keys to the same box.
pub struct InboxHandle<T> {
    state: Arc<InboxState>,
    message: PhantomData<fn(T)>,
}

/// By this an outbox can be linked after its component has moved into a graph. It holds nothing
/// open. Clones are keys to the same box.
pub struct OutboxHandle<T> {
    state: Arc<OutboxState>,
    message: PhantomData<fn() -> T>,
}

impl<T> InboxHandle<T> {
    pub(super) fn new(state: Arc<InboxState>) -> Self {
        InboxHandle { state, message: PhantomData }
    }

    pub(crate) fn state(&self) -> &Arc<InboxState> {
        &self.state
    }
}

impl<T> OutboxHandle<T> {
    pub(super) fn new(state: Arc<OutboxState>) -> Self {
        OutboxHandle { state, message: PhantomData }
    }

    pub(crate) fn state(&self) -> &Arc<OutboxState> {
        &self.state
    }
}

impl<T> Clone for InboxHandle<T> {
    fn clone(&self) -> Self {
        InboxHandle::new(self.state.clone())
    }
}

impl<T> Clone for OutboxHandle<T> {
    fn clone(&self) -> Self {
        OutboxHandle::new(self.state.clone())
    }
}

impl<T> fmt::Debug for InboxHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboxHandle<{}>", short_type_name::<T>())
    }
}

impl<T> fmt::Debug for OutboxHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutboxHandle<{}>", short_type_name::<T>())
    }
}
