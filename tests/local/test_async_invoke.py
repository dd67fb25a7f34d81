"""Asynchronous invocations of the local Bedrock, through boto3."""

from __future__ import annotations

import datetime
import json
import time

import pytest

from local_requests import connect, send

OUTPUT = {"s3OutputDataConfig": {"s3Uri": "s3://my-bucket/videos/cats"}}
REEL = "amazon.nova-reel-v1:0"


def start(client, model=REEL, model_input=None, output=OUTPUT, **arguments):
    model_input = {"taskType": "TEXT_VIDEO"} if model_input is None else model_input
    return client.start_async_invoke(
        modelId=model, modelInput=model_input, outputDataConfig=output, **arguments
    )["invocationArn"]


def to(uri):
    return {"s3OutputDataConfig": {"s3Uri": uri}}


def configure_over_http(server, **settings):
    kind = {"Content-Type": "application/json"}
    body = {"async_invoke": {"seconds": 0, **settings}}
    return send(server, "POST", "/_local/scenario", body, kind, sign=False)


def ended(client, arn):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        job = client.get_async_invoke(invocationArn=arn)
        if job["status"] != "InProgress":
            return job
        time.sleep(0.02)
    raise AssertionError("the job never ended")


def test_a_job_completes_and_leaves_its_output(local_bedrock, tmp_path):
    local_bedrock.configure(async_invoke={"seconds": 0.1, "output_folder": tmp_path})
    client = connect(local_bedrock)
    arn = start(client)
    job = client.get_async_invoke(invocationArn=arn)
    assert job["status"] == "InProgress"
    assert "endTime" not in job
    assert job["outputDataConfig"] == OUTPUT
    job = ended(client, arn)
    assert job["status"] == "Completed"
    assert job["modelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{REEL}"
    assert job["submitTime"] < job["endTime"]
    identifier = arn.rpartition("/")[2]
    video = tmp_path / "my-bucket" / "videos" / "cats" / identifier / "output.mp4"
    assert video.read_bytes()[4:8] == b"ftyp"


def test_an_embedding_is_written_as_json(local_bedrock, tmp_path):
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": str(tmp_path)})
    client = connect(local_bedrock)
    arn = start(client, "amazon.titan-embed-text-v2:0", {"inputText": "a cat"})
    assert ended(client, arn)["status"] == "Completed"
    (path,) = tmp_path.rglob("output.json")
    assert len(json.loads(path.read_text())["embedding"]) == 1024


def test_a_failed_job_has_the_reason(local_bedrock, tmp_path):
    client = connect(local_bedrock)
    local_bedrock.configure(async_invoke={"seconds": 0, "failure": "no electricity"})
    job = ended(client, start(client))
    assert (job["status"], job["failureMessage"]) == ("Failed", "no electricity")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": str(in_the_way)})
    job = ended(client, start(client))
    assert job["status"] == "Failed"
    assert job["failureMessage"].startswith("The output could not be written: ")


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("", "my-bucket"),
        ("/", "my-bucket"),
        ("//a///b/", "my-bucket/a/b"),
        ("/.../..a/a..", "my-bucket/.../..a/a.."),
        ("/~/$HOME/%2e%2e/C:", "my-bucket/~/$HOME/%2e%2e/C:"),
        ("/a b/\u00e9/\\x", "my-bucket/a b/\u00e9/\\x"),
    ],
)
def test_a_key_is_a_path_in_the_output_folder(local_bedrock, tmp_path, key, folder):
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": tmp_path})
    client = connect(local_bedrock)
    arn = start(client, output=to(f"s3://my-bucket{key}"))
    assert ended(client, arn).get("failureMessage") is None
    assert (tmp_path / folder / arn.rpartition("/")[2] / "output.mp4").exists()


@pytest.mark.parametrize(
    "key", ["/..", "/../..", "/a/../../../b", "/.", "/a/./b", "/\0", "/" + "x" * 300]
)
def test_a_key_that_leads_out_of_the_output_folder_fails(local_bedrock, tmp_path, key):
    inner = tmp_path / "inner"
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": inner})
    client = connect(local_bedrock)
    job = ended(client, start(client, output=to(f"s3://my-bucket{key}")))
    assert job["status"] == "Failed"
    assert job["failureMessage"].startswith("The output could not be written: ")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list(tmp_path.iterdir()) in ([], [inner])


@pytest.mark.parametrize("link", ["my-bucket", "my-bucket/videos", "my-bucket/videos/cats"])
def test_no_link_leads_out_of_the_output_folder(local_bedrock, tmp_path, link):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    outside.mkdir()
    path = inside / link
    path.parent.mkdir(parents=True)
    path.symlink_to(outside, target_is_directory=True)
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": inside})
    client = connect(local_bedrock)
    job = ended(client, start(client))
    assert job["status"] == "Failed"
    assert "is not a folder" in job["failureMessage"]
    assert list(outside.iterdir()) == []


