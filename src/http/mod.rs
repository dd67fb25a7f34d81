//! HTTP/1.1: connections, their pool, TLS, proxies, and one request with its response.

pub mod body;
pub mod connection;
pub mod connector;
pub mod exchange;
pub mod name_lookup;
pub mod pool;
pub mod proxy;
pub mod request_body;
pub mod response_head;
pub mod socket;
pub mod tls;
pub mod traffic;
pub mod tunnel;
