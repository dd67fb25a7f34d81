//! Credentials from the endpoint of an ECS task, of an EKS pod, or of a local program.
//!
//! `aws-config`'s provider sends its requests through proxies, accepts different hosts as local
//! from those that botocore accepts, and reads only one form of times.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_types::os_shim_internal::Env;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Request, StatusCode, Uri};
use serde_json::Value;

use crate::credentials::identity::Identity;
use crate::credentials::identity_http::{self, RequestOptions};
use crate::credentials::json;
use crate::environment::arguments::Verify;
use crate::error::Error;

const METHOD: &str = "container-role";
const ECS_HOST: &str = "169.254.170.2";
const ALLOWED_HOSTS: [&str; 4] = [ECS_HOST, "169.254.170.23", "fd00:ec2::23", "localhost"];
const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// The endpoint. The token is read before each request, because its file is replaced from time to
/// time.
#[derive(Clone)]
pub struct Container {
    uri: String,
    env: Env,
}

impl fmt::Debug for Container {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Container(…)") // A URL may hold a password.
    }
}

impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        self.uri == other.uri
    }
}

impl Container {
    /// The endpoint that the environment names. As in botocore, an empty variable counts as set.
    pub fn configured(env: &Env) -> Option<Self> {
        let uri = match (env.get(RELATIVE_URI), env.get(FULL_URI)) {
            (Ok(relative), _) => format!("http://{ECS_HOST}{relative}"),
            (Err(_), Ok(full)) => full,
            (Err(_), Err(_)) => return None,
        };
        Some(Container { uri, env: env.clone() })
    }

    /// Retrieves the credentials. Error: `CredentialRetrievalError`.
    pub async fn retrieve(&self) -> Result<Identity, Error> {
        let request = self.request().map_err(|error| Error::credential_retrieval(METHOD, error))?;
        let mut attempt = 1;
        let response = loop {
            match send(request.clone()).await {
                Ok(response) => break response,
                Err(error) if attempt == ATTEMPTS => {
                    return Err(Error::credential_retrieval(METHOD, error));
                }
                Err(_) => attempt += 1,
            }
            tokio::time::sleep(PAUSE).await;
        };
        identity(&response).map_err(|error| Error::credential_retrieval(METHOD, error))
    }

    fn request(&self) -> Result<Request<Bytes>, String> {
        let uri = allowed(&self.uri)?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(token) = self.token()? {
            let invalid = |_| "Auth token value is not a legal header value".to_owned();
            headers.insert(AUTHORIZATION, HeaderValue::try_from(token).map_err(invalid)?);
        }
        Ok(request)
    }

    fn token(&self) -> Result<Option<String>, String> {
        match self.env.get(TOKEN_FILE) {
            Ok(path) => std::fs::read_to_string(&path)
                .map(Some)
                .map_err(|error| format!("the file in {TOKEN_FILE} cannot be read: {error}")),
            Err(_) => Ok(self.env.get(TOKEN).ok()),
        }
    }
}

/// The URI, if credentials and token may be sent there: to any host over TLS, otherwise only to
/// this machine or to the addresses that AWS uses. As in botocore, other notations of a loopback
/// address (`http://2130706433`) are refused, because resolvers may interpret them differently.
fn allowed(uri: &str) -> Result<Uri, String> {
    let parsed = identity_http::uri(uri);
    let host = parsed.as_ref().and_then(Uri::host).unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match parsed {
        Some(parsed) if parsed.scheme_str() == Some("https") && !host.is_empty() => Ok(parsed),
        Some(parsed)
            if parsed.scheme_str() == Some("http")
                && (is_loopback || ALLOWED_HOSTS.contains(&host)) =>
        {
            Ok(parsed)
        }
        _ => Err(format!(
            "Unsupported host '{host}'.  Can only retrieve metadata from a loopback address or \
             one of these hosts: {}",
            ALLOWED_HOSTS.join(", ")
        )),
    }
}

async fn send(request: Request<Bytes>) -> Result<Value, String> {
    let options = RequestOptions {
        verify: Verify::Default,
        use_proxies: false,
        connect_timeout: Some(TIMEOUT),
        read_timeout: Some(TIMEOUT),
    };
    let (head, body) = identity_http::send(request, &options)
        .await
        .map_err(|error| {
            format!("Received error when attempting to retrieve container metadata: {error}")
        })?
        .into_parts();
    if head.status != StatusCode::OK {
        return Err(format!(
            "Received non 200 response {} from container metadata: {}",
            head.status.as_u16(),
            String::from_utf8_lossy(&body)
        ));
    }
    json::parse(&body).map_err(|why| {
        format!("Unable to parse JSON returned from container metadata services: {why}")
    })
}

fn identity(response: &Value) -> Result<Identity, String> {
    for required in ["Token", "Expiration"] {
        if response.get(required).is_none() {
            return Err(format!("Missing required key in response: '{required}'"));
        }
    }
    let identity = json::identity(response, "Token", METHOD)?;
    Ok(identity.with_account_id(json::account_id(response)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(variables: &[(&str, &str)]) -> Option<Container> {
        Container::configured(&Env::from_slice(variables))
    }

    #[test]
    fn the_relative_uri_takes_precedence_even_if_it_is_empty() {
        assert!(container(&[]).is_none());
        for (relative, uri) in
            [("/v2/keys?id=1", "http://169.254.170.2/v2/keys?id=1"), ("", "http://169.254.170.2")]
        {
            let both = [(RELATIVE_URI, relative), (FULL_URI, "http://127.0.0.1/other")];
            assert_eq!(container(&both).unwrap().uri, uri);
        }
        assert_eq!(container(&[(FULL_URI, "")]).unwrap().uri, "");
    }

    #[test]
    fn credentials_come_only_over_tls_from_this_machine_or_from_aws() {
        for uri in [
            "https://example.com/keys",
            "http://127.0.0.1:80/",
            "http://127.1.2.3/",
            "http://[::1]:9/keys?a=b",
            "http://localhost/",
            "http://LOCALHOST/",
            "http://169.254.170.2",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/",
            "http://[FD00:EC2::23]/",
        ] {
            assert!(allowed(uri).is_ok(), "{uri}");
        }
        for uri in [
            "",
            "/keys",
            "localhost/keys",
            "http://",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://[::2]/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "ftp://localhost/",
        ] {
            let error = allowed(uri).unwrap_err();
            assert!(error.starts_with("Unsupported host '"), "{uri}: {error}");
        }
    }
}
