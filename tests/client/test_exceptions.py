"""The exceptions: botocore's texts and base classes, so that existing except clauses catch them."""

from __future__ import annotations

import copy
import pickle
import re
import sys
from string import Formatter

import boto3
import botocore.eventstream
import botocore.exceptions
import botocore.parsers
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import given
from hypothesis import strategies as st

import fastbedrock
from fastbedrock import errorfactory, exceptions
from programs import run_python
from repository import ROOT

SERVICE = "bedrock-runtime"
THROTTLED = {
    "Error": {"Code": "ThrottlingException", "Message": "slow down"},
    "ResponseMetadata": {"HTTPStatusCode": 429, "RetryAttempts": 2, "MaxAttemptsReached": True},
}
CLASSES = [
    value
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
]
# Classes whose constructor is not boto3's, because the text differs on purpose.
OWN_TEXT = {"ResourceNotExistsError"}
# Arguments that are attributes of the error, and not in its text.
BESIDE_THE_TEXT = {"WaiterError": {"last_response": {"status": "Failed"}}}
WITH_FORMAT = [
    cls
    for cls in CLASSES
    if issubclass(cls, exceptions.BotoCoreError) and cls.__name__ not in OWN_TEXT
]


def botocores_class(cls: type) -> type:
    module = sys.modules[cls._botocore_module]
    return getattr(module, cls.__name__)


def fields(cls: type) -> dict[str, str]:
    names = {name for _, name, _, _ in Formatter().parse(cls.fmt) if name}
    return {name: f"<{name}>" for name in sorted(names)}


@pytest.fixture(scope="module")
def reference():
    return boto3.Session("A", "S", region_name="us-east-1").client(SERVICE)


@pytest.mark.parametrize("cls", WITH_FORMAT, ids=lambda cls: cls.__name__)
def test_text_and_arguments_are_botocores(cls):
    arguments = fields(botocores_class(cls))
    beside = BESIDE_THE_TEXT.get(cls.__name__, {})
    error, reference = (each(**arguments, **beside) for each in (cls, botocores_class(cls)))
    assert str(error) == str(reference)
    assert error.kwargs == reference.kwargs == arguments
    assert all(getattr(error, name) == value for name, value in beside.items())


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_bases_are_botocores(cls):
    assert (
        names_of_bases(cls, "fastbedrock.exceptions")
        == names_of_bases(
            botocores_class(cls), "botocore.exceptions", "botocore.parsers", "botocore.eventstream"
        )
        or cls.__name__ in OWN_TEXT
    )
    for builtin in (OSError, ValueError):
        assert issubclass(cls, builtin) == issubclass(botocores_class(cls), builtin)


def names_of_bases(cls: type, *modules: str) -> list[str]:
    return [
        base.__name__
        for base in cls.__mro__
        if base.__module__ in modules and not base.__name__.startswith("_")
    ]


