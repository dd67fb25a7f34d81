"""The local Bedrock answers from folders of text files, which are its knowledge bases."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

import fastbedrock
from fastbedrock.__main__ import main
from fastbedrock.local import serve
from local_requests import CHAT, call, check_answer, send
from local_services import each_client, service_client
from repository import ROOT
from shop_knowledge import HOURS, ID, RETURNS, SHOES, TEXTS, uri, write

SERVICE = "bedrock-agent-runtime"
MODEL = f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT}"
NO_ANSWER = "Sorry, I am unable to assist you with this request."
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def server():
    with serve() as server:
        yield server


@pytest.fixture(scope="module")
def boto3_client(server):
    with service_client("boto3", server, SERVICE) as client:
        yield client


@pytest.fixture
def shop(server, folder):
    """The module's server with the settings of a new one."""
    server.reset()
    server.configure(knowledge_bases={ID: folder})
    return server


@pytest.fixture
def client(shop, boto3_client):
    return boto3_client


def query(text, **search):
    request = {"knowledgeBaseId": ID, "retrievalQuery": {"text": text}}
    if search:
        request["retrievalConfiguration"] = {"vectorSearchConfiguration": search}
    return request


def question(text, session=None, **config):
    knowledge_base = {"knowledgeBaseId": ID, "modelArn": MODEL, **config}
    return {
        "input": {"text": text},
        "retrieveAndGenerateConfiguration": {
            "type": "KNOWLEDGE_BASE",
            "knowledgeBaseConfiguration": knowledge_base,
        },
        **({"sessionId": session} if session else {}),
    }


def uris(results):
    return [result["location"]["s3Location"]["uri"] for result in results]


def cited(citations):
    """The parts of an answer, and the files that are cited for each."""
    return [
        (
            citation["generatedResponsePart"]["textResponsePart"]["text"],
            uris(citation["retrievedReferences"]),
        )
        for citation in citations
    ]


