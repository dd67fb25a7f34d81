"""CA bundles and certificates as companies use them are read and trusted as by boto3."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

import fastbedrock
from failures import client, outcome
from tls_servers import CERTIFICATES, OWN, TWIN, tls_server


def converse(library: Any, url: str, **arguments: Any) -> Any:
    asked = client(library, url, **arguments)
    return asked.converse(modelId="m", messages=[])["ResponseMetadata"]["HTTPStatusCode"]


def trusts(library: Any, url: str, **arguments: Any) -> bool:
    """Whether the call succeeds. Any failure must be an SSLError."""
    found = outcome(library, lambda library: converse(library, url, **arguments))
    assert found == 200 or found["raised"] == "SSLError"
    return bool(found == 200)


def test_a_self_signed_certificate_is_trusted_if_the_bundle_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tls_server(OWN) as url, tls_server(OWN, address="127.0.0.2") as elsewhere:
        for library in (boto3, fastbedrock):
            assert trusts(library, url, verify=str(OWN))
            assert not trusts(library, url, verify=str(TWIN))
            assert not trusts(library, url)
            assert not trusts(library, elsewhere, verify=str(OWN))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(OWN))
        assert trusts(boto3, url)
        assert trusts(fastbedrock, url)


def test_a_host_name_in_the_common_name_alone_does_not_count() -> None:
    """boto3 still reads the common name. Browsers, Go and rustls do not."""
    path = CERTIFICATES / "common_name_only.pem"
    with tls_server(path) as url:
        named = url.replace("127.0.0.1", "localhost")
        assert trusts(boto3, named, verify=str(path))
        found = outcome(fastbedrock, lambda library: converse(library, named, verify=str(path)))
    assert found["raised"] == "SSLError"
    assert "common name does not count" in found["text"]


def _pem(path: Path) -> str:
    return path.read_text().split("-----BEGIN PRIVATE")[0].split("\n", 2)[2]


BROKEN = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": lambda pem: pem,
    "with its key": lambda pem: OWN.read_text(),
    "windows": lambda pem: pem.replace("\n", "\r\n"),
    "byte order mark": lambda pem: "\ufeff" + pem,
    "byte order mark before the last": lambda pem: _pem(TWIN) + "\ufeff" + pem,
    "no line break at the end": lambda pem: pem.rstrip(),
    "blanks at ends of lines": lambda pem: pem.replace("\n", "  \n"),
    "text around": lambda pem: f"Issuer: é\n\n{_pem(TWIN)}# ours\n{pem}end",
    "in one line": lambda pem: "\n".join(
        ["-----BEGIN CERTIFICATE-----", "".join(pem.split("\n")[1:-2]), "-----END CERTIFICATE-----"]
    ),
    "old label": lambda pem: pem.replace("CERTIFICATE", "X509 CERTIFICATE"),
    "trusted label": lambda pem: pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    "empty": lambda pem: "",
    "no certificate": lambda pem: "{bundle}",
    "indented": lambda pem: pem.replace("\n", "\n ").replace("-----B", " -----B"),
    "broken base64 after": lambda pem: pem + BROKEN.format("x!"),
    "broken base64 before": lambda pem: BROKEN.format("x!") + pem,
    "broken certificate after": lambda pem: pem + BROKEN.format("MIIB"),
    "no end after": lambda pem: pem + "-----BEGIN CERTIFICATE-----\nMIIB\n",
    "no end before": lambda pem: "-----BEGIN CERTIFICATE-----\nMIIB\n" + pem,
    "another": lambda pem: _pem(TWIN),
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_a_bundle_is_read_as_openssl_reads_it(how: str, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(WRITTEN[how](_pem(OWN)), encoding="utf-8", newline="")
    with tls_server(OWN) as url:
        expected = trusts(boto3, url, verify=str(bundle))
        assert trusts(fastbedrock, url, verify=str(bundle)) == expected


def test_the_error_of_a_server_with_cbc_ciphers_only_is_not_about_trust() -> None:
    def cbc_alone(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")

    with tls_server(OWN, cbc_alone) as url:
        assert trusts(boto3, url, verify=str(OWN))
        found = outcome(fastbedrock, lambda library: converse(library, url, verify=str(OWN)))
    assert found["raised"] == "SSLError"
    assert "CBC are not supported" in found["text"]


def test_the_error_of_an_unknown_authority_says_where_to_name_one() -> None:
    with tls_server(OWN) as url:
        found = outcome(fastbedrock, lambda library: converse(library, url))
        assert found["raised"] == "SSLError"
        assert "AWS_CA_BUNDLE" in found["text"]
        found = outcome(fastbedrock, lambda library: converse(library, url, verify=str(TWIN)))
        assert "the CA bundle does not hold it" in found["text"]


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_of_the_system_that_cannot_be_read_are_not_replaced(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, str(tmp_path / "missing"))
    with tls_server(OWN) as url:
        found = outcome(fastbedrock, lambda library: converse(library, url))
    assert found["raised"] == "SSLError"
    assert name in found["text"]
