//! CA bundles: PEM files, read as OpenSSL reads them.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The certificates of a PEM file. The error names the path.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let invalid = |error: &dyn std::fmt::Display| {
        format!("could not read the CA bundle {}: {error}", path.display())
    };
    let bytes = std::fs::read(path).map_err(|error| invalid(&error))?;
    let found = parse(&bytes).map_err(|error| invalid(&error))?;
    if found.is_empty() { Err(invalid(&"it holds no certificate")) } else { Ok(found) }
}

/// The certificates of the authorities that may certify servers. Text around certificates is
/// skipped, and so are byte order marks, which can be anywhere in concatenated files. As in
/// OpenSSL, a certificate can have three different labels, and one broken block makes the whole
/// file an error.
fn parse(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text
        .replace('\u{feff}', "")
        .replace("TRUSTED CERTIFICATE-----", "CERTIFICATE-----")
        .replace("X509 CERTIFICATE-----", "CERTIFICATE-----");
    let broken = || "it holds a broken certificate".to_owned();
    let mut certificates = Vec::new();
    for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
        certificates.push(der.map_err(|error| error.to_string())?);
    }
    let begun = text.lines().filter(|line| line.starts_with("-----BEGIN CERTIFICATE-----"));
    if begun.count() != certificates.len() {
        return Err(broken()); // A certificate has no end.
    }
    let mut found = Vec::new();
    for der in certificates {
        let (certificate, trust) = split_element(&der).ok_or_else(broken)?;
        if is_trusted_for_servers(trust) {
            found.push(CertificateDer::from(certificate.to_vec()));
        }
    }
    Ok(found)
}

/// The purposes "TLS server" and "any purpose", as DER object identifiers.
const SERVER_PURPOSES: [&[u8]; 2] =
    [b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", b"\x06\x04\x55\x1d\x25\x00"];
const SEQUENCE: u8 = 0x30;
const REJECTED: u8 = 0xa0;

/// Whether OpenSSL's trust settings allow the authority to certify servers. The settings follow the
/// certificate in a TRUSTED CERTIFICATE block. They consist of a sequence of allowed purposes and a
/// sequence of rejected purposes, which has its own tag. Both are optional.
fn is_trusted_for_servers(settings: &[u8]) -> bool {
    let names_server = |purposes: &[u8]| {
        SERVER_PURPOSES
            .iter()
            .any(|purpose| purposes.windows(purpose.len()).any(|own| own == *purpose))
    };
    let Some((element, _)) = split_element(settings) else { return true };
    let mut rest = content(element);
    let (mut allowed, mut rejected) = (None, None);
    while let Some((element, after)) = split_element(rest) {
        match element.first() {
            Some(&SEQUENCE) => allowed = allowed.or(Some(names_server(content(element)))),
            Some(&REJECTED) => rejected = rejected.or(Some(names_server(content(element)))),
            _ => {}
        }
        rest = after;
    }
    allowed.unwrap_or(true) && !rejected.unwrap_or(false)
}

/// The first DER element of the bytes, including its tag and length, and the bytes after it.
fn split_element(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = header_length(bytes)?;
    let length = match bytes.get(2..header)? {
        [] => usize::from(*bytes.get(1)?),
        long => long.iter().try_fold(0_usize, |length, byte| {
            length.checked_mul(256)?.checked_add(usize::from(*byte))
        })?,
    };
    bytes.split_at_checked(header.checked_add(length)?)
}

/// The number of bytes of a DER element's tag and length.
fn header_length(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        short @ 0..0x80 => Some(2).filter(|_| short < 0x80),
        long => Some(2 + usize::from(long & 0x7f)),
    }
}

fn content(element: &[u8]) -> &[u8] {
    header_length(element).and_then(|length| element.get(length..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64_simd::STANDARD;
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn certificate() -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn pem(label: &str, der: &[u8]) -> String {
        let lines = STANDARD.encode_to_string(der);
        let lines: Vec<_> = lines.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn found(text: &str) -> Result<Vec<Vec<u8>>, String> {
        Ok(parse(text.as_bytes())?.iter().map(|der| der.to_vec()).collect())
    }

    #[test]
    fn text_around_a_certificate_is_skipped() {
        let der = certificate();
        let plain = pem("CERTIFICATE", &der);
        for text in [
            plain.clone(),
            plain.replace('\n', "\r\n"),
            plain.trim_end().to_owned(),
            plain.replace('\n', "  \n"),
            format!("\u{feff}{plain}"),
            format!("our authority\n\u{feff}{plain}"),
            format!("# Our authority\n\nCN=é\n{plain}bye"),
            format!("{}{plain}", pem("PRIVATE KEY", b"0")),
            pem("X509 CERTIFICATE", &der),
            pem("TRUSTED CERTIFICATE", &der),
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
                STANDARD.encode_to_string(&der)
            ),
        ] {
            assert_eq!(found(&text).as_ref(), Ok(&vec![der.clone()]), "{text}");
            assert_eq!(found(&format!("{text}\n{plain}")).unwrap().len(), 2, "{text}");
        }
        let mut latin_1 = b"# Autorit\xe9\n".to_vec();
        latin_1.extend(plain.as_bytes());
        assert_eq!(parse(&latin_1).unwrap().len(), 1);
    }

    #[test]
    fn one_broken_certificate_makes_the_bundle_an_error() {
        let plain = pem("CERTIFICATE", &certificate());
        for broken in [
            "-----BEGIN CERTIFICATE-----\nx!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
        ] {
            for text in [format!("{plain}{broken}"), format!("{broken}{plain}")] {
                assert!(found(&text).is_err(), "{text}");
            }
        }
        for none in ["", "text", "{plain}"] {
            assert_eq!(found(none), Ok(vec![]));
        }
    }

    #[test]
    fn the_trust_settings_of_openssl_are_obeyed() {
        let server = SERVER_PURPOSES[0];
        let email = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
        let element = |tag: u8, content: &[u8]| {
            [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
        };
        let alias = element(0x0c, b"our authority");
        for (settings, trusted) in [
            (vec![], true),
            (alias.clone(), true),
            (element(SEQUENCE, server), true),
            ([element(SEQUENCE, server), alias.clone()].concat(), true),
            (element(SEQUENCE, SERVER_PURPOSES[1]), true),
            (element(SEQUENCE, email), false),
            (element(SEQUENCE, &[&email[..], server].concat()), true),
            (element(REJECTED, server), false),
            (element(REJECTED, email), true),
            ([element(SEQUENCE, server), element(REJECTED, server), alias].concat(), false),
        ] {
            let der = [certificate(), element(SEQUENCE, &settings)].concat();
            let found = found(&pem("TRUSTED CERTIFICATE", &der)).unwrap();
            assert_eq!(!found.is_empty(), trusted, "{settings:x?}");
        }
    }
}