@each_client
def test_the_most_relevant_passages_come_first(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        answer = client("Retrieve", **query("May I return a coat, and when is the refund?"))
        results = answer["retrievalResults"]
        assert results[0]["content"] == {"text": RETURNS, "type": "TEXT"}
        assert results[0]["location"] == {
            "type": "S3",
            "s3Location": {"uri": uri("returns.md")},
        }
        metadata = results[0]["metadata"]
        assert {name: metadata[name] for name in ("year", "tags", "public")} == {
            "year": 2024.0,
            "tags": ["law", "coats"],
            "public": True,
        }
        assert metadata["x-amz-bedrock-kb-source-uri"] == uri("returns.md")
        assert len(results) == len(TEXTS)
        scores = [result["score"] for result in results]
        assert scores == sorted(scores, reverse=True)
        assert 0 <= scores[-1] < scores[0] / 2 < 0.5
        (best,) = client("Retrieve", **query("open on weekdays?", numberOfResults=1))[
            "retrievalResults"
        ]
        assert best["content"]["text"] == HOURS
        semantic = client("Retrieve", **query("made in Porto", overrideSearchType="SEMANTIC"))
        assert uris(semantic["retrievalResults"])[0] == uri("about/shoes.txt")


@each_client
def test_the_pages_have_every_passage_once(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        pages = client.pages("Retrieve", **query("shoes", numberOfResults=2))
    assert [len(page["retrievalResults"]) for page in pages] == [2, 1]
    found = [found for page in pages for found in uris(page["retrievalResults"])]
    assert sorted(found) == sorted(map(uri, TEXTS))
    assert found[0] == uri("about/shoes.txt")


def test_a_page_s_token_belongs_to_its_search(client):
    token = client("Retrieve", **query("shoes", numberOfResults=2))["nextToken"]
    for request in (
        {**query("coats", numberOfResults=2), "nextToken": token},
        {**query("shoes", numberOfResults=2), "nextToken": "x"},
    ):
        with pytest.raises(ClientError, match=r"ValidationException.*nextToken is invalid"):
            client("Retrieve", **request)


@pytest.mark.parametrize(
    ("search_filter", "found"),
    [
        ({"equals": {"key": "year", "value": 2024}}, ["returns.md"]),
        ({"equals": {"key": "maker", "value": "Sol"}}, ["about/shoes.txt"]),
        ({"notEquals": {"key": "year", "value": 2024}}, ["about/hours.md", "about/shoes.txt"]),
        ({"lessThan": {"key": "year", "value": 2024}}, ["about/shoes.txt"]),
        ({"in": {"key": "year", "value": [2019, 2020]}}, ["about/shoes.txt"]),
        ({"listContains": {"key": "tags", "value": "law"}}, ["returns.md"]),
        (
            {"startsWith": {"key": "x-amz-bedrock-kb-source-uri", "value": uri("about")}},
            ["about/hours.md", "about/shoes.txt"],
        ),
        (
            {
                "andAll": [
                    {"greaterThanOrEquals": {"key": "year", "value": 2020}},
                    {
                        "orAll": [
                            {"equals": {"key": "public", "value": True}},
                            {"stringContains": {"key": "maker", "value": "x"}},
                        ]
                    },
                ]
            },
            ["returns.md"],
        ),
    ],
)
def test_a_filter_compares_the_metadata_beside_the_files(client, search_filter, found):
    results = client("Retrieve", **query("anything", filter=search_filter))["retrievalResults"]
    assert sorted(uris(results)) == sorted(map(uri, found))


def test_a_filter_whose_value_makes_no_sense_is_refused(client):
    wrong = {"greaterThan": {"key": "year", "value": "2020"}}
    with pytest.raises(ClientError, match="greaterThan must be a number"):
        client("Retrieve", **query("anything", filter=wrong))


def test_a_reranking_model_keeps_the_best(client):
    reranking = {
        "type": "BEDROCK_RERANKING_MODEL",
        "bedrockRerankingConfiguration": {
            "modelConfiguration": {
                "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0"
            },
            "numberOfRerankedResults": 1,
        },
    }
    answer = client("Retrieve", **query("shoes", rerankingConfiguration=reranking))
    assert uris(answer["retrievalResults"]) == [uri("about/shoes.txt")]
    assert "nextToken" not in answer


@each_client
def test_an_unknown_knowledge_base_is_an_error_of_the_service(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        not_found = client.client.exceptions.ResourceNotFoundException
        for operation, request in [
            ("Retrieve", {**query("x"), "knowledgeBaseId": "NOSUCHBASE"}),
            ("RetrieveAndGenerate", question("x", knowledgeBaseId="NOSUCHBASE")),
        ]:
            with pytest.raises(not_found, match="NOSUCHBASE does not exist"):
                client(operation, **request)


@each_client
def test_an_answer_cites_the_passages_that_support_it(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        answer = client(
            "RetrieveAndGenerate", **question("How long does the refund of a coat take?")
        )
    text = answer["output"]["text"]
    assert text == "The refund takes one week."
    assert cited(answer["citations"]) == [(text, [uri("returns.md")])]
    reference = answer["citations"][0]["retrievedReferences"][0]
    assert reference["content"]["text"] == RETURNS
    assert reference["metadata"]["year"] == 2024
    assert "guardrailAction" not in answer


def test_spans_say_which_part_is_cited(shop, client):
    reply = "Café! Coats can be returned within thirty days. Elephants are grey. Shoes: from Porto."
    shop.reply(reply)
    answer = client("RetrieveAndGenerate", **question("coats and shoes"))
    assert answer["output"]["text"] == reply
    assert cited(answer["citations"]) == [
        ("Café!", []),
        ("Coats can be returned within thirty days.", [uri("returns.md")]),
        ("Elephants are grey.", []),
        ("Shoes: from Porto.", [uri("about/shoes.txt")]),
    ]
    for citation in answer["citations"]:
        part = citation["generatedResponsePart"]["textResponsePart"]
        # As the service counts, the end is the last character.
        assert reply[part["span"]["start"] : part["span"]["end"] + 1] == part["text"]


@each_client
def test_a_streamed_answer_has_its_citations_among_the_tokens(kind, shop):
    request = question("How long does the refund of a coat take?")
    shop.reply(f"{RETURNS} {SHOES} Yes.")
    with service_client(kind, shop, SERVICE) as client:
        whole = client("RetrieveAndGenerate", **request)
        answer = client("RetrieveAndGenerateStream", **request)
    events = answer["stream"]
    tokens = [event["output"]["text"] for event in events if "output" in event]
    assert len(tokens) > 10
    assert "".join(tokens) == whole["output"]["text"]
    citations = [event["citation"] for event in events if "citation" in event]
    assert [citation["citation"] for citation in citations] == whole["citations"][:2]
    assert cited(citations) == cited(whole["citations"][:2])
    assert "citation" not in events[-1]
    assert answer["sessionId"]


def test_streamed_events_are_valid_by_the_service_model(shop):
    shop.reply(f"{RETURNS} Yes.")
    guarded = {"guardrailConfiguration": {"guardrailId": "abc", "guardrailVersion": "1"}}
    request = question("coats", generationConfiguration=guarded)
    answer = call(shop, "RetrieveAndGenerateStream", request, service=SERVICE)
    check_answer("RetrieveAndGenerateStream", answer, service=SERVICE)
    kinds = [event.headers[":event-type"] for event in answer.events]
    assert set(kinds) == {"output", "citation", "guardrail"}


def test_a_question_that_the_files_do_not_answer_is_declined(client):
    answer = client("RetrieveAndGenerate", **question("Who wrote the third symphony?"))
    assert answer["output"]["text"] == NO_ANSWER
    assert cited(answer["citations"]) == [(NO_ANSWER, [])]


@each_client
def test_a_session_remembers_the_question_before(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        first = client("RetrieveAndGenerate", **question("Can coats be returned?"))
        session = first["sessionId"]
        alone = client("RetrieveAndGenerate", **question("And for how long?"))
        assert alone["output"]["text"] == NO_ANSWER
        assert alone["sessionId"] != session
        second = client("RetrieveAndGenerate", **question("And for how long?", session))
        assert second["output"]["text"].startswith("Coats can be returned within thirty days.")
        assert second["sessionId"] == session
        with pytest.raises(ClientError, match="Session with Id unknown is not valid"):
            client("RetrieveAndGenerate", **question("x", "unknown"))


def test_the_model_is_asked_with_the_results_and_the_conversation(shop, client):
    asked = []
    shop.reply(lambda request: asked.append(request) or "fine")
    config = {
        "promptTemplate": {"textPromptTemplate": "Q: $query$ R: $search_results$"},
        "inferenceConfig": {"textInferenceConfig": {"maxTokens": 7}},
    }
    session = client("RetrieveAndGenerate", **question("coats"))["sessionId"]
    client("RetrieveAndGenerate", **question("shoes", session, generationConfiguration=config))
    request = asked[1]
    assert (request["operation"], request["text"]) == ("Converse", "shoes")
    assert request["modelId"] == MODEL
    (system,) = request["body"]["system"]
    assert system["text"].startswith(f"Q: shoes R: [1] {SHOES}")
    assert request["body"]["inferenceConfig"] == {"maxTokens": 7}
    assert [
        (message["role"], message["content"][0]["text"]) for message in request["body"]["messages"]
    ] == [("user", "coats"), ("assistant", "fine"), ("user", "shoes")]


def test_a_document_in_the_request_is_a_source(client):
    source = {
        "sourceType": "BYTE_CONTENT",
        "byteContent": {
            "identifier": "letter.txt",
            "contentType": "text/plain",
            "data": b"Our cats sleep on the sofa.",
        },
    }
    config = {
        "type": "EXTERNAL_SOURCES",
        "externalSourcesConfiguration": {"modelArn": MODEL, "sources": [source]},
    }
    answer = client(
        "RetrieveAndGenerate",
        input={"text": "Where do the cats sleep?"},
        retrieveAndGenerateConfiguration=config,
    )
    assert answer["output"]["text"] == "Our cats sleep on the sofa."
    (reference,) = answer["citations"][0]["retrievedReferences"]
    assert reference["location"]["customDocumentLocation"] == {"id": "letter.txt"}
    source["byteContent"]["data"] = b"\xff\xfe"
    with pytest.raises(ClientError, match="BYTE_CONTENT that are texts"):
        client(
            "RetrieveAndGenerate",
            input={"text": "cats"},
            retrieveAndGenerateConfiguration=config,
        )


def test_what_a_request_lacks_is_named(client):
    with pytest.raises(ClientError, match="knowledgeBaseConfiguration is required"):
        client("RetrieveAndGenerate", input={"text": "x"})
    with pytest.raises(ClientError, match="retrievalQuery needs a text"):
        client("Retrieve", knowledgeBaseId=ID, retrievalQuery={})
    with pytest.raises(ClientError, match="model identifier is invalid"):
        client("RetrieveAndGenerate", **question("coats", modelArn="nonsense.model"))


def test_a_guardrail_checks_questions_answers_and_passages(shop, client):
    guardrail = {"guardrailId": "abc", "guardrailVersion": "DRAFT"}
    config = {"guardrailConfiguration": guardrail}
    blocked = client(
        "RetrieveAndGenerate", **question("forbidden coats", generationConfiguration=config)
    )
    assert blocked["guardrailAction"] == "INTERVENED"
    assert blocked["output"]["text"] == "Sorry, the model cannot answer this question."
    assert blocked["citations"] == []
    passed = client("RetrieveAndGenerate", **question("coats", generationConfiguration=config))
    assert passed["guardrailAction"] == "NONE"
    assert passed["citations"]
    blocked = client("Retrieve", **query("forbidden coats"), **config)
    assert (blocked["retrievalResults"], blocked["guardrailAction"]) == ([], "INTERVENED")
    passed = client("Retrieve", **query("coats"), **config)
    assert passed["guardrailAction"] == "NONE"
    assert len(passed["retrievalResults"]) == len(TEXTS)


def test_a_guardrail_that_was_created_is_applied(shop, client):
    with service_client("boto3", shop, "bedrock") as bedrock:
        created = bedrock(
            "CreateGuardrail",
            name="no-coats",
            wordPolicyConfig={"wordsConfig": [{"text": "coat"}]},
            blockedInputMessaging="Not here.",
            blockedOutputsMessaging="Not here.",
        )
    guardrail = {"guardrailId": created["guardrailId"], "guardrailVersion": "DRAFT"}
    config = {"guardrailConfiguration": guardrail}
    answer = client("RetrieveAndGenerate", **question("A coat?", generationConfiguration=config))
    assert answer["output"]["text"] == "Not here."
    assert client("Retrieve", **query("A coat?"), **config)["retrievalResults"] == []


@pytest.mark.local_bedrock(limits=[{"model": "claude", "requests_per_minute": 1}])
def test_limits_and_faults_hit_these_operations_too(local_bedrock, folder):
    local_bedrock.configure(knowledge_bases={ID: folder})
    local_bedrock.fault("error", code="ThrottlingException", operation="Retrieve", times=1)
    with service_client("boto3", local_bedrock, SERVICE) as client:
        with pytest.raises(client.client.exceptions.ThrottlingException):
            client("Retrieve", **query("coats"))
        client("Retrieve", **query("coats"))
        client("RetrieveAndGenerate", **question("coats"))
        with pytest.raises(client.client.exceptions.ThrottlingException):
            client("RetrieveAndGenerate", **question("coats"))


def rerank(sources, number=None, model="amazon.rerank-v1:0"):
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
    config = {"modelConfiguration": {"modelArn": arn}}
    if number:
        config["numberOfResults"] = number
    return {
        "queries": [{"type": "TEXT", "textQuery": {"text": "Can coats be returned?"}}],
        "sources": [{"type": "INLINE", "inlineDocumentSource": source} for source in sources],
        "rerankingConfiguration": {
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": config,
        },
    }


@each_client
def test_rerank_orders_documents_by_relevance(kind, local_bedrock):
    sources = [
        {"type": "TEXT", "textDocument": {"text": HOURS}},
        {"type": "JSON", "jsonDocument": {"what": "coats", "rule": {"n": 1, "text": RETURNS}}},
        {"type": "TEXT", "textDocument": {"text": "A coat costs more than a hat."}},
    ]
    with service_client(kind, local_bedrock, SERVICE) as client:
        results = client("Rerank", **rerank(sources))["results"]
        assert [result["index"] for result in results] == [1, 2, 0]
        scores = [result["relevanceScore"] for result in results]
        assert 1 >= scores[0] > scores[1] > scores[2] >= 0
        (best,) = client("Rerank", **rerank(sources, 1))["results"]
        assert best["index"] == 1
        with pytest.raises(ClientError, match="model identifier is invalid"):
            client("Rerank", **rerank(sources, model="amazon.nova-lite-v1:0"))


@pytest.mark.parametrize("library", [boto3, fastbedrock])
def test_langchain_retrieves_and_reranks(library, shop):
    langchain = pytest.importorskip("langchain_aws")
    rerank = pytest.importorskip("langchain_aws.document_compressors.rerank")
    client = library.client(SERVICE, endpoint_url=shop.endpoint_url, **shop.credentials)
    search = {"vectorSearchConfiguration": {"numberOfResults": 2}}
    retriever = langchain.AmazonKnowledgeBasesRetriever(
        knowledge_base_id=ID, retrieval_config=search, client=client
    )
    found = retriever.invoke("May I return a coat?")
    assert (len(found), found[0].page_content) == (2, RETURNS)
    arn = "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"
    compressor = rerank.BedrockRerank(client=client, model_arn=arn, top_n=1)
    (best,) = compressor.compress_documents(found[::-1], "May I return a coat?")
    assert best.page_content == RETURNS


def test_a_knowledge_base_that_cannot_be_read_is_a_mistake_in_the_settings(tmp_path, shop, client):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "a.txt.metadata.json").write_text("{}")
    for setting, problem in [
        ({ID: tmp_path / "nowhere"}, "SHOP123456: .*nowhere: No such file"),
        ({ID: tmp_path / "a.txt"}, "a.txt: Not a directory"),
        ({ID: tmp_path}, "a.txt.metadata.json: metadataAttributes: a JSON object is missing"),
        ({"short": tmp_path}, 'an id has 10 letters and digits, not "short"'),
        ({ID: 5}, "SHOP123456 must be a string"),
    ]:
        with pytest.raises(ValueError, match=problem):
            shop.configure(knowledge_bases=setting)
    # A refused change changes nothing.
    assert len(client("Retrieve", **query("coats"))["retrievalResults"]) == len(TEXTS)


def test_the_files_are_read_when_the_setting_is_made(tmp_path):
    (tmp_path / "a.txt").write_text("Apples are red.")
    with serve(knowledge_bases={ID: str(tmp_path)}) as server:
        with service_client("boto3", server, SERVICE) as client:

            def found():
                results = client("Retrieve", **query("fruit"))["retrievalResults"]
                return {result["content"]["text"] for result in results}

            (tmp_path / "b.txt").write_text("Pears are green.")
            assert found() == {"Apples are red."}
            server.configure(knowledge_bases={ID: str(tmp_path)})
            assert found() == {"Apples are red.", "Pears are green."}
            server.reset()
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                found()


def configure_over_http(server, setting):
    return send(server, "POST", "/_local/scenario", {"knowledge_bases": setting}, JSON, sign=False)


def test_a_folder_set_over_http_must_be_inside_the_owners(folder, shop, client, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "link").symlink_to(folder)
    for path in [tmp_path, folder.parent, f"{folder}/../", "/", "about", "", f"{folder}x"]:
        refused = configure_over_http(shop, {ID: str(path)})
        assert refused.status == 400, path
        assert "knowledge_bases: " in refused.json["message"]
    assert configure_over_http(shop, {ID: f"{folder}/about"}).status == 200
    found = uris(client("Retrieve", **query("shop"))["retrievalResults"])
    assert sorted(found) == [uri("hours.md"), uri("shoes.txt")]
    # A reset over HTTP removes the knowledge bases, but not what the owner has allowed.
    assert send(shop, "DELETE", "/_local/scenario", sign=False).status == 200
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("Retrieve", **query("shop"))
    assert configure_over_http(shop, {ID: str(folder)}).status == 200
    shop.reset()
    assert configure_over_http(shop, {ID: str(folder)}).status == 400


def test_no_link_leads_out_of_the_folder(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.txt").write_text("secret coats")
    (outside / "a.json").write_text(json.dumps({"metadataAttributes": {"secret": 1}}))
    (inside / "open.txt").write_text("coats")
    (inside / "folder").symlink_to(outside)
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "open.txt.metadata.json").symlink_to(outside / "a.json")
    with serve(knowledge_bases={ID: inside}) as server:
        with service_client("boto3", server, SERVICE) as client:
            (result,) = client("Retrieve", **query("secret coats"))["retrievalResults"]
        assert result["content"]["text"] == "coats"
        assert "secret" not in result["metadata"]
        refused = configure_over_http(server, {ID: f"{inside}/folder"})
        assert "not a folder" in refused.json["message"]


def test_the_command_line_takes_knowledge_bases(folder, capsys, monkeypatch):
    argument = f"{ID}={folder}"
    command = [sys.executable, "-m", "fastbedrock", "local", "--knowledge-base", argument]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        for line in process.stdout:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
            if name == "AWS_DEFAULT_REGION":
                break
        client = boto3.client(SERVICE)
        assert client.retrieve(**query("coats"))["retrievalResults"]
    finally:
        process.kill()
        process.communicate()
    with pytest.raises(SystemExit):
        main(["local", "--knowledge-base", str(folder)])
    assert "argument --knowledge-base: ID=FOLDER, not" in capsys.readouterr().err
