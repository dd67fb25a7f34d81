//! Roles, assumed at an STS that remembers what it was asked.

use std::sync::Mutex;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::super::role::Role;
use super::*;

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

pub(super) fn role(mfa_serial: Option<&str>) -> Role {
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
pub(super) fn chain(roles: impl IntoIterator<Item = Role>) -> Source {
    let roles = roles.into_iter().collect();
    Source::AssumeRole { roles, source: Box::new(base_keys()) }
}

pub(super) fn base_keys() -> Source {
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
