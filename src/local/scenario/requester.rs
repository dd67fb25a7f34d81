//! Who asks for a change of a server's settings.

/// Who asks; the network may do less than the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requester {
    /// The program that runs the server.
    Owner,
    /// A client that uses the control API over HTTP.
    Network,
}
