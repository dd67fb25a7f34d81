"""Models that are newer than this build are found where botocore finds them."""

from __future__ import annotations

import json
import os
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import botocore.loaders
import botocore.session
import pytest

import botocore_models
import fastbedrock
from fastbedrock import _core, _search, exceptions
from fastbedrock._model import service_model
from forks import needs_fork
from model_folders import description, write
from programs import Program
from repository import ROOT

RUNTIME, NEW = "bedrock-runtime", "bedrock-made-up"
KEYS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "A",
    "aws_secret_access_key": "S",
}
BUILT_IN = {name: _core.outline(name)[1] for name in _core.service_names()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory, and a search path without folders."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(
        botocore.loaders.Loader, "CUSTOMER_DATA_PATH", str(folder / ".aws" / "models")
    )
    return folder


def operations(client: Any) -> list[str]:
    return list(client.meta.service_model.operation_names)


def both(service: str = RUNTIME, **given: Any) -> tuple[Any, Any]:
    """The operations of fastbedrock's and of boto3's client of a new session, or their errors."""
    found = []
    for module in (fastbedrock, boto3):
        try:
            found.append(operations(module.Session().client(service, **KEYS, **given)))
        except (exceptions.BotoCoreError, botocore.exceptions.BotoCoreError) as error:
            found.append((type(error).__name__, str(error).partition(". Valid")[0]))
    return found[0], found[1]


