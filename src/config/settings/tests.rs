//! Compares settings with botocore's, which `tools/record_settings_reference.py` records.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use aws_smithy_runtime_api::client::http::http_client_fn;
use serde_json::{Map, Value};

use aws_types::os_shim_internal::Env;

use super::*;
use crate::environment::arguments::UNSIGNED;

/// A directory for one scenario, which is deleted at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fastbedrock-settings-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn environment(directory: &Path, scenario: &Value) -> Env {
    for name in ["config", "credentials"] {
        if let Some(text) = scenario[format!("{name}_file")].as_str() {
            std::fs::write(directory.join(name), text).unwrap();
        }
    }
    let directory = directory.to_str().unwrap();
    let (config, credentials) = (format!("{directory}/config"), format!("{directory}/credentials"));
    let mut variables = vec![
        ("HOME", directory.to_owned()),
        ("AWS_CONFIG_FILE", config),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ];
    let of_scenario = object(&scenario["env"]);
    for (name, value) in &of_scenario {
        variables.push((name, value.as_str().unwrap().replace("{dir}", directory)));
    }
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Env::from_slice(&variables)
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn arguments(scenario: &Value) -> Arguments {
    let mut out = Arguments::default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    for (name, value) in &object(&scenario["arguments"]) {
        match name.as_str() {
            "region_name" => out.region_name = text(value),
            "profile" => out.profile_name = text(value),
            "endpoint_url" => out.endpoint_url = text(value),
            "use_ssl" => out.use_ssl = value.as_bool(),
            "verify" => out.verify = Some(trust(value)),
            "aws_access_key_id" => out.aws_access_key_id = text(value),
            "aws_secret_access_key" => out.aws_secret_access_key = text(value),
            "aws_session_token" => out.aws_session_token = text(value),
            unknown => panic!("no such argument: {unknown}"),
        }
    }
    for (name, value) in &object(&scenario["config"]) {
        match name.as_str() {
            "region_name" => out.config_region_name = text(value),
            "signature_version" if value == "UNSIGNED" => {
                out.signature_version = Some(UNSIGNED.to_owned());
            }
            "signature_version" => out.signature_version = text(value),
            "auth_scheme_preference" => out.auth_scheme_preference = text(value),
            "use_fips_endpoint" => out.use_fips_endpoint = value.as_bool(),
            "use_dualstack_endpoint" => out.use_dualstack_endpoint = value.as_bool(),
            "ignore_configured_endpoint_urls" => {
                out.ignore_configured_endpoint_urls = value.as_bool();
            }
            "max_pool_connections" => {
                out.max_pool_connections = value.as_u64().map(|size| size.try_into().unwrap());
            }
            "user_agent" => out.user_agent = text(value),
            "user_agent_extra" => out.user_agent_extra = text(value),
            "user_agent_appid" => out.user_agent_appid = text(value),
            "retries" => {
                out.retry_mode = text(&value["mode"]);
                out.total_max_attempts =
                    value["total_max_attempts"].as_u64().map(|count| count.try_into().unwrap());
            }
            unknown => panic!("no such option: {unknown}"),
        }
    }
    out
}

fn trust(value: &Value) -> Verify {
    match value {
        Value::Bool(true) => Verify::Default,
        Value::Bool(false) => Verify::Off,
        path => Verify::Bundle(path.as_str().unwrap().into()),
    }
}

fn failure(error: &Error) -> Value {
    let fields = error.fields().into_iter().filter(|(name, _)| *name != "error");
    // botocore's text does not name the setting that is not a number.
    let unnamed = |value: String| match value.find("invalid literal for int()") {
        Some(start) => value[start..].to_owned(),
        None => value,
    };
    let fields: Map<_, _> =
        fields.map(|(name, value)| (name.to_owned(), unnamed(value).into())).collect();
    serde_json::json!({"class": error.class_name(), "fields": fields})
}

/// The authentication of the client's requests, in the form of the recording.
fn request_auth(auth: &Auth, runtime: &tokio::runtime::Runtime) -> Result<Value, Error> {
    Ok(match auth {
        Auth::None => serde_json::json!({"authorization": null}),
        Auth::Bearer(token) => serde_json::json!({"authorization": format!("Bearer {}", &**token)}),
        Auth::Unavailable(error) => return Err(error.clone()),
        Auth::External(_) | Auth::ExternalBearer => panic!("Python was not asked for an identity"),
        Auth::SigV4(credentials) => {
            let found = runtime.block_on(credentials.get())?;
            let keys = (found.access_key_id(), found.secret_access_key(), found.session_token());
            serde_json::json!({"authorization": "AWS4", "method": found.method(), "keys": keys})
        }
    })
}

