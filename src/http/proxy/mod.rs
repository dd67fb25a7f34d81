//! Which proxy a client uses for a URL.

pub mod tunnel;
mod url;

use std::collections::BTreeMap;
use std::env::VarError;

use aws_types::os_shim_internal::Env;
use hyper_util::client::proxy::matcher::Matcher;

use crate::error::{Error, Kind};

pub use url::Proxy;

/// The proxy for requests to `url`. `config` is `Config(proxies=…)`, which maps schemes to proxies.
/// If `config` is set, the environment (`http_proxy`, `https_proxy` and `no_proxy`) is not read.
///
/// Error: `ValueError` for a proxy that cannot be used. Its text names the setting. Without the error,
/// requests would bypass the proxy.
pub fn choose(
    url: &http::Uri,
    config: Option<&BTreeMap<String, String>>,
    env: &Env,
) -> Result<Option<Proxy>, Error> {
    let scheme = url.scheme_str().unwrap_or_default();
    let setting = match config {
        Some(proxies) => {
            let proxy = proxies.get(scheme).filter(|text| !text.is_empty());
            proxy.map(|text| (format!("proxies['{scheme}']"), text.clone()))
        }
        None => match variable(env, &format!("{scheme}_proxy"))? {
            Some(_) if is_exempt(url, env)? => None,
            setting => setting,
        },
    };
    let Some((name, text)) = setting else { return Ok(None) };
    Proxy::parse(&text).map(Some).map_err(|reason| unusable(&name, reason))
}

/// The name of the variable in the spelling that is set, and its value. As in Python, the name in lower
/// case takes precedence, and an empty value means no proxy.
fn variable(env: &Env, name: &str) -> Result<Option<(String, String)>, Error> {
    let read = |name: &str| match env.get(name) {
        Ok(value) => Ok(Some((name.to_owned(), value)).filter(|(_, value)| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(unusable(name, "it is not UTF-8")),
    };
    if !matches!(env.get(name), Err(VarError::NotPresent)) {
        return read(name);
    }
    if name == "http_proxy" && env.get("REQUEST_METHOD").is_ok() {
        // Under CGI, the server sets HTTP_PROXY to the Proxy header of the client's request.
        return Ok(None);
    }
    let upper = name.to_ascii_uppercase();
    let others = std::env::vars_os().filter_map(|(own, _)| own.into_string().ok());
    let others = others.filter(|own| own.eq_ignore_ascii_case(name));
    for name in std::iter::once(upper).chain(others) {
        if let Some(setting) = read(&name)? {
            return Ok(Some(setting));
        }
    }
    Ok(None)
}

fn unusable(name: &str, reason: &str) -> Error {
    // The text does not contain the URL, because the URL can contain a password.
    let message = format!("{name} is not the URL of a proxy that can be used: {reason}");
    Error::new(Kind::InvalidSetting { message })
}

/// Whether `no_proxy` exempts the host. The rule is Python's, which boto3 follows: a single `*` stands
/// for all hosts, and a name stands for itself and its subdomains, on one port if the name has a port.
/// Networks (`10.0.0.0/8`) are an extension of ours.
fn is_exempt(url: &http::Uri, env: &Env) -> Result<bool, Error> {
    let Some((_, no_proxy)) = variable(env, "no_proxy")? else { return Ok(false) };
    let Some(authority) = url.authority() else { return Ok(false) };
    let (host, authority) = (authority.host().to_ascii_lowercase(), authority.as_str());
    let is_in_domain = |host: &str, name: &str| {
        host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    };
    let is_named = |name: &str| is_in_domain(&host, name) || is_in_domain(authority, name);
    let names = || no_proxy.split(',').map(str::trim).filter(|name| !name.is_empty());
    let networks: Vec<_> = names().filter(|name| name.contains('/')).collect();
    Ok(no_proxy == "*"
        || names().any(|name| is_named(&name.trim_start_matches('.').to_ascii_lowercase()))
        || (!networks.is_empty() && is_inside(url, &networks.join(","))))
}

/// Whether the URL's host is an address in one of the networks, which commas separate.
fn is_inside(url: &http::Uri, networks: &str) -> bool {
    let matcher = Matcher::builder().all("http://any").no(networks.to_owned()).build();
    matcher.intercept(url).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy_of(url: &str, env: &[(&str, &str)]) -> Option<String> {
        let proxy = choose(&url.parse().unwrap(), None, &Env::from_slice(env)).unwrap();
        proxy.map(|proxy| proxy.without_password())
    }

    #[test]
    fn the_environment_decides_by_scheme_and_no_proxy() {
        let env =
            [("HTTPS_PROXY", "http://user:secret@proxy:3128"), ("no_proxy", "localhost,.corp")];
        let proxy = proxy_of("https://bedrock-runtime.us-east-1.amazonaws.com", &env);
        assert_eq!(proxy.as_deref(), Some("http://proxy:3128"));
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
        assert!(is_direct("http://10.1.2.3", "corp, 10.0.0.0/8"));
        assert!(!is_direct("http://11.1.2.3", "10.0.0.0/8,*"));
        assert!(!is_direct("http://127.0.0.1:8081", "127.0.0.1:8080"));
        assert!(!is_direct("http://notcorp", "corp,"));
    }

    #[test]
    fn the_config_replaces_the_environment() {
        let env = Env::from_slice(&[("https_proxy", "http://other"), ("no_proxy", "*")]);
        let url = "https://example.com".parse().unwrap();
        let config = BTreeMap::from([("https".to_owned(), "proxy:3128".to_owned())]);
        let proxy =
            choose(&url, Some(&config), &env).unwrap().map(|proxy| proxy.without_password());
        assert_eq!(proxy.as_deref(), Some("http://proxy:3128"));
        for none in [BTreeMap::new(), BTreeMap::from([("https".to_owned(), String::new())])] {
            assert_eq!(choose(&url, Some(&none), &env).unwrap(), None);
        }
    }

    #[test]
    fn an_unusable_proxy_is_an_error_that_names_the_setting_and_hides_the_password() {
        let url = "https://example.com".parse().unwrap();
        let text = "ftp://user:secret@proxy:3128";
        let config = BTreeMap::from([("https".to_owned(), text.to_owned())]);
        let none = Env::from_slice(&[]);
        let by_config = choose(&url, Some(&config), &none).unwrap_err();
        assert!(by_config.to_string().contains("proxies['https']"), "{by_config}");
        for name in ["https_proxy", "HTTPS_PROXY"] {
            let error = choose(&url, None, &Env::from_slice(&[(name, text)])).unwrap_err();
            assert_eq!(error.class_name(), "ValueError");
            assert!(error.to_string().contains(name), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
            // The error does not concern exempt hosts.
            let exempt = Env::from_slice(&[(name, text), ("no_proxy", "example.com")]);
            assert_eq!(choose(&url, None, &exempt).unwrap(), None);
        }
    }

    #[test]
    fn an_empty_variable_in_lower_case_means_no_proxy() {
        let url = "https://example.com";
        assert_eq!(proxy_of(url, &[("https_proxy", ""), ("HTTPS_PROXY", "http://proxy")]), None);
        assert_eq!(proxy_of(url, &[("HTTPS_PROXY", "")]), None);
        let both = [("https_proxy", "http://a"), ("HTTPS_PROXY", "http://b")];
        assert_eq!(proxy_of(url, &both).as_deref(), Some("http://a"));
    }
}