def test_every_class_is_raised_by_something():
    files = [*ROOT.glob("src/**/*.rs"), *ROOT.glob("python/**/*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files if file.name != "exceptions.py")
    leaves = [cls for cls in CLASSES if not any(cls in other.__bases__ for other in CLASSES)]
    assert [cls.__name__ for cls in leaves if cls.__name__ not in text] == []


def test_the_module_docstring_is_the_class_tree():
    lines = exceptions.__doc__[exceptions.__doc__.index("BotoCoreError\n") :].splitlines()
    path: list[str] = []
    told = {}
    for line in lines:
        indent, name = re.fullmatch(r"( *(?:[x+] )?)(.*)", line).groups()
        if name.startswith("one class"):
            continue
        del path[max(len(indent) // 2 - 1, 0) :]
        path.append(name.split()[0])
        told[path[-1]] = path[-2] if len(path) > 1 else "_Raised"
        assert ("OSError" in line) == (OSError in vars(exceptions)[path[-1]].__bases__)
        assert ("ValueError" in line) == (ValueError in vars(exceptions)[path[-1]].__bases__)
    actual = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES}
    assert {name: base.replace("_TextError", "_Raised") for name, base in actual.items()} == told


@pytest.mark.parametrize("cls", WITH_FORMAT, ids=lambda cls: cls.__name__)
def test_an_instance_is_also_botocores(cls):
    arguments = {**fields(cls), **BESIDE_THE_TEXT.get(cls.__name__, {})}
    error = cls(**arguments)
    assert isinstance(error, cls)
    assert isinstance(error, botocores_class(cls))
    assert type(error).__name__ == cls.__name__
    assert type(error).__module__ == botocores_class(cls).__module__
    assert type(cls(**arguments)) is type(error)
    assert botocore_free(cls)


def test_the_full_names_of_a_services_errors_are_botocores(local_bedrock):
    names = []
    for library in (boto3, fastbedrock):
        client = library.client(
            SERVICE, endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
        )
        for model in ("no.such-model-v1:0", 1):
            with pytest.raises((ClientError, ParamValidationError)) as raised:
                client.converse(modelId=model, messages=[])
            names.append((type(raised.value).__module__, type(raised.value).__qualname__))
    assert names[:2] == names[2:]
    assert names[0] == ("botocore.errorfactory", "ValidationException")
    known = errorfactory.client_exceptions(SERVICE).ValidationException
    assert known.__module__ == "fastbedrock.errorfactory"


def botocore_free(cls: type) -> bool:
    return not any(base.__module__.startswith("boto") for base in cls.__mro__)


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (exceptions.ResponseParserError, ("broken",)),
        (exceptions.DuplicateHeader, ("h",)),
        (exceptions.InvalidHeadersLength, (5,)),
        (exceptions.InvalidPayloadLength, (6,)),
        (exceptions.ChecksumMismatch, (1, 0xFFFFFFFF)),
        (exceptions.NoInitialResponseError, ()),
        (exceptions.ParserError, ("broken",)),
    ],
)
def test_errors_of_the_parsers_are_botocores(cls, arguments):
    error, reference = cls(*arguments), botocores_class(cls)(*arguments)
    assert isinstance(error, type(reference))
    assert str(error) == str(reference)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_errors_survive_copies(copied):
    timeout = copied(exceptions.ReadTimeoutError(endpoint_url="http://x", error="silence"))
    assert type(timeout) is type(exceptions.ReadTimeoutError(endpoint_url="http://x"))
    assert timeout.kwargs == {"endpoint_url": "http://x", "error": "silence"}
    answer = copied(errorfactory.client_error(THROTTLED, "Converse", SERVICE))
    assert isinstance(answer, errorfactory.client_exceptions(SERVICE).ThrottlingException)
    assert (answer.response, answer.operation_name) == (THROTTLED, "Converse")
    event = copied(
        errorfactory.event_stream_error(
            {"Error": {"Code": "validationException", "Message": "m"}}, SERVICE, "ConverseStream"
        )
    )
    assert isinstance(event, errorfactory.client_exceptions(SERVICE).ValidationException)
    assert isinstance(event, exceptions.EventStreamError)
    assert type(event).__name__ == "EventStreamError"


def test_pickles_cross_processes_with_and_without_botocore():
    errors = [
        exceptions.ReadTimeoutError(endpoint_url="http://x"),
        errorfactory.client_error(THROTTLED, "Converse", SERVICE),
    ]
    code = """
import pickle, sys
errors = pickle.loads(sys.stdin.buffer.read())
import fastbedrock
from fastbedrock import errorfactory, exceptions
assert "botocore" not in sys.modules
assert type(errors[0]) is exceptions.ReadTimeoutError, type(errors[0])
throttling = errorfactory.client_exceptions("bedrock-runtime").ThrottlingException
assert type(errors[1]) is throttling
print(pickle.dumps(errors).hex())
"""
    back = pickle.loads(bytes.fromhex(run_python(code, pickle.dumps(errors))))
    assert [type(error) for error in back] == [type(error) for error in errors]
    assert [str(error) for error in back] == [str(error) for error in errors]
    assert isinstance(back[1], botocore.exceptions.ClientError)


def test_instances_join_botocores_classes_once_botocore_is_imported():
    code = """
import sys, fastbedrock
import fastbedrock
from fastbedrock import errorfactory, exceptions
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
throttling = client.exceptions.ThrottlingException
before = errorfactory.client_error({"Error": {"Code": "ThrottlingException"}}, "Converse",
                                 "bedrock-runtime")
assert type(before) is throttling and "botocore" not in sys.modules
import botocore.exceptions
after = errorfactory.client_error({"Error": {"Code": "ThrottlingException"}}, "Converse",
                                "bedrock-runtime")
for clause in (throttling, client.exceptions.ThrottlingException, client.exceptions.ClientError,
               exceptions.ClientError, botocore.exceptions.ClientError):
    try:
        raise after
    except clause:
        pass
assert type(after).__name__ == "ThrottlingException"
assert throttling.__mro__[1:] == exceptions.ClientError.__mro__
print("caught")
"""
    assert run_python(code) == "caught"


METADATA = st.dictionaries(
    st.sampled_from(["MaxAttemptsReached", "RetryAttempts", "HTTPStatusCode"]),
    st.one_of(st.booleans(), st.integers(0, 9)),
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "Error": st.dictionaries(
            st.sampled_from(["Code", "Message", "Type"]), st.one_of(st.text(), st.integers())
        ),
        "ResponseMetadata": METADATA,
    },
)


