"""The examples in docs/family.md run as they are, on one loop, and its table is true."""

from __future__ import annotations

import fastbedrock
from page_examples import examples_of, run
from repository import ROOT

PAGE = ROOT / "docs" / "family.md"


def test_each_example_has_both_faces():
    _, *examples, _ = examples_of(PAGE)
    assert ["await" in example for example in examples] == [False, True] * 5


def test_the_examples_print_what_they_say():
    printed = run(examples_of(PAGE))
    _, models, async_models, *both, _, _, _, _, _ = printed
    assert "amazon.nova-lite-v1:0" in models.split()
    assert async_models == models
    guardrail, async_guardrail, batch, async_batch = both
    assert guardrail == async_guardrail == "guardrail_intervened I do not talk about this.\n"
    lines = [f"request-{number} Question {number}" for number in range(3)]
    assert batch.splitlines() == async_batch.splitlines() == ["Completed", *lines]
    answer, async_answer, agent, async_agent = printed[7:11]
    sentence = "The refund takes one week."
    cited = f"{sentence} [s3://shop123456/returns.md]"
    assert answer.splitlines() == async_answer.splitlines() == [sentence, cited]
    assert agent.startswith(async_agent)
    told = async_agent.splitlines()
    assert told[0] == "step: rationale"
    assert told[-2:] == [
        "Coats can be returned within thirty days.",
        "Coats can be returned within thirty days. [s3://shop123456/returns.md]",
    ]
    assert agent.splitlines()[-2:] == told[-2:]


def test_all_services_are_named_with_the_number_of_their_operations():
    page, total = PAGE.read_text("utf-8"), 0
    for service in fastbedrock.Session().get_available_services():
        cls = type(fastbedrock.client(service, region_name="us-east-1"))
        methods = [name for name in cls._PY_TO_OP_NAME if name in vars(cls)]
        assert f"| `{service}` | {len(methods)} |" in page
        total += len(methods)
    # The one that is missing is the bidirectional stream.
    assert f"{total} of their {total + 1} operations" in (ROOT / "README.md").read_text("utf-8")
