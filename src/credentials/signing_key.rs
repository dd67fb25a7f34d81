//! The keys that SigV4 derives from a secret access key. Deriving one takes four HMACs, more than all
//! other hashing for a small request, and its result is the same for a whole day.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key, Tag, sign};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::HeaderValue;

use crate::runtime::recent::Recent;

pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

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
    latest: ArcSwapOption<SigningTime>,
}

/// What the signatures of one second by one key have in common.
pub struct SigningTime {
    /// Since 1970.
    seconds: i64,
    date: HeaderValue,
    /// The signature of the text's constant beginning.
    begun: Context,
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
            latest: ArcSwapOption::empty(),
        }
    }

    /// For signatures at `time`, in seconds since 1970. It is within the day of the key.
    pub fn at(&self, time: i64) -> Arc<SigningTime> {
        let latest = self.latest.load();
        if let Some(latest) = latest.as_ref().filter(|latest| latest.seconds == time) {
            return latest.clone();
        }
        let new = Arc::new(SigningTime::new(self, time));
        self.latest.store(Some(new.clone()));
        new
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub fn scope(&self) -> &str {
        &self.scope
    }

    fn is_for(&self, day: i64, region: &str, service: &str) -> bool {
        self.day == day && *self.region == *region && *self.service == *service
    }
}

impl SigningTime {
    fn new(key: &SigningKey, seconds: i64) -> Self {
        let day = key.scope.get(..8).unwrap_or_default();
        let [hour, minute, second] = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
        let date = format!("{day}T{hour:02}{minute:02}{second:02}Z");
        let mut begun = Context::with_key(&key.key);
        begun.update(format!("{ALGORITHM}\n{date}\n{}\n", key.scope).as_bytes());
        // Digits and letters are always the value of a header.
        let date = HeaderValue::try_from(date).unwrap_or(HeaderValue::from_static(""));
        SigningTime { seconds, date, begun }
    }

    /// `20260102T030405Z`
    pub fn date(&self) -> &HeaderValue {
        &self.date
    }

    /// Signs the hash of a canonical request, in hexadecimal.
    pub fn sign(&self, hash: &[u8]) -> Tag {
        let mut context = self.begun.clone();
        context.update(hash);
        context.sign()
    }
}

/// The keys derived from one set of credentials, dropped together with it.
#[derive(Default)]
pub(super) struct SigningKeys(Recent<SigningKey>);

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
        self.0.find(|key| key.is_for(day, region, service)).unwrap_or_else(|| {
            let key = SigningKey::derive(secret_access_key, day, region, service);
            self.0.add(key, |other| other.day == day)
        })
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
    fn the_signatures_of_one_second_share_their_beginning() {
        let key = identity().signing_key(NOON, "us-west-2", "bedrock");
        let first = key.at(NOON);
        assert_eq!(first.date(), "20260102T120000Z");
        assert!(Arc::ptr_eq(&first, &key.at(NOON)));
        assert_eq!(key.at(NOON + 3661).date(), "20260102T130101Z");
        assert!(!Arc::ptr_eq(&first, &key.at(NOON)));
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
    fn debug_output_shows_no_key() {
        let identity = identity();
        let before = format!("{identity:?}");
        identity.signing_key(NOON, "us-west-2", "bedrock");
        assert_eq!(format!("{identity:?}"), before);
        assert!(!before.contains("secret"), "{before}");
    }
}