@given(ANSWERS, st.text())
def test_the_text_of_an_error_response_is_botocores(answer, operation_name):
    ours = exceptions.ClientError(answer, operation_name)
    reference = botocore.exceptions.ClientError(answer, operation_name)
    assert str(ours) == str(reference)
    assert ours.args == reference.args
    assert (ours.response, ours.operation_name) == (answer, operation_name)


def test_client_exceptions_are_boto3s(reference):
    ours = errorfactory.client_exceptions(SERVICE)
    names = [name for name in dir(reference.exceptions) if not name.startswith("_")]
    assert [name for name in dir(ours) if not name.startswith("_")] == names
    for name in names:
        if name.endswith("Exception"):
            assert getattr(ours, name).__name__ == name
            assert ours.from_code(name) is getattr(ours, name)
            assert issubclass(getattr(ours, name), exceptions.ClientError)
            assert botocore_free(getattr(ours, name))
    assert ours.ClientError is exceptions.ClientError
    assert type(ours).__name__ == type(reference.exceptions).__name__


def test_an_unknown_exception_is_named_as_in_boto3(reference):
    texts = []
    for holder in (errorfactory.client_exceptions(SERVICE), reference.exceptions):
        with pytest.raises(AttributeError) as raised:
            _ = holder.Nope
        texts.append(re.sub(r"<.*?> object|<\w+\.|0x\w+", "", str(raised.value).split(">", 1)[1]))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "Nope", "", "400", 400, None, [], {"a": 1}]
)
def test_the_class_of_an_error_response_follows_its_code(reference, code):
    answer = {"Error": {"Code": code, "Message": "m"}}
    error = errorfactory.client_error(answer, "Converse", SERVICE)
    expected = reference.exceptions.from_code(code) if code.__hash__ else None
    assert type(error).__name__ == (expected or botocore.exceptions.ClientError).__name__
    assert isinstance(error, botocore.exceptions.ClientError)


def test_an_error_response_without_a_code_is_a_client_error():
    assert type(errorfactory.client_error({}, "Converse", SERVICE)).__name__ == "ClientError"


def test_modelled_classes_can_be_constructed_and_derived_from():
    throttling = errorfactory.client_exceptions(SERVICE).ThrottlingException

    class Overflow(Exception):
        pass

    derived = type("Derived", (throttling, Overflow), {})
    again = type("Again", (type(throttling(THROTTLED, "Converse")), Overflow), {})
    for cls in (throttling, derived, again):
        error = cls(THROTTLED, "Converse")
        assert isinstance(error, cls)
        assert isinstance(error, botocore.exceptions.ClientError)
        assert type(error).__name__ == cls.__name__
        assert str(error) == str(botocore.exceptions.ClientError(THROTTLED, "Converse"))
        assert isinstance(error, Overflow) == (cls is not throttling)
        assert isinstance(pickle.loads(pickle.dumps(error)), throttling)


class Marked(exceptions.EndpointConnectionError):
    pass


def test_a_users_subclass_keeps_its_class():
    error = pickle.loads(pickle.dumps(Marked(endpoint_url="http://x")))
    assert isinstance(error, Marked)
    assert isinstance(error, botocore.exceptions.EndpointConnectionError)


