//! Values without their type, so that the state machines of mutations and queries are compiled once for all types.

use std::{any::Any, sync::Arc};

/// A request, an answer or a key of any type.
#[derive(Clone)]
pub(super) struct Erased(Arc<dyn Any + Send + Sync>);

impl Erased {
    pub(super) fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Returns a copy of the value.
    ///
    /// # Panics
    ///
    /// If the value has another type.
    pub(super) fn get<T: Clone + 'static>(&self) -> T {
        self.typed::<T>().clone()
    }

    /// Returns the value. Panics if it has another type.
    pub(super) fn typed<T: 'static>(&self) -> &T {
        let value = self.0.downcast_ref();
        value.expect("a mutation or query reads only values that it has written")
    }
}

/// A key of any type, which can be compared.
#[derive(Clone)]
pub(super) struct ErasedKey {
    pub(super) key: Erased,
    is_same: fn(&Erased, &Erased) -> bool,
}

impl ErasedKey {
    pub(super) fn new<Key: PartialEq + Send + Sync + 'static>(key: Key) -> Self {
        Self {
            key: Erased::new(key),
            is_same: |one, other| one.typed::<Key>() == other.typed::<Key>(),
        }
    }
}

/// Both keys are those of one query, and so of one type.
impl PartialEq for ErasedKey {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&self.key, &other.key)
    }
}
