use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::os_shim_internal::Env;

use super::role::Role;
use super::*;
use crate::transport::scope::Scope;
use crate::transport::settings::Arguments;

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
    let process = crate::transport::process::current().wrapping_add(1);
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
    for source in [Source::explicit(&arguments).unwrap().unwrap(), process] {
        let text = format!("{:?}", credentials(source, no_network()));
        assert!(!text.contains("hidden"), "{text}");
    }
}

/// Answers `requests` requests of the loopback with what `answer` makes of the request's head.
fn serve(
    requests: usize,
    answer: impl Fn(&str) -> (u16, String) + Send + 'static,
) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut heads = Vec::new();
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> =
                lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let head = head.join("\n").to_lowercase();
            let (status, body) = answer(&head);
            let size = body.len();
            // Who does not wait for an answer is one of the tests.
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {size}\r\n\r\n{body}");
            heads.push(head);
        }
        heads
    });
    (url, thread)
}

fn metadata_keys(lifetime: i64) -> String {
    serde_json::json!({
        "Code": "Success", "AccessKeyId": "MA", "SecretAccessKey": "MS", "Token": "MT",
        "Expiration": time(lifetime),
    })
    .to_string()
}

fn ask_metadata(variables: &[(&str, &str)]) -> Result<Arc<Identity>, Error> {
    let source = Source::find(&scope(variables)).unwrap();
    assert_eq!(source.method(), "iam-role");
    run(credentials(source, no_network()).get())
}

#[test]
fn instance_metadata_are_asked_with_a_token() {
    let (url, server) = serve(3, |head| match head.lines().next().unwrap() {
        "put /base/latest/api/token http/1.1" => (200, "the-token".to_owned()),
        "get /base/latest/meta-data/iam/security-credentials/ http/1.1" => (200, "role".to_owned()),
        "get /base/latest/meta-data/iam/security-credentials/role http/1.1" => {
            (200, metadata_keys(6 * 3600))
        }
        _ => (500, String::new()),
    });
    let endpoint = format!("{url}/base/");
    let found = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint)]).unwrap();
    let keys = (found.access_key_id(), found.secret_access_key(), found.session_token());
    assert_eq!(keys, ("MA", "MS", Some("MT")));
    let left = found.expires().unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(left > Duration::from_secs(5 * 3600), "{left:?}");
    let heads = server.join().unwrap();
    assert!(heads[0].contains("x-aws-ec2-metadata-token-ttl-seconds: 21600"), "{}", heads[0]);
    for head in &heads[1..] {
        assert!(head.contains("x-aws-ec2-metadata-token: the-token"), "{head}");
    }
}

#[test]
fn instance_metadata_without_tokens_are_asked_in_version_1() {
    for status in [403, 404, 405, 500] {
        let (url, server) = serve(3, move |head| match head {
            put if put.starts_with("put") => (status, String::new()),
            role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
            _ => (200, metadata_keys(6 * 3600)),
        });
        let found = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap();
        assert_eq!(found.access_key_id(), "MA");
        let heads = server.join().unwrap();
        assert!(heads.iter().skip(1).all(|head| !head.contains("metadata-token")));
    }
}

#[test]
fn a_token_that_gets_lost_on_its_way_leads_to_version_1() {
    let (url, server) = serve(3, |head| match head {
        put if put.starts_with("put") => {
            std::thread::sleep(Duration::from_millis(1200));
            (200, "too late".to_owned())
        }
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, metadata_keys(6 * 3600)),
    });
    let found = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap();
    assert_eq!(found.access_key_id(), "MA");
    let heads = server.join().unwrap();
    assert!(heads.iter().skip(1).all(|head| !head.contains("metadata-token")));
}

#[test]
fn version_1_of_instance_metadata_can_be_disabled() {
    let (url, server) = serve(1, |_| (404, String::new()));
    let error = ask_metadata(&[
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
        ("AWS_EC2_METADATA_V1_DISABLED", "true"),
    ])
    .unwrap_err();
    assert_eq!(error.class_name(), "MetadataRetrievalError");
    server.join().unwrap();
}

