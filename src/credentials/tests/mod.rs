//! The cache, its sources and sessions, with scripts and servers in place of AWS.

mod cache;
mod metadata;
mod roles;
mod session;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::client::http::{SharedHttpClient, http_client_fn};
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::os_shim_internal::Env;

use super::*;
use crate::credentials::providers::process::CredentialProcess;
use crate::environment::Environment;
use crate::environment::arguments::Arguments;
use crate::error::{Error, Kind};

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limited = async { tokio::time::timeout(Duration::from_secs(20), future).await.unwrap() };
    runtime.block_on(limited)
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let files = [("AWS_CONFIG_FILE", "/nowhere"), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
    let env = Env::from_slice(&[&files, variables].concat());
    Environment::read(&Arguments::default(), env).unwrap().0
}

fn no_network() -> SharedHttpClient {
    http_client_fn(|_, _| panic!("no network"))
}

fn credentials(source: CredentialSource, http_client: SharedHttpClient) -> CredentialsCache {
    let clients = IdentityClients::new(&environment(&[]), "us-west-2", Ok(3));
    CredentialsCache::new(source, clients, http_client)
}

fn time(from_now: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let time = DateTime::from_secs(i64::try_from(now).unwrap() + from_now);
    time.fmt(Format::DateTime).unwrap()
}

fn expiring_in(seconds: u64) -> Arc<Identity> {
    let expires = SystemTime::now() + Duration::from_secs(seconds);
    Arc::new(Identity::new("OLD", "OLD-SECRET", None, Some(expires), "custom-process"))
}

/// A `credential_process` that appends a line to a file each time it runs.
struct Script {
    directory: PathBuf,
}

impl Script {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fastbedrock-script-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir(&directory).unwrap();
        Script { directory }
    }

    /// Credentials with a lifetime of `lifetime` seconds, printed after `delay` seconds.
    fn source(&self, delay: f32, lifetime: i64) -> CredentialSource {
        let keys = serde_json::json!({
            "Version": 1, "AccessKeyId": "NEW", "SecretAccessKey": "S",
            "Expiration": time(lifetime),
        });
        let path = self.directory.join("keys");
        std::fs::write(&path, keys.to_string()).unwrap();
        self.command(&format!("sleep {delay}; cat {}", path.display()))
    }

    fn failing(&self) -> CredentialSource {
        self.command("echo no luck >&2; exit 1")
    }

    fn command(&self, command: &str) -> CredentialSource {
        let line = format!("sh -c 'echo run >> {}/log; {command}'", self.directory.display());
        CredentialSource::Process(CredentialProcess::new(&line, None))
    }

    fn runs(&self) -> usize {
        let log = std::fs::read_to_string(self.directory.join("log"));
        log.unwrap_or_default().lines().count()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
