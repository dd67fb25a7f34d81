//! Counters of connections, bytes and requests, for tests of how a client uses its connections.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections_opened: AtomicU64,
    connections_closed: AtomicU64,
    bytes_received: AtomicU64,
    bytes_sent: AtomicU64,
    requests_started: AtomicU64,
    requests_aborted: AtomicU64,
    streams_started: AtomicU64,
    streams_aborted: AtomicU64,
    /// By operation and status.
    responses: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl Counters {
    pub(crate) fn connection_opened(&self) {
        self.connections_opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connection_closed(&self) {
        self.connections_closed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn open_connections(&self) -> u64 {
        let closed = self.connections_closed.load(Ordering::Relaxed);
        self.connections_opened.load(Ordering::Relaxed).saturating_sub(closed)
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn request_started(&self) {
        self.requests_started.fetch_add(1, Ordering::Relaxed);
    }

    /// The client left before the response.
    pub(crate) fn request_aborted(&self) {
        self.requests_aborted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stream_started(&self) {
        self.streams_started.fetch_add(1, Ordering::Relaxed);
    }

    /// The client left before the last event of its stream.
    pub(crate) fn stream_aborted(&self) {
        self.streams_aborted.fetch_add(1, Ordering::Relaxed);
    }

    /// A response was sent; status 0 if a fault replaced it.
    pub(crate) fn responded(&self, operation: &'static str, status: u16) {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        *responses.entry((operation, status)).or_default() += 1;
    }

    pub(crate) fn snapshot(&self) -> Value {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut requests: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
        for ((operation, status), count) in responses.iter() {
            let status = if *status == 0 { "none".to_owned() } else { status.to_string() };
            requests.entry(operation).or_default().insert(status, *count);
        }
        json!({
            "connections_opened": read(&self.connections_opened),
            "connections_open": self.open_connections(),
            "bytes_received": read(&self.bytes_received),
            "bytes_sent": read(&self.bytes_sent),
            "requests_started": read(&self.requests_started),
            "requests_aborted": read(&self.requests_aborted),
            "streams_started": read(&self.streams_started),
            "streams_aborted": read(&self.streams_aborted),
            "requests": requests,
        })
    }

    /// Sets all counters to zero; open connections remain counted.
    pub(crate) fn reset(&self) {
        let open = self.open_connections();
        self.connections_opened.store(open, Ordering::Relaxed);
        self.connections_closed.store(0, Ordering::Relaxed);
        for counter in [
            &self.bytes_received,
            &self.bytes_sent,
            &self.requests_started,
            &self.requests_aborted,
            &self.streams_started,
            &self.streams_aborted,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
        self.responses.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
