//! TLS: which servers are trusted, by the setting `verify=`.

mod bundle;
mod verifier;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};

use crate::environment::arguments::Verify;
use crate::runtime::fork::ForkGuardedMutex;
use verifier::{AcceptAny, AcceptBundle};

/// The TLS configuration of a client. The first connection makes it, because reading the system's roots
/// takes 2 to 12 ms. A failure is not cached: its cause may be temporary, such as a lack of file
/// descriptors.
pub struct LazyConfig {
    verify: Verify,
    cached: ForkGuardedMutex<Option<Arc<ClientConfig>>>,
}

impl LazyConfig {
    pub fn new(verify: Verify) -> Self {
        LazyConfig { verify, cached: ForkGuardedMutex::new() }
    }

    /// The configuration. The error is a text.
    pub fn get(&self) -> Result<Arc<ClientConfig>, String> {
        self.cached.with(|cached| match cached {
            Some(cached) => Ok(cached.clone()),
            None => Ok(cached.insert(client_config(&self.verify)?).clone()),
        })
    }

    /// The text of a failed handshake, with a hint if rustls' own text does not say what to do.
    pub fn explain(&self, error: &io::Error) -> String {
        explain(error, &self.verify)
    }
}

fn client_config(verify: &Verify) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = match verify {
        Verify::Off => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
            .with_no_client_auth(),
        Verify::Default => builder.with_root_certificates(system_roots()?).with_no_client_auth(),
        Verify::Bundle(path) => {
            let verifier = AcceptBundle::new(bundle::certificates(path)?, provider)?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The system's roots, or the bundled roots if the system has none, as in slim containers.
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's roots. If they cannot be read, the result is an
/// error: other roots must not silently replace the roots that the user chose.
fn system_roots() -> Result<RootCertStore, String> {
    let named = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty());
    let unusable = |name: &str, reason: &dyn std::fmt::Display| {
        let path = named(name).unwrap_or_default();
        format!("could not read {name} ({}): {reason}", Path::new(&path).display())
    };
    let (file, directory) = ("SSL_CERT_FILE", "SSL_CERT_DIR");
    if let Some(path) = named(file) {
        File::open(path).map_err(|error| unusable(file, &error))?;
    }
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        if let Some(name) = [file, directory].into_iter().find(|name| named(name).is_some()) {
            return Err(unusable(name, &"it holds no certificate"));
        }
        // One cause is that the process has no file descriptor left.
        if let Some(error) = found.errors.first() {
            return Err(format!("could not read the system's certificate authorities: {error}"));
        }
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

fn explain(error: &io::Error, verify: &Verify) -> String {
    let cause = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    let is_own_authority = cause.is_some_and(verifier::is_authority_error);
    let hint = match cause {
        Some(_) if is_own_authority && *verify != Verify::Default => {
            "the certificate is its own authority, and the CA bundle does not hold it"
        }
        Some(Error::InvalidCertificate(cause))
            if *verify == Verify::Default
                && (is_own_authority || *cause == CertificateError::UnknownIssuer) =>
        {
            "the system's certificate authorities are trusted (certifi's are not read); verify= or \
             AWS_CA_BUNDLE names a file of others"
        }
        Some(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        })) if presented.is_empty() => {
            "the certificate has no subject alternative name; a name in its common name does not \
             count"
        }
        Some(Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::ProtocolVersion,
        )) => {
            "the server has to offer TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or \
             ChaCha20-Poly1305; older versions and cipher suites with CBC are not supported"
        }
        _ => return error.to_string(),
    };
    format!("{error}: {hint}")
}
