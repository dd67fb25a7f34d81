"""The clients with the extra ``types``. Written by tools/update_types.py.

Each class has the operations of the extra's stubs and, after them, what is our own.
"""

from types import TracebackType
from typing import Generic, TypeVar

from aiobotocore.eventstream import AioEventStream
from aiobotocore.response import StreamingBody
from mypy_boto3_bedrock.client import BedrockClient
from mypy_boto3_bedrock_agent.client import AgentsforBedrockClient
from mypy_boto3_bedrock_agent_runtime.client import AgentsforBedrockRuntimeClient
from mypy_boto3_bedrock_agentcore.client import BedrockAgentCoreClient
from mypy_boto3_bedrock_agentcore_control.client import BedrockAgentCoreControlClient
from mypy_boto3_bedrock_data_automation.client import DataAutomationforBedrockClient
from mypy_boto3_bedrock_data_automation_runtime.client import RuntimeforBedrockDataAutomationClient
from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
from types_aiobotocore_bedrock.client import BedrockClient as AioBedrockClient
from types_aiobotocore_bedrock_agent.client import (
    AgentsforBedrockClient as AioAgentsforBedrockClient,
)
from types_aiobotocore_bedrock_agent_runtime import type_defs as aio_bedrock_agent_runtime
from types_aiobotocore_bedrock_agent_runtime.client import (
    AgentsforBedrockRuntimeClient as AioAgentsforBedrockRuntimeClient,
)
from types_aiobotocore_bedrock_agentcore import type_defs as aio_bedrock_agentcore
from types_aiobotocore_bedrock_agentcore.client import (
    BedrockAgentCoreClient as AioBedrockAgentCoreClient,
)
from types_aiobotocore_bedrock_agentcore_control.client import (
    BedrockAgentCoreControlClient as AioBedrockAgentCoreControlClient,
)
from types_aiobotocore_bedrock_data_automation.client import (
    DataAutomationforBedrockClient as AioDataAutomationforBedrockClient,
)
from types_aiobotocore_bedrock_data_automation_runtime.client import (
    RuntimeforBedrockDataAutomationClient as AioRuntimeforBedrockDataAutomationClient,
)
from types_aiobotocore_bedrock_runtime import type_defs as aio_bedrock_runtime
from types_aiobotocore_bedrock_runtime.client import BedrockRuntimeClient as AioBedrockRuntimeClient
from typing_extensions import Self, Unpack

from fastbedrock._asyncio.response import AsyncStreamingBody
from fastbedrock._client import operations

Event = TypeVar("Event")

