//! A few values that were made before and are likely to be needed again.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// A program uses a few operations, models, regions, settings and identities by turns.
pub const KEPT: usize = 8;

/// The values that were made last. Finding one takes no lock.
pub struct Recent<T>(ArcSwapOption<Vec<Arc<T>>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent(ArcSwapOption::empty())
    }
}

impl<T> Recent<T> {
    pub fn find(&self, is_wanted: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        self.0.load().as_ref()?.iter().find(|value| is_wanted(value)).cloned()
    }

    /// Adds a value and drops the oldest one, and those that are not worth keeping.
    pub fn add(&self, value: T, is_worth_keeping: impl Fn(&T) -> bool) -> Arc<T> {
        let added = Arc::new(value);
        let values = self.0.load();
        let others = values.iter().flat_map(|values| values.iter());
        let others = others.filter(|value| is_worth_keeping(value));
        let values = std::iter::once(&added).chain(others).take(KEPT).cloned().collect();
        // If another thread adds a value now, one of the two is lost, and made again.
        self.0.store(Some(Arc::new(values)));
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_values_are_found() {
        let recent = Recent::default();
        let dropped = Arc::downgrade(&recent.add(0, |_| true));
        for value in 1..=KEPT {
            recent.add(value, |_| true);
        }
        assert_eq!(recent.find(|_| true).as_deref(), Some(&KEPT));
        assert_eq!(recent.find(|value| *value == 1).as_deref(), Some(&1));
        assert_eq!(recent.find(|value| *value == 0), None);
        assert!(dropped.upgrade().is_none());
    }

    #[test]
    fn values_that_are_not_worth_keeping_are_dropped() {
        let recent = Recent::default();
        for value in [1, 2, 3] {
            recent.add(value, |other| *other != 2);
        }
        assert_eq!(recent.find(|value| *value == 2), None);
        assert_eq!(recent.find(|value| *value == 1).as_deref(), Some(&1));
    }
}
