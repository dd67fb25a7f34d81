//! Lists with the filters, the order and the pages that the services share.

use std::time::SystemTime;

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::times::time_from;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

/// How many entries a page has by default.
const PAGE: usize = 100;

/// One entry of a list, in the order of creation.
pub(super) struct Entry<'a> {
    /// Grows from entry to entry, and stays the same.
    pub number: usize,
    pub created: SystemTime,
    /// What `nameContains` filters by.
    pub name: &'a str,
    /// What `statusEquals` filters by.
    pub status: &'a str,
    pub summary: Value,
}

/// The order of a list whose request names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The oldest entry comes first.
    Ascending,
    Descending,
}

/// The page that a request asks for: an object with `member`, the list of summaries, and, if there
/// are further pages, `nextToken`.
pub(super) fn page<'a>(
    input: &Value,
    member: &str,
    order: Order,
    entries: impl Iterator<Item = Entry<'a>>,
) -> Result<Value, ServiceError> {
    let after = time(input, ["creationTimeAfter", "submitTimeAfter"])?;
    let before = time(input, ["creationTimeBefore", "submitTimeBefore"])?;
    let word = |name: &str| input.at(name).as_str();
    let wanted = |entry: &Entry<'_>| {
        word("statusEquals").is_none_or(|status| status == entry.status)
            && word("nameContains").is_none_or(|part| entry.name.contains(part))
            && after.is_none_or(|after| entry.created > after)
            && before.is_none_or(|before| entry.created < before)
    };
    let mut found: Vec<Entry<'_>> = entries.filter(wanted).collect();
    let ascending = match word("sortOrder") {
        Some(order) => order == "Ascending",
        None => order == Order::Ascending,
    };
    if !ascending {
        found.reverse();
    }
    if let Some(last) = last_number(input.at("nextToken"))? {
        found.retain(|entry| if ascending { entry.number > last } else { entry.number < last });
    }
    let size = input.at("maxResults").as_u64();
    let size = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more).map(|entry| entry.number);
    let summaries: Vec<Value> = found.into_iter().map(|entry| entry.summary).collect();
    let mut page = json!({member: summaries});
    if let Some(last) = last {
        page.put("nextToken", json!(URL_SAFE_NO_PAD.encode_to_string(format!("after {last}"))));
    }
    Ok(page)
}

fn time(input: &Value, names: [&str; 2]) -> Result<Option<SystemTime>, ServiceError> {
    let named = names.iter().find_map(|name| Some((name, input.at(name).as_str()?)));
    let Some((name, text)) = named else { return Ok(None) };
    let wrong =
        || ServiceError::serialization(format!("{name} is not an ISO 8601 timestamp: {text}"));
    time_from(text).map(Some).ok_or_else(wrong)
}

/// The number of the entry after which the page starts.
fn last_number(token: &Value) -> Result<Option<usize>, ServiceError> {
    let Some(token) = token.as_str() else { return Ok(None) };
    let number = URL_SAFE_NO_PAD
        .decode_to_vec(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("after ")?.parse().ok());
    number.map(Some).ok_or_else(|| ServiceError::validation("The nextToken is invalid."))
}
