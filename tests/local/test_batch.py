"""Batches of the local control plane: model invocation jobs with files instead of S3."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from fastbedrock.local import serve
from local_requests import CHAT, send, user
from local_services import each_client, service_client
from programs import wait_for

ROLE = "arn:aws:iam::123456789012:role/mine"
FINAL = {"Completed", "Failed", "Stopped"}


def claude(text):
    return {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": text}],
    }


def write(folder, key, *records):
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def start(bedrock, name="batch", source="s3://bucket/in/a.jsonl", **arguments):
    arguments = {"modelId": CHAT, **arguments}
    return bedrock(
        "CreateModelInvocationJob",
        jobName=name,
        roleArn=ROLE,
        inputDataConfig={"s3InputDataConfig": {"s3Uri": source}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://bucket/out/"}},
        **arguments,
    )["jobArn"]


def ended(bedrock, arn):
    """The job when it has ended."""
    job = {}

    def is_final():
        job.update(bedrock("GetModelInvocationJob", jobIdentifier=arn))
        return job["status"] in FINAL

    wait_for(is_final)
    return job


def output(folder, job):
    return folder / "bucket/out" / job["jobArn"].rpartition("/")[2]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@each_client
def test_a_batch_is_answered_line_by_line(kind, tmp_path):
    write(
        tmp_path,
        "bucket/in/a.jsonl",
        {"recordId": "FIRST", "modelInput": claude("Hello")},
        {"modelInput": claude("Good night"), "kept": 1},
        {"recordId": "THIRD", "modelInput": {"max_tokens": 1}},
        {"recordId": "FOURTH"},
    )
    with (
        serve(s3_folder=tmp_path) as server,
        service_client(kind, server, "bedrock") as bedrock,
    ):
        job = ended(bedrock, start(bedrock))
    assert (job["status"], job["totalRecordCount"], job["processedRecordCount"]) == (
        "Completed",
        4,
        4,
    )
    assert (job["successRecordCount"], job["errorRecordCount"]) == (2, 2)
    assert job["endTime"] >= job["submitTime"]
    first, second, third, fourth = lines(output(tmp_path, job) / "a.jsonl.out")
    assert first["recordId"] == "FIRST"
    assert first["modelInput"] == claude("Hello")
    assert first["modelOutput"]["content"] == [{"type": "text", "text": "Hello"}]
    assert second["modelOutput"]["content"][0]["text"] == "Good night"
    assert (len(second["recordId"]), second["kept"]) == (12, 1)
    assert third["error"]["errorCode"] == 400
    assert "modelOutput" not in third
    assert "modelInput" in fourth["error"]["errorMessage"]
    manifest = json.loads((output(tmp_path, job) / "manifest.json.out").read_text())
    tokens = [record["modelOutput"]["usage"] for record in (first, second)]
    assert manifest == {
        "totalRecordCount": 4,
        "processedRecordCount": 4,
        "successRecordCount": 2,
        "errorRecordCount": 2,
        "inputTokenCount": sum(usage["input_tokens"] for usage in tokens),
        "outputTokenCount": sum(usage["output_tokens"] for usage in tokens),
    }


def test_a_folder_of_conversations_is_answered_by_the_script(tmp_path):
    for name in ("one", "two"):
        write(
            tmp_path,
            f"bucket/in/{name}.jsonl",
            {"recordId": name, "modelInput": {"messages": user(name)}},
        )
    write(tmp_path, "bucket/in/deeper/three.jsonl", {"modelInput": {"messages": user("three")}})
    with (
        serve(s3_folder=tmp_path, replies=["first", "second"]) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):
        arn = start(bedrock, source="s3://bucket/in/", modelInvocationType="Converse")
        job = ended(bedrock, arn)
    assert (job["status"], job["totalRecordCount"]) == ("Completed", 2)
    for name, text in (("one", "first"), ("two", "second")):
        (record,) = lines(output(tmp_path, job) / f"{name}.jsonl.out")
        message = record["modelOutput"]["output"]["message"]
        assert message["content"] == [{"text": text}]


def test_a_batch_without_its_input_fails(tmp_path):
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket/empty.jsonl").write_text("\n")
    (tmp_path / "bucket/link.jsonl").symlink_to("/etc/hostname")
    cases = {
        "s3://bucket/none.jsonl": "could not be read",
        "s3://bucket/empty.jsonl": "has no records",
        "s3://bucket/link.jsonl": "it is a link",
    }
    with (
        serve(s3_folder=tmp_path) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):
        for number, (source, problem) in enumerate(cases.items()):
            job = ended(bedrock, start(bedrock, f"batch{number}", source))
            assert job["status"] == "Failed"
            assert problem in job["message"]
        with pytest.raises(ClientError, match="model identifier is invalid"):
            start(bedrock, "other", modelId="acme.model-v1:0")
    with serve() as server, service_client("boto3", server, "bedrock") as bedrock:
        job = ended(bedrock, start(bedrock))
        assert (job["status"], "set s3_folder" in job["message"]) == ("Failed", True)


def test_a_slow_batch_can_be_stopped_and_is_listed(tmp_path):
    write(tmp_path, "bucket/in/a.jsonl", {"modelInput": claude("Hello")})
    with (
        serve(s3_folder=tmp_path, control_plane={"seconds": 60}) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):
        arn = start(bedrock, clientRequestToken="token")
        assert start(bedrock, clientRequestToken="token") == arn
        server.configure(control_plane={"seconds": 0.2})
        second = start(bedrock, "second")

        def running():
            listed = bedrock("ListModelInvocationJobs", statusEquals="InProgress", maxResults=5)
            return [job["jobArn"] for job in listed["invocationJobSummaries"]]

        wait_for(lambda: arn in running())
        bedrock("StopModelInvocationJob", jobIdentifier=arn)
        assert ended(bedrock, arn)["status"] == "Stopped"
        assert not output(tmp_path, {"jobArn": arn}).exists()
        assert ended(bedrock, second)["status"] == "Completed"
        with pytest.raises(ClientError, match=r"ConflictException.*Completed"):
            bedrock("StopModelInvocationJob", jobIdentifier=second)
        jobs = bedrock("ListModelInvocationJobs", nameContains="sec")["invocationJobSummaries"]
        assert [job["jobArn"] for job in jobs] == [second]


def test_a_folder_is_chosen_by_the_owner_alone(tmp_path):
    with serve() as server, pytest.raises(ValueError, match="control_plane"):
        server.configure(control_plane={"second": 1})
    with serve(s3_folder=tmp_path) as server:
        assert scenario(server, {"s3_folder": "inside"}) == 200
        assert scenario(server, {"s3_folder": "/etc"}) == 400
    with serve() as server:
        assert scenario(server, {"s3_folder": str(tmp_path)}) == 400


def scenario(server, settings):
    headers = {"Content-Type": "application/json"}
    return send(server, "POST", "/_local/scenario", settings, headers, sign=False).status
