"""Foundation models and inference profiles of the local control plane."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from local_requests import connect, user
from local_services import each_client, service_client

NOVA = "amazon.nova-lite-v1:0"
ROLE = "arn:aws:iam::123456789012:role/mine"
PROFILE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture
def bedrock(request, local_bedrock):
    with service_client(getattr(request, "param", "boto3"), local_bedrock, "bedrock") as client:
        yield client


def all_clients(test):
    return pytest.mark.parametrize("bedrock", ["boto3", "sync", "async"], indirect=True)(test)


def ids(answer):
    return {model["modelId"] for model in answer["modelSummaries"]}


@all_clients
def test_models_are_listed_by_what_they_can_do(bedrock):
    every = ids(bedrock("ListFoundationModels"))
    assert len(every) > 30
    amazon = bedrock("ListFoundationModels", byProvider="amazon")["modelSummaries"]
    assert {model["providerName"] for model in amazon} == {"Amazon"}
    embeddings = ids(bedrock("ListFoundationModels", byOutputModality="EMBEDDING"))
    assert {"amazon.titan-embed-text-v2:0", "cohere.embed-english-v3"} <= embeddings < every
    tuned = bedrock("ListFoundationModels", byCustomizationType="FINE_TUNING")["modelSummaries"]
    assert tuned
    assert all("FINE_TUNING" in model["customizationsSupported"] for model in tuned)
    both = {"byInferenceType": "PROVISIONED", "byOutputModality": "IMAGE"}
    assert ids(bedrock("ListFoundationModels", **both)) == {"amazon.nova-canvas-v1:0"}


def test_every_chat_model_of_the_list_replies(bedrock, local_bedrock):
    runtime = connect(local_bedrock)
    for model in bedrock("ListFoundationModels", byOutputModality="TEXT")["modelSummaries"]:
        if model["inputModalities"]:
            answer = runtime.converse(modelId=model["modelId"], messages=user("Hello"))
            assert answer["output"]["message"]["content"] == [{"text": "Hello"}]


@all_clients
def test_a_model_is_described_by_its_id_or_arn(bedrock):
    details = bedrock("GetFoundationModel", modelIdentifier="amazon.nova-lite-v1:0")
    details = details["modelDetails"]
    assert details["modelLifecycle"] == {"status": "ACTIVE"}
    again = bedrock("GetFoundationModel", modelIdentifier=details["modelArn"])["modelDetails"]
    assert again == details
    with pytest.raises(ClientError) as raised:
        bedrock("GetFoundationModel", modelIdentifier="amazon.nova-none-v1:0")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    available = bedrock("GetFoundationModelAvailability", modelId="amazon.nova-lite-v1:0")
    assert available["authorizationStatus"] == "AUTHORIZED"


@all_clients
def test_inference_profiles_come_in_pages(bedrock):
    pages = bedrock.pages("ListInferenceProfiles", PaginationConfig={"PageSize": 7})
    found = [profile for page in pages for profile in page["inferenceProfileSummaries"]]
    (whole,) = bedrock.pages("ListInferenceProfiles")
    assert found == whole["inferenceProfileSummaries"]
    assert len(pages) == -(-len(found) // 7) > 2
    (profile,) = [profile for profile in found if profile["inferenceProfileId"] == PROFILE]
    got = bedrock("GetInferenceProfile", inferenceProfileIdentifier=PROFILE)
    del got["ResponseMetadata"]
    assert got == profile
    arn = profile["inferenceProfileArn"]
    again = bedrock("GetInferenceProfile", inferenceProfileIdentifier=arn)
    assert again["models"] == profile["models"]


@all_clients
def test_a_profile_of_the_callers_own_is_used_by_the_runtime(bedrock, local_bedrock):
    copied = bedrock("GetInferenceProfile", inferenceProfileIdentifier=PROFILE)
    created = bedrock(
        "CreateInferenceProfile",
        inferenceProfileName="mine",
        description="for a team",
        modelSource={"copyFrom": copied["inferenceProfileArn"]},
        tags=[{"key": "team", "value": "a"}],
    )
    arn = created["inferenceProfileArn"]
    mine = bedrock("GetInferenceProfile", inferenceProfileIdentifier=arn)
    assert (mine["type"], mine["models"]) == ("APPLICATION", copied["models"])
    (listed,) = bedrock("ListInferenceProfiles", typeEquals="APPLICATION")[
        "inferenceProfileSummaries"
    ]
    assert listed["inferenceProfileArn"] == arn
    runtime = connect(local_bedrock)
    assert runtime.converse(modelId=arn, messages=user("Hello"))["stopReason"] == "end_turn"
    bedrock("TagResource", resourceARN=arn, tags=[{"key": "cost", "value": "1"}])
    bedrock("UntagResource", resourceARN=arn, tagKeys=["team"])
    tags = bedrock("ListTagsForResource", resourceARN=arn)["tags"]
    assert tags == [{"key": "cost", "value": "1"}]
    bedrock("DeleteInferenceProfile", inferenceProfileIdentifier=arn)
    for missing in (
        lambda: bedrock("GetInferenceProfile", inferenceProfileIdentifier=arn),
        lambda: bedrock("ListTagsForResource", resourceARN=arn),
    ):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            missing()
    with pytest.raises(ClientError, match="model identifier is invalid"):
        runtime.converse(modelId=arn, messages=user("Hello"))


@each_client
def test_a_wrong_page_token_is_refused(kind, local_bedrock):
    with service_client(kind, local_bedrock, "bedrock") as bedrock:
        with pytest.raises(ClientError, match=r"ValidationException.*nextToken"):
            bedrock("ListInferenceProfiles", nextToken="nonsense")
        with pytest.raises(ClientError, match=r"ValidationException.*maxResults"):
            bedrock("ListInferenceProfiles", maxResults=1001)


def test_langchain_finds_the_model_of_a_profile(bedrock, local_bedrock):
    langchain = pytest.importorskip("langchain_aws")
    created = bedrock(
        "CreateInferenceProfile",
        inferenceProfileName="mine",
        modelSource={"copyFrom": "arn:aws:bedrock:us-east-1::foundation-model/" + NOVA},
    )
    model = langchain.ChatBedrockConverse(
        model=created["inferenceProfileArn"],
        provider="amazon",
        client=connect(local_bedrock),
        bedrock_client=bedrock.client,
    )
    assert model.base_model_id == NOVA
    assert model.invoke("Hello").content == "Hello"


@each_client
def test_the_configuration_of_logs_is_kept(kind, local_bedrock):
    logging = {"cloudWatchConfig": {"logGroupName": "group", "roleArn": ROLE}}
    with service_client(kind, local_bedrock, "bedrock") as bedrock:
        read = "GetModelInvocationLoggingConfiguration"
        assert "loggingConfig" not in bedrock(read)
        bedrock("PutModelInvocationLoggingConfiguration", loggingConfig=logging)
        assert bedrock(read)["loggingConfig"] == logging
        bedrock("DeleteModelInvocationLoggingConfiguration")
        assert "loggingConfig" not in bedrock(read)
