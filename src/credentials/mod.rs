//! Who calls: AWS keys, found as botocore finds them and kept fresh without holding up calls.

mod answer;
mod container;
mod expiration;
mod fetch;
mod identity;
pub mod identity_http;
mod instance_metadata;
mod mfa;
mod nested_clients;
mod process;
mod role;
mod session;
mod source;
mod sso;
mod sts;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use identity::Identity;
pub use nested_clients::NestedClients;
pub use session::SessionCredentials;
pub use source::Source;

use mfa::Codes;

use crate::error::{Error, Kind};
use crate::log;
use crate::runtime::fork;
use crate::runtime::panics;
use crate::runtime::shared;
use crate::runtime::wake_batching::WakeBatching;

/// Keys this close to their end are refreshed in the background.
const ADVISORY: Duration = Duration::from_secs(15 * 60);
/// Closer than this, a refresh that failed is tried again sooner.
const MANDATORY: Duration = Duration::from_secs(10 * 60);
/// Between the starts of two background refreshes.
const ADVISORY_PAUSE: Duration = Duration::from_secs(60);
const MANDATORY_PAUSE: Duration = Duration::from_secs(10);

/// A source's current keys. Cheap to clone; clones share the keys.
///
/// Reading takes no lock. Keys that are still valid are handed out at once, also while they are
/// being refreshed; only without valid keys does a call wait for the refresh. There is one
/// refresh at a time, and it runs on the shared runtime, so that it outlives the call that
/// started it.
#[derive(Debug, Clone)]
pub struct Credentials(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    nested_clients: NestedClients,
    http_client: SharedHttpClient,
    current: ArcSwapOption<Identity>,
    /// The last refresh, running or done.
    refresh: ArcSwapOption<Refresh>,
    codes: Codes,
}

type Outcome = Result<Arc<Identity>, Error>;

#[derive(Debug)]
struct Refresh {
    /// A forked child inherits the record of a refresh, but not the thread that works on it.
    process: u32,
    started: Instant,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Refresh {
    fn is_running(&self) -> bool {
        self.process == fork::generation()
            && self.outcome.has_changed().is_ok()
            && self.outcome.borrow().is_none()
    }
}

impl Credentials {
    /// Nothing is asked yet. `http_client` is used for AWS's identity services.
    pub fn new(
        source: Source,
        nested_clients: NestedClients,
        http_client: SharedHttpClient,
    ) -> Self {
        let current = ArcSwapOption::new(source.known().cloned());
        let codes = Codes::new(&source);
        let refresh = ArcSwapOption::empty();
        Credentials(Arc::new(Inner {
            source,
            nested_clients,
            http_client,
            current,
            refresh,
            codes,
        }))
    }

    /// botocore's name of the way in which the keys are found, e.g. `assume-role`.
    pub fn method(&self) -> &'static str {
        self.0.source.method()
    }

    /// Whether codes of MFA devices can be wanted at all.
    pub fn asks_for_codes(&self) -> bool {
        !self.0.codes.devices().is_empty()
    }

    /// The MFA devices whose codes somebody must be asked for before the keys can be fetched.
    /// Empty where no code is needed, or none can help.
    pub fn wanted_codes(&self) -> Vec<String> {
        if !self.0.codes.are_wanted() {
            return Vec::new();
        }
        let now = SystemTime::now();
        let is_valid = |keys: &Arc<Identity>| !keys.is_expired(now);
        if self.0.current.load().as_ref().is_some_and(is_valid) {
            return Vec::new();
        }
        self.0.codes.devices()
    }

    /// Takes the codes of the wanted devices, in their order. They are good for one look-up, and
    /// botocore asks for no others.
    pub fn give_codes(&self, codes: Vec<String>) {
        self.0.codes.give(codes);
    }

    /// The keys, where valid ones are at hand.
    pub fn current(&self) -> Option<Arc<Identity>> {
        let identity = self.0.current.load_full()?;
        let Some(expires) = identity.expires() else { return Some(identity) };
        let left = expires.duration_since(SystemTime::now()).ok()?;
        if left < ADVISORY {
            let pause = if left < MANDATORY { MANDATORY_PAUSE } else { ADVISORY_PAUSE };
            let last = self.0.refresh.load();
            if last.as_ref().is_none_or(|last| last.started.elapsed() >= pause) {
                // Where it cannot be started, that is logged as well, and the keys are still good.
                let _ = self.0.refreshed(shared::runtime);
            }
        }
        Some(identity)
    }

