"""Sessions have boto3's arguments, precedence and errors."""

from __future__ import annotations

import inspect
import itertools

import boto3
import boto3.exceptions
import botocore
import botocore.exceptions
import botocore.session
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastbedrock
from comparison import outcome
from recording_engine import RecordingEngine, clean_environment

OWN = {"credentials", "api_key"}
KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    clean_environment(monkeypatch, tmp_path)
    monkeypatch.setattr("fastbedrock.DEFAULT_SESSION", None)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr("fastbedrock._core.Engine", RecordingEngine)


def options(*args, session=None, **kwargs):
    session = session or fastbedrock.Session()
    return session.client("bedrock-runtime", *args, **kwargs)._engine.options


@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        (fastbedrock.Session, boto3.Session),
        (fastbedrock.Session.client, boto3.Session.client),
        (fastbedrock.client, boto3.Session.client),
    ],
)
def test_arguments_and_their_order_are_boto3s(ours, reference):
    parameters = inspect.signature(ours).parameters
    own = {name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY}
    assert own == OWN
    same = [(n, one.default) for n, one in parameters.items() if n not in OWN | {"self"}]
    expected = inspect.signature(reference).parameters.items()
    assert same == [(name, one.default) for name, one in expected if name != "self"]


REGIONS = list(itertools.product([None, "us-east-1"], [None, "us-west-2"], [None, "eu-west-1"]))


@pytest.mark.parametrize(("argument", "configured", "of_session"), REGIONS)
@pytest.mark.parametrize("of_environment", [None, "ap-south-1"])
def test_the_region_is_chosen_as_by_boto3(
    monkeypatch, argument, configured, of_session, of_environment
):
    if of_environment:
        monkeypatch.setenv("AWS_DEFAULT_REGION", of_environment)

    def region(module):
        config = Config(region_name=configured) if configured else None
        session = module.Session(region_name=of_session, **KEYS)
        client = session.client("bedrock-runtime", region_name=argument, config=config)
        return client.meta.region_name, session.region_name, repr(session)

    assert outcome(lambda: region(fastbedrock)) == outcome(lambda: region(boto3))


def test_a_session_shows_a_region_that_a_client_would_refuse(tmp_path):
    (tmp_path / "config").write_text("[default]\nregion = no region!\n")
    for module in (fastbedrock, boto3):
        assert module.Session().region_name == "no region!"
        with pytest.raises(botocore.exceptions.InvalidRegionError):
            module.Session().client("bedrock-runtime")


def test_the_engine_can_tell_the_sources_of_the_region_apart(recorded):
    config = Config(region_name="us-west-2")
    session = fastbedrock.Session(region_name="eu-west-1")
    assert options(session=session) == {"region_name": "eu-west-1"}
    assert options(session=session, config=config) == {"config_region_name": "us-west-2"}
    assert options("us-east-1", session=session, config=config) == {
        "region_name": "us-east-1",
        "config_region_name": "us-west-2",
    }


def test_only_given_arguments_reach_the_engine(recorded, tmp_path):
    assert options("us-east-1") == {"region_name": "us-east-1"}
    said = options(
        "us-east-1",
        use_ssl=False,
        verify=tmp_path / "ca.pem",
        endpoint_url="http://localhost:1",
        aws_session_token="T",
        aws_account_id="123456789012",
        api_key="K",
        **KEYS,
    )
    assert said == {
        "region_name": "us-east-1",
        "use_ssl": False,
        "verify": str(tmp_path / "ca.pem"),
        "endpoint_url": "http://localhost:1",
        "aws_session_token": "T",
        "api_key": "K",
        **KEYS,
    }
    assert options("us-east-1", verify=False)["verify"] is False


