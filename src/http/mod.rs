//! HTTP/1.1: connections, their pool, TLS, proxies, and the exchange of a request and its response.

pub mod body;
pub mod connection;
pub mod connector;
pub mod exchange;
pub mod happy_eyeballs;
pub mod hyper_client;
pub mod name_lookup;
pub mod pool;
pub mod proxy;
pub mod request_body;
pub mod socket;
pub mod tls;