#[test]
fn instance_metadata_without_keys_are_no_credentials() {
    let unusable = |head: &str| match head {
        put if put.starts_with("put") => (200, "token".to_owned()),
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, r#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no"}"#.to_owned()),
    };
    type Answer = fn(&str) -> (u16, String);
    let answers: [(usize, Answer); 4] = [
        (1, |_| (400, String::new())),
        (
            2,
            |head| {
                if head.starts_with("put") { (200, "t".to_owned()) } else { (404, String::new()) }
            },
        ),
        (2, |_| (200, String::new())),
        (3, unusable),
    ];
    for (requests, answer) in answers {
        let (url, server) = serve(requests, answer);
        let error = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap_err();
        assert_eq!(error.class_name(), "NoCredentialsError");
        server.join().unwrap();
    }
}

#[test]
fn a_machine_without_instance_metadata_knows_soon() {
    // Nobody listens on the first, nobody answers on the second.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let started = Instant::now();
        let url = format!("http://{address}");
        let error = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap_err();
        assert_eq!(error.class_name(), "NoCredentialsError");
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    }
}

#[test]
fn stale_instance_metadata_are_used_on_for_a_while() {
    let (url, server) = serve(3, |head| match head {
        put if put.starts_with("put") => (200, "token".to_owned()),
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, metadata_keys(-3600)),
    });
    let found = ask_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap();
    let left = found.expires().unwrap().duration_since(SystemTime::now()).unwrap();
    let minutes = left.as_secs() / 60;
    assert!((16..=25).contains(&minutes), "{minutes}");
    server.join().unwrap();
}

/// URL, body and authorization of a request.
type Asked = (String, String, Option<String>);

/// An STS that remembers what it was asked.
#[derive(Debug)]
struct Sts {
    asked: Mutex<Vec<Asked>>,
    answers: Mutex<Vec<(u16, String)>>,
}

impl Sts {
    /// `answers` are given in turn.
    fn new(answers: impl IntoIterator<Item = (u16, String)>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Sts { asked: Mutex::default(), answers: Mutex::new(answers) })
    }

    fn client(self: &Arc<Self>) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(StsConnector(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn keys(action: &str, access_key: &str) -> (u16, String) {
        let expiration = time(3600);
        let body = format!(
            "<{action}Response><{action}Result><Credentials><AccessKeyId>{access_key}</AccessKeyId>\
             <SecretAccessKey>RS</SecretAccessKey><SessionToken>RT</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials></{action}Result></{action}Response>"
        );
        (200, body)
    }
}

#[derive(Debug)]
struct StsConnector(Arc<Sts>);

impl HttpConnector for StsConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let authorization = request.headers().get("authorization").map(str::to_owned);
        self.0.asked.lock().unwrap().push((request.uri().to_owned(), body, authorization));
        let (status, answer) = self.0.answers.lock().unwrap().pop().expect("one request too many");
        let status = status.try_into().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}

fn role(mfa_serial: Option<&str>) -> Role {
    Role {
        arn: "arn:aws:iam::1:role/r".to_owned(),
        session_name: Some("me".to_owned()),
        external_id: Some("ext".to_owned()),
        duration: Some(1800),
        mfa_serial: mfa_serial.map(str::to_owned),
        keys: Arc::default(),
    }
}

/// Roles to assume with long-lived keys, the last one to assume first.
fn chain(roles: impl IntoIterator<Item = Role>) -> Source {
    let roles = roles.into_iter().collect();
    Source::AssumeRole { roles, source: Box::new(base_keys()) }
}

fn base_keys() -> Source {
    let keys = Identity::new("BASE", "hidden", None, None, "config-file");
    Source::Keys(Arc::new(keys))
}

#[test]
fn roles_are_assumed_one_with_the_keys_of_the_other() {
    let sts = Sts::new([Sts::keys("AssumeRole", "FIRST"), Sts::keys("AssumeRole", "SECOND")]);
    let found = run(credentials(chain([role(None), role(None)]), sts.client()).get()).unwrap();
    let keys = (found.access_key_id(), found.session_token(), found.method());
    assert_eq!(keys, ("SECOND", Some("RT"), "assume-role"));
    assert!(found.expires().is_some());
    let asked = sts.asked();
    for ((url, body, authorization), signer) in asked.iter().zip(["BASE", "FIRST"]) {
        assert!(url.starts_with("https://sts.us-west-2.amazonaws.com"), "{url}");
        for part in ["RoleSessionName=me", "ExternalId=ext", "DurationSeconds=1800", "role%2Fr"] {
            assert!(body.contains(part), "{body}");
        }
        let authorization = authorization.as_deref().unwrap();
        assert!(authorization.contains(&format!("Credential={signer}/")), "{authorization}");
    }
    assert_eq!(asked.len(), 2);
}