    /// The keys; waits where there are no valid ones. May be awaited on any tokio runtime.
    ///
    /// Errors: `NoCredentialsError`, `CredentialRetrievalError`, `PartialCredentialsError`,
    /// `MetadataRetrievalError`.
    pub async fn get(&self) -> Result<Arc<Identity>, Error> {
        if let Some(identity) = self.current() {
            return Ok(identity);
        }
        log::waiting_for_credentials(self.0.source.method());
        let mut outcome = self.0.refreshed(shared::runtime)?;
        let done = outcome.wait_for(Option::is_some).await;
        match done.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            _ => Err(fetch::failed(self.0.source.method(), "the refresh was interrupted")),
        }
    }
}

impl Inner {
    /// The outcome of the refresh that is running, or that is started here on `runtime`. A refresh
    /// that cannot be started counts as one that failed: it is logged, and not repeated at once.
    fn refreshed(
        self: &Arc<Self>,
        runtime: impl Fn() -> std::io::Result<(Handle, Arc<WakeBatching>)>,
    ) -> Result<watch::Receiver<Option<Outcome>>, Error> {
        loop {
            let last = self.refresh.load();
            if let Some(running) = last.as_ref().filter(|last| last.is_running()) {
                return Ok(running.outcome.clone());
            }
            let (process, started) = (fork::generation(), Instant::now());
            let (runtime, batching) = match runtime() {
                Ok(shared) => shared,
                Err(error) => {
                    let method = self.source.method();
                    let error = fetch::failed(method, &format!("no runtime: {error}"));
                    let failed = Err(error.clone());
                    self.log(&failed);
                    let (_, outcome) = watch::channel(Some(failed));
                    let refresh = Arc::new(Refresh { process, started, outcome });
                    self.refresh.compare_and_swap(&last, Some(refresh));
                    return Err(error);
                }
            };
            let (sender, outcome) = watch::channel(None);
            let refresh = Arc::new(Refresh { process, started, outcome: outcome.clone() });
            let replaced = self.refresh.compare_and_swap(&last, Some(refresh));
            if is_same(replaced.as_ref(), last.as_ref()) {
                let (inner, low_latency) = (self.clone(), batching.low_latency());
                runtime.spawn(log::with_current_call(async move {
                    let _low_latency = low_latency;
                    let outcome = panics::caught_in(pin!(inner.fetch())).await;
                    inner.log(&outcome);
                    if let Ok(identity) = &outcome {
                        inner.current.store(Some(identity.clone()));
                    }
                    sender.send_replace(Some(outcome));
                }));
                return Ok(outcome);
            }
        }
    }

    fn log(&self, outcome: &Outcome) {
        let method = self.source.method();
        match outcome {
            Ok(identity) => log::credentials_found(method, identity.expires()),
            Err(error) => {
                let in_use = self.current.load();
                let in_use = in_use.as_ref().filter(|keys| !keys.is_expired(SystemTime::now()));
                log::credentials_failed(method, error, in_use.and_then(|keys| keys.expires()));
            }
        }
    }

    async fn fetch(&self) -> Outcome {
        let (clients, http_client) = (&self.nested_clients, &self.http_client);
        let found = fetch::fetch(&self.source, &self.codes, clients, http_client).await?;
        let identity = found.ok_or_else(|| Error::new(Kind::NoCredentials))?;
        if identity.is_expired(SystemTime::now()) {
            let error_msg =
                "Credentials were refreshed, but the refreshed credentials are still expired.";
            return Err(fetch::failed(self.source.method(), error_msg));
        }
        Ok(Arc::new(identity))
    }
}

/// Whether a compare-and-swap that found `replaced` where `expected` was thought to be did it.
fn is_same<T>(replaced: Option<&Arc<T>>, expected: Option<&Arc<T>>) -> bool {
    match (replaced, expected) {
        (Some(replaced), Some(expected)) => Arc::ptr_eq(replaced, expected),
        (replaced, expected) => replaced.is_none() && expected.is_none(),
    }
}

#[cfg(test)]
mod tests;
