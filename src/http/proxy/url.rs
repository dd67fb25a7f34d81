//! The URL of a proxy, read as botocore and urllib3 read it.

use std::fmt;
use std::net::Ipv6Addr;

use http::header::HeaderValue;
use percent_encoding::percent_decode_str;

/// A proxy. The debug output contains no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    uri: http::Uri,
    basic_auth: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Proxy").field(&self.uri).finish()
    }
}

impl Proxy {
    /// Scheme (`http` or `https`), host, and port if the URL has one. Contains no password.
    pub fn uri(&self) -> &http::Uri {
        &self.uri
    }

    /// The proxy's URL for logs and error texts. Contains no password.
    pub fn without_password(&self) -> String {
        self.uri.to_string().trim_end_matches('/').to_owned()
    }

    /// The value of the Proxy-Authorization header.
    pub fn basic_auth(&self) -> Option<&HeaderValue> {
        self.basic_auth.as_ref()
    }

    /// Parses `http://user:password@host:port`. As in botocore, `//host` and `host:port` mean an HTTP
    /// proxy, a path after the host is ignored, the password may contain any ASCII character except
    /// `/`, `?` and `#`, and a user name without a password is not sent.
    ///
    /// The error is the reason. It does not quote the URL, which can contain a password anywhere.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (scheme, rest) = scheme_and_rest(text);
        let Some(rest) = rest.strip_prefix("//") else { return Err("it names no host") };
        let (authority, path) =
            rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
        // In these URLs, the text before `path` is not the host.
        if path.starts_with('\\') {
            return Err("a backslash must be written as %5C");
        }
        if path.starts_with("//") {
            return Err("its scheme must be http or https");
        }
        if path.contains('@') {
            return Err("'/', '?' and '#' in user name and password must be percent-encoded");
        }
        let (login, host_and_port) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = host_and_port_of(host_and_port)?;
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let uri = format!("{scheme}://{}{port}", host.to_ascii_lowercase());
        let uri = uri.parse().map_err(|_| INVALID_HOST)?;
        Ok(Proxy { uri, basic_auth: basic_auth(login)? })
    }
}

const INVALID_HOST: &str = "its host name is invalid";
const INVALID_PORT: &str = "its port must be a number from 1 to 65535";

fn scheme_and_rest(text: &str) -> (&'static str, String) {
    let after = |scheme: &str| {
        let prefix = text.get(..scheme.len())?;
        prefix.eq_ignore_ascii_case(scheme).then(|| text.get(scheme.len()..).map(str::to_owned))?
    };
    if let Some(rest) = after("http:") {
        ("http", rest)
    } else if let Some(rest) = after("https:") {
        ("https", rest)
    } else if text.starts_with("//") {
        ("http", text.to_owned())
    } else {
        ("http", format!("//{text}"))
    }
}

/// The host and the port. An IPv6 address keeps its brackets.
fn host_and_port_of(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let end = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => {
            address.parse::<Ipv6Addr>().map_err(|_| INVALID_HOST)?;
            address.len() + "[]".len()
        }
        None if text.starts_with('[') => return Err("its IPv6 address has no closing bracket"),
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(end);
    if host.is_empty() {
        return Err("it names no host");
    }
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !host.starts_with('[') && !host.bytes().all(is_name_byte) {
        return Err(INVALID_HOST);
    }
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => "",
        None => return Err(INVALID_HOST),
        Some(port) => port,
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(INVALID_PORT);
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(INVALID_PORT),
        Ok(port) => Ok((host, Some(port))),
    }
}