#[test]
fn web_identities_are_exchanged_without_a_signature() {
    let sts = Sts::new([Sts::keys("AssumeRoleWithWebIdentity", "WEB")]);
    let token_file = std::env::temp_dir().join(format!("fastbedrock-jwt-{}", std::process::id()));
    std::fs::write(&token_file, "the-jwt").unwrap();
    let token_path = token_file.to_str().unwrap();
    let scope = scope(&[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token_path),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/w"),
    ]);
    let found = run(credentials(Source::find(&scope).unwrap(), sts.client()).get()).unwrap();
    std::fs::remove_file(&token_file).unwrap();
    let keys = (found.access_key_id(), found.method());
    assert_eq!(keys, ("WEB", "assume-role-with-web-identity"));
    let (_, body, authorization) = &sts.asked()[0];
    assert!(body.contains("WebIdentityToken=the-jwt"), "{body}");
    assert!(body.contains("RoleSessionName=fastbedrock-session-"), "{body}");
    assert_eq!(authorization.as_deref(), None);
}

#[test]
fn a_refused_role_says_why_and_hides_the_keys() {
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>\
                   </Error></ErrorResponse>";
    let sts = Sts::new([(403, refusal.to_owned())]);
    let error = run(credentials(chain([role(None)]), sts.client()).get()).unwrap_err();
    assert_eq!(error.class_name(), "CredentialRetrievalError");
    let text = error.to_string();
    assert!(text.contains("assume-role") && text.contains("AccessDenied"), "{text}");
    assert!(text.contains("not you") && !text.contains("hidden"), "{text}");
    assert_eq!(sts.asked().len(), 1);
}

#[test]
fn codes_of_devices_are_used_once_and_in_their_order() {
    let sts = Sts::new([Sts::keys("AssumeRole", "INNER"), Sts::keys("AssumeRole", "OUTER")]);
    let source = chain([role(Some("outer-device")), role(Some("inner-device"))]);
    let credentials = credentials(source, sts.client());
    assert_eq!(credentials.wanted_codes(), ["outer-device", "inner-device"]);
    let error = run(credentials.get()).unwrap_err();
    assert_eq!(error.class_name(), "InvalidConfigError");
    assert!(error.fields()[0].1.contains("outer-device and inner-device"), "{error}");
    assert!(sts.asked().is_empty());

    credentials.give_codes(vec!["111111".to_owned(), "222222".to_owned()]);
    assert!(!format!("{credentials:?}").contains("111111"));
    assert!(credentials.wanted_codes().is_empty());
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER");
    let asked = sts.asked();
    for ((_, body, _), code) in
        asked.iter().zip(["inner-device&TokenCode=222222", "outer-device&TokenCode=111111"])
    {
        assert!(body.contains(&format!("SerialNumber={code}")), "{body}");
    }

    credentials.0.current.store(Some(expiring_in(0)));
    let Source::AssumeRole { roles, .. } = &credentials.0.source else { panic!("it is a chain") };
    roles[0].keys.store(None);
    roles[1].keys.store(None);
    assert!(credentials.wanted_codes().is_empty());
    let error = run(credentials.get()).unwrap_err();
    assert_eq!(error.class_name(), "RefreshWithMFAUnsupportedError");
}

