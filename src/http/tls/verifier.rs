//! Which server certificates are accepted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Verifies as rustls does, with one exception that OpenSSL makes as well: a server may present a
/// certificate that is its own authority (`openssl req -x509` makes such certificates), if the bundle
/// contains this very certificate.
#[derive(Debug)]
pub(super) struct AcceptBundle {
    verifier: Arc<WebPkiServerVerifier>,
    bundle: Vec<CertificateDer<'static>>,
}

impl AcceptBundle {
    pub(super) fn new(
        bundle: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // Some certificates that OpenSSL reads, such as X.509 version 1, cannot be a root here.
        roots.add_parsable_certificates(bundle.iter().cloned());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| format!("the CA bundle cannot be used: {error}"))?;
        Ok(AcceptBundle { verifier, bundle })
    }
}

impl ServerCertVerifier for AcceptBundle {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let outcome = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match outcome {
            Err(error) if is_authority_error(&error) && self.bundle.contains(end_entity) => {
                // webpki checks the dates before it refuses an authority, but not the name.
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Whether verification failed because the server's certificate belongs to an authority.
pub(super) fn is_authority_error(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity)
}

/// For `verify=False`: checks the signatures of the handshake, but not the chain of certificates.
#[derive(Debug)]
pub(super) struct AcceptAny(pub(super) Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
    use rustls::crypto::aws_lc_rs;

    use super::*;

    /// A certificate for `localhost` that is its own authority.
    fn own_authority() -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verified(
        presented: &CertificateDer<'_>,
        bundle: &[&CertificateDer<'static>],
        name: &'static str,
        year: u64,
    ) -> Result<(), String> {
        let bundle = bundle.iter().map(|certificate| (*certificate).clone()).collect();
        let verifier = AcceptBundle::new(bundle, Arc::new(aws_lc_rs::default_provider())).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        let name = ServerName::try_from(name).unwrap();
        let outcome = verifier.verify_server_cert(presented, &[], &name, &[], now);
        outcome.map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_certificate_that_is_its_own_authority_is_accepted_if_the_bundle_contains_it() {
        let (mine, other) = (own_authority(), own_authority());
        assert_eq!(verified(&mine, &[&mine], "localhost", 2030), Ok(()));
        assert_eq!(verified(&mine, &[&other, &mine], "localhost", 2030), Ok(()));
        assert!(verified(&mine, &[&other], "localhost", 2030).is_err());
        let text = verified(&mine, &[&mine], "elsewhere", 2030).unwrap_err();
        assert!(text.contains("not valid for name"), "{text}");
        // rcgen's certificates expire in 4096.
        let text = verified(&mine, &[&mine], "localhost", 4100).unwrap_err();
        assert!(text.contains("expired"), "{text}");
    }
}
