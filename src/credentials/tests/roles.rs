//! Roles that are assumed with a fake STS.

use std::sync::Mutex;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::credentials::providers::assume_role::AssumedRole;

/// URL, body and authorization of a request.
type RecordedRequest = (String, String, Option<String>);

/// An STS that records its requests.
#[derive(Debug)]
struct Sts {
    requests: Mutex<Vec<RecordedRequest>>,
    responses: Mutex<Vec<(u16, String)>>,
}

impl Sts {
    /// Sends `responses` one after the other.
    fn new(responses: impl IntoIterator<Item = (u16, String)>) -> Arc<Self> {
        let mut responses: Vec<_> = responses.into_iter().collect();
        responses.reverse();
        Arc::new(Sts { requests: Mutex::default(), responses: Mutex::new(responses) })
    }

    fn client(self: &Arc<Self>) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(StsConnector(self.clone()));
        http_client_fn(move |_, _| connector.clone())
    }

    fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap().clone()
    }

    fn credentials(action: &str, access_key: &str) -> (u16, String) {
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
        self.0.requests.lock().unwrap().push((request.uri().to_owned(), body, authorization));
        let (status, response) =
            self.0.responses.lock().unwrap().pop().expect("one request too many");
        let status = status.try_into().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(response))))
    }
}

pub(super) fn role(mfa_serial: Option<&str>) -> AssumedRole {
    AssumedRole {
        arn: "arn:aws:iam::1:role/r".to_owned(),
        session_name: Some("me".to_owned()),
        external_id: Some("ext".to_owned()),
        duration: Some(1800),
        mfa_serial: mfa_serial.map(str::to_owned),
        last_credentials: Arc::default(),
    }
}

/// Roles to assume with static credentials, in reverse order.
pub(super) fn chain(roles: impl IntoIterator<Item = AssumedRole>) -> CredentialSource {
    let roles = roles.into_iter().collect();
    CredentialSource::AssumeRole { roles, source: Box::new(base_credentials()) }
}

pub(super) fn base_credentials() -> CredentialSource {
    let keys = Identity::new("BASE", "hidden", None, None, "config-file");
    CredentialSource::Static(Arc::new(keys))
}

#[test]
fn roles_are_assumed_with_the_credentials_of_the_next_one() {
    let sts = Sts::new([
        Sts::credentials("AssumeRole", "FIRST"),
        Sts::credentials("AssumeRole", "SECOND"),
    ]);
    let found = run(credentials(chain([role(None), role(None)]), sts.client()).get()).unwrap();
    let keys = (found.access_key_id(), found.session_token(), found.method());
    assert_eq!(keys, ("SECOND", Some("RT"), "assume-role"));
    assert!(found.expires().is_some());
    let requests = sts.requests();
    for ((url, body, authorization), signer) in requests.iter().zip(["BASE", "FIRST"]) {
        assert!(url.starts_with("https://sts.us-west-2.amazonaws.com"), "{url}");
        for part in ["RoleSessionName=me", "ExternalId=ext", "DurationSeconds=1800", "role%2Fr"] {
            assert!(body.contains(part), "{body}");
        }
        let authorization = authorization.as_deref().unwrap();
        assert!(authorization.contains(&format!("Credential={signer}/")), "{authorization}");
    }
    assert_eq!(requests.len(), 2);
}

#[test]
fn web_identities_are_sent_without_a_signature() {
    let sts = Sts::new([Sts::credentials("AssumeRoleWithWebIdentity", "WEB")]);
    let token_file = std::env::temp_dir().join(format!("fastbedrock-jwt-{}", std::process::id()));
    std::fs::write(&token_file, "the-jwt").unwrap();
    let token_path = token_file.to_str().unwrap();
    let environment = environment(&[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token_path),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/w"),
    ]);
    let found = run(credentials(CredentialSource::find(&environment).unwrap(), sts.client()).get())
        .unwrap();
    std::fs::remove_file(&token_file).unwrap();
    let keys = (found.access_key_id(), found.method());
    assert_eq!(keys, ("WEB", "assume-role-with-web-identity"));
    let (_, body, authorization) = &sts.requests()[0];
    assert!(body.contains("WebIdentityToken=the-jwt"), "{body}");
    assert!(body.contains("RoleSessionName=fastbedrock-session-"), "{body}");
    assert_eq!(authorization.as_deref(), None);
}

#[test]
fn a_refused_role_says_why_and_hides_the_credentials() {
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>\
                   </Error></ErrorResponse>";
    let sts = Sts::new([(403, refusal.to_owned())]);
    let error = run(credentials(chain([role(None)]), sts.client()).get()).unwrap_err();
    assert_eq!(error.class_name(), "CredentialRetrievalError");
    let text = error.to_string();
    assert!(text.contains("assume-role") && text.contains("AccessDenied"), "{text}");
    assert!(text.contains("not you") && !text.contains("hidden"), "{text}");
    assert_eq!(sts.requests().len(), 1);
}

