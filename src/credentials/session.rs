//! Credentials that the clients of one session share.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::cache::{CredentialsCache, Shared, is_same};
use crate::error::Error;

/// The credentials of one session: one source, one cache and one refresh for all of its clients,
/// synchronous or asynchronous, in any region. As in botocore, the session keeps the source that
/// its first client selected. A later client replaces a source that has returned no credentials yet
/// if another source is configured by then.
#[derive(Debug, Clone, Default)]
pub struct SessionCredentials(Arc<ArcSwapOption<Shared>>);

impl SessionCredentials {
    /// Returns the session's credentials, or keeps and returns those that `find` returns. Takes no
    /// lock, so that a forked child can use what it inherits.
    pub(crate) fn get_or_find(
        &self,
        find: impl FnOnce() -> Result<CredentialsCache, Error>,
    ) -> Result<CredentialsCache, Error> {
        if let Some(settled) = self.0.load_full().filter(|held| held.is_settled()) {
            return Ok(CredentialsCache(settled));
        }
        let found = find()?;
        loop {
            let held = self.0.load();
            let is_kept = |held: &&Arc<Shared>| held.is_settled() || held.has_same_source(&found);
            if let Some(kept) = held.as_ref().filter(is_kept) {
                return Ok(CredentialsCache(kept.clone()));
            }
            let replaced = self.0.compare_and_swap(&held, Some(found.0.clone()));
            if is_same(replaced.as_ref(), held.as_ref()) {
                return Ok(found);
            }
        }
    }
}

impl Shared {
    /// Whether the session never replaces these credentials.
    fn is_settled(&self) -> bool {
        self.source.is_final() || self.current.load().is_some()
    }

    fn has_same_source(&self, other: &CredentialsCache) -> bool {
        self.source.is_same_as(&other.0.source)
    }
}
