"""Mutated models: each is refused with an error that names its file, or its client works."""

from __future__ import annotations

import copy
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

import fastbedrock
from fastbedrock import exceptions
from fastbedrock._model import service_model
from model_folders import description

NAME, VERSION = "bedrock-made-up", "2026-01-01"
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, 10**30, "", "x", "\n", "\0", "é", "x" * 5000, "Input", "Deep",
    "a/b", "{text}", "//example.com/", "structure", "list", "map", "timestamp", "header", "uri",
    "statusCode", [], ["x"], ["text"], [[]], {}, {"x": 1}, {"shape": "Input"}, {"shape": "Nope"},
    {"shape": 5},
]  # fmt: skip
PARAMS: list[dict[str, Any]] = [
    {},
    {"text": "x"},
    {"text": "x", "deep": {"self": {}, "times": [0], "map": {"a": b"x"}}, "body": {"a": [1]}},
]


def rich() -> dict[str, Any]:
    """A model with one of everything that the loader knows."""
    model = description(NAME, VERSION, "Act", "Stream")
    shapes = model["shapes"]
    shapes["Input"] = {
        "type": "structure",
        "required": ["text"],
        "members": {
            "text": {"shape": "Text", "location": "uri", "locationName": "text"},
            "head": {"shape": "Number", "location": "header", "locationName": "x-head"},
            "query": {"shape": "Times", "location": "querystring", "locationName": "q"},
            "token": {"shape": "Text", "idempotencyToken": True},
            "deep": {"shape": "Deep"},
            "body": {"shape": "Any"},
        },
    }
    shapes["Deep"] = {
        "type": "structure",
        "union": False,
        "members": {
            "self": {"shape": "Deep"},
            "times": {"shape": "Times"},
            "map": {"shape": "Blobs"},
            "flag": {"shape": "Flag"},
        },
    }
    shapes |= {
        "Number": {"type": "long", "min": 1, "max": 9},
        "Times": {"type": "list", "member": {"shape": "Time"}, "max": 3},
        "Time": {"type": "timestamp", "timestampFormat": "iso8601"},
        "Blobs": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Blob"}},
        "Blob": {"type": "blob", "sensitive": True},
        "Flag": {"type": "boolean", "box": True},
        "Any": {"type": "structure", "members": {}, "document": True},
        "Output": {
            "type": "structure",
            "members": {"events": {"shape": "Events"}, "code": {"shape": "Number"}},
            "payload": "events",
        },
        "Events": {
            "type": "structure",
            "eventstream": True,
            "members": {"event": {"shape": "Event"}, "failure": {"shape": "Failure"}},
        },
        "Event": {"type": "structure", "event": True, "members": {"text": {"shape": "Text"}}},
        "Failure": {
            "type": "structure",
            "exception": True,
            "error": {"httpStatusCode": 429, "code": "Failed"},
            "retryable": {"throttling": True},
            "members": {"message": {"shape": "Text"}},
        },
    }
    shapes["Text"] = {"type": "string", "min": 1, "max": 99, "pattern": "x*", "enum": ["x", "y"]}
    act = {"requestUri": "/act/{text}", "method": "POST", "responseCode": 200}
    model["operations"]["Act"] |= {"http": act, "errors": [{"shape": "Failure"}], "auth": ["x"]}
    model["operations"]["Stream"] |= {"http": act, "output": {"shape": "Output"}}
    return model


def places(node: Any) -> list[tuple[Any, Any]]:
    """Each container in the model with each of its keys."""
    found, todo = [], [node]
    while todo:
        node = todo.pop()
        keys = node if isinstance(node, dict) else range(len(node))
        for key in keys:
            found.append((node, key))
            if isinstance(node[key], (dict, list)):
                todo.append(node[key])
    return found


def mutated(rng: random.Random, model: dict[str, Any]) -> bytes:
    for _ in range(rng.choice([1, 1, 2, 4])):
        node, key = rng.choice(places(model))
        what = rng.randrange(4)
        if what == 0:
            del node[key]
        elif what == 1 and isinstance(node, dict):
            node[rng.choice(["x", "a b", "_engine", "meta", "é", "self", ""])] = node.pop(key)
        elif what == 2:
            other, place = rng.choice(places(model))
            node[key] = copy.deepcopy(other[place])
        else:
            node[key] = rng.choice(ODD)
    text = bytearray(json.dumps(model).encode())
    if rng.random() < 0.2:
        for _ in range(rng.randrange(1, 4)):
            text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text)


def use(client: Any) -> None:
    """Everything that reads the model, short of sending."""
    model = service_model(client._MODEL_KEY)
    for name in model.operation_names:
        operation = model.operation_model(name)
        _ = operation.error_shapes, operation.output, operation.get_event_stream_output()
        [method] = [m for m, o in client.meta.method_to_api_mapping.items() if o == name]
        _ = vars(type(client))[method].__doc__
    _ = client.exceptions, client.waiter_names


def test_a_mutated_model_is_refused_or_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: int
) -> None:
    refused = used = 0
    for seed in range(cases):
        rng = random.Random(seed)
        folder = tmp_path / str(seed)
        place = folder / NAME / VERSION
        place.mkdir(parents=True)
        content, ending = mutated(rng, rich()), ""
        if rng.random() < 0.2:
            compressed, ending = bytearray(gzip.compress(content, 1)), ".gz"
            if rng.random() < 0.5:
                compressed[rng.randrange(len(compressed))] ^= 1 << rng.randrange(8)
            content = bytes(compressed)
        path = place / f"service-2.json{ending}"
        path.write_bytes(content)
        monkeypatch.setenv("AWS_DATA_PATH", str(folder))
        try:
            client = fastbedrock.client(
                NAME, "us-east-1", aws_access_key_id="A", aws_secret_access_key="S"
            )
        except exceptions.DataNotFoundError as error:
            assert f"{path}" in str(error), seed
            assert "panicked" not in str(error), seed
            refused += 1
            continue
        used += 1
        use(client)
        for operation in client.meta.method_to_api_mapping.values():
            for params in PARAMS:
                try:
                    client._engine.prepare(operation, params)
                except exceptions.ParamValidationError:
                    continue
    assert refused > cases // 4
    assert used > cases // 20
