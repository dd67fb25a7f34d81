"""The local Bedrock accepts valid signatures and keys, and says why it refuses others."""

from __future__ import annotations

import datetime
import json
from unittest import mock

import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local_requests import CHAT, connect, send, user

PATH = "/model/amazon.nova-lite-v1%3A0/converse"
BODY = {"messages": user("Hello")}


def refused(answer, code, message):
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"].partition(":")[0] == code
    assert message in answer.json["message"]


@pytest.mark.parametrize("kind", ["credentials", "temporary_credentials"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_servers_keys_are_accepted_in_every_region(local_bedrock, kind, region):
    keys = {**getattr(local_bedrock, kind), "region_name": region}
    client = connect(local_bedrock, **keys)
    assert client.converse(modelId=CHAT, messages=user("Hello"))["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    "path",
    [
        "/model/amazon.nova-lite-v1%3A0/converse",
        "/model/amazon.nova-lite-v1:0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Famazon.nova-lite-v1%3A0/converse",
        "/async-invoke?statusEquals=Completed&maxResults=5&nextToken=",
    ],
)
def test_paths_and_queries_are_signed_as_sent(local_bedrock, path):
    method = "GET" if "async" in path else "POST"
    answer = send(local_bedrock, method, path, None if method == "GET" else BODY)
    # The request fails later, for another reason than its signature.
    assert answer.status in (200, 400)
    assert "Signature" not in answer.headers.get("x-amzn-errortype", "")


def test_the_date_header_may_have_its_older_name(local_bedrock):
    keys = local_bedrock.credentials
    identity = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])

    def rename(request):
        signer = SigV4Auth(identity, "bedrock", keys["region_name"])
        request.headers["Date"] = request.headers["X-Amz-Date"]
        for name in ("X-Amz-Date", "Authorization"):
            del request.headers[name]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        signer._inject_signature_to_request(request, signer.signature(text, request))

    answer = send(local_bedrock, "POST", PATH, BODY, tamper=rename)
    assert (answer.status, answer.json.get("stopReason")) == (200, "end_turn")


def test_a_request_without_a_signature_is_refused(local_bedrock):
    answer = send(local_bedrock, "POST", PATH, BODY, sign=False)
    refused(answer, "MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aws_access_key_id": "AKIASOMEBODYELSE"}, "UnrecognizedClientException"),
        ({"aws_session_token": "unknown"}, "UnrecognizedClientException"),
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
    ],
)
def test_wrong_keys_are_refused(local_bedrock, change, code):
    keys = {**local_bedrock.credentials, **change}
    client = connect(local_bedrock, **keys)
    with pytest.raises(ClientError) as caught:
        client.converse(modelId=CHAT, messages=user("Hello"))
    assert caught.value.response["Error"]["Code"] == code


def test_temporary_keys_need_their_token(local_bedrock):
    keys = {**local_bedrock.temporary_credentials, "aws_session_token": None}
    answer = send(local_bedrock, "POST", PATH, BODY, credentials=keys)
    refused(
        answer, "UnrecognizedClientException", "security token included in the request is invalid"
    )
    expired = send(local_bedrock, "POST", PATH, BODY, credentials=local_bedrock.expired_credentials)
    refused(expired, "ExpiredTokenException", "security token included in the request is expired")


def change_body(request):
    request.data = json.dumps({"messages": user("Goodbye")}).encode()


def change_header(request):
    request.headers.replace_header("X-Amz-Date", "20260102T030405Z")


def drop_signature(request):
    value = request.headers["Authorization"].rpartition(", ")[0]
    request.headers.replace_header("Authorization", value)


def sign_less(request):
    value = request.headers["Authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    request.headers.replace_header("Authorization", value)


def other_scheme(request):
    value = request.headers["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    request.headers.replace_header("Authorization", value)


@pytest.mark.parametrize(
    ("tamper", "code", "message"),
    [
        (change_body, "InvalidSignatureException", "does not match the signature you provided"),
        (change_header, "InvalidSignatureException", "Date in Credential scope does not match"),
        (drop_signature, "IncompleteSignatureException", "requires 'Signature' parameter"),
        (sign_less, "InvalidSignatureException", "must be a 'SignedHeader'"),
        (other_scheme, "IncompleteSignatureException", "Unsupported AWS 'algorithm'"),
    ],
)
def test_a_request_changed_after_signing_is_refused(local_bedrock, tamper, code, message):
    refused(send(local_bedrock, "POST", PATH, BODY, tamper=tamper), code, message)


def test_a_signature_for_another_service_is_refused(local_bedrock):
    answer = send(local_bedrock, "POST", PATH, BODY, signing_name="s3")
    refused(answer, "InvalidSignatureException", "scoped to correct service: 'bedrock'")


@pytest.mark.parametrize(
    ("minutes", "message"), [(-6, "Signature expired: "), (6, "Signature not yet current: ")]
)
def test_a_request_signed_with_a_wrong_clock_is_refused(local_bedrock, minutes, message):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        answer = send(local_bedrock, "POST", PATH, BODY)
    refused(answer, "InvalidSignatureException", message)


@pytest.mark.local_bedrock(tls=True)
def test_the_servers_api_key_is_accepted_and_another_is_refused(local_bedrock, monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", local_bedrock.api_key)
    client = connect(local_bedrock)
    assert client.converse(modelId=CHAT, messages=user("Hello"))["stopReason"] == "end_turn"
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "another")
    client = connect(local_bedrock)
    with pytest.raises(client.exceptions.AccessDeniedException, match="make sure your API Key"):
        client.converse(modelId=CHAT, messages=user("Hello"))
