//! Instance metadata, served on a loopback address.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;

/// Serves `requests` requests on a loopback address. `respond` maps a request's head to the
/// response.
fn serve(
    requests: usize,
    respond: impl Fn(&str) -> (u16, String) + Send + 'static,
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
            let (status, body) = respond(&head);
            let size = body.len();
            // In one test, the client stops waiting for the response.
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {size}\r\n\r\n{body}");
            heads.push(head);
        }
        heads
    });
    (url, thread)
}

fn metadata_credentials(lifetime: i64) -> String {
    serde_json::json!({
        "Code": "Success", "AccessKeyId": "MA", "SecretAccessKey": "MS", "Token": "MT",
        "Expiration": time(lifetime),
    })
    .to_string()
}

fn retrieve_from_metadata(variables: &[(&str, &str)]) -> Result<Arc<Identity>, Error> {
    let source = CredentialSource::find(&environment(variables)).unwrap();
    assert_eq!(source.method(), "iam-role");
    run(credentials(source, no_network()).get())
}

#[test]
fn requests_to_instance_metadata_carry_a_token() {
    let (url, server) = serve(3, |head| match head.lines().next().unwrap() {
        "put /base/latest/api/token http/1.1" => (200, "the-token".to_owned()),
        "get /base/latest/meta-data/iam/security-credentials/ http/1.1" => (200, "role".to_owned()),
        "get /base/latest/meta-data/iam/security-credentials/role http/1.1" => {
            (200, metadata_credentials(6 * 3600))
        }
        _ => (500, String::new()),
    });
    let endpoint = format!("{url}/base/");
    let found =
        retrieve_from_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint)]).unwrap();
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

/// Checks that version 1 is used if this is the response to the request for a token.
fn assert_version_1(token_response: impl Fn() -> (u16, String) + Send + 'static) {
    let (url, server) = serve(3, move |head| match head {
        put if put.starts_with("put") => token_response(),
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, metadata_credentials(6 * 3600)),
    });
    let found = retrieve_from_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap();
    assert_eq!(found.access_key_id(), "MA");
    let heads = server.join().unwrap();
    assert!(heads.iter().skip(1).all(|head| !head.contains("metadata-token")));
}

#[test]
fn version_1_is_used_if_the_service_issues_no_tokens() {
    for status in [403, 404, 405, 500] {
        assert_version_1(move || (status, String::new()));
    }
}

#[test]
fn version_1_is_used_if_no_token_arrives_in_time() {
    assert_version_1(|| {
        std::thread::sleep(Duration::from_millis(1200));
        (200, "too late".to_owned())
    });
}

#[test]
fn version_1_of_instance_metadata_can_be_disabled() {
    let (url, server) = serve(1, |_| (404, String::new()));
    let error = retrieve_from_metadata(&[
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
        ("AWS_EC2_METADATA_V1_DISABLED", "true"),
    ])
    .unwrap_err();
    assert_eq!(error.class_name(), "MetadataRetrievalError");
    server.join().unwrap();
}

#[test]
fn instance_metadata_without_credentials_raises_no_credentials_error() {
    let unusable = |head: &str| match head {
        put if put.starts_with("put") => (200, "token".to_owned()),
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, r#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no"}"#.to_owned()),
    };
    type Respond = fn(&str) -> (u16, String);
    let responses: [(usize, Respond); 4] = [
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
    for (requests, respond) in responses {
        let (url, server) = serve(requests, respond);
        let error =
            retrieve_from_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap_err();
        assert_eq!(error.class_name(), "NoCredentialsError");
        server.join().unwrap();
    }
}

#[test]
fn a_machine_without_instance_metadata_fails_soon() {
    // The first address refuses connections, the second never responds.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let started = Instant::now();
        let url = format!("http://{address}");
        let error =
            retrieve_from_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap_err();
        assert_eq!(error.class_name(), "NoCredentialsError");
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    }
}

#[test]
fn stale_instance_metadata_is_used_for_a_while() {
    let (url, server) = serve(3, |head| match head {
        put if put.starts_with("put") => (200, "token".to_owned()),
        role if role.contains("security-credentials/ ") => (200, "role".to_owned()),
        _ => (200, metadata_credentials(-3600)),
    });
    let found = retrieve_from_metadata(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).unwrap();
    let left = found.expires().unwrap().duration_since(SystemTime::now()).unwrap();
    let minutes = left.as_secs() / 60;
    assert!((16..=25).contains(&minutes), "{minutes}");
    server.join().unwrap();
}
