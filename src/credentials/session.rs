//! What the clients of one session share.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::{Credentials, Inner, is_same};
use crate::error::Error;

/// One session's credentials: one look-up, one cache, one refresh for all of its clients,
/// synchronous or not, whatever their regions. As in botocore, what the first client came to is
/// kept; a place that has no keys yet is kept for as long as the settings lead there.
#[derive(Debug, Clone, Default)]
pub struct SessionCredentials(Arc<ArcSwapOption<Inner>>);

impl SessionCredentials {
    /// The session's credentials; those that `find` makes where there are none yet. Takes no
    /// lock, so a forked child can use what it inherits.
    pub(crate) fn get_or_find(
        &self,
        find: impl FnOnce() -> Result<Credentials, Error>,
    ) -> Result<Credentials, Error> {
        if let Some(settled) = self.0.load_full().filter(|held| held.is_settled()) {
            return Ok(Credentials(settled));
        }
        let found = find()?;
        loop {
            let held = self.0.load();
            let is_kept = |held: &&Arc<Inner>| held.is_settled() || held.is_same_place(&found);
            if let Some(kept) = held.as_ref().filter(is_kept) {
                return Ok(Credentials(kept.clone()));
            }
            let replaced = self.0.compare_and_swap(&held, Some(found.0.clone()));
            if is_same(replaced.as_ref(), held.as_ref()) {
                return Ok(found);
            }
        }
    }
}

impl Inner {
    /// Whether botocore's session would keep these credentials.
    fn is_settled(&self) -> bool {
        self.source.is_final() || self.current.load().is_some()
    }

    fn is_same_place(&self, other: &Credentials) -> bool {
        self.source.is_same_place(&other.0.source)
    }
}
