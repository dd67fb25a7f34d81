mod metadata;
mod roles;
mod session;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_smithy_runtime_api::client::http::http_client_fn;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::os_shim_internal::Env;

use super::*;
use crate::environment::arguments::Arguments;
use crate::environment::scope::Scope;

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limited = async { tokio::time::timeout(Duration::from_secs(20), future).await.unwrap() };
    runtime.block_on(limited)
}

fn scope(variables: &[(&str, &str)]) -> Scope {
    let files = [("AWS_CONFIG_FILE", "/nowhere"), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
    let env = Env::from_slice(&[&files, variables].concat());
    Scope::of(&Arguments::default(), env).unwrap().0
}

fn no_network() -> SharedHttpClient {
    http_client_fn(|_, _| panic!("no network"))
}

fn credentials(source: Source, http_client: SharedHttpClient) -> Credentials {
    let nested_clients = NestedClients::of(&scope(&[]), "us-west-2");
    Credentials::new(source, nested_clients, http_client)
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

/// A `credential_process` that leaves a line in a file each time it runs.
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

    /// Keys that live for `lifetime` seconds come after `delay` seconds.
    fn source(&self, delay: f32, lifetime: i64) -> Source {
        let keys = serde_json::json!({
            "Version": 1, "AccessKeyId": "NEW", "SecretAccessKey": "S",
            "Expiration": time(lifetime),
        });
        let path = self.directory.join("keys");
        std::fs::write(&path, keys.to_string()).unwrap();
        self.command(&format!("sleep {delay}; cat {}", path.display()))
    }

    fn failing(&self) -> Source {
        self.command("echo no luck >&2; exit 1")
    }

    fn command(&self, command: &str) -> Source {
        let line = format!("sh -c 'echo run >> {}/log; {command}'", self.directory.display());
        Source::Process(process::CredentialProcess::new(&line, None))
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

#[test]
fn one_refresh_serves_all_who_wait() {
    let script = Script::new();
    let credentials = credentials(script.source(0.3, 3600), no_network());
    assert!(credentials.current().is_none());
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let credentials = credentials.clone();
            std::thread::spawn(move || run(credentials.get()).unwrap())
        })
        .collect();
    let found: Vec<_> = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(script.runs(), 1);
    assert!(found.iter().all(|identity| Arc::ptr_eq(identity, &found[0])));
    assert_eq!(found[0].access_key_id(), "NEW");
    assert_eq!(found[0].method(), "custom-process");
    assert!(Arc::ptr_eq(&credentials.current().unwrap(), &found[0]));
}

#[test]
fn valid_keys_are_not_waited_for_while_they_are_refreshed() {
    for seconds in [14 * 60, 5 * 60] {
        let script = Script::new();
        let credentials = credentials(script.source(0.3, 3600), no_network());
        credentials.0.current.store(Some(expiring_in(seconds)));
        let started = Instant::now();
        for _ in 0..100 {
            assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
        }
        assert!(started.elapsed() < Duration::from_millis(250), "{:?}", started.elapsed());
        let mut outcome = credentials.0.refresh.load_full().unwrap().outcome.clone();
        run(outcome.wait_for(Option::is_some)).unwrap();
        assert_eq!(credentials.current().unwrap().access_key_id(), "NEW");
        assert_eq!(script.runs(), 1);
    }
}

#[test]
fn keys_with_time_left_are_not_refreshed() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    credentials.0.current.store(Some(expiring_in(16 * 60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(credentials.0.refresh.load().is_none());
}

#[test]
fn a_failed_refresh_leaves_valid_keys_in_use_and_is_not_repeated_at_once() {
    let script = Script::new();
    let credentials = credentials(script.failing(), no_network());
    credentials.0.current.store(Some(expiring_in(5 * 60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    let refresh = credentials.0.refresh.load_full().unwrap();
    run(refresh.outcome.clone().wait_for(Option::is_some)).unwrap();
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(Arc::ptr_eq(&refresh, &credentials.0.refresh.load_full().unwrap()));
    assert_eq!(script.runs(), 1);
}

#[test]
fn a_refresh_that_cannot_be_started_counts_as_a_failed_one() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    credentials.0.current.store(Some(expiring_in(5 * 60)));
    let error = credentials.0.refreshed(|| Err(std::io::Error::other("no thread"))).unwrap_err();
    assert!(error.fields()[1].1.contains("no thread"), "{error}");
    let refresh = credentials.0.refresh.load_full().unwrap();
    assert!(matches!(&*refresh.outcome.borrow(), Some(Err(_))) && !refresh.is_running());
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(Arc::ptr_eq(&refresh, &credentials.0.refresh.load_full().unwrap()));
    // Who needs keys does not wait for the next time.
    credentials.0.current.store(Some(expiring_in(0)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "NEW");
    assert_eq!(script.runs(), 1);
}

#[test]
fn without_valid_keys_the_refresh_decides_and_each_call_tries_anew() {
    let script = Script::new();
    let credentials = credentials(script.failing(), no_network());
    credentials.0.current.store(Some(expiring_in(0)));
    for runs in [1, 2] {
        let error = run(credentials.get()).unwrap_err();
        assert_eq!(error.class_name(), "CredentialRetrievalError");
        let fields = [("provider", "custom-process"), ("error_msg", "no luck\n")];
        assert_eq!(error.fields(), fields.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(script.runs(), runs);
    }
}

#[test]
fn fresh_keys_that_are_expired_are_an_error() {
    let script = Script::new();
    let error = run(credentials(script.source(0.0, -60), no_network()).get()).unwrap_err();
    assert!(error.fields()[1].1.contains("still expired"), "{error}");
}

#[test]
fn a_refresh_of_the_parent_process_is_not_waited_for() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    let (_sender, outcome) = watch::channel(None);
    let process = crate::runtime::fork::generation().wrapping_add(1);
    let inherited = Refresh { process, started: Instant::now(), outcome };
    credentials.0.refresh.store(Some(Arc::new(inherited)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "NEW");
}

#[test]
fn static_keys_need_no_runtime() {
    let scope = scope(&[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")]);
    let credentials = credentials(Source::find(&scope).unwrap(), no_network());
    assert_eq!(credentials.current().unwrap().secret_access_key(), "S");
    assert!(credentials.0.refresh.load().is_none());
}

#[test]
fn environment_keys_that_expire_are_read_again() {
    let (soon, late) = (time(1), time(3600));
    let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")];
    let with = |expiration| [&keys[..], &[("AWS_CREDENTIAL_EXPIRATION", expiration)]].concat();
    let first = source::environment_keys(&Env::from_slice(&with(&soon))).unwrap().unwrap();
    let again = |variables: &[(&str, &str)]| {
        let source = Source::Environment {
            first: Arc::new(Identity::new("OLD", "S", None, Some(SystemTime::now()), "env")),
            env: Env::from_slice(variables),
        };
        run(credentials(source, no_network()).get())
    };
    assert!(first.expires().is_some());
    assert_eq!(again(&with(&late)).unwrap().access_key_id(), "A");
    for (variables, missing) in
        [(&keys[..], "AWS_CREDENTIAL_EXPIRATION"), (&[][..], "AWS_ACCESS_KEY_ID")]
    {
        let error = again(variables).unwrap_err();
        assert_eq!(error.class_name(), "PartialCredentialsError");
        assert_eq!(error.fields()[1].1, missing);
    }
}

#[test]
fn debug_output_hides_secrets() {
    let arguments = Arguments {
        aws_access_key_id: Some("hidden-1".to_owned()),
        aws_secret_access_key: Some("hidden-2".to_owned()),
        aws_session_token: Some("hidden-3".to_owned()),
        ..Arguments::default()
    };
    let process = Source::Process(process::CredentialProcess::new("run --password hidden-4", None));
    let role = roles::role(Some("device"));
    let role = role::Role { external_id: Some("hidden-5".to_owned()), ..role };
    let url = "http://user:hidden-6@localhost";
    let found = |variable| Source::find(&scope(&[(variable, url)])).unwrap();
    for source in [
        Source::explicit(&arguments).unwrap().unwrap(),
        process,
        roles::chain([role]),
        found("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        found("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    ] {
        let clients = NestedClients::of(&scope(&[("AWS_ENDPOINT_URL_STS", url)]), "us-west-2");
        let text = format!("{:?}", Credentials::new(source, clients, no_network()));
        assert!(!text.contains("hidden"), "{text}");
    }
}