#[test]
fn a_role_in_the_middle_of_a_chain_is_assumed_again_only_when_its_keys_end() {
    let keys = |name| Sts::keys("AssumeRole", name);
    let sts = Sts::new([keys("INNER"), keys("OUTER"), keys("OUTER-2")]);
    let source = chain([role(None), role(Some("device"))]);
    let credentials = credentials(source, sts.client());
    credentials.give_codes(vec!["111111".to_owned()]);
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER");
    credentials.0.current.store(Some(expiring_in(0)));
    let Source::AssumeRole { roles, .. } = &credentials.0.source else { panic!("it is a chain") };
    roles[0].keys.store(Some(expiring_in(60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER-2");
    assert!(sts.asked()[2].2.as_deref().unwrap().contains("Credential=INNER/"));
}

/// A file of `depth` profiles, each the source of the one before.
fn chain_of_profiles(depth: usize) -> Scope {
    let directory = Script::new();
    let path = directory.directory.join("config");
    let mut text = "[default]\nrole_arn = r\nsource_profile = p1\n".to_owned();
    for number in 1..depth {
        let next = number + 1;
        text += &format!("[profile p{number}]\nrole_arn = r{number}\nsource_profile = p{next}\n");
    }
    text += &format!("[profile p{depth}]\naws_access_key_id = A\naws_secret_access_key = S\n");
    std::fs::write(&path, text).unwrap();
    let env = Env::from_slice(&[("AWS_CONFIG_FILE", path.to_str().unwrap()), ("HOME", "/nowhere")]);
    Scope::of(&Arguments::default(), env).unwrap().0
}

#[test]
fn chains_of_profiles_may_be_long() {
    // A small stack: recursion over the chain anywhere would end the process.
    let work = || {
        let depth = 3_000;
        let source = Source::find(&chain_of_profiles(depth)).unwrap();
        let Source::AssumeRole { roles, .. } = &source else { panic!("it is a chain") };
        assert_eq!((roles.len(), roles[0].arn.as_str()), (depth, "r"));
        let credentials = credentials(source.clone(), no_network());
        assert!(!format!("{credentials:?}").is_empty());
        drop(credentials);
        drop(source);
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn long_chains_are_assumed_one_by_one() {
    let depth = 40;
    let sts = Sts::new((0..depth).map(|_| Sts::keys("AssumeRole", "ROLE")));
    let source = Source::find(&chain_of_profiles(depth)).unwrap();
    assert_eq!(run(credentials(source, sts.client()).get()).unwrap().access_key_id(), "ROLE");
    let roles: Vec<_> = sts.asked().into_iter().map(|(_, body, _)| body).collect();
    assert_eq!(roles.len(), depth);
    assert!(roles[0].contains("RoleArn=r39&"), "{}", roles[0]);
    assert!(roles[depth - 1].contains("RoleArn=r&"), "{}", roles[depth - 1]);
}

#[test]
fn a_session_keeps_what_its_first_client_found() {
    let session = SessionCredentials::default();
    let found = |source| session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap();
    let script = Script::new();
    let is_same = |one: &Credentials, other: &Credentials| Arc::ptr_eq(&one.0, &other.0);
    // Nobody has keys yet: what the settings say by now counts, and only if it is something else.
    let nowhere = found(Source::Nowhere);
    assert!(is_same(&nowhere, &found(Source::Nowhere)));
    let process = found(script.source(0.0, 3600));
    assert!(!is_same(&nowhere, &process));
    assert!(is_same(&process, &found(script.source(0.0, 3600))));
    let other = found(script.failing());
    assert!(!is_same(&process, &other));
    let process = found(script.source(0.0, 3600));
    run(process.get()).unwrap();
    assert!(is_same(&process, &found(script.failing())));
    let unwanted = || panic!("the session has keys");
    assert!(is_same(&process, &session.get_or_find(unwanted).unwrap()));
}

#[test]
fn places_that_fetch_keys_later_are_kept_at_once() {
    let session = SessionCredentials::default();
    let found = |source| session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap();
    let first = found(chain([role(None)]));
    assert!(Arc::ptr_eq(&first.0, &found(Source::Nowhere).0));
}

#[test]
fn an_error_of_the_look_up_is_not_kept() {
    let session = SessionCredentials::default();
    let error = session.get_or_find(|| Err(Error::new(Kind::NoCredentials))).unwrap_err();
    assert!(error.is_no_credentials());
    assert!(session.get_or_find(|| Ok(credentials(base_keys(), no_network()))).is_ok());
}

#[test]
fn clients_made_at_once_share_as_well() {
    let session = SessionCredentials::default();
    let script = Script::new();
    let barrier = Arc::new(std::sync::Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (session, barrier) = (session.clone(), barrier.clone());
            let source = script.source(0.0, 3600);
            std::thread::spawn(move || {
                barrier.wait();
                session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap()
            })
        })
        .collect();
    let found: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(found.iter().all(|one| Arc::ptr_eq(&one.0, &found[0].0)));
}
