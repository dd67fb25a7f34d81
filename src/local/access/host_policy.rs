//! The defence against web pages. A browser sends any request to loopback that a page asks for:
//! with the page's own Origin or, after DNS rebinding, with the page's own host name.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Version};

use super::authority::{Authority, Host, without_port};
use crate::local::service_error::ServiceError;

/// The hosts for which a server accepts requests. Loopback is always one of them.
#[derive(Debug, Default)]
pub(crate) struct HostPolicy {
    /// In lower case and without a trailing dot.
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    /// Whether any IP address is accepted, because the server listens on all addresses of the
    /// machine. Behind a forwarded port, clients reach it by addresses that it does not know.
    /// Accepting them is safe: DNS rebinding needs a name.
    any_address: bool,
    /// Whether any host is accepted, because the owner allowed `*`.
    any_host: bool,
}

impl HostPolicy {
    /// The policy of a server whose owner named the host `listen`, and that is bound to `bound`.
    /// `allowed` has additional names and addresses, or `*`. The error is a sentence for the
    /// caller.
    pub(crate) fn new(listen: &str, bound: IpAddr, allowed: &[String]) -> Result<Self, String> {
        let mut policy =
            HostPolicy { any_address: bound.is_unspecified(), ..HostPolicy::default() };
        policy.allow(Host::Address(bound.to_canonical()));
        if let Some(host) = Host::from_setting(listen) {
            policy.allow(host);
        }
        for text in allowed {
            match Host::from_setting(text) {
                _ if text == "*" => policy.any_host = true,
                Some(host) => policy.allow(host),
                None => {
                    return Err(format!(
                        "allowed hosts: a name or an address without a port, or *, not {text:?}"
                    ));
                }
            }
        }
        Ok(policy)
    }

    fn allow(&mut self, host: Host) {
        match host {
            Host::Name(name) => self.names.push(name),
            Host::Address(address) => self.addresses.push(address),
        }
    }