/// Compares one scenario and describes the first difference.
fn difference(scenario: &Value, runtime: &tokio::runtime::Runtime) -> Option<String> {
    let directory = Directory::new();
    let env = environment(&directory.0, scenario);
    let service = Service::find("bedrock-runtime").unwrap();
    let no_network = |_: &Verify| http_client_fn(|_, _| panic!("no network"));
    let expected = &scenario["expected"];
    let arguments = arguments(scenario);
    let resolve = |(environment, region_name): (Environment, Option<String>)| {
        let region_name = region_name.as_deref();
        Settings::resolve_in(service, &arguments, None, &environment, region_name, no_network)
    };
    let settings = match Environment::read(&arguments, env).and_then(resolve) {
        Ok(settings) => settings,
        Err(error) => {
            let mut actual = failure(&error);
            if let Some(Value::String(path)) = actual["fields"].get_mut("path") {
                *path = path.replace(directory.0.to_str().unwrap(), "{dir}");
            }
            return differs("error", &expected["error"], &actual);
        }
    };
    let endpoint = &settings.endpoint;
    let mut actual = serde_json::json!({
        "region": settings.region,
        "endpoint_url": endpoint.url,
        "partition": settings.partition,
        "retries": {"mode": settings.retry_mode.name()},
        "max_pool_connections": settings.max_idle_connections.unwrap_or(10),
    });
    if let Some(attempts) = settings.total_max_attempts {
        actual["retries"]["total_max_attempts"] = attempts.into();
    }
    let call = &expected["call"];
    if call["authorization"] == "AWS4" || expected["error"].is_object() || call.is_null() {
        let Auth::SigV4(credentials) = &settings.auth else {
            return Some(format!("SigV4 expected, not {:?}", settings.auth));
        };
        if call.is_null() && expected["error"].is_null() {
            // The credentials would come over the network, but their provider is known.
            actual["method"] = credentials.method().into();
        }
    }
    if !call.is_null() || expected["error"].is_object() {
        match request_auth(&settings.auth, runtime) {
            Ok(Value::Object(found)) => {
                let scope = (&endpoint.signing_region, &endpoint.signing_name);
                let signed = found["authorization"] == "AWS4";
                actual["call"] = serde_json::json!({
                    "authorization": found["authorization"],
                    "origin": endpoint.origin.to_string().trim_end_matches('/'),
                    "path_prefix": endpoint.path_prefix,
                    "scope": if signed { serde_json::json!(scope) } else { Value::Null },
                    "user_agent": user_agent_words(&settings.user_agent),
                });
                if signed {
                    actual["keys"] = found["keys"].clone();
                    actual["method"] = found["method"].clone();
                }
            }
            Ok(_) => unreachable!("the authentication is an object"),
            // boto3 runs a credential process when it creates the client, fastbedrock at the first
            // call.
            Err(error) if expected["error"].is_object() => {
                return differs("error", &expected["error"], &failure(&error));
            }
            Err(error) => actual["call"] = serde_json::json!({"error": failure(&error)}),
        }
    }
    let verify = (settings.verify != trust(&expected["verify"]))
        .then(|| format!("verify: {:?}", settings.verify));
    let fields = object(&actual);
    let first = fields.iter().find_map(|(name, value)| differs(name, &expected[name], value));
    first.or(verify)
}

fn differs(name: &str, expected: &Value, actual: &Value) -> Option<String> {
    (expected != actual).then(|| format!("{name}: expected {expected}, got {actual}"))
}

fn user_agent_words(user_agent: &str) -> String {
    let known =
        |word: &&str| ["app/", "cfg/", "more", "mine"].iter().any(|own| word.starts_with(own));
    user_agent.split(' ').filter(known).collect::<Vec<_>>().join(" ")
}

