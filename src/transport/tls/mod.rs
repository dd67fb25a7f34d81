//! Whom to trust: rustls client configurations for `verify=`.

mod bundle;
mod verifier;

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};

use super::settings::Verify;
use verifier::{AcceptAny, AcceptBundle};

/// Builds the configuration. Costs 2 to 12 ms for the system's roots: call it on first use.
pub fn client_config(verify: &Verify) -> Result<Arc<ClientConfig>, String> {
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

/// The system's roots; slim containers have none, then the bundled ones. `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` replace the system's, so nothing replaces them where they hold no certificate.
fn system_roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty()) else {
                continue;
            };
            let path = std::path::Path::new(&path).display();
            let reason =
                found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
            return Err(format!("no certificate in {name} ({path}){reason}"));
        }
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

/// The text of a failed handshake, with what to do where rustls' own text does not tell.
pub fn explain(error: &io::Error, verify: &Verify) -> String {
    let cause = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    let hint = match cause {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer))
            if *verify == Verify::Default =>
        {
            "the system's certificate authorities are trusted (certifi's are not read); verify= or \
             AWS_CA_BUNDLE names a file of others"
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