#[test]
fn codes_of_devices_are_used_once_and_in_their_order() {
    let sts = Sts::new([
        Sts::credentials("AssumeRole", "INNER"),
        Sts::credentials("AssumeRole", "OUTER"),
    ]);
    let source = chain([role(Some("outer-device")), role(Some("inner-device"))]);
    let credentials = credentials(source, sts.client());
    assert_eq!(credentials.wanted_codes(), ["outer-device", "inner-device"]);
    let error = run(credentials.get()).unwrap_err();
    assert_eq!(error.class_name(), "InvalidConfigError");
    assert!(error.fields()[0].1.contains("outer-device and inner-device"), "{error}");
    assert!(sts.requests().is_empty());

    credentials.give_codes(vec!["111111".to_owned(), "222222".to_owned()]);
    assert!(!format!("{credentials:?}").contains("111111"));
    assert!(credentials.wanted_codes().is_empty());
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER");
    let requests = sts.requests();
    for ((_, body, _), code) in
        requests.iter().zip(["inner-device&TokenCode=222222", "outer-device&TokenCode=111111"])
    {
        assert!(body.contains(&format!("SerialNumber={code}")), "{body}");
    }

    credentials.0.current.store(Some(expiring_in(0)));
    let CredentialSource::AssumeRole { roles, .. } = &credentials.0.source else {
        panic!("it is a chain")
    };
    roles[0].last_credentials.store(None);
    roles[1].last_credentials.store(None);
    assert!(credentials.wanted_codes().is_empty());
    let error = run(credentials.get()).unwrap_err();
    assert_eq!(error.class_name(), "RefreshWithMFAUnsupportedError");
}

#[test]
fn a_role_in_the_middle_of_a_chain_is_assumed_again_only_when_its_credentials_expire() {
    let response = |name| Sts::credentials("AssumeRole", name);
    let sts = Sts::new([response("INNER"), response("OUTER"), response("OUTER-2")]);
    let source = chain([role(None), role(Some("device"))]);
    let credentials = credentials(source, sts.client());
    credentials.give_codes(vec!["111111".to_owned()]);
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER");
    credentials.0.current.store(Some(expiring_in(0)));
    let CredentialSource::AssumeRole { roles, .. } = &credentials.0.source else {
        panic!("it is a chain")
    };
    roles[0].last_credentials.store(Some(expiring_in(60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OUTER-2");
    assert!(sts.requests()[2].2.as_deref().unwrap().contains("Credential=INNER/"));
}

/// An environment with `depth` profiles, each of which is the source profile of the one before.
fn chain_of_profiles(depth: usize) -> Environment {
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
    Environment::read(&Arguments::default(), env).unwrap().0
}

#[test]
fn chains_of_profiles_may_be_long() {
    // With this small stack, recursion over the chain would crash the process.
    let work = || {
        let depth = 3_000;
        let source = CredentialSource::find(&chain_of_profiles(depth)).unwrap();
        let CredentialSource::AssumeRole { roles, .. } = &source else { panic!("it is a chain") };
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
    let sts = Sts::new((0..depth).map(|_| Sts::credentials("AssumeRole", "ROLE")));
    let source = CredentialSource::find(&chain_of_profiles(depth)).unwrap();
    assert_eq!(run(credentials(source, sts.client()).get()).unwrap().access_key_id(), "ROLE");
    let roles: Vec<_> = sts.requests().into_iter().map(|(_, body, _)| body).collect();
    assert_eq!(roles.len(), depth);
    assert!(roles[0].contains("RoleArn=r39&"), "{}", roles[0]);
    assert!(roles[depth - 1].contains("RoleArn=r&"), "{}", roles[depth - 1]);
}

#[test]
fn debug_output_hides_secrets() {
    let arguments = Arguments {
        aws_access_key_id: Some("hidden-1".to_owned()),
        aws_secret_access_key: Some("hidden-2".to_owned()),
        aws_session_token: Some("hidden-3".to_owned()),
        ..Arguments::default()
    };
    let process =
        CredentialSource::Process(CredentialProcess::new("run --password hidden-4", None));
    let role = role(Some("device"));
    let role = AssumedRole { external_id: Some("hidden-5".to_owned()), ..role };
    let url = "http://user:hidden-6@localhost";
    let found = |variable| CredentialSource::find(&environment(&[(variable, url)])).unwrap();
    for source in [
        CredentialSource::explicit(&arguments).unwrap().unwrap(),
        process,
        chain([role]),
        found("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        found("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    ] {
        let clients = IdentityClients::new(
            &environment(&[("AWS_ENDPOINT_URL_STS", url)]),
            "us-west-2",
            Ok(3),
        );
        let text = format!("{:?}", CredentialsCache::new(source, clients, no_network()));
        assert!(!text.contains("hidden"), "{text}");
    }
}
