//! Synchronous calls: the attempt loop on the caller's own thread.

use std::sync::Arc;

use super::auth::Auth;
use super::call::{Answer, Payload, Request, Transport};
use super::credentials::Identity;
use super::error::{Error, Kind};
use super::lane::{Lane, Lanes};
use super::reader::Reader;

/// boto3's default.
pub const MAX_IDLE_CONNECTIONS: usize = 10;

/// The synchronous side of a client.
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

    /// Makes the call and blocks for its outcome. `look` is asked about every 100 ms whether to
    /// go on; its error aborts the request and is returned as the outer one.
    pub fn call<E>(
        &self,
        request: &Request,
        external: Option<&Identity>,
        look: impl FnMut() -> Result<(), E>,
    ) -> Result<Result<Answer<Reader>, Error>, E> {
        let lane = match self.lane() {
            Ok(lane) => lane,
            Err(error) => return Ok(Err(error)),
        };
        let outcome = lane.run(self.transport.call(&lane.pool, request, external), look)?;
        let Answer { head, payload } = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                self.lanes.put(lane);
                return Ok(Err(error));
            }
        };
        let payload = match payload {
            Payload::Whole(body) => {
                self.lanes.put(lane);
                Payload::Whole(body)
            }
            Payload::Streaming(body) => {
                Payload::Streaming(Reader::new(body, lane, self.lanes.clone()))
            }
        };
        Ok(Ok(Answer { head, payload }))
    }

    /// The AWS keys in effect, looked up or refreshed if need be; `None` where requests carry no
    /// keys, or keys from outside.
    pub fn identity<E>(
        &self,
        look: impl FnMut() -> Result<(), E>,
    ) -> Result<Result<Option<Arc<Identity>>, Error>, E> {
        let Auth::SigV4(credentials) = &self.transport.settings.auth else { return Ok(Ok(None)) };
        let lane = match self.lane() {
            Ok(lane) => lane,
            Err(error) => return Ok(Err(error)),
        };
        let identity = lane.run(credentials.get(), look)?;
        self.lanes.put(lane);
        Ok(identity.map(Some))
    }

    fn lane(&self) -> Result<Lane, Error> {
        self.lanes.take().map_err(|error| {
            Error::new(Kind::HttpClient { error: format!("no runtime for the call: {error}") })
        })
    }

    /// Closes idle connections; what is in use goes on.
    pub fn close(&self) {
        self.lanes.clear();
    }
}
