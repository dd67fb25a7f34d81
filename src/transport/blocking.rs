//! Synchronous calls: the attempt loop on the caller's own thread.

use std::sync::Arc;

use super::auth::Auth;
use super::call::{Answer, Payload, Request, Transport};
use super::credentials::Identity;
use super::error::{Error, Kind};
use super::lane::{Lane, Lanes};
use super::reader::Exchange;

/// boto3's default.
pub const MAX_IDLE_CONNECTIONS: usize = 10;

/// The synchronous side of a client.
///
/// While a method blocks, its `look` is asked about every 100 ms whether to go on; its error ends
/// the wait and aborts the request.
pub struct Blocking {
    pub transport: Arc<Transport>,
    lanes: Arc<Lanes>,
}

impl Blocking {
    pub fn new(transport: Arc<Transport>) -> Self {
        let kept = transport.settings.max_idle_connections.unwrap_or(MAX_IDLE_CONNECTIONS);
        let lanes = Lanes::new(kept);
        Blocking { transport, lanes: Arc::new(lanes) }
    }

    /// Makes the call and blocks for its outcome.
    pub fn call<E: From<Error>>(
        &self,
        request: &Request,
        external: Option<&Identity>,
        look: impl FnMut() -> Result<(), E>,
    ) -> Result<Answer<Exchange>, E> {
        let lane = self.lane()?;
        let call = self.transport.call(&lane.pool, request, external);
        let Answer { head, payload } = lane.run(call, look)?;
        let payload = match payload {
            Payload::Whole(body) => {
                self.lanes.put(lane);
                Payload::Whole(body)
            }
            Payload::Streaming(body) => {
                Payload::Streaming(Exchange { body, lane, lanes: self.lanes.clone() })
            }
        };
        Ok(Answer { head, payload })
    }

    /// The AWS keys in effect, looked up or refreshed if need be; `None` where requests carry no
    /// keys, or keys from outside.
    pub fn identity<E: From<Error>>(
        &self,
        look: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Arc<Identity>>, E> {
        let Auth::SigV4(credentials) = &self.transport.settings.auth else { return Ok(None) };
        let lane = self.lane()?;
        let identity = lane.run(credentials.get(), look)?;
        self.lanes.put(lane);
        Ok(Some(identity))
    }

    /// Closes idle connections; what is in use goes on.
    pub fn close(&self) {
        self.lanes.clear();
    }

    fn lane(&self) -> Result<Lane, Error> {
        self.lanes.take().map_err(|error| {
            Error::new(Kind::HttpClient { error: format!("no runtime for the call: {error}") })
        })
    }
}
