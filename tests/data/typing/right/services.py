"""Every service has a class of its own, on both faces."""
# pyright: strict

from typing import Any

from typing_extensions import assert_type

import fastbedrock
from fastbedrock import types

session = fastbedrock.Session()

assert_type(fastbedrock.client("bedrock"), types.Bedrock)
assert_type(session.client("bedrock-agent"), types.AgentsforBedrock)
assert_type(session.client("bedrock-agent-runtime"), types.AgentsforBedrockRuntime)
assert_type(session.client("bedrock-agentcore"), types.BedrockAgentCore)
assert_type(session.client("bedrock-agentcore-control"), types.BedrockAgentCoreControl)
assert_type(session.client("bedrock-data-automation"), types.DataAutomationforBedrock)
assert_type(
    session.client("bedrock-data-automation-runtime"), types.RuntimeforBedrockDataAutomation
)
assert_type(session.client(service_name="bedrock-runtime"), types.BedrockRuntime)
assert_type(fastbedrock.async_client("bedrock"), types.AsyncBedrock)
assert_type(session.async_client("bedrock-agent"), types.AsyncAgentsforBedrock)
assert_type(session.async_client("bedrock-agent-runtime"), types.AsyncAgentsforBedrockRuntime)
assert_type(session.async_client("bedrock-agentcore"), types.AsyncBedrockAgentCore)
assert_type(session.create_client("bedrock-agentcore-control"), types.AsyncBedrockAgentCoreControl)
assert_type(session.create_client("bedrock-data-automation"), types.AsyncDataAutomationforBedrock)
assert_type(
    session.create_client("bedrock-data-automation-runtime"),
    types.AsyncRuntimeforBedrockDataAutomation,
)
assert_type(session.create_client("bedrock-runtime"), types.AsyncBedrockRuntime)


def any_service(name: str) -> Any:
    assert_type(session.async_client(name), Any)
    return session.client(name, "us-east-1", use_ssl=False)


class OwnSession(fastbedrock.Session):
    def client(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        return super().client(service_name, *args, **kwargs)

    def async_client(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        return super().async_client(service_name, *args, **kwargs)


def control(client: fastbedrock.Bedrock) -> None:
    print(client.list_foundation_models()["modelSummaries"])


def of_project(client: fastbedrock.BedrockRuntime) -> None:
    # The stubs do not have the parameter yet.
    client.converse(modelId="m", projectIdentifier="p")


control(fastbedrock.client("bedrock", "us-east-1"))
of_project(fastbedrock.client("bedrock-runtime"))
# The stubs do not have the operation yet.
fastbedrock.client("bedrock").create_project(name="n")
for model in fastbedrock.client("bedrock").list_foundation_models()["modelSummaries"]:
    print(model["modelId"].upper())