def test_folders_are_searched_in_botocores_order(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = BUILT_IN[RUNTIME]
    before = fastbedrock.client(RUNTIME, **KEYS)
    for folder, name in ((home / ".aws" / "models", "Own"), (tmp_path / "b", "Second")):
        write(folder, RUNTIME, version, description(RUNTIME, version, name))
    assert both() == (["Own"], ["Own"])
    config = tmp_path / "config"
    config.write_text(f"[profile p]\ndata_path = {tmp_path}/a{os.pathsep}{tmp_path}/b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert both() == (["Own"], ["Own"])
    monkeypatch.setenv("AWS_PROFILE", "p")
    assert both() == (["Second"], ["Second"])
    write(tmp_path / "a", RUNTIME, version, description(RUNTIME, version, "First"))
    assert both() == (["First"], ["First"])
    monkeypatch.setenv("A", str(tmp_path))
    monkeypatch.setenv("AWS_DATA_PATH", f"$A/gone{os.pathsep}$A/b")
    assert both() == (["Second"], ["Second"])
    monkeypatch.setenv("AWS_DATA_PATH", "")
    assert both() == (["Own"], ["Own"])
    assert "Converse" in operations(before)


def test_the_newest_api_version_wins_unless_one_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    write(tmp_path, RUNTIME, "2001-01-01", description(RUNTIME, "2001-01-01", "Old"))
    # boto3 wants endpoint rules of the version that is given.
    rules = json.loads(botocore_models.rules(RUNTIME))
    for version in ("2001-01-01", "2099-01-01"):
        write(tmp_path, RUNTIME, version, rules, "endpoint-rule-set-1")
    ours, theirs = both()
    assert "Converse" in ours
    assert ours == theirs
    assert both(api_version="2001-01-01") == (["Old"], ["Old"])
    write(tmp_path, RUNTIME, "2099-01-01", description(RUNTIME, "2099-01-01", "Preview"))
    assert both() == (["Preview"], ["Preview"])
    config = tmp_path / "config"
    config.write_text(f"[default]\napi_versions =\n    {RUNTIME} = 2001-01-01\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert both() == (["Old"], ["Old"])
    assert both(api_version="2099-01-01") == (["Preview"], ["Preview"])
    ours, theirs = both(api_version="2024-01-01")
    assert ours == theirs
    assert "2024-01-01/service-2" in ours[1]


def test_a_botocore_session_brings_its_search_path(tmp_path: Path) -> None:
    write(tmp_path, RUNTIME, "2099-01-01", description(RUNTIME, "2099-01-01", "Preview"))
    session = botocore.session.Session()
    session.set_config_variable("data_path", str(tmp_path))
    ours = fastbedrock.Session(botocore_session=session)
    assert operations(ours.client(RUNTIME, **KEYS)) == ["Preview"]
    assert ours.models()[RUNTIME].api_version == "2099-01-01"
    session.set_config_variable("api_versions", {RUNTIME: BUILT_IN[RUNTIME]})
    assert "Converse" in operations(ours.client(RUNTIME, **KEYS))


def loaded(loader: Any, service: str, file: str, version: str | None) -> Any:
    """What botocore finds, or None."""
    try:
        return loader.load_service_model(service, file, version)
    except botocore.exceptions.DataNotFoundError:
        return None


def test_files_are_chosen_and_merged_as_botocore_does(tmp_path: Path, cases: int) -> None:
    random_versions = ("2001-01-01", BUILT_IN[RUNTIME], "2099-01-01")
    extras = {
        "service-2": {"shapes": {"Text": {"max": 3}}, "operations": {"More": {}}},
        "paginators-1": {"pagination": {"Extra": {"limit_key": "x"}}},
    }
    seen = set()
    for seed in range(max(20, cases // 20)):
        rng = random.Random(seed)
        roots = [tmp_path / f"{seed}-{root}" for root in "ab"]
        service = rng.choice([RUNTIME, NEW])
        for root in roots:
            for version in random_versions:
                declared = rng.choice([version, version, rng.choice(random_versions)])
                name = f"Act{rng.randrange(10**6)}"
                model = description(service, declared, name, "More")
                contents = {
                    "service-2": model,
                    "paginators-1": {"pagination": {name: {"limit_key": "n"}}},
                    "waiters-2": {"version": 2, "waiters": {name: {"delay": 1}}},
                    **{f"{file}.sdk-extras": {"merge": extras[file]} for file in extras},
                }
                for file, content in contents.items():
                    if rng.random() < 0.3:
                        ending = rng.choice([".json", ".json.gz"])
                        write(root, service, version, content, file, ending)
        path = _search.SearchPath(os.pathsep.join(map(str, roots)), None)
        loader = botocore.loaders.Loader(
            [*map(str, roots), str(ROOT / "models")], include_default_search_paths=False
        )
        wanted = rng.choice([None, *random_versions])
        expected = loaded(loader, service, "service-2", wanted)
        if expected is None:
            with pytest.raises(exceptions.DataNotFoundError):
                path.find(service, wanted)
            seen.add("none")
            continue
        ours = service_model(path.find(service, wanted))
        assert json.dumps(ours.description) == json.dumps(expected), seed
        for file, entries in (("paginators-1", ours.paginators), ("waiters-2", ours.waiters)):
            declared = expected["metadata"]["apiVersion"]
            theirs = loaded(loader, service, file, declared)
            section = {"paginators-1": "pagination", "waiters-2": "waiters"}[file]
            assert entries == (theirs or {}).get(section, {}), (seed, file)
            seen.add((file, bool(theirs)))
    assert len(seen) == 5


def test_clients_with_the_installed_botocores_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(botocore_models.FOLDER))
    session = boto3.Session()
    for service in BUILT_IN:
        ours, theirs = fastbedrock.client(service, **KEYS), session.client(service, **KEYS)
        assert type(ours).__name__ == type(theirs).__name__
        assert isinstance(ours, getattr(fastbedrock, type(ours).__name__))
        assert operations(ours) == operations(theirs)
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url
        assert ours.waiter_names == theirs.waiter_names
        for method in theirs.meta.method_to_api_mapping:
            assert hasattr(ours, method) is hasattr(theirs, method)
            assert ours.can_paginate(method) is theirs.can_paginate(method)


def test_a_service_that_is_newer_than_this_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    write(tmp_path, NEW, "2026-01-01", description(NEW, "2026-01-01", "Act"))
    session = fastbedrock.Session()
    assert session.get_available_services() == sorted([*BUILT_IN, NEW])
    client, theirs = session.client(NEW, **KEYS), boto3.Session().client(NEW, **KEYS)
    assert client.meta.endpoint_url == theirs.meta.endpoint_url
    assert type(client).__name__ == type(theirs).__name__
    assert client.act.__doc__
    rules = json.loads((botocore_models.rules(RUNTIME)).replace(RUNTIME, NEW))
    place = write(tmp_path, NEW, "2026-01-01", rules, "endpoint-rule-set-1")
    write(tmp_path, NEW, "2026-02-01", description(NEW, "2026-02-01", "Act"))
    write(tmp_path, NEW, "2026-02-01", rules, "endpoint-rule-set-1")
    assert session.client(NEW, **KEYS).meta.endpoint_url == client.meta.endpoint_url
    write(tmp_path, NEW, "2026-03-01", description(NEW, "2026-03-01", "Act"))
    other = json.loads(json.dumps(rules).replace(f"https://{NEW}.", f"https://{NEW}.v2."))
    place = write(tmp_path, NEW, "2026-03-01", other, "endpoint-rule-set-1")
    with pytest.raises(exceptions.DataNotFoundError, match=f"{place}: its endpoint rules.*boto3"):
        session.client(NEW, **KEYS)


def test_a_folder_of_the_user_without_the_service_costs_nothing(home: Path) -> None:
    write(home / ".aws" / "models", NEW, "2026-01-01", description(NEW, "2026-01-01", "Act"))
    environment = _core.Environment({})
    assert environment.model_search(RUNTIME) is None
    assert environment.model_search(NEW) == (None, str(home / ".aws" / "models"), None)
    assert NEW in fastbedrock.models()
    with pytest.raises(exceptions.UnknownServiceError, match=NEW):
        fastbedrock.client("bedrock-nope", **KEYS)


def test_services_outside_of_bedrock_are_for_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(botocore_models.FOLDER))
    for service in ("lambda", "s3", "sagemaker-runtime"):
        with pytest.raises(exceptions.UnknownServiceError, match="outside of Bedrock: use boto3"):
            fastbedrock.client(service, **KEYS)
    for service in ("../bedrock", "", ".", "nope", None):
        with pytest.raises(exceptions.UnknownServiceError, match="Unknown service"):
            fastbedrock.client(service, **KEYS)


def test_a_known_service_keeps_its_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    model = description(RUNTIME, "2099-01-01", "Act", endpointPrefix="example.com/")
    path = write(tmp_path, RUNTIME, "2099-01-01", model)
    with pytest.raises(exceptions.DataNotFoundError, match=f"{path}: the endpoint prefix"):
        fastbedrock.client(RUNTIME, **KEYS)


def test_what_is_no_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    path = tmp_path / RUNTIME / "2099-01-01" / "service-2.json"
    path.mkdir(parents=True)
    with pytest.raises(exceptions.DataNotFoundError, match=f"{path}: it is not a file"):
        fastbedrock.client(RUNTIME, **KEYS)
    path.rmdir()
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(exceptions.DataNotFoundError, match=f"{path}: it is not a file"):
        fastbedrock.client(RUNTIME, **KEYS)
    path.unlink()
    write(tmp_path, RUNTIME, "2099-01-01", description(RUNTIME, "2099-01-01", "Act"))

    def refuse(*_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    # Tests may run as root, whom no file refuses.
    monkeypatch.setattr(_search, "open", refuse, raising=False)
    with pytest.raises(exceptions.DataNotFoundError, match=f"{path}: Permission denied"):
        fastbedrock.client(RUNTIME, **KEYS)


def test_names_of_services_at_odds_with_their_sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    write(tmp_path, NEW, "2026-01-01", description(NEW, "2026-01-01", "Act"))
    path = write(tmp_path, NEW, "2026-01-01", {"pagination": [1]}, "paginators-1")
    with pytest.raises(exceptions.DataNotFoundError, match=f"{path}: pagination has no named"):
        fastbedrock.client(NEW, **KEYS)
    config = tmp_path / "config"
    config.write_text("[default]\napi_versions = 2026-01-01\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(exceptions.InvalidConfigError, match="api_versions must be a block"):
        fastbedrock.client(RUNTIME, **KEYS)


def test_clients_with_different_models_live_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_in = fastbedrock.client(RUNTIME, **KEYS)
    version = "2099-01-01"
    model = description(RUNTIME, version, "Converse", "Act")
    model["shapes"]["Failure"] = {"type": "structure", "members": {}, "exception": True}
    write(tmp_path, RUNTIME, version, model)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    found = fastbedrock.client(RUNTIME, **KEYS)
    assert isinstance(found, fastbedrock.BedrockRuntime)
    assert hasattr(found, "act")
    assert not hasattr(found, "invoke_model")
    assert hasattr(found.exceptions, "Failure")
    assert not hasattr(built_in.exceptions, "Failure")
    with pytest.raises(exceptions.ParamValidationError, match=r'"messages", must be one of: text$'):
        found.converse(messages=[])
    with pytest.raises(exceptions.ParamValidationError, match=r'Missing required.*"modelId"'):
        built_in.converse(messages=[])
    with pytest.raises(AttributeError, match="'BedrockRuntime' object has no attribute 'nope'"):
        _ = found.nope
    copy = pickle.loads(pickle.dumps(found))
    assert operations(copy) == ["Converse", "Act"]
    error = pickle.loads(pickle.dumps(found.exceptions.Failure({"Error": {}}, "Act")))
    assert isinstance(error, found.exceptions.Failure)
    monkeypatch.delenv("AWS_DATA_PATH")
    assert "InvokeModel" in operations(pickle.loads(pickle.dumps(found)))


def test_a_model_is_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    path = write(tmp_path, NEW, "2026-01-01", description(NEW, "2026-01-01", "Act"))
    with ThreadPoolExecutor(8) as pool:
        clients = [*pool.map(lambda _: fastbedrock.client(NEW, **KEYS), range(32))]
    assert len({type(client) for client in clients}) == 1
    path.write_text("damaged since then")
    assert type(fastbedrock.client(NEW, **KEYS)) is type(clients[0])


FORKING = """
import os, sys, threading
import fastbedrock
from programs import arguments, say

def load(number):
    os.environ["AWS_DATA_PATH"] = arguments()[number]
    keys = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
    return list(fastbedrock.client("bedrock-made-up", "us-east-1", **keys)._PY_TO_OP_NAME)

def load_all():
    for number in range(2, 50):
        load(number)

before = load(0)
thread = threading.Thread(target=load_all)
thread.start()
if os.fork() == 0:
    say(child=[load(0), load(1), load(1)])
    os._exit(0)
os.wait()
thread.join()
say(parent=[before, load(0), load(1)])
"""


@needs_fork
def test_models_are_found_in_a_fork_while_a_thread_loads_others(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(50)]
    for number, folder in enumerate(folders):
        write(folder, NEW, "2026-01-01", description(NEW, "2026-01-01", f"Act{number}"))
    environment = {"PYTHONWARNINGS": "ignore"}
    with Program(FORKING, list(map(str, folders)), environment) as program:
        assert program.next() == {"child": [["act0"], ["act1"], ["act1"]]}
        assert program.next() == {"parent": [["act0"], ["act0"], ["act1"]]}


def test_models_tells_where_each_model_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = json.loads(next((ROOT / "models" / RUNTIME).glob("*/service-2.json")).read_text())
    assert fastbedrock.models()[RUNTIME] == (BUILT_IN[RUNTIME], "built in", named["botocore"])
    assert {name: source.api_version for name, source in fastbedrock.models().items()} == BUILT_IN
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    path = write(tmp_path, NEW, "2026-01-01", "never read")
    assert fastbedrock.models()[NEW] == ("2026-01-01", str(path), None)
    from fastbedrock.__main__ import main

    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [NEW, "2026-01-01", str(path)] in [line.split() for line in lines]
    assert f"built in (botocore {named['botocore']})" in lines[0]


def test_the_command_names_a_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    path = tmp_path / NEW / "2026-01-01" / "service-2.json"
    path.mkdir(parents=True)
    from fastbedrock.__main__ import main

    with pytest.raises(SystemExit) as raised:
        main(["models"])
    assert raised.value.code == 1
    assert capsys.readouterr().err == (
        f"python -m fastbedrock models: Unable to load data for: {path}: it is not a file\n"
    )