def test_an_identity_of_the_client_replaces_that_of_the_session(recorded):
    session = fastbedrock.Session(aws_session_token="T", region_name="r", **KEYS)
    identity = {"aws_session_token": "T", **KEYS}
    other = {"aws_access_key_id": "B", "aws_secret_access_key": "U"}
    assert options(session=session) == {"region_name": "r", **identity}
    assert options(session=session, **other) == {"region_name": "r", **other}
    assert options(session=session, api_key="K") == {"region_name": "r", "api_key": "K"}
    assert options(session=session, credentials=dict) == {"region_name": "r", "credentials": dict}
    of_session = fastbedrock.Session(credentials=dict, api_key="K", region_name="r")
    assert options(session=of_session) == {"region_name": "r", "credentials": dict, "api_key": "K"}
    assert options(session=of_session, **other) == {"region_name": "r", **other}


@pytest.mark.parametrize(
    "keys",
    [
        {"aws_access_key_id": "A"},
        {"aws_secret_access_key": "S"},
        {"aws_secret_access_key": "S", "aws_session_token": "T"},
    ],
)
def test_half_a_key_has_boto3s_error(keys):
    def make(module):
        return module.client("bedrock-runtime", region_name="us-east-1", **keys)

    with pytest.raises(botocore.exceptions.PartialCredentialsError) as raised:
        make(fastbedrock)
    assert outcome(lambda: make(boto3))[1] == str(raised.value)
    # boto3 finds this mistake only when it signs.
    session = fastbedrock.Session(**keys)
    with pytest.raises(botocore.exceptions.PartialCredentialsError):
        session.client("bedrock-runtime", region_name="us-east-1")


def test_an_unsigned_client_uses_no_credentials(recorded):
    config = Config(signature_version=botocore.UNSIGNED)
    said = options("r", config=config, aws_access_key_id="half of a pair")
    assert said == {"region_name": "r", "signature_version": "unsigned"}


def test_a_session_token_without_keys_is_ignored(recorded):
    session = fastbedrock.Session(aws_session_token="T")
    assert options("r", session=session, aws_session_token="U") == {"region_name": "r"}
    empty = fastbedrock.Session("", "", region_name="r")
    assert options(session=empty) == {"region_name": "r"}


def test_keys_and_credentials_exclude_each_other():
    with pytest.raises(TypeError, match="give one of them"):
        fastbedrock.Session(credentials=dict, **KEYS)
    with pytest.raises(TypeError, match="give one of them"):
        fastbedrock.client("bedrock-runtime", "us-east-1", credentials=dict, **KEYS)


@pytest.mark.parametrize(
    "make",
    [
        lambda module: module.client("bedrock-runtime"),
        lambda module: module.client("bedrock-runtime", "us-east-1", "2020-01-01"),
        lambda module: module.client("bedrock-runtime", "us-east-1", "2023-09-30") and "made",
        lambda module: module.Session(aws_account_id="123456789012"),
        lambda module: repr(module.Session(aws_account_id="", aws_access_key_id="A")),
        lambda module: module.Session(profile_name="nope"),
        lambda module: module.Session(profile_name="default"),
        lambda module: module.Session().profile_name,
        lambda module: module.Session().region_name,
        lambda module: module.Session().get_credentials(),
        lambda module: module.Session().available_profiles,
        lambda module: repr(module.Session()),
        lambda module: repr(module.Session(region_name="us-east-1")),
        lambda module: module.Session("A", "S", "T").get_credentials().access_key,
        lambda module: module.Session("A", "S", "T").get_credentials().method,
        lambda module: tuple(
            module.Session("A", "S", "T").get_credentials().get_frozen_credentials()
        ),
        lambda module: module.Session("A", "S", aws_account_id="1").get_credentials().account_id,
    ],
)
def test_session_methods_return_what_boto3s_return(make):
    assert outcome(lambda: make(fastbedrock)) == outcome(lambda: make(boto3))


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_the_profile_is_boto3s(monkeypatch, tmp_path, variable):
    (tmp_path / "config").write_text("[profile blue]\nregion = eu-north-1\n[profile red]\n")
    monkeypatch.setenv(variable, "blue")
    for arguments in ({}, {"profile_name": "red"}):
        ours, reference = fastbedrock.Session(**arguments), boto3.Session(**arguments)
        assert ours.profile_name == reference.profile_name