def test_a_class_that_cannot_join_botocores_is_raised_unchanged():
    requests, urllib3 = botocore.exceptions.requests, botocore.exceptions.urllib3

    # botocore's ReadTimeoutError has these two in the other order, so no common order exists.
    class Odd(
        urllib3.exceptions.TimeoutError,
        requests.exceptions.RequestException,
        exceptions.ReadTimeoutError,
    ):
        def __init__(self, **kwargs):
            exceptions.ReadTimeoutError.__init__(self, **kwargs)

    assert type(Odd(endpoint_url="http://x")) is Odd


EVENTS = [
    "internalServerException",
    "modelStreamErrorException",
    "validationException",
    "throttlingException",
    "serviceUnavailableException",
]


@pytest.mark.parametrize("code", [*EVENTS, "contentBlockDelta", "nope", "", None])
@pytest.mark.parametrize("operation", ["ConverseStream", "InvokeModelWithResponseStream"])
def test_an_exception_event_is_both_kinds_of_error(code, operation):
    parsed = {"Error": {"Code": code, "Message": "m"}}
    error = errorfactory.event_stream_error(parsed, SERVICE, operation)
    reference = botocore.exceptions.EventStreamError(parsed, operation)
    assert type(error).__name__ == "EventStreamError"
    assert str(error) == str(reference)
    assert isinstance(error, botocore.exceptions.EventStreamError)
    assert isinstance(error, exceptions.EventStreamError)
    modelled = errorfactory.client_exceptions(SERVICE)
    expected = [getattr(modelled, code[0].upper() + code[1:])] if code in EVENTS else []
    kinds = {type(modelled).__dict__[name] for name in dir(modelled) if name.endswith("Exception")}
    assert [kind for kind in kinds if isinstance(error, kind)] == expected


def arms(source: str, function: str) -> dict[str, list[str]]:
    """The quoted names in each arm of a Rust function that matches on the error's kind."""
    body = source[source.index(f"pub fn {function}(") :]
    body = body[: body.index("\n    }\n")]
    found = {}
    for pattern, answer in re.findall(
        r"^ {12}(Kind::.*?) =>(.*?)(?=^ {12}Kind::|\Z)", body, re.S | re.M
    ):
        for variant in re.findall(r"Kind::(\w+)", pattern):
            found[variant] = re.findall(r'\("(\w+)"|^ "(\w+)"', answer)
    return {variant: [one or other for one, other in names] for variant, names in found.items()}


def test_every_error_of_the_core_can_be_built():
    path = ROOT / "src" / "error.rs"
    source = path.read_text(encoding="utf-8")
    classes, arguments = arms(source, "class_name"), arms(source, "fields")
    assert classes.keys() == arguments.keys()
    assert classes["ReadTimeout"] == ["ReadTimeoutError"]
    for variant, names in classes.items():
        # For a bad frame, the frame parser chooses the class.
        name = names[0] if names else "InvalidHeadersLength"
        error = exceptions.build(name, dict.fromkeys(arguments[variant], "7"))
        assert type(error).__name__ == name
        if isinstance(error, exceptions.BotoCoreError):
            assert set(arguments[variant]) <= set(error.kwargs)


def test_built_errors_have_botocores_texts():
    with pytest.raises(botocore.exceptions.InvalidRetryModeError) as raised:
        botocore.config.Config(retries={"mode": "x"})
    told = {"provided_retry_mode": "x", "valid_modes": str(exceptions.RETRY_MODES)}
    built = exceptions.build("InvalidRetryModeError", told)
    assert (str(built), built.kwargs) == (str(raised.value), raised.value.kwargs)
    built = exceptions.build("ChecksumMismatch", {"expected": "1", "calculated": "255"})
    assert str(built) == str(botocore.eventstream.ChecksumMismatch(1, 255))
    built = exceptions.build("InvalidPayloadLength", {"message": "too long"})
    assert (type(built).__name__, str(built)) == ("InvalidPayloadLength", "too long")
    assert isinstance(built, botocore.eventstream.ParserError)
    built = exceptions.build("ValueError", {"message": "Invalid endpoint: x"})
    assert (type(built), str(built)) == (ValueError, "Invalid endpoint: x")
