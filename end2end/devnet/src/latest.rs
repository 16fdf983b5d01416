use std::collections::HashMap;

/// An LRU cache of values by name.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    most: usize,
    uses: u64,
    /// Each value with the sequence number of its last use.
    values: HashMap<String, (u64, T)>,
}

impl<T: Clone> Latest<T> {
    /// Creates a cache with this capacity.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            uses: 0,
            values: HashMap::new(),
        }
    }

    /// Returns the value of a name, created on first use. At capacity, the least recently used value is removed.
    pub(crate) fn get_or_insert_with(&mut self, name: &str, make: impl FnOnce() -> T) -> T {
        self.uses += 1;
        if let Some((used, value)) = self.values.get_mut(name) {
            *used = self.uses;
            return value.clone();
        }
        if self.values.len() >= self.most {
            let oldest = self.values.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.values.remove(&oldest);
            }
        }
        let value = make();
        self.values.insert(name.to_owned(), (self.uses, value.clone()));
        value
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_that_was_used_longest_ago_makes_room() {
        let mut latest = Latest::new(2);
        latest.get_or_insert_with("one", || 1);
        latest.get_or_insert_with("two", || 2);
        assert_eq!(latest.get_or_insert_with("one", || 10), 1);

        latest.get_or_insert_with("three", || 3);

        assert_eq!(latest.get_or_insert_with("one", || 10), 1);
        assert_eq!(latest.get_or_insert_with("two", || 20), 20);
        assert_eq!(latest.values.len(), 2);
    }

    #[test]
    fn a_value_that_was_removed_is_made_anew() {
        let mut latest = Latest::new(2);
        latest.get_or_insert_with("one", || 1);

        latest.remove("one");

        assert_eq!(latest.get_or_insert_with("one", || 10), 10);
    }
}