class AsyncEventStream(AioEventStream[Event], Generic[Event]):
    __iter__: None  # aiobotocore's stubs have one, but it raises NotImplementedError.
    async def aclose(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

class AsyncBody(AsyncStreamingBody, StreamingBody):
    async def __aenter__(self) -> Self: ...

class Bedrock(BedrockClient, operations.Bedrock): ...
class AsyncBedrock(AioBedrockClient, operations.AsyncBedrock): ...
class AgentsforBedrock(AgentsforBedrockClient, operations.AgentsforBedrock): ...
class AsyncAgentsforBedrock(AioAgentsforBedrockClient, operations.AsyncAgentsforBedrock): ...
class AgentsforBedrockRuntime(
    AgentsforBedrockRuntimeClient, operations.AgentsforBedrockRuntime
): ...

class AgenticRetrieveStreamResponse(aio_bedrock_agent_runtime.AgenticRetrieveStreamResponseTypeDef):
    stream: AsyncEventStream[aio_bedrock_agent_runtime.AgenticRetrieveStreamResponseOutputTypeDef]

class InvokeAgentResponse(aio_bedrock_agent_runtime.InvokeAgentResponseTypeDef):
    completion: AsyncEventStream[aio_bedrock_agent_runtime.ResponseStreamTypeDef]

class InvokeFlowResponse(aio_bedrock_agent_runtime.InvokeFlowResponseTypeDef):
    responseStream: AsyncEventStream[aio_bedrock_agent_runtime.FlowResponseStreamTypeDef]

class InvokeInlineAgentResponse(aio_bedrock_agent_runtime.InvokeInlineAgentResponseTypeDef):
    completion: AsyncEventStream[aio_bedrock_agent_runtime.InlineAgentResponseStreamTypeDef]

class OptimizePromptResponse(aio_bedrock_agent_runtime.OptimizePromptResponseTypeDef):
    optimizedPrompt: AsyncEventStream[aio_bedrock_agent_runtime.OptimizedPromptStreamTypeDef]

class RetrieveAndGenerateStreamResponse(
    aio_bedrock_agent_runtime.RetrieveAndGenerateStreamResponseTypeDef
):
    stream: AsyncEventStream[
        aio_bedrock_agent_runtime.RetrieveAndGenerateStreamResponseOutputTypeDef
    ]

class AsyncAgentsforBedrockRuntime(
    AioAgentsforBedrockRuntimeClient, operations.AsyncAgentsforBedrockRuntime
):
    async def agentic_retrieve_stream(
        self, **params: Unpack[aio_bedrock_agent_runtime.AgenticRetrieveStreamRequestTypeDef]
    ) -> AgenticRetrieveStreamResponse: ...
    async def invoke_agent(
        self, **params: Unpack[aio_bedrock_agent_runtime.InvokeAgentRequestTypeDef]
    ) -> InvokeAgentResponse: ...
    async def invoke_flow(
        self, **params: Unpack[aio_bedrock_agent_runtime.InvokeFlowRequestTypeDef]
    ) -> InvokeFlowResponse: ...
    async def invoke_inline_agent(
        self, **params: Unpack[aio_bedrock_agent_runtime.InvokeInlineAgentRequestTypeDef]
    ) -> InvokeInlineAgentResponse: ...
    async def optimize_prompt(
        self, **params: Unpack[aio_bedrock_agent_runtime.OptimizePromptRequestTypeDef]
    ) -> OptimizePromptResponse: ...
    async def retrieve_and_generate_stream(
        self, **params: Unpack[aio_bedrock_agent_runtime.RetrieveAndGenerateStreamRequestTypeDef]
    ) -> RetrieveAndGenerateStreamResponse: ...

class BedrockAgentCore(BedrockAgentCoreClient, operations.BedrockAgentCore): ...

class InvokeAgentRuntimeResponse(aio_bedrock_agentcore.InvokeAgentRuntimeResponseTypeDef):
    response: AsyncBody

class InvokeAgentRuntimeCommandResponse(
    aio_bedrock_agentcore.InvokeAgentRuntimeCommandResponseTypeDef
):
    stream: AsyncEventStream[aio_bedrock_agentcore.InvokeAgentRuntimeCommandStreamOutputTypeDef]

class InvokeCodeInterpreterResponse(aio_bedrock_agentcore.InvokeCodeInterpreterResponseTypeDef):
    stream: AsyncEventStream[aio_bedrock_agentcore.CodeInterpreterStreamOutputTypeDef]

class InvokeHarnessResponse(aio_bedrock_agentcore.InvokeHarnessResponseTypeDef):
    stream: AsyncEventStream[aio_bedrock_agentcore.InvokeHarnessStreamOutputTypeDef]

class AsyncBedrockAgentCore(AioBedrockAgentCoreClient, operations.AsyncBedrockAgentCore):
    async def invoke_agent_runtime(
        self, **params: Unpack[aio_bedrock_agentcore.InvokeAgentRuntimeRequestTypeDef]
    ) -> InvokeAgentRuntimeResponse: ...
    async def invoke_agent_runtime_command(
        self, **params: Unpack[aio_bedrock_agentcore.InvokeAgentRuntimeCommandRequestTypeDef]
    ) -> InvokeAgentRuntimeCommandResponse: ...
    async def invoke_code_interpreter(
        self, **params: Unpack[aio_bedrock_agentcore.InvokeCodeInterpreterRequestTypeDef]
    ) -> InvokeCodeInterpreterResponse: ...
    async def invoke_harness(
        self, **params: Unpack[aio_bedrock_agentcore.InvokeHarnessRequestTypeDef]
    ) -> InvokeHarnessResponse: ...

class BedrockAgentCoreControl(
    BedrockAgentCoreControlClient, operations.BedrockAgentCoreControl
): ...
class AsyncBedrockAgentCoreControl(
    AioBedrockAgentCoreControlClient, operations.AsyncBedrockAgentCoreControl
): ...
class DataAutomationforBedrock(
    DataAutomationforBedrockClient, operations.DataAutomationforBedrock
): ...
class AsyncDataAutomationforBedrock(
    AioDataAutomationforBedrockClient, operations.AsyncDataAutomationforBedrock
): ...
class RuntimeforBedrockDataAutomation(
    RuntimeforBedrockDataAutomationClient, operations.RuntimeforBedrockDataAutomation
): ...
class AsyncRuntimeforBedrockDataAutomation(
    AioRuntimeforBedrockDataAutomationClient, operations.AsyncRuntimeforBedrockDataAutomation
): ...
class BedrockRuntime(BedrockRuntimeClient, operations.BedrockRuntime): ...

class ConverseStreamResponse(aio_bedrock_runtime.ConverseStreamResponseTypeDef):
    stream: AsyncEventStream[aio_bedrock_runtime.ConverseStreamOutputTypeDef]

class InvokeModelResponse(aio_bedrock_runtime.InvokeModelResponseTypeDef):
    body: AsyncBody

class InvokeModelWithResponseStreamResponse(
    aio_bedrock_runtime.InvokeModelWithResponseStreamResponseTypeDef
):
    body: AsyncEventStream[aio_bedrock_runtime.ResponseStreamTypeDef]

class AsyncBedrockRuntime(AioBedrockRuntimeClient, operations.AsyncBedrockRuntime):
    async def converse_stream(
        self, **params: Unpack[aio_bedrock_runtime.ConverseStreamRequestTypeDef]
    ) -> ConverseStreamResponse: ...
    async def invoke_model(
        self, **params: Unpack[aio_bedrock_runtime.InvokeModelRequestTypeDef]
    ) -> InvokeModelResponse: ...
    async def invoke_model_with_response_stream(
        self, **params: Unpack[aio_bedrock_runtime.InvokeModelWithResponseStreamRequestTypeDef]
    ) -> InvokeModelWithResponseStreamResponse: ...