    /// Refuses a request that a web page of another origin may have caused.
    pub(crate) fn check(&self, parts: &Parts) -> Result<(), ServiceError> {
        let host = self.own_host(parts)?;
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let own = text(origin).is_some_and(|origin| self.is_own_origin(origin, host.as_ref()));
            if !own || origins.next().is_some() {
                return Err(forbidden(format!(
                    "The local Bedrock accepts no requests from the web page {origin:?}."
                )));
            }
        }
        let mut sites = parts.headers.get_all("sec-fetch-site").iter();
        if sites.any(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site")) {
            return Err(forbidden("The local Bedrock accepts no requests from other web sites."));
        }
        Ok(())
    }

    /// The host that a request names, or an error if it is not accepted. An HTTP/1.0 client may
    /// name none.
    fn own_host(&self, parts: &Parts) -> Result<Option<Authority>, ServiceError> {
        let mut headers = parts.headers.get_all(HOST).iter();
        let (header, another) = (headers.next(), headers.next());
        if another.is_some() {
            return Err(bad_request("The request has more than one Host."));
        }
        let mut own = None;
        // HTTP/2, and HTTP/1.1 through a proxy, name the host in the request's target.
        let target = parts.uri.authority().map(|authority| Some(authority.as_str()));
        for text in target.into_iter().chain(header.map(text)) {
            let authority = text.and_then(Authority::parse);
            let allowed = authority.filter(|authority| self.accepts(&authority.host));
            let allowed = allowed.ok_or_else(|| foreign_host(text.unwrap_or_default()))?;
            own.get_or_insert(allowed);
        }
        if own.is_none() && parts.version > Version::HTTP_10 {
            return Err(bad_request("The request names no Host."));
        }
        Ok(own)
    }

    fn accepts(&self, host: &Host) -> bool {
        let any = match host {
            Host::Name(_) => self.any_host,
            Host::Address(_) => self.any_host || self.any_address,
        };
        any || self.is_known(host)
    }

    fn is_known(&self, host: &Host) -> bool {
        match host {
            Host::Name(name) => {
                name == "localhost" || name.ends_with(".localhost") || self.names.contains(name)
            }
            Host::Address(address) => address.is_loopback() || self.addresses.contains(address),
        }
    }

    /// Whether a page comes from this machine, or from the host and port that the request names: a
    /// reverse proxy may serve both.
    fn is_own_origin(&self, origin: &str, host: Option<&Authority>) -> bool {
        let Some((scheme, rest)) = origin.split_once("://") else { return false };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        let Some(origin) = Authority::parse(rest) else { return false };
        let port = |authority: &Authority| authority.port.unwrap_or(default_port);
        self.is_known(&origin.host)
            || host.is_some_and(|host| host.host == origin.host && port(host) == port(&origin))
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

fn foreign_host(host: &str) -> ServiceError {
    let name = Authority::parse(host).map_or(host, |_| without_port(host));
    forbidden(format!(
        "The local Bedrock does not accept requests for the host {host:?}. To accept them, start it \
         with --allow-host {name} (in Python: allowed_hosts=[{name:?}])."
    ))
}

fn forbidden(message: impl Into<String>) -> ServiceError {
    ServiceError::front_end(403, "ForbiddenException", message)
}

fn bad_request(message: &str) -> ServiceError {
    ServiceError::front_end(400, "BadRequestException", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const LOOPBACK: &str = "127.0.0.1";

    fn policy(listen: &str, bound: &str, allowed: &[&str]) -> HostPolicy {
        let allowed: Vec<String> = allowed.iter().map(|&host| host.to_owned()).collect();
        HostPolicy::new(listen, bound.parse().unwrap(), &allowed).unwrap()
    }

    fn status(policy: &HostPolicy, version: Version, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::get("/").version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        policy.check(&parts).err().map_or(200, |error| error.status)
    }

    fn host(policy: &HostPolicy, host: &str) -> u16 {
        status(policy, Version::HTTP_11, &[("host", host)])
    }

    #[test]
    fn a_server_on_loopback_accepts_only_loopback() {
        let policy = policy(LOOPBACK, LOOPBACK, &[]);
        for own in [
            "localhost",
            "LOCALHOST:80",
            "localhost.",
            "localhost.:4010",
            "localhost:",
            "bedrock.localhost:1",
            "127.0.0.1",
            "127.9.8.7:65535",
            "[::1]",
            "[::1]:4010",
            "[::ffff:127.0.0.1]:4010",
            "[::1%25lo]:4010",
        ] {
            assert_eq!(host(&policy, own), 200, "{own}");
        }
        for foreign in [
            "",
            ":80",
            ".",
            "evil.example",
            "localhost.evil.example",
            "evil.example:localhost",
            "localhost:evil",
            "localhost:65536",
            "localhost:-1",
            "localhost..",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "evil.example@localhost",
            "localhost@evil.example",
            "localhost/evil.example",
            "localhost evil.example",
            "127.0.0.2.",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "192.168.1.1",
            "[::]",
            "[::1",
            "::1",
            "[localhost]",
            "bedrock",
            "host.docker.internal",
        ] {
            assert_eq!(host(&policy, foreign), 403, "{foreign}");
        }
    }

    #[test]
    fn a_server_accepts_the_hosts_that_it_was_given() {
        let named = policy("Box.Example", "10.0.0.5", &[]);
        assert_eq!(
            ["box.example:1", "10.0.0.5", "10.0.0.6"].map(|h| host(&named, h)),
            [200, 200, 403]
        );
        for everywhere in [policy("0.0.0.0", "0.0.0.0", &[]), policy("::", "::", &[])] {
            for (name, expected) in [
                ("0.0.0.0:4010", 200),
                ("172.17.0.2", 200),
                ("[fd00::1]:4010", 200),
                ("localhost", 200),
                ("bedrock:4010", 403),
            ] {
                assert_eq!(host(&everywhere, name), expected, "{name}");
            }
        }
        let allowed = policy(LOOPBACK, LOOPBACK, &["Bedrock", "10.1.1.1", "::2", "[::3]", "a.b."]);
        for own in ["bedrock:4010", "BEDROCK.", "10.1.1.1:1", "[::2]", "[::3]:1", "a.b"] {
            assert_eq!(host(&allowed, own), 200, "{own}");
        }
        assert_eq!(host(&allowed, "x.bedrock"), 403);
        let any = policy(LOOPBACK, LOOPBACK, &["*"]);
        assert_eq!(["any.example", "1.2.3.4", "a b"].map(|h| host(&any, h)), [200, 200, 403]);
    }

    #[test]
    fn a_wrong_allowed_host_is_named() {
        for wrong in ["", "bedrock:4010", "http://bedrock", "*.example", "a b", "[::1]:80"] {
            let error =
                HostPolicy::new(LOOPBACK, IpAddr::from([127, 0, 0, 1]), &[wrong.to_owned()]);
            assert!(error.unwrap_err().contains(&format!("not {wrong:?}")), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_named_once_and_only_http_1_0_may_omit_it() {
        let policy = policy(LOOPBACK, LOOPBACK, &[]);
        assert_eq!(status(&policy, Version::HTTP_10, &[]), 200);
        assert_eq!(status(&policy, Version::HTTP_11, &[]), 400);
        assert_eq!(status(&policy, Version::HTTP_2, &[]), 400);
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(status(&policy, Version::HTTP_11, &twice), 400);
    }

    #[test]
    fn the_target_of_a_request_names_a_host_as_well() {
        let policy = policy(LOOPBACK, LOOPBACK, &[]);
        for (target, header, expected) in [
            ("http://localhost:1/", None, 200),
            ("http://localhost:1/", Some("127.0.0.1:1"), 200),
            ("http://evil.example/", None, 403),
            ("http://evil.example/", Some("localhost"), 403),
            ("http://localhost/", Some("evil.example"), 403),
        ] {
            let mut request = Request::get(target).version(Version::HTTP_2);
            if let Some(header) = header {
                request = request.header("host", header);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let status = policy.check(&parts).err().map_or(200, |error| error.status);
            assert_eq!(status, expected, "{target} {header:?}");
        }
    }

    #[test]
    fn only_local_pages_and_the_servers_own_are_accepted() {
        let everywhere = policy("0.0.0.0", "0.0.0.0", &["bedrock", "*"]);
        for (host, origin, expected) in [
            ("localhost:4010", "http://localhost:4010", 200),
            ("localhost:4010", "http://localhost:3000", 200),
            ("localhost:4010", "https://app.localhost", 200),
            ("localhost:4010", "http://[::1]:3000", 200),
            ("localhost:4010", "http://bedrock:3000", 200),
            // Any address is accepted as Host here, but pages may come from any address, too.
            ("10.0.0.5:4010", "http://10.0.0.5:4010", 200),
            ("10.0.0.5:4010", "http://10.0.0.5:3000", 403),
            ("10.0.0.5:4010", "http://10.0.0.6:4010", 403),
            ("forwarded.example", "https://forwarded.example", 200),
            ("forwarded.example:443", "https://forwarded.example", 200),
            ("forwarded.example", "http://forwarded.example:8080", 403),
            ("localhost:4010", "null", 403),
            ("localhost:4010", "", 403),
            ("localhost:4010", "http://evil.example", 403),
            ("localhost:4010", "https://evil.example:4010", 403),
            ("localhost:4010", "localhost", 403),
            ("localhost:4010", "http://localhost/", 403),
            ("localhost:4010", "http://localhost http://evil.example", 403),
            ("localhost:4010", "http://localhost@evil.example", 403),
            ("localhost:4010", "file://localhost", 403),
            ("localhost:4010", "chrome-extension://localhost", 403),
        ] {
            let headers = [("host", host), ("origin", origin)];
            assert_eq!(status(&everywhere, Version::HTTP_11, &headers), expected, "{headers:?}");
        }
        let two = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "null")];
        assert_eq!(status(&everywhere, Version::HTTP_11, &two), 403);
    }

    #[test]
    fn browsers_say_when_another_site_asks() {
        let policy = policy(LOOPBACK, LOOPBACK, &[]);
        for (site, expected) in [
            ("cross-site", 403),
            ("Cross-Site", 403),
            ("same-site", 200),
            ("same-origin", 200),
            ("none", 200),
        ] {
            let headers = [("host", "localhost"), ("sec-fetch-site", site)];
            assert_eq!(status(&policy, Version::HTTP_11, &headers), expected, "{site}");
        }
    }
}
