"""Provisioned throughput and model customization of the local control plane."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from fastbedrock.local import serve
from local_requests import connect, user
from local_services import each_client, service_client
from programs import wait_for

NOVA = "amazon.nova-lite-v1:0"
JOB = {
    "customModelName": "my-nova",
    "roleArn": "arn:aws:iam::123456789012:role/mine",
    "baseModelIdentifier": NOVA,
    "trainingDataConfig": {"s3Uri": "s3://bucket/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out/"},
    "hyperParameters": {"epochCount": "2"},
}


@pytest.fixture
def bedrock(local_bedrock):
    with service_client("boto3", local_bedrock, "bedrock") as client:
        yield client


def provision(bedrock, name="mine", **arguments):
    arguments = {"provisionedModelName": name, "modelUnits": 2, "modelId": NOVA, **arguments}
    return bedrock("CreateProvisionedModelThroughput", **arguments)["provisionedModelArn"]


def names(answer):
    return [found["provisionedModelName"] for found in answer["provisionedModelSummaries"]]


@each_client
def test_throughput_lives_from_creation_to_deletion(kind, local_bedrock):
    with service_client(kind, local_bedrock, "bedrock") as bedrock:
        arn = provision(bedrock)
        got = bedrock("GetProvisionedModelThroughput", provisionedModelId="mine")
        assert (got["status"], got["modelUnits"], got["provisionedModelArn"]) == (
            "InService",
            2,
            arn,
        )
        assert got["foundationModelArn"].endswith(f"foundation-model/{NOVA}")
        runtime = connect(local_bedrock)
        assert runtime.converse(modelId=arn, messages=user("Hello"))["stopReason"] == "end_turn"
        bedrock(
            "UpdateProvisionedModelThroughput",
            provisionedModelId=arn,
            desiredProvisionedModelName="ours",
            desiredModelId="amazon.nova-pro-v1:0",
        )
        got = bedrock("GetProvisionedModelThroughput", provisionedModelId=arn)
        assert got["provisionedModelName"] == "ours"
        assert got["modelArn"] == got["desiredModelArn"]
        assert got["modelArn"].endswith("nova-pro-v1:0")
        bedrock("DeleteProvisionedModelThroughput", provisionedModelId="ours")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            bedrock("GetProvisionedModelThroughput", provisionedModelId=arn)


def test_throughput_is_listed_by_what_it_is(bedrock):
    for name in ("red-one", "red-two", "blue-one"):
        provision(bedrock, name)
    provision(bedrock, "pro", modelId="amazon.nova-pro-v1:0")
    every = "ListProvisionedModelThroughputs"
    assert names(bedrock(every)) == ["pro", "blue-one", "red-two", "red-one"]
    assert names(bedrock(every, sortBy="CreationTime", sortOrder="Ascending"))[0] == "red-one"
    assert names(bedrock(every, nameContains="red")) == ["red-two", "red-one"]
    assert names(bedrock(every, statusEquals="Creating")) == []
    now = datetime.now(timezone.utc)
    assert names(bedrock(every, creationTimeAfter=now + timedelta(hours=1))) == []
    assert len(names(bedrock(every, creationTimeBefore=now + timedelta(hours=1)))) == 4
    model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"
    assert names(bedrock(every, modelArnEquals=model)) == ["pro"]
    pages = bedrock.pages(every, PaginationConfig={"PageSize": 3})
    assert [names(page) for page in pages] == [["pro", "blue-one", "red-two"], ["red-one"]]


def test_mistakes_with_throughput_are_errors(bedrock):
    provision(bedrock)
    # CreateProvisionedModelThroughput has no ConflictException.
    with pytest.raises(ClientError, match=r"ValidationException.*already has the name mine"):
        provision(bedrock)
    with pytest.raises(ClientError, match=r"ValidationException.*model identifier is invalid"):
        provision(bedrock, "other", modelId="acme.model-v1:0")
    committed = provision(bedrock, "committed", commitmentDuration="OneMonth")
    got = bedrock("GetProvisionedModelThroughput", provisionedModelId=committed)
    assert got["commitmentExpirationTime"] - got["creationTime"] > timedelta(days=29)
    with pytest.raises(ClientError, match="ConflictException"):
        bedrock("DeleteProvisionedModelThroughput", provisionedModelId=committed)


@each_client
def test_a_job_makes_a_model_that_can_be_provisioned(kind, local_bedrock):
    with service_client(kind, local_bedrock, "bedrock") as bedrock:
        arn = bedrock("CreateModelCustomizationJob", jobName="tune", **JOB)["jobArn"]
        job = bedrock("GetModelCustomizationJob", jobIdentifier="tune")
        assert (job["jobArn"], job["status"]) == (arn, "Completed")
        assert job["hyperParameters"] == {"epochCount": "2"}
        assert job["trainingMetrics"] == {"trainingLoss": 0.5}
        model = job["outputModelArn"]
        (listed,) = bedrock("ListCustomModels")["modelSummaries"]
        assert (listed["modelArn"], listed["modelName"]) == (model, "my-nova")
        assert bedrock("ListCustomModels", modelStatus="Creating")["modelSummaries"] == []
        got = bedrock("GetCustomModel", modelIdentifier="my-nova")
        assert (got["modelArn"], got["jobArn"]) == (model, arn)
        provisioned = provision(bedrock, modelId=model)
        runtime = connect(local_bedrock)
        answer = runtime.converse(modelId=provisioned, messages=user("Hello"))
        assert answer["output"]["message"]["content"] == [{"text": "Hello"}]
        with pytest.raises(ClientError, match=r"ConflictException.*Completed"):
            bedrock("StopModelCustomizationJob", jobIdentifier=arn)
        bedrock("DeleteCustomModel", modelIdentifier=model)
        assert bedrock("ListCustomModels")["modelSummaries"] == []


def test_slow_jobs_and_throughput_move_and_can_be_stopped():
    with (
        serve(control_plane={"seconds": 60}) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):
        throughput = provision(bedrock)
        jobs = ["one", "two"]
        for name in jobs:
            bedrock("CreateModelCustomizationJob", jobName=name, **JOB)

        def states():
            got = bedrock("GetProvisionedModelThroughput", provisionedModelId=throughput)
            found = bedrock("ListModelCustomizationJobs", sortOrder="Ascending")
            found = found["modelCustomizationJobSummaries"]
            return [got["status"], *(job["status"] for job in found)]

        assert states() == ["Creating", "InProgress", "InProgress"]
        bedrock("StopModelCustomizationJob", jobIdentifier="two")
        assert states() == ["Creating", "InProgress", "Stopped"]
        stopped = bedrock("ListModelCustomizationJobs", statusEquals="Stopped", nameContains="tw")
        (job,) = stopped["modelCustomizationJobSummaries"]
        assert "customModelArn" not in job
        server.configure(control_plane={"seconds": 0.2})
        update = {"provisionedModelId": throughput, "desiredModelId": "amazon.nova-pro-v1:0"}
        bedrock("UpdateProvisionedModelThroughput", **update)
        bedrock("CreateModelCustomizationJob", jobName="three", **JOB)
        wait_for(lambda: states() == ["InService", "InProgress", "Stopped", "Completed"])
        server.configure(control_plane={"seconds": 60})
        bedrock("UpdateProvisionedModelThroughput", **{**update, "desiredModelId": NOVA})
        got = bedrock("GetProvisionedModelThroughput", provisionedModelId=throughput)
        assert got["status"] == "Updating"
        assert got["modelArn"].endswith("nova-pro-v1:0")
        assert got["desiredModelArn"].endswith(NOVA)


def test_jobs_and_throughput_fail_if_they_are_told_to():
    with (
        serve(control_plane={"failure": "no room"}) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):
        bedrock("CreateModelCustomizationJob", jobName="tune", **JOB)
        job = bedrock("GetModelCustomizationJob", jobIdentifier="tune")
        assert (job["status"], job["failureMessage"]) == ("Failed", "no room")
        throughput = provision(bedrock)
        got = bedrock("GetProvisionedModelThroughput", provisionedModelId=throughput)
        assert (got["status"], got["failureMessage"]) == ("Failed", "no room")
