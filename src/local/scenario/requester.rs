//! Who requests a change of the server's settings.

/// Who requests a change. The network may change less than the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requester {
    /// The program that runs the server.
    Owner,
    /// A client that uses the control API over HTTP.
    Network,
}
