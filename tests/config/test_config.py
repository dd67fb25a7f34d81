"""Config has botocore's options, rules and error texts; and which options reach the engine."""

from __future__ import annotations

import copy
import pickle
import re
import warnings

import boto3
import botocore
import botocore.config
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastbedrock
from comparison import outcome
from fastbedrock._client.config_options import engine_options
from fastbedrock.config import INEFFECTIVE
from recording_engine import RecordingEngine, clean_environment

OPTIONS = list(botocore.config.Config.OPTION_DEFAULTS)
BOTH = pytest.mark.parametrize(
    "cls", [fastbedrock.Config, botocore.config.Config], ids=["ours", "botocore"]
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    clean_environment(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def session():
    return boto3.Session("A", "S", region_name="eu-west-1")


def test_options_and_their_order_are_botocores():
    assert list(fastbedrock.Config.OPTION_DEFAULTS) == OPTIONS
    defaults = dict(botocore.config.Config.OPTION_DEFAULTS)
    # These two defaults differ on purpose.
    defaults.update(connect_timeout=10, read_timeout=600)
    assert defaults == fastbedrock.Config.OPTION_DEFAULTS
    for name in OPTIONS:
        expected = True if name == "inject_host_prefix" else defaults[name]
        assert getattr(fastbedrock.Config(), name) == expected


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {"nope": 1}),
        (tuple(range(40)), {}),
        (("r",), {"region_name": "s"}),
        ((), {"retries": {"nope": 1}}),
        ((), {"retries": {"max_attempts": -1}}),
        ((), {"retries": {"total_max_attempts": 0}}),
        ((), {"retries": {"mode": "nope"}}),
        ((), {"retries": {"mode": None}}),
        ((), {"s3": {"addressing_style": "nope"}}),
    ],
)
def test_wrong_arguments_have_botocores_errors(args, kwargs):
    ours = outcome(lambda: fastbedrock.Config(*args, **kwargs))
    assert isinstance(ours, tuple)
    assert ours == outcome(lambda: botocore.config.Config(*args, **kwargs))


RETRIES = st.dictionaries(
    st.sampled_from(["max_attempts", "total_max_attempts", "mode", "nope"]),
    st.one_of(st.integers(-2, 5), st.sampled_from(["legacy", "standard", "adaptive", "x"])),
)


@given(RETRIES)
def test_retries_are_validated_as_by_botocore(retries):
    ours = outcome(lambda: fastbedrock.Config(retries=dict(retries)).retries)
    theirs = outcome(lambda: botocore.config.Config(retries=dict(retries)).retries)
    if isinstance(theirs, tuple) and theirs[0] == "TypeError":
        # botocore compares a string with a number; our error names the option.
        theirs = "TypeError", ours[1]
        assert re.match(r"retries: (total_)?max_attempts must be an int", ours[1])
    assert ours == theirs


@pytest.mark.parametrize("mode", [None, "legacy", "standard", "adaptive"])
@pytest.mark.parametrize("total", [None, 1, 4])
@pytest.mark.parametrize("retry", [None, 0, 5])
@BOTH
def test_retries_are_counted_as_by_botocore(session, cls, mode, total, retry):
    said = {"mode": mode, "total_max_attempts": total, "max_attempts": retry}
    retries = {name: value for name, value in said.items() if value is not None}
    options = engine_options(cls(retries=dict(retries)))
    reference = session.client(
        "bedrock-runtime", config=botocore.config.Config(retries=dict(retries))
    ).meta.config.retries
    assert options.get("total_max_attempts") == reference.get("total_max_attempts")
    assert options.get("retry_mode", "standard") == reference["mode"]
    assert set(options) <= {"total_max_attempts", "retry_mode"}


def test_the_users_retries_dict_is_not_changed():
    retries = {"max_attempts": 2}
    engine_options(fastbedrock.Config(retries=retries))
    assert retries == {"max_attempts": 2}


@BOTH
def test_only_given_options_reach_the_engine(cls):
    assert engine_options(cls()) == {}
    assert engine_options(cls(connect_timeout=None)) == {"connect_timeout": None}
    assert engine_options(cls(read_timeout=60)) == {"read_timeout": 60}
    assert engine_options(cls(max_pool_connections=None, user_agent=None)) == {}


@BOTH
def test_options_assigned_later_reach_the_engine(cls):
    config = cls(read_timeout=5)
    config.read_timeout = 9
    config.user_agent_extra = "x/1"
    assert engine_options(config) == {"read_timeout": 9, "user_agent_extra": "x/1"}


