use leptos::{prelude::*, reactive::owner::WeakOwner};

/// A part of the provider that the first hook to use it creates. The part belongs to the provider and ends with it.
///
/// A page without such a hook does not link the part, and makes none of its requests.
pub(super) struct OnDemand<Part: 'static> {
    part: StoredValue<Option<Part>>,
    owner: StoredValue<Option<WeakOwner>>,
}

impl<Part: Copy + Send + Sync + 'static> OnDemand<Part> {
    /// Creates the place of the part under the current owner, which is the provider's.
    pub(super) fn new() -> Self {
        Self {
            part: StoredValue::new(None),
            owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
        }
    }

    /// Returns the part, which is created if this is the first use.
    pub(super) fn get(self, create: impl FnOnce() -> Part) -> Part {
        if let Some(part) = self.part.try_get_value().flatten() {
            return part;
        }
        let owner = self.owner.try_get_value().flatten();
        let part = match owner.and_then(|owner| owner.upgrade()) {
            Some(owner) => owner.with(create),
            // The provider has ended.
            None => create(),
        };
        self.part.try_set_value(Some(part));
        part
    }
}

impl<Part> Clone for OnDemand<Part> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Part> Copy for OnDemand<Part> {}
