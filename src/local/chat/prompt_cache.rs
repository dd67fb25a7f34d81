//! Prompt caching: a prefix that the cache knows is read from it, a new prefix is written to it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::prompt::Prompt;
use super::reply::CacheUsage;

/// With this many prefixes or more, expired ones are removed.
const CAPACITY: usize = 10_000;

/// From model and prefix to the time at which the entry expires.
#[derive(Default)]
pub(crate) struct PromptCache(Mutex<HashMap<(String, u64), Instant>>);

impl PromptCache {
    /// The tokens that this prompt to `model` reads from the cache and writes to it; `None` if the
    /// prompt has no cache point.
    pub(crate) fn use_for(&self, model: &str, prompt: &Prompt, now: Instant) -> Option<CacheUsage> {
        let last = prompt.cache_points.last()?;
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |prefix: u64| (model.to_owned(), prefix);
        let known = |prefix: u64| entries.get(&key(prefix)).is_some_and(|expiry| *expiry > now);
        let read = prompt.cache_points.iter().rev().find(|point| known(point.prefix));
        let read = read.map_or(0, |point| point.tokens);
        let mut usage = CacheUsage { read, written: last.tokens - read, written_for_an_hour: 0 };
        let mut before = read;
        if entries.len() >= CAPACITY {
            entries.retain(|_, expiry| *expiry > now);
        }
        for point in &prompt.cache_points {
            let hour = point.ttl == "1h";
            if hour && point.tokens > before {
                usage.written_for_an_hour += point.tokens - before;
            }
            before = before.max(point.tokens);
            // Reading an entry postpones its expiry, as writing does.
            let minutes = if hour { 60 } else { 5 };
            entries.insert(key(point.prefix), now + Duration::from_secs(minutes * 60));
        }
        Some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::super::prompt::Role;
    use super::*;

    fn prompt(texts: &[&str], ttl: Option<&str>) -> Prompt {
        let mut prompt = Prompt::default();
        prompt.begin_message(Role::User);
        for text in texts {
            prompt.text(text);
            prompt.cache_point(ttl);
        }
        prompt.text("question");
        prompt
    }

    #[test]
    fn a_prefix_is_written_once_and_read_until_it_expires() {
        let cache = PromptCache::default();
        let now = Instant::now();
        let use_for = |prompt: &Prompt, now| cache.use_for("m", prompt, now).unwrap();
        let short = prompt(&["a long document"], None);
        let size = short.cache_points[0].tokens;
        assert_eq!(
            use_for(&short, now),
            CacheUsage { read: 0, written: size, written_for_an_hour: 0 }
        );
        assert_eq!(
            use_for(&short, now),
            CacheUsage { read: size, written: 0, written_for_an_hour: 0 }
        );
        // A longer prompt reads the known part and writes the rest.
        let long = prompt(&["a long document", " and its appendix"], None);
        let usage = use_for(&long, now);
        assert_eq!((usage.read, usage.written), (size, long.cache_points[1].tokens - size));
        // Another model has no entries, and after five minutes no model has.
        assert_eq!(cache.use_for("other", &short, now).unwrap().read, 0);
        assert_eq!(use_for(&short, now + Duration::from_secs(301)).read, 0);
        assert_eq!(cache.use_for("m", &prompt(&[], None), now), None);
    }

    #[test]
    fn entries_for_an_hour_are_counted_apart() {
        let cache = PromptCache::default();
        let now = Instant::now();
        let hour = prompt(&["document"], Some("1h"));
        let usage = cache.use_for("m", &hour, now).unwrap();
        assert_eq!((usage.read, usage.written_for_an_hour), (0, usage.written));
        assert_eq!(cache.use_for("m", &hour, now + Duration::from_secs(3500)).unwrap().written, 0);
    }
}
