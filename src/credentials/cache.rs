//! The cache of a source's credentials, which refreshes them without delaying calls.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::identity::{ADVISORY_TIMEOUT, Identity};
use super::identity_clients::IdentityClients;
use super::mfa::MfaCodes;
use super::retrieval;
use super::source::CredentialSource;
use crate::error::{Error, Kind};
use crate::log;
use crate::runtime::fork;
use crate::runtime::panics;
use crate::runtime::shared;
use crate::runtime::wake_batching::WakeBatching;

/// Credentials with less time left than this are refreshed more often if a refresh fails.
const MANDATORY_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// The least time between the starts of two background refreshes.
const ADVISORY_INTERVAL: Duration = Duration::from_secs(60);
const MANDATORY_INTERVAL: Duration = Duration::from_secs(10);

/// The current credentials of a source. Cheap to clone; clones share the credentials.
///
/// Reading takes no lock. Valid credentials are returned at once, even while they are being
/// refreshed; a call waits for a refresh only if there are no valid credentials. One refresh runs
/// at a time. It runs on the shared runtime, so that it outlives the call that started it.
#[derive(Debug, Clone)]
pub struct CredentialsCache(pub(super) Arc<Shared>);

/// What the clones of a cache share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) source: CredentialSource,
    clients: IdentityClients,
    http_client: SharedHttpClient,
    pub(super) current: ArcSwapOption<Identity>,
    /// The last refresh, running or finished.
    pub(super) refresh: ArcSwapOption<Refresh>,
    mfa_codes: MfaCodes,
}

type RefreshResult = Result<Arc<Identity>, Error>;

#[derive(Debug)]
pub(super) struct Refresh {
    /// A forked child inherits the record of a refresh, but not the thread that runs it.
    pub(super) fork_generation: u32,
    pub(super) started: Instant,
    pub(super) result: watch::Receiver<Option<RefreshResult>>,
}

impl Refresh {
    pub(super) fn is_running(&self) -> bool {
        self.fork_generation == fork::generation()
            && self.result.has_changed().is_ok()
            && self.result.borrow().is_none()
    }
}

impl CredentialsCache {
    /// Retrieves nothing yet. `http_client` sends the requests to AWS's identity services.
    pub fn new(
        source: CredentialSource,
        clients: IdentityClients,
        http_client: SharedHttpClient,
    ) -> Self {
        let current = ArcSwapOption::new(source.known().cloned());
        let mfa_codes = MfaCodes::new(source.mfa_devices());
        let refresh = ArcSwapOption::empty();
        CredentialsCache(Arc::new(Shared {
            source,
            clients,
            http_client,
            current,
            refresh,
            mfa_codes,
        }))
    }

    /// botocore's name of the source's provider, e.g. `assume-role`.
    pub fn method(&self) -> &'static str {
        self.0.source.method()
    }

    /// Whether the source can ever need codes of MFA devices.
    pub fn asks_for_codes(&self) -> bool {
        !self.0.mfa_codes.devices().is_empty()
    }

    /// The MFA devices for which the user must enter codes before the credentials can be retrieved.
    /// Empty if no code is needed, or if a code cannot help.
    pub fn wanted_codes(&self) -> Vec<String> {
        if !self.0.mfa_codes.are_wanted() {
            return Vec::new();
        }
        let now = SystemTime::now();
        let is_valid = |identity: &Arc<Identity>| !identity.is_expired(now);
        if self.0.current.load().as_ref().is_some_and(is_valid) {
            return Vec::new();
        }
        self.0.mfa_codes.devices()
    }

    /// Stores the codes of the devices in [`CredentialsCache::wanted_codes`], in the same order.
    /// The codes serve one retrieval; botocore never asks for codes again.
    pub fn give_codes(&self, codes: Vec<String>) {
        self.0.mfa_codes.give(codes);
    }

    /// The cached credentials, if they are valid. Starts a background refresh if they expire soon.
    pub fn current(&self) -> Option<Arc<Identity>> {
        let identity = self.0.current.load_full()?;
        let Some(expires) = identity.expires() else { return Some(identity) };
        let left = expires.duration_since(SystemTime::now()).ok()?;
        if left < ADVISORY_TIMEOUT {
            let interval =
                if left < MANDATORY_TIMEOUT { MANDATORY_INTERVAL } else { ADVISORY_INTERVAL };
            let last = self.0.refresh.load();
            if last.as_ref().is_none_or(|last| last.started.elapsed() >= interval) {
                // An error is logged already, and the credentials are still valid.
                let _ = self.0.join_refresh(shared::runtime);
            }
        }
        Some(identity)
    }

    /// The credentials; waits for a refresh if no valid ones are cached. May be awaited on any
    /// tokio runtime.
    ///
    /// Errors: `NoCredentialsError`, `CredentialRetrievalError`, `PartialCredentialsError`,
    /// `MetadataRetrievalError`.
    pub async fn get(&self) -> Result<Arc<Identity>, Error> {
        if let Some(identity) = self.current() {
            return Ok(identity);
        }
        log::waiting_for_credentials(self.0.source.method());
        let mut result = self.0.join_refresh(shared::runtime)?;
        let done = result.wait_for(Option::is_some).await;
        match done.as_deref() {
            Ok(Some(result)) => result.clone(),
            _ => {
                let method = self.0.source.method();
                Err(Error::credential_retrieval(method, "the refresh was interrupted"))
            }
        }
    }
}

