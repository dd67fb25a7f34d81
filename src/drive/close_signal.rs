//! Ends the calls and streams of a client when the client is closed.

use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind};
use crate::runtime::panics;

/// Tells the calls and streams of a client that the client was closed.
#[derive(Clone)]
pub struct CloseSignal {
    token: CancellationToken,
    endpoint_url: Arc<str>,
}

impl CloseSignal {
    pub fn new(endpoint_url: &str) -> Self {
        CloseSignal { token: CancellationToken::new(), endpoint_url: Arc::from(endpoint_url) }
    }

    pub fn send(&self) {
        self.token.cancel();
    }

    /// Runs `work` until it ends or panics, or until the client is closed.
    pub async fn unless_closed<T>(
        &self,
        work: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        tokio::select! {
            // The signal comes first, because the work of a busy stream is ready at every poll.
            biased;
            () = self.token.cancelled() => Err(Error::new(Kind::ClientClosed {
                endpoint_url: self.endpoint_url.to_string(),
            })),
            outcome = panics::caught_in(work) => outcome,
        }
    }
}
