//! Which proxy, if any, stands between a client and a URL.

use std::collections::BTreeMap;

use aws_types::os_shim_internal::Env;
pub use hyper_util::client::proxy::matcher::Intercept as Proxy;
use hyper_util::client::proxy::matcher::Matcher;

/// `given` is `Config(proxies=…)`, from scheme to proxy, and then all that counts; otherwise the
/// environment decides: `http_proxy`, `https_proxy` and `no_proxy`, in lower or upper case.
pub fn choose(
    url: &http::Uri,
    given: Option<&BTreeMap<String, String>>,
    env: &Env,
) -> Option<Proxy> {
    let variable = |name: &str| {
        let upper = name.to_ascii_uppercase();
        env.get(name).or_else(|_| env.get(&upper)).ok().filter(|value| !value.is_empty())
    };
    let builder = Matcher::builder();
    let no_proxy = variable("no_proxy").unwrap_or_default();
    let matcher = match given {
        Some(given) => {
            let proxy = |scheme: &str| given.get(scheme).cloned().unwrap_or_default();
            builder.http(proxy("http")).https(proxy("https"))
        }
        None if is_exempt(url, &no_proxy) => return None,
        None => {
            // A server sets HTTP_PROXY from its client's Proxy header under CGI.
            let http = variable("http_proxy").filter(|_| env.get("REQUEST_METHOD").is_err());
            builder
                .http(http.unwrap_or_default())
                .https(variable("https_proxy").unwrap_or_default())
                .no(no_proxy)
        }
    };
    matcher.build().intercept(url)
}

/// Python's rule, which boto3 goes by: `*` for all hosts, and a name for itself and the names
/// below it, with a port for that port only. The matcher adds networks (`10.0.0.0/8`).
fn is_exempt(url: &http::Uri, no_proxy: &str) -> bool {
    let Some(authority) = url.authority() else { return false };
    let is_below = |host: &str, name: &str| {
        host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    };
    let is_named =
        |name: &str| is_below(authority.host(), name) || is_below(authority.as_str(), name);
    let names = no_proxy.split(',').map(str::trim).filter(|name| !name.is_empty());
    no_proxy == "*"
        || names
            .map(|name| name.trim_start_matches('.').to_ascii_lowercase())
            .any(|name| is_named(&name))
}

/// The proxy's URL for error texts, without its password.
pub fn shown(proxy: &Proxy) -> String {
    proxy.uri().to_string().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_of(url: &str, env: &[(&str, &str)]) -> Option<String> {
        choose(&url.parse().unwrap(), None, &Env::from_slice(env)).map(|proxy| shown(&proxy))
    }

    #[test]
    fn the_environment_decides_by_scheme_and_no_proxy() {
        let env =
            [("HTTPS_PROXY", "http://user:secret@proxy:3128"), ("no_proxy", "localhost,.corp")];
        let found = proxy_of("https://bedrock-runtime.us-east-1.amazonaws.com", &env);
        assert_eq!(found.as_deref(), Some("http://proxy:3128"));
        assert_eq!(proxy_of("http://example.com", &env), None);
        assert_eq!(proxy_of("https://localhost:8080", &env), None);
        assert_eq!(proxy_of("https://bedrock.corp", &env), None);
    }

    #[test]
    fn no_proxy_is_read_as_python_reads_it() {
        let is_direct = |url: &str, no_proxy: &str| {
            proxy_of(url, &[("http_proxy", "proxy:3128"), ("no_proxy", no_proxy)]).is_none()
        };
        assert!(is_direct("http://127.0.0.1:8080", "*"));
        assert!(is_direct("http://127.0.0.1:8080", "localhost, 127.0.0.1:8080"));
        assert!(is_direct("http://bedrock.corp:8080", "CORP:8080"));
        assert!(is_direct("http://10.1.2.3", "10.0.0.0/8"));
        assert!(!is_direct("http://127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(!is_direct("http://notcorp", "corp,"));
    }

    #[test]
    fn the_config_replaces_the_environment() {
        let env = Env::from_slice(&[("https_proxy", "http://other"), ("no_proxy", "*")]);
        let url = "https://example.com".parse().unwrap();
        let given = BTreeMap::from([("https".to_owned(), "proxy:3128".to_owned())]);
        let found = choose(&url, Some(&given), &env).map(|proxy| shown(&proxy));
        assert_eq!(found.as_deref(), Some("http://proxy:3128"));
        assert!(choose(&url, Some(&BTreeMap::new()), &env).is_none());
    }
}