impl Shared {
    /// Returns the future result of the running refresh, or of one that is started here on
    /// `runtime`. A refresh that cannot be started counts as one that failed: the error is logged,
    /// and the refresh is not repeated at once.
    pub(super) fn join_refresh(
        self: &Arc<Self>,
        runtime: impl Fn() -> std::io::Result<(Handle, Arc<WakeBatching>)>,
    ) -> Result<watch::Receiver<Option<RefreshResult>>, Error> {
        loop {
            let last = self.refresh.load();
            if let Some(running) = last.as_ref().filter(|last| last.is_running()) {
                return Ok(running.result.clone());
            }
            let (fork_generation, started) = (fork::generation(), Instant::now());
            let (runtime, batching) = match runtime() {
                Ok(shared) => shared,
                Err(error) => {
                    let method = self.source.method();
                    let error = Error::credential_retrieval(
                        method,
                        format!("the runtime could not be started: {error}"),
                    );
                    let failed = Err(error.clone());
                    self.log(&failed);
                    let (_, result) = watch::channel(Some(failed));
                    let refresh = Arc::new(Refresh { fork_generation, started, result });
                    self.refresh.compare_and_swap(&last, Some(refresh));
                    return Err(error);
                }
            };
            let (sender, result) = watch::channel(None);
            let refresh = Arc::new(Refresh { fork_generation, started, result: result.clone() });
            let replaced = self.refresh.compare_and_swap(&last, Some(refresh));
            if is_same(replaced.as_ref(), last.as_ref()) {
                let (shared, low_latency) = (self.clone(), batching.low_latency());
                runtime.spawn(log::with_current_call(async move {
                    let _low_latency = low_latency;
                    let retrieved = panics::caught_in(pin!(shared.retrieve())).await;
                    shared.log(&retrieved);
                    if let Ok(identity) = &retrieved {
                        shared.current.store(Some(identity.clone()));
                    }
                    sender.send_replace(Some(retrieved));
                }));
                return Ok(result);
            }
        }
    }

    fn log(&self, result: &RefreshResult) {
        let method = self.source.method();
        match result {
            Ok(identity) => log::credentials_found(method, identity.expires()),
            Err(error) => {
                let in_use = self.current.load();
                let in_use =
                    in_use.as_ref().filter(|identity| !identity.is_expired(SystemTime::now()));
                log::credentials_failed(
                    method,
                    error,
                    in_use.and_then(|identity| identity.expires()),
                );
            }
        }
    }

    async fn retrieve(&self) -> RefreshResult {
        let (codes, clients) = (&self.mfa_codes, &self.clients);
        let retrieved =
            retrieval::retrieve(&self.source, codes, clients, &self.http_client).await?;
        let identity = retrieved.ok_or_else(|| Error::new(Kind::NoCredentials))?;
        if identity.is_expired(SystemTime::now()) {
            let error_msg =
                "Credentials were refreshed, but the refreshed credentials are still expired.";
            return Err(Error::credential_retrieval(self.source.method(), error_msg));
        }
        Ok(Arc::new(identity))
    }
}

/// Whether a compare-and-swap has succeeded: it expected `expected` and saw `replaced`.
pub(super) fn is_same<T>(replaced: Option<&Arc<T>>, expected: Option<&Arc<T>>) -> bool {
    match (replaced, expected) {
        (Some(replaced), Some(expected)) => Arc::ptr_eq(replaced, expected),
        (replaced, expected) => replaced.is_none() && expected.is_none(),
    }
}