def test_the_output_folder_itself_may_be_a_link(local_bedrock, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real, target_is_directory=True)
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": link})
    client = connect(local_bedrock)
    assert ended(client, start(client))["status"] == "Completed"
    assert list(real.rglob("output.mp4"))


def test_an_output_folder_set_over_http_must_be_inside_the_owners(local_bedrock, tmp_path):
    owners = tmp_path / "owners"
    client = connect(local_bedrock)
    for path in (str(tmp_path), "inner", "/", ""):
        refused = configure_over_http(local_bedrock, output_folder=path)
        assert refused.status == 400
        assert "only where the server was started with one" in refused.json["message"]
    local_bedrock.configure(async_invoke={"seconds": 0, "output_folder": owners})
    outside = (
        str(tmp_path),
        "..",
        "../x",
        f"{owners}/../x",
        f"{owners}x",
        "/",
        "a/../../x",
        "/etc",
    )
    for path in outside:
        refused = configure_over_http(local_bedrock, output_folder=path)
        assert refused.status == 400
        assert "is not inside" in refused.json["message"]
    for path, folder in [
        (str(owners), owners),
        (f"{owners}/team/a", owners / "team" / "a"),
        ("team/b/", owners / "team" / "b"),
        ("", owners),
    ]:
        assert configure_over_http(local_bedrock, output_folder=path).status == 200
        arn = start(client)
        assert ended(client, arn)["status"] == "Completed"
        identifier = arn.rpartition("/")[2]
        assert (folder / "my-bucket" / "videos" / "cats" / identifier / "output.mp4").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"owners"}
    # A reset over HTTP removes the output, but not the folder that the owner has allowed.
    assert send(local_bedrock, "DELETE", "/_local/scenario", sign=False).status == 200
    assert configure_over_http(local_bedrock).status == 200
    before = len(list(owners.rglob("output.mp4")))
    assert ended(client, start(client))["status"] == "Completed"
    assert len(list(owners.rglob("output.mp4"))) == before
    assert configure_over_http(local_bedrock, output_folder="c").status == 200
    # The owner's own reset removes both.
    local_bedrock.reset()
    assert configure_over_http(local_bedrock, output_folder="c").status == 400


def test_a_repeated_client_request_token_starts_no_second_job(local_bedrock):
    client = connect(local_bedrock)
    arn = start(client, clientRequestToken="abc")
    assert start(client, clientRequestToken="abc") == arn
    assert start(client, clientRequestToken="def") != arn
    with pytest.raises(client.exceptions.ConflictException):
        start(client, model_input={"taskType": "OTHER"}, clientRequestToken="abc")


def test_jobs_are_listed_in_pages_and_by_filters(local_bedrock):
    client = connect(local_bedrock)
    local_bedrock.configure(async_invoke={"seconds": 0})
    first = [start(client) for _ in range(3)]
    for arn in first:
        ended(client, arn)
    time.sleep(0.01)
    middle = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(0.01)
    local_bedrock.configure(async_invoke={"seconds": 60})
    second = [start(client) for _ in range(4)]

    def listed(**arguments):
        pages = list(client.get_paginator("list_async_invokes").paginate(**arguments))
        return [
            [summary["invocationArn"] for summary in page["asyncInvokeSummaries"]] for page in pages
        ]

    newest_first = [*reversed(second), *reversed(first)]
    assert listed() == [newest_first]
    assert listed(PaginationConfig={"PageSize": 3}) == [
        newest_first[:3],
        newest_first[3:6],
        newest_first[6:],
    ]
    assert listed(sortOrder="Ascending", PaginationConfig={"PageSize": 5}) == [
        [*first, *second[:2]],
        second[2:],
    ]
    assert listed(statusEquals="Completed") == [[*reversed(first)]]
    assert listed(statusEquals="Failed") == [[]]
    assert listed(submitTimeAfter=middle) == [[*reversed(second)]]
    assert listed(submitTimeBefore=middle) == [[*reversed(first)]]


def test_an_unknown_job_is_an_error(local_bedrock):
    client = connect(local_bedrock)
    refused = client.exceptions.ValidationException
    with pytest.raises(refused, match="Invocation not found"):
        client.get_async_invoke(
            invocationArn="arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl"
        )
    with pytest.raises(refused, match="model identifier is invalid"):
        start(client, "nonsense.model")
    with pytest.raises(refused, match="unsupported for asynchronous"):
        start(client, "amazon.nova-lite-v1:0")
    with pytest.raises(refused, match=r"required key \[taskType\]"):
        start(client, model_input={})
    with pytest.raises(refused, match="nextToken is invalid"):
        client.list_async_invokes(nextToken="abc")
