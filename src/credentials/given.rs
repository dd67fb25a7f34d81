//! The credentials that come with calls.

use std::fmt;
use std::sync::Arc;

use crate::credentials::Identity;
use crate::runtime::recent::Recent;

/// The credentials that came with the last calls of a client. Calls with the same ones share the keys
/// that are derived from them. Debug output hides them.
#[derive(Clone, Default)]
pub struct GivenIdentities(Arc<Recent<Identity>>);

impl GivenIdentities {
    /// The identity of a call: an earlier call's if it is equal, otherwise this one.
    pub fn same_or_new(&self, given: &Identity) -> Arc<Identity> {
        let known = self.0.find(|known| known.has_keys_of(given));
        known.unwrap_or_else(|| self.0.add(given.clone(), |_| true))
    }
}

impl fmt::Debug for GivenIdentities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GivenIdentities(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recent::KEPT;

    fn identity(secret: &str, token: Option<&str>) -> Identity {
        Identity::new("AKIDEXAMPLE", secret, token.map(str::to_owned), None, "explicit")
    }

    fn key(given: &GivenIdentities, secret: &str, token: Option<&str>) -> usize {
        let identity = given.same_or_new(&identity(secret, token));
        assert_eq!(identity.secret_access_key(), secret);
        assert_eq!(identity.session_token(), token);
        Arc::as_ptr(&identity.signing_key(0, "us-west-2", "bedrock")).addr()
    }

    #[test]
    fn calls_with_the_same_credentials_share_their_signing_key() {
        let given = GivenIdentities::default();
        let first = key(&given, "secret", None);
        assert_eq!(key(&given, "secret", None), first);
        assert_ne!(key(&given, "other", None), first);
        assert_ne!(key(&given, "secret", Some("token")), first);
        assert_ne!(key(&given, "secret", Some("")), first);
        assert_eq!(key(&given, "secret", None), first);
        assert_eq!(key(&given.clone(), "secret", None), first);
    }

    #[test]
    fn few_are_kept_and_none_longer_than_the_client() {
        let given = GivenIdentities::default();
        let kept: Vec<_> = (0..100)
            .map(|number| Arc::downgrade(&given.same_or_new(&identity(&number.to_string(), None))))
            .collect();
        assert_eq!(kept.iter().filter(|kept| kept.strong_count() > 0).count(), KEPT);
        assert!(kept.last().is_some_and(|last| last.strong_count() > 0));
        assert!(!format!("{given:?}").contains("99"));
        drop(given);
        assert!(kept.iter().all(|kept| kept.strong_count() == 0));
    }
}
