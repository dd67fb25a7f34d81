//! The keys that SigV4 derives from a secret access key. Deriving one takes four HMACs, more than all
//! other hashing for a small request, and its result is the same for a whole day.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag, sign};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A client signs for one region and service; the clients of a session share their credentials.
const KEPT: usize = 8;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A key for one day, region and service. It has no `Debug` output; its memory is wiped when it is
/// dropped.
pub struct SigningKey {
    /// Days since 1970, in UTC.
    day: i64,
    region: Box<str>,
    service: Box<str>,
    scope: Box<str>,
    key: Key,
}

impl SigningKey {
    fn derive(secret_access_key: &str, day: i64, region: &str, service: &str) -> Self {
        let midnight = DateTime::from_secs(day.saturating_mul(SECONDS_PER_DAY));
        let text = midnight.fmt(Format::DateTime).unwrap_or_default();
        let date = text.get(..10).unwrap_or_default().replace('-', "");
        let mut key = Key::new(HMAC_SHA256, format!("AWS4{secret_access_key}").as_bytes());
        for part in [&date, region, service, "aws4_request"] {
            key = Key::new(HMAC_SHA256, sign(&key, part.as_bytes()).as_ref());
        }
        SigningKey {
            day,
            region: region.into(),
            service: service.into(),
            scope: format!("{date}/{region}/{service}/aws4_request").into(),
            key,
        }
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// `20260102`
    pub fn date(&self) -> &str {
        self.scope.get(..8).unwrap_or_default()
    }

    pub fn sign(&self, text: &[u8]) -> Tag {
        sign(&self.key, text)
    }

    fn is_for(&self, day: i64, region: &str, service: &str) -> bool {
        self.day == day && *self.region == *region && *self.service == *service
    }
}

/// The keys derived from one set of credentials, dropped together with it.
#[derive(Default)]
pub(super) struct SigningKeys(ArcSwapOption<Vec<Arc<SigningKey>>>);

impl SigningKeys {
    /// `time` is in seconds since 1970.
    pub fn get_or_derive(
        &self,
        secret_access_key: &str,
        time: i64,
        region: &str,
        service: &str,
    ) -> Arc<SigningKey> {
        let day = time.div_euclid(SECONDS_PER_DAY);
        let kept = self.0.load();
        let keys = kept.as_ref().map_or(&[][..], |keys| keys.as_slice());
        if let Some(key) = keys.iter().find(|key| key.is_for(day, region, service)) {
            return key.clone();
        }
        let derived = Arc::new(SigningKey::derive(secret_access_key, day, region, service));
        let mut keys: Vec<_> = keys.iter().filter(|key| key.day == day).cloned().collect();
        keys.truncate(KEPT - 1);
        keys.insert(0, derived.clone());
        // If another thread derives a key now, one of the two is derived again.
        self.0.store(Some(Arc::new(keys)));
        derived
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Identity;

    const NOON: i64 = 1_767_355_200;

    fn identity() -> Identity {
        Identity::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "explicit")
    }

    #[test]
    fn a_key_is_derived_once_for_a_day_a_region_and_a_service() {
        let identity = identity();
        let key = identity.signing_key(NOON, "us-west-2", "bedrock");
        assert_eq!(key.scope(), "20260102/us-west-2/bedrock/aws4_request");
        assert_eq!(key.date(), "20260102");
        for (time, region, service, is_same) in [
            (NOON + SECONDS_PER_DAY / 2 - 1, "us-west-2", "bedrock", true),
            (NOON, "us-west-2", "bedrock-agentcore", false),
            (NOON, "eu-west-1", "bedrock", false),
            (NOON, "us-west-2", "bedrock", true),
            (NOON + SECONDS_PER_DAY / 2, "us-west-2", "bedrock", false),
        ] {
            let found = identity.signing_key(time, region, service);
            assert_eq!(Arc::ptr_eq(&found, &key), is_same, "{time} {region} {service}");
        }
    }

    #[test]
    fn keys_are_dropped_with_their_credentials_and_after_their_day() {
        let identity = identity();
        let today = Arc::downgrade(&identity.signing_key(NOON, "us-west-2", "bedrock"));
        let copy = identity.clone();
        drop(identity);
        assert!(today.upgrade().is_some());
        let next_day = NOON + SECONDS_PER_DAY;
        let tomorrow = Arc::downgrade(&copy.signing_key(next_day, "us-west-2", "bedrock"));
        assert!(today.upgrade().is_none());
        drop(copy);
        assert!(tomorrow.upgrade().is_none());
    }

    #[test]
    fn few_keys_are_kept() {
        let identity = identity();
        let regions: Vec<_> = (0..100).map(|number| format!("region-{number}")).collect();
        let keys = regions.iter().map(|region| identity.signing_key(NOON, region, "bedrock"));
        let keys: Vec<_> = keys.map(|key| Arc::downgrade(&key)).collect();
        assert_eq!(keys.iter().filter(|key| key.upgrade().is_some()).count(), KEPT);
    }

    #[test]
    fn debug_output_shows_no_key() {
        let identity = identity();
        let before = format!("{identity:?}");
        identity.signing_key(NOON, "us-west-2", "bedrock");
        assert_eq!(format!("{identity:?}"), before);
        assert!(!before.contains("secret"), "{before}");
    }
}
