"""Asynchronous invocations of the local Bedrock, through boto3."""

from __future__ import annotations

import datetime
import json
import time

import pytest

from local_requests import connect

OUTPUT = {"s3OutputDataConfig": {"s3Uri": "s3://my-bucket/videos/cats"}}
REEL = "amazon.nova-reel-v1:0"


def start(client, model=REEL, model_input=None, **arguments):
    model_input = {"taskType": "TEXT_VIDEO"} if model_input is None else model_input
    return client.start_async_invoke(
        modelId=model, modelInput=model_input, outputDataConfig=OUTPUT, **arguments
    )["invocationArn"]


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


def test_a_job_fails_with_its_reason(local_bedrock, tmp_path):
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


def test_a_token_makes_a_repetition_harmless(local_bedrock):
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


def test_what_does_not_exist_is_refused(local_bedrock):
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
