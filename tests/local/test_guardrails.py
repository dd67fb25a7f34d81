"""Guardrails of the local control plane, and their use by the runtime."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastbedrock.local import serve
from local_requests import CHAT, connect, user
from local_services import each_client, service_client
from programs import wait_for

POLICIES = {
    "topicPolicyConfig": {
        "topicsConfig": [
            {
                "name": "Money",
                "definition": "Advice on money",
                "examples": ["Where shall I invest"],
                "type": "DENY",
            }
        ]
    },
    "wordPolicyConfig": {
        "wordsConfig": [
            {"text": "secret"},
            {"text": "whisper", "inputAction": "NONE"},
            {"text": "loud", "outputEnabled": False},
        ],
        "managedWordListsConfig": [{"type": "PROFANITY"}],
    },
    "contentPolicyConfig": {
        "filtersConfig": [{"type": "VIOLENCE", "inputStrength": "LOW", "outputStrength": "NONE"}]
    },
    "sensitiveInformationPolicyConfig": {
        "piiEntitiesConfig": [
            {"type": "EMAIL", "action": "ANONYMIZE"},
            {"type": "PHONE", "action": "BLOCK"},
        ],
        "regexesConfig": [{"name": "ticket", "pattern": r"T-\d{4}", "action": "ANONYMIZE"}],
    },
}
MESSAGES = {"blockedInputMessaging": "not that", "blockedOutputsMessaging": "not this"}


@pytest.fixture
def bedrock(local_bedrock):
    with service_client("boto3", local_bedrock, "bedrock") as client:
        yield client


def create(bedrock, name="guard", **arguments):
    return bedrock("CreateGuardrail", **{"name": name, **POLICIES, **MESSAGES, **arguments})


def texts(response):
    return [block["text"] for block in response["output"]["message"]["content"]]


@each_client
def test_a_guardrail_lives_from_creation_to_deletion(kind, local_bedrock):
    with service_client(kind, local_bedrock, "bedrock") as bedrock:
        created = create(bedrock, description="first", tags=[{"key": "a", "value": "b"}])
        assert (created["version"], len(created["guardrailId"])) == ("DRAFT", 12)
        guardrail = {"guardrailIdentifier": created["guardrailId"]}
        got = bedrock("GetGuardrail", guardrailIdentifier=created["guardrailArn"])
        assert (got["status"], got["description"]) == ("READY", "first")
        assert got["wordPolicy"]["words"] == POLICIES["wordPolicyConfig"]["wordsConfig"]
        assert got["topicPolicy"]["topics"] == POLICIES["topicPolicyConfig"]["topicsConfig"]
        assert got["contentPolicy"]["filters"] == POLICIES["contentPolicyConfig"]["filtersConfig"]
        personal = POLICIES["sensitiveInformationPolicyConfig"]
        assert got["sensitiveInformationPolicy"] == {
            "piiEntities": personal["piiEntitiesConfig"],
            "regexes": personal["regexesConfig"],
        }
        assert {name: got[name] for name in MESSAGES} == MESSAGES
        version = bedrock("CreateGuardrailVersion", **guardrail, description="second")
        assert version["version"] == "1"
        words = {"wordPolicyConfig": {"wordsConfig": [{"text": "other"}]}}
        updated = bedrock("UpdateGuardrail", **guardrail, name="renamed", **words, **MESSAGES)
        assert updated["updatedAt"] >= created["createdAt"]
        draft = bedrock("GetGuardrail", **guardrail)
        assert (draft["name"], draft["wordPolicy"]) == ("renamed", {"words": [{"text": "other"}]})
        assert "topicPolicy" not in draft
        first = bedrock("GetGuardrail", **guardrail, guardrailVersion="1")
        assert (first["name"], first["description"], first["version"]) == ("guard", "second", "1")
        versions = bedrock("ListGuardrails", **guardrail)["guardrails"]
        assert [version["version"] for version in versions] == ["DRAFT", "1"]
        (listed,) = bedrock("ListGuardrails")["guardrails"]
        assert (listed["id"], listed["name"]) == (created["guardrailId"], "renamed")
        bedrock("DeleteGuardrail", **guardrail, guardrailVersion="1")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            bedrock("GetGuardrail", **guardrail, guardrailVersion="1")
        bedrock("DeleteGuardrail", **guardrail)
        for operation in ("GetGuardrail", "DeleteGuardrail", "CreateGuardrailVersion"):
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                bedrock(operation, **guardrail)


def test_a_repeated_token_creates_one_guardrail(bedrock):
    first = create(bedrock, clientRequestToken="token-1")
    again = create(bedrock, clientRequestToken="token-1")
    assert again["guardrailId"] == first["guardrailId"]
    with pytest.raises(ClientError, match=r"ConflictException.*token"):
        create(bedrock, clientRequestToken="token-1", description="another")
    with pytest.raises(ClientError, match=r"ConflictException.*already has the name guard"):
        create(bedrock)
    with pytest.raises(ClientError, match=r"ValidationException.*at least one policy"):
        bedrock("CreateGuardrail", name="empty", **MESSAGES)
    versions = [
        bedrock(
            "CreateGuardrailVersion",
            guardrailIdentifier=first["guardrailId"],
            clientRequestToken=token,
        )["version"]
        for token in ("a", "a", "b")
    ]
    assert versions == ["1", "1", "2"]


def test_guardrails_are_listed_in_pages(bedrock):
    for number in range(5):
        create(bedrock, f"guard-{number}")
    pages = bedrock.pages("ListGuardrails", PaginationConfig={"PageSize": 2})
    names = [[guardrail["name"] for guardrail in page["guardrails"]] for page in pages]
    assert names == [["guard-0", "guard-1"], ["guard-2", "guard-3"], ["guard-4"]]


def test_the_runtime_applies_what_was_created(bedrock, local_bedrock):
    runtime = connect(local_bedrock)
    created = create(bedrock)
    guardrail = {
        "guardrailIdentifier": created["guardrailId"],
        "guardrailVersion": "DRAFT",
        "trace": "enabled",
    }

    def ask(text, **settings):
        return runtime.converse(
            modelId=CHAT, messages=user(text), guardrailConfig={**guardrail, **settings}
        )

    for text in (
        "the secret",
        "where shall I invest?",
        "violence",
        "profanity",
        "555-123-4567",
        "LOUD",
    ):
        answer = ask(text)
        assert (answer["stopReason"], texts(answer)) == ("guardrail_intervened", ["not that"])
    assert texts(ask("mail a@example.com about T-1234")) == ["mail {EMAIL} about {ticket}"]
    assert texts(ask("good morning")) == ["good morning"]
    # The caller may whisper, the model may not.
    whispered = ask("whisper")
    assert texts(whispered) == ["not this"]
    (found,) = whispered["trace"]["guardrail"]["inputAssessment"].values()
    (word,) = found["wordPolicy"]["customWords"]
    assert (word["match"], word["action"]) == ("whisper", "NONE")
    with pytest.raises(ClientError, match="guardrail identifier or version"):
        ask("hello", guardrailVersion="1")
    bedrock("CreateGuardrailVersion", guardrailIdentifier=created["guardrailId"])
    bedrock("DeleteGuardrail", guardrailIdentifier=created["guardrailId"], guardrailVersion="1")
    bedrock("DeleteGuardrail", guardrailIdentifier=created["guardrailId"])
    with pytest.raises(ClientError, match="guardrail identifier or version"):
        ask("hello")


def test_apply_guardrail_uses_the_named_version(bedrock, local_bedrock):
    runtime = connect(local_bedrock)
    created = create(bedrock)
    bedrock("CreateGuardrailVersion", guardrailIdentifier=created["guardrailId"])
    words = {"wordPolicyConfig": {"wordsConfig": [{"text": "other"}]}}
    bedrock(
        "UpdateGuardrail",
        guardrailIdentifier=created["guardrailId"],
        name="guard",
        **words,
        **MESSAGES,
    )

    def action(version, text, source="INPUT"):
        answer = runtime.apply_guardrail(
            guardrailIdentifier=created["guardrailArn"],
            guardrailVersion=version,
            source=source,
            content=[{"text": {"text": text}}],
        )
        return answer["action"], [output["text"] for output in answer["outputs"]]

    assert action("1", "secret") == ("GUARDRAIL_INTERVENED", ["not that"])
    assert action("DRAFT", "secret") == ("NONE", [])
    assert action("DRAFT", "other", "OUTPUT") == ("GUARDRAIL_INTERVENED", ["not this"])
    assert action("1", "loud", "OUTPUT") == ("NONE", [])


def test_a_guardrail_takes_its_time_if_it_is_told_to():
    with (
        serve(control_plane={"seconds": 60}) as server,
        service_client("boto3", server, "bedrock") as bedrock,
    ):

        def status(created):
            got = bedrock("GetGuardrail", guardrailIdentifier=created["guardrailId"])
            return got["status"]

        assert status(create(bedrock)) == "CREATING"
        server.configure(control_plane={"seconds": 0.2})
        quick = create(bedrock, "quick")
        wait_for(lambda: status(quick) == "READY")