fn basic_auth(login: &str) -> Result<Option<HeaderValue>, &'static str> {
    // Python's urlsplit removes these characters everywhere.
    let login = login.replace(['\t', '\r', '\n'], "");
    let Some((user, password)) = login.split_once(':') else { return Ok(None) };
    if user.is_empty() || password.is_empty() {
        return Ok(None);
    }
    let mut decoded: Vec<u8> = percent_decode_str(user).collect();
    decoded.push(b':');
    decoded.extend(percent_decode_str(password));
    if !decoded.is_ascii() {
        return Err("user name and password can hold ASCII characters only");
    }
    let encoded = base64_simd::STANDARD.encode_to_string(&decoded);
    let mut value = HeaderValue::try_from(format!("Basic {encoded}"))
        .map_err(|_| "user name and password cannot be sent")?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `http://host:port`, and the login that is sent.
    fn parsed(text: &str) -> Result<(String, Option<String>), &'static str> {
        let proxy = Proxy::parse(text)?;
        let login = proxy.basic_auth().map(|value| {
            let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
            String::from_utf8(base64_simd::STANDARD.decode_to_vec(encoded).unwrap()).unwrap()
        });
        Ok((proxy.uri().to_string().trim_end_matches('/').to_owned(), login))
    }

    #[test]
    fn the_url_of_a_proxy_can_be_written_in_many_ways() {
        for (text, uri) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("https://proxy:3128", "https://proxy:3128"),
            ("HTTP://Proxy:3128", "http://proxy:3128"),
            ("//proxy:3128", "http://proxy:3128"),
            ("proxy:3128", "http://proxy:3128"),
            ("proxy", "http://proxy"),
            (" http://proxy:3128\r\n", "http://proxy:3128"),
            ("http://proxy:3128/path?query#fragment", "http://proxy:3128"),
            ("http://proxy:", "http://proxy"),
            ("http://proxy:0003128", "http://proxy:3128"),
            ("http://[::1]:3128", "http://[::1]:3128"),
            ("[::1]", "http://[::1]"),
            ("http://my_proxy.corp:3128", "http://my_proxy.corp:3128"),
        ] {
            assert_eq!(parsed(text), Ok((uri.to_owned(), None)), "{text:?}");
        }
    }

    #[test]
    fn a_password_may_hold_nearly_any_character() {
        for (login, sent) in [
            ("user:se^cret", "user:se^cret"),
            ("user:se|cret", "user:se|cret"),
            ("user:se\"cret", "user:se\"cret"),
            ("user:se cret", "user:se cret"),
            ("user:p@ss", "user:p@ss"),
            ("user:pa%40ss", "user:pa@ss"),
            ("user:pa%ss", "user:pa%ss"),
            ("user:a:b", "user:a:b"),
            ("user:{}<>[]`", "user:{}<>[]`"),
            ("CORP%5Cuser:secret", "CORP\\user:secret"),
            ("user:pa\tss\n", "user:pass"),
            ("user:\0", "user:\0"),
        ] {
            let expected = ("http://proxy:3128".to_owned(), Some(sent.to_owned()));
            for prefix in ["http://", "//", ""] {
                let text = format!("{prefix}{login}@proxy:3128");
                assert_eq!(parsed(&text).as_ref(), Ok(&expected), "{text:?}");
            }
        }
        for login in ["user", "user:", ":secret", ""] {
            let text = format!("http://{login}@proxy:3128");
            assert_eq!(parsed(&text), Ok(("http://proxy:3128".to_owned(), None)), "{text:?}");
        }
    }

    #[test]
    fn unusable_urls_are_refused_with_the_reason() {
        for (text, reason) in [
            ("http://", "no host"),
            ("http:", "no host"),
            ("http:proxy:3128", "no host"),
            ("http:///proxy:3128", "no host"),
            ("http://user:secret@", "no host"),
            (" ", "no host"),
            ("://proxy:3128", "scheme"),
            ("ftp://proxy:3128", "scheme"),
            ("socks5://user:secret@proxy", "scheme"),
            ("http//proxy:3128", "scheme"),
            ("http://user:pa/ss@proxy", "percent-encoded"),
            ("http://user/pa:ss@proxy", "percent-encoded"),
            ("http://user:12/ss@proxy", "percent-encoded"),
            ("http://user:12#ss@proxy", "percent-encoded"),
            ("http://user:12?ss@proxy", "percent-encoded"),
            ("http://CORP\\user:secret@proxy", "%5C"),
            ("{proxy}", "host name"),
            ("http://proxy host:3128", "host name"),
            ("http://pröxy:3128", "host name"),
            ("http://pr%41xy:3128", "host name"),
            ("http://[::g]:3128", "host name"),
            ("http://[::1]3128", "host name"),
            ("http://[::1", "closing bracket"),
            ("http://user:secret@[::1:3128", "closing bracket"),
            ("[", "closing bracket"),
            ("http://::1:3128", "no host"),
            ("http://proxy:abc", "port"),
            ("http://proxy:+1", "port"),
            ("http://proxy: 1", "port"),
            ("http://proxy:0", "port"),
            ("http://proxy:65536", "port"),
            ("http://user:s\u{e9}cret@proxy", "ASCII"),
            ("http://user:s%C3%A9cret@proxy", "ASCII"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn debug_output_hides_the_password() {
        let proxy = Proxy::parse("http://user:secret@proxy:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "Proxy(http://proxy:3128/)");
    }
}