fn assert_section(name: &str) {
    let recorded = include_str!("../../../tests/data/settings_reference.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let scenarios = recorded[name].as_array().unwrap();
    assert!(!scenarios.is_empty());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let differences: Vec<_> = scenarios
        .iter()
        .filter_map(|scenario| Some(format!("{}\n  {scenario}", difference(scenario, &runtime)?)))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn regions_match_botocores() {
    assert_section("regions");
}

#[test]
fn profiles_match_botocores() {
    assert_section("profiles");
}

#[test]
fn endpoints_match_botocores() {
    assert_section("endpoints");
}

#[test]
fn authentication_matches_botocores() {
    assert_section("authentication");
}

#[test]
fn credentials_match_botocores() {
    assert_section("credentials");
}

#[test]
fn retries_match_botocores() {
    assert_section("retries");
}

#[test]
fn trusted_certificates_match_botocores() {
    assert_section("trust");
}

#[test]
fn sizes_and_names_match_botocores() {
    assert_section("sizes");
}

/// The settings of a client in `us-east-1` with these variables.
fn settings(arguments: Arguments, variables: &[(&str, &str)]) -> Settings {
    let files = [("AWS_CONFIG_FILE", "/nowhere"), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
    let env = Env::from_slice(&[&files, variables].concat());
    let service = Service::find("bedrock-runtime").unwrap();
    let no_network = |_: &Verify| http_client_fn(|_, _| panic!("no network"));
    let (environment, region_name) = Environment::read(&arguments, env).unwrap();
    let region_name = region_name.as_deref();
    Settings::resolve_in(service, &arguments, None, &environment, region_name, no_network).unwrap()
}

#[test]
fn intended_differences_from_botocore() {
    let made = settings(Arguments::default(), &[("AWS_REGION", "eu-west-3")]);
    assert_eq!(made.region, "eu-west-3");
    assert_eq!(made.connect_timeout, Some(Duration::from_secs(10)));
    assert_eq!(made.read_timeout, Some(Duration::from_secs(600)));
    assert!(!made.retry_read_timeout);
    let arguments = Arguments {
        connect_timeout: Some(Timeout(Some(Duration::from_secs(3)))),
        read_timeout: Some(Timeout(None)),
        retry_read_timeout: true,
        ..Arguments::default()
    };
    let both = [("AWS_REGION", "eu-west-3"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    let made = settings(arguments, &both);
    assert_eq!(made.region, "eu-west-1");
    assert_eq!((made.connect_timeout, made.read_timeout), (Some(Duration::from_secs(3)), None));
    assert!(made.retry_read_timeout);
}

#[test]
fn an_api_key_comes_first_and_needs_tls() {
    let half_a_pair = [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "A")];
    let with_api_key = |endpoint_url: Option<&str>| Arguments {
        api_key: Some("hidden".to_owned()),
        endpoint_url: endpoint_url.map(str::to_owned),
        signature_version: Some("v4".to_owned()),
        ..Arguments::default()
    };
    let made = settings(with_api_key(None), &half_a_pair);
    assert!(matches!(&made.auth, Auth::Bearer(token) if &**token == "hidden"));
    assert!(!format!("{:?}", made.auth).contains("hidden"));
    let made = settings(with_api_key(Some("http://localhost")), &half_a_pair);
    let Auth::Unavailable(error) = &made.auth else { panic!("{:?}", made.auth) };
    assert_eq!(error.class_name(), "InvalidEndpointConfigurationError");
}

#[test]
fn the_user_agent_has_awss_format() {
    let arguments = Arguments {
        user_agent_language: Some("python#3.12.4".to_owned()),
        user_agent_appid: Some("my app/1".to_owned()),
        user_agent_extra: Some("more/1 (as it is)".to_owned()),
        ..Arguments::default()
    };
    let variables = [("AWS_REGION", "us-east-1"), ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12")];
    let user_agent = settings(arguments, &variables).user_agent;
    let words: Vec<_> = user_agent.split(' ').collect();
    let (product, rest) = words.split_first().unwrap();
    assert_eq!(*product, concat!("fastbedrock/", env!("CARGO_PKG_VERSION")));
    assert_eq!(rest[0], "ua/2.1");
    assert!(rest[1].starts_with("os/") && rest[2].starts_with("md/arch#"), "{user_agent}");
    let expected = "lang/python#3.12.4 exec-env/AWS_Lambda_python3.12 cfg/retry-mode#standard \
                    app/my-app-1 more/1 (as it is)";
    assert_eq!(rest[3..].join(" "), expected);
}