def test_an_explicit_profile_reaches_the_engine(recorded, tmp_path):
    (tmp_path / "credentials").write_text("[blue]\naws_access_key_id = A\n")
    session = fastbedrock.Session(profile_name="blue")
    assert options("r", session=session) == {"region_name": "r", "profile_name": "blue"}


SECTION = st.sampled_from(
    [
        "[default]",
        "[profile blue]",
        '[profile "light blue"]',
        "[profile light blue]",
        "[profile]",
        "[profilered]",
        "[profile 'open]",
        "[green]",
        "[sso-session s]",
        "[services x]",
        "  [profile indented]",
        "region = eu-west-1",
        "# a comment",
        "nested =\n  a = b",
        "nested =\n  a",
        "junk",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SECTION, max_size=5), st.lists(SECTION, max_size=3))
def test_available_profiles_are_boto3s(tmp_path, config, credentials):
    (tmp_path / "config").write_text("\n".join(config))
    (tmp_path / "credentials").write_text("\n".join(credentials))
    reference = outcome(lambda: botocore.session.Session().available_profiles)
    assert outcome(lambda: fastbedrock.Session().available_profiles) == reference


def test_the_default_session_is_made_once_and_anew_on_request(recorded):
    fastbedrock.client("bedrock-runtime", "us-east-1")
    session = fastbedrock.DEFAULT_SESSION
    fastbedrock.client("bedrock-runtime", "us-east-1")
    assert fastbedrock.DEFAULT_SESSION is session
    fastbedrock.setup_default_session(region_name="eu-west-1")
    assert fastbedrock.DEFAULT_SESSION is not session
    client = fastbedrock.client("bedrock-runtime")
    assert client._engine.options == {"region_name": "eu-west-1"}


def test_a_botocore_session_supplies_what_is_not_given(recorded, monkeypatch, tmp_path):
    (tmp_path / "config").write_text("[profile blue]\nregion = eu-north-1\n")
    theirs = botocore.session.Session(profile="blue")
    theirs.set_credentials("A", "S", "T")
    session = fastbedrock.Session(botocore_session=theirs)
    assert session.region_name == "eu-north-1"
    said = options(session=session)
    assert (said["region_name"], said["credentials"]().token) == ("eu-north-1", "T")
    other = fastbedrock.Session(botocore_session=theirs, region_name="us-east-1", **KEYS)
    said = options(session=other)
    assert said.pop("auth_token") == theirs.get_auth_token
    assert said == {"region_name": "us-east-1", "profile_name": "blue", **KEYS}
    assert session.profile_name == boto3.Session(botocore_session=theirs).profile_name == "blue"


def test_services_and_resources():
    session = fastbedrock.Session()
    assert session.get_available_services() == [
        "bedrock",
        "bedrock-agent",
        "bedrock-agent-runtime",
        "bedrock-agentcore",
        "bedrock-agentcore-control",
        "bedrock-data-automation",
        "bedrock-data-automation-runtime",
        "bedrock-runtime",
    ]
    assert session.get_available_resources() == []
    with pytest.raises(boto3.exceptions.ResourceNotExistsError) as raised:
        session.resource("s3")
    assert isinstance(raised.value, fastbedrock.exceptions.DataNotFoundError)
    assert str(raised.value).startswith("The 's3' resource does not exist.")


def test_all_arguments_are_documented():
    for documented in (fastbedrock.Session, fastbedrock.Session.client):
        for name in inspect.signature(documented).parameters:
            assert name == "self" or f" {name}" in documented.__doc__, name


def test_credentials_come_from_an_object_or_a_function():
    class Credentials:
        access_key, secret_key, token, method = "A", "S", "T", "custom"

    for given_as in (Credentials(), Credentials):
        session = fastbedrock.Session(credentials=given_as)
        found = session.get_credentials()
        assert tuple(found.get_frozen_credentials()) == ("A", "S", "T", None)