@BOTH
def test_options_reach_the_engine_under_its_names(cls):
    said = {
        "region_name": "us-west-2",
        "signature_version": "v4",
        "user_agent": "ua",
        "user_agent_extra": "extra",
        "user_agent_appid": "app",
        "connect_timeout": 1.5,
        "read_timeout": None,
        "parameter_validation": True,
        "max_pool_connections": 3,
        "proxies": {"https": "http://proxy:3128"},
        "use_dualstack_endpoint": True,
        "use_fips_endpoint": False,
        "ignore_configured_endpoint_urls": True,
        "tcp_keepalive": False,
        "auth_scheme_preference": " smithy.api#httpBearerAuth,\taws.auth#sigv4, ",
        "retries": {"mode": "adaptive", "max_attempts": 3},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = engine_options(cls(**said))
    expected = {
        **said,
        "config_region_name": "us-west-2",
        "retry_mode": "adaptive",
        "total_max_attempts": 4,
        "auth_scheme_preference": "smithy.api#httpBearerAuth,aws.auth#sigv4",
    }
    for name in ("region_name", "parameter_validation", "retries"):
        del expected[name]
    assert options == expected
    passed = {"region_name", "retries", "parameter_validation", *said}
    assert passed | set(INEFFECTIVE) == set(OPTIONS)
    assert passed & set(INEFFECTIVE) == set()


@BOTH
def test_an_empty_signature_version_reaches_the_engine(cls):
    assert engine_options(cls(signature_version="")) == {"signature_version": ""}


def test_unsigned_reaches_the_engine_as_a_name():
    for cls in (fastbedrock.Config, botocore.config.Config):
        config = cls(signature_version=botocore.UNSIGNED)
        assert engine_options(config) == {"signature_version": "unsigned"}


@BOTH
def test_an_auth_preference_that_is_no_string_has_botocores_error(session, cls):
    wrong = botocore.config.Config(auth_scheme_preference=["x"])
    expected = outcome(lambda: session.client("bedrock-runtime", config=wrong))
    assert outcome(lambda: engine_options(cls(auth_scheme_preference=["x"]))) == expected


@BOTH
def test_auth_preferences_are_normalized_as_by_botocore(session, cls):
    text = " b , a\t,, c d"
    config = botocore.config.Config(auth_scheme_preference=text)
    expected = session.client("bedrock-runtime", config=config).meta.config.auth_scheme_preference
    assert engine_options(cls(auth_scheme_preference=text))["auth_scheme_preference"] == expected


@BOTH
@pytest.mark.parametrize("name", INEFFECTIVE)
def test_an_option_without_effect_is_warned_of_where_the_client_is_made(cls, name, monkeypatch):
    monkeypatch.setattr("fastbedrock._core.Engine", RecordingEngine)
    config = cls(**{name: {"s3": {}}.get(name, "x")})
    for make in (fastbedrock.client, fastbedrock.Session().client):
        with pytest.warns(UserWarning, match=rf"without effect.*: {name}$") as caught:
            make("bedrock-runtime", "eu-west-1", config=config)
        assert [one.filename for one in caught] == [__file__]


def test_aiobotocores_connector_options_are_warned_of():
    class AioConfig(botocore.config.Config):
        def __init__(self, connector_args=None, **options):
            super().__init__(**options)
            self.connector_args = {"keepalive_timeout": 12, **(connector_args or {})}

    assert engine_options(AioConfig(read_timeout=5)) == {"read_timeout": 5}
    with pytest.warns(UserWarning, match="without effect.*: connector_args$"):
        engine_options(AioConfig({"use_dns_cache": False}))


@BOTH
def test_validation_cannot_be_turned_off_silently(cls):
    with pytest.warns(UserWarning, match="parameter_validation=False"):
        assert engine_options(cls(parameter_validation=False)) == {}


@BOTH
def test_a_defaults_mode_does_not_unset_the_timeout(cls):
    config = cls(defaults_mode="standard")
    assert config.connect_timeout is None
    with pytest.warns(UserWarning, match="defaults_mode"):
        assert engine_options(config) == {}


@pytest.mark.parametrize("wrong", [{"read_timeout": 1}, "x", 5])
def test_a_config_of_another_type_is_refused(wrong):
    with pytest.raises(TypeError, match=rf"config must be a Config, not {type(wrong).__name__}"):
        fastbedrock.client("bedrock-runtime", "eu-west-1", config=wrong)


@given(
    st.dictionaries(st.sampled_from(OPTIONS[:9]), st.integers(1, 99)),
    st.dictionaries(st.sampled_from(OPTIONS[:9]), st.integers(1, 99)),
)
def test_merge_is_botocores(first, second):
    expected = botocore.config.Config(**first).merge(botocore.config.Config(**second))
    for other in (fastbedrock.Config, botocore.config.Config):
        merged = fastbedrock.Config(**first).merge(other(**second))
        assert type(merged) is fastbedrock.Config
        assert merged._user_provided_options == expected._user_provided_options
        for name in {*first, *second}:
            assert getattr(merged, name) == getattr(expected, name)
    taken = botocore.config.Config(**first).merge(fastbedrock.Config(**second))
    assert taken._user_provided_options == expected._user_provided_options


def test_read_timeouts_are_retried_on_request_only():
    config = fastbedrock.Config(retry_read_timeout=True)
    assert engine_options(config) == {"retry_read_timeout": True}
    assert engine_options(fastbedrock.Config().merge(config)) == {"retry_read_timeout": True}
    assert engine_options(config.merge(botocore.config.Config())) == {"retry_read_timeout": True}
    assert engine_options(fastbedrock.Config()) == {}
    said_no = fastbedrock.Config(retry_read_timeout=False)
    assert engine_options(config.merge(said_no)) == {}
    assert engine_options(said_no.merge(config)) == {"retry_read_timeout": True}
    assert fastbedrock.Config().retry_read_timeout is False


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda config: pickle.loads(pickle.dumps(config))]
)
def test_a_config_survives_copies(copied):
    config = fastbedrock.Config(
        "us-east-1", retries={"mode": "legacy"}, inject_host_prefix=False, retry_read_timeout=True
    )
    config.read_timeout = 3
    again = copied(config)
    assert type(again) is fastbedrock.Config
    assert vars(again) == vars(config)
    assert again.inject_host_prefix is False


def test_the_repr_shows_given_options_without_secrets():
    config = fastbedrock.Config(
        read_timeout=5, proxies={"https": "http://u:hunter2@proxy"}, retry_read_timeout=True
    )
    assert repr(config) == "Config(read_timeout=5, proxies=<hidden>, retry_read_timeout=True)"


def test_the_docstring_describes_every_option_that_has_an_effect():
    told = set(re.findall(r"\w+", fastbedrock.Config.__doc__))
    assert set(OPTIONS) - set(INEFFECTIVE) <= told
