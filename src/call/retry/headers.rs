//! The headers that tell the service which attempt of which call a request is.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::HeaderMap;
use http::header::DATE;
use uuid::{Builder, Uuid};

/// The value of `amz-sdk-invocation-id`, one for all attempts of a call: a random UUID.
pub(super) fn invocation_id(rng: &mut fastrand::Rng) -> String {
    let uuid = Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid();
    uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// The value of `amz-sdk-request`.
pub(super) fn sdk_request(ttl: Option<&str>, attempt: u32, max: Option<u32>) -> String {
    // `to_string` of a number is faster than `format!`, and this is part of every call.
    let mut value = match ttl {
        Some(ttl) => ["ttl=", ttl, "; attempt="].concat(),
        None => "attempt=".to_owned(),
    };
    value.push_str(&attempt.to_string());
    if let Some(max) = max {
        value.push_str("; max=");
        value.push_str(&max.to_string());
    }
    value
}

/// When the client stops waiting for the next attempt, by the clock of the service. After this time
/// the service may drop that attempt. `None` if the response has no date, or if there is no read
/// timeout.
pub(super) fn ttl(headers: &HeaderMap, read_timeout: Option<Duration>) -> Option<String> {
    let date = DateTime::from_str(headers.get(DATE)?.to_str().ok()?, Format::HttpDate).ok()?;
    let wait = i64::try_from(read_timeout?.as_secs()).ok()?;
    let ttl = DateTime::from_secs(date.secs().checked_add(wait)?).fmt(Format::DateTime).ok()?;
    Some(ttl.replace(['-', ':'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    #[test]
    fn the_time_to_live_matches_botocores() {
        for row in reference::section("ttls").as_array().unwrap() {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, row["date"].as_str().unwrap().parse().unwrap());
            let read_timeout = row["read_timeout"].as_u64().map(Duration::from_secs);
            assert_eq!(ttl(&headers, read_timeout).as_deref(), row["ttl"].as_str(), "{row}");
        }
        assert_eq!(ttl(&HeaderMap::new(), Some(Duration::ZERO)), None);
    }

    #[test]
    fn invocation_ids_are_random_uuids() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let id = invocation_id(&mut rng);
            let groups: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
            assert!(
                id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')),
                "{id}"
            );
            assert_eq!(&id[14..15], "4", "{id}");
            assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
            assert!(seen.insert(id));
        }
    }
}
