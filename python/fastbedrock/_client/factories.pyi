"""Which service name gives which client. Written by tools/update_types.py.

If the extra ``types`` is not installed, what is imported from it counts as Any, which fits
everything, even ``Missing``. So the first overload for a service applies without the extra only.
"""

from collections.abc import Callable
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, final, overload

from mypy_boto3_bedrock.literals import BedrockServiceName
from mypy_boto3_bedrock_agent.literals import AgentsforBedrockServiceName
from mypy_boto3_bedrock_agent_runtime.literals import AgentsforBedrockRuntimeServiceName
from mypy_boto3_bedrock_agentcore.literals import BedrockAgentCoreServiceName
from mypy_boto3_bedrock_agentcore_control.literals import BedrockAgentCoreControlServiceName
from mypy_boto3_bedrock_data_automation.literals import DataAutomationforBedrockServiceName
from mypy_boto3_bedrock_runtime.literals import BedrockRuntimeServiceName
from types_aiobotocore_bedrock.literals import BedrockServiceName as AioBedrockServiceName
from types_aiobotocore_bedrock_agent.literals import (
    AgentsforBedrockServiceName as AioAgentsforBedrockServiceName,
)
from types_aiobotocore_bedrock_agent_runtime.literals import (
    AgentsforBedrockRuntimeServiceName as AioAgentsforBedrockRuntimeServiceName,
)
from types_aiobotocore_bedrock_agentcore.literals import (
    BedrockAgentCoreServiceName as AioBedrockAgentCoreServiceName,
)
from types_aiobotocore_bedrock_agentcore_control.literals import (
    BedrockAgentCoreControlServiceName as AioBedrockAgentCoreControlServiceName,
)
from types_aiobotocore_bedrock_data_automation.literals import (
    DataAutomationforBedrockServiceName as AioDataAutomationforBedrockServiceName,
)
from types_aiobotocore_bedrock_runtime.literals import (
    BedrockRuntimeServiceName as AioBedrockRuntimeServiceName,
)

from fastbedrock import types
from fastbedrock._client import operations

Arguments = ParamSpec("Arguments")

@final
class Missing: ...

class WithoutBedrock(Protocol):
    @property
    def _bedrock(self) -> Missing: ...

class WithoutAgentsforBedrock(Protocol):
    @property
    def _bedrock_agent(self) -> Missing: ...

class WithoutAgentsforBedrockRuntime(Protocol):
    @property
    def _bedrock_agent_runtime(self) -> Missing: ...

class WithoutBedrockAgentCore(Protocol):
    @property
    def _bedrock_agentcore(self) -> Missing: ...

class WithoutBedrockAgentCoreControl(Protocol):
    @property
    def _bedrock_agentcore_control(self) -> Missing: ...

class WithoutDataAutomationforBedrock(Protocol):
    @property
    def _bedrock_data_automation(self) -> Missing: ...

class WithoutBedrockRuntime(Protocol):
    @property
    def _bedrock_runtime(self) -> Missing: ...

class ClientFactory(Generic[Arguments]):
    """Makes clients: the class depends on the service's name."""

    @property
    def _bedrock(self) -> BedrockServiceName: ...
    @property
    def _bedrock_agent(self) -> AgentsforBedrockServiceName: ...
    @property
    def _bedrock_agent_runtime(self) -> AgentsforBedrockRuntimeServiceName: ...
    @property
    def _bedrock_agentcore(self) -> BedrockAgentCoreServiceName: ...
    @property
    def _bedrock_agentcore_control(self) -> BedrockAgentCoreControlServiceName: ...
    @property
    def _bedrock_data_automation(self) -> DataAutomationforBedrockServiceName: ...
    @property
    def _bedrock_runtime(self) -> BedrockRuntimeServiceName: ...
    @overload
    def __call__(
        self: WithoutBedrock,
        service_name: Literal["bedrock"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.Bedrock: ...
    @overload
    def __call__(
        self, service_name: Literal["bedrock"], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> types.Bedrock: ...
    @overload
    def __call__(
        self: WithoutAgentsforBedrock,
        service_name: Literal["bedrock-agent"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AgentsforBedrock: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agent"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AgentsforBedrock: ...
    @overload
    def __call__(
        self: WithoutAgentsforBedrockRuntime,
        service_name: Literal["bedrock-agent-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AgentsforBedrockRuntime: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agent-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AgentsforBedrockRuntime: ...
    @overload
    def __call__(
        self: WithoutBedrockAgentCore,
        service_name: Literal["bedrock-agentcore"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.BedrockAgentCore: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agentcore"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.BedrockAgentCore: ...
    @overload
    def __call__(
        self: WithoutBedrockAgentCoreControl,
        service_name: Literal["bedrock-agentcore-control"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.BedrockAgentCoreControl: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agentcore-control"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.BedrockAgentCoreControl: ...
    @overload
    def __call__(
        self: WithoutDataAutomationforBedrock,
        service_name: Literal["bedrock-data-automation"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.DataAutomationforBedrock: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-data-automation"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.DataAutomationforBedrock: ...
    @overload
    def __call__(
        self: WithoutBedrockRuntime,
        service_name: Literal["bedrock-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.BedrockRuntime: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.BedrockRuntime: ...
    @overload
    def __call__(
        self, service_name: str, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Any: ...

class AsyncClientFactory(Generic[Arguments]):
    """Makes clients: the class depends on the service's name."""

    @property
    def _bedrock(self) -> AioBedrockServiceName: ...
    @property
    def _bedrock_agent(self) -> AioAgentsforBedrockServiceName: ...
    @property
    def _bedrock_agent_runtime(self) -> AioAgentsforBedrockRuntimeServiceName: ...
    @property
    def _bedrock_agentcore(self) -> AioBedrockAgentCoreServiceName: ...
    @property
    def _bedrock_agentcore_control(self) -> AioBedrockAgentCoreControlServiceName: ...
    @property
    def _bedrock_data_automation(self) -> AioDataAutomationforBedrockServiceName: ...
    @property
    def _bedrock_runtime(self) -> AioBedrockRuntimeServiceName: ...
    @overload
    def __call__(
        self: WithoutBedrock,
        service_name: Literal["bedrock"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncBedrock: ...
    @overload
    def __call__(
        self, service_name: Literal["bedrock"], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> types.AsyncBedrock: ...
    @overload
    def __call__(
        self: WithoutAgentsforBedrock,
        service_name: Literal["bedrock-agent"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncAgentsforBedrock: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agent"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncAgentsforBedrock: ...
    @overload
    def __call__(
        self: WithoutAgentsforBedrockRuntime,
        service_name: Literal["bedrock-agent-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncAgentsforBedrockRuntime: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agent-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncAgentsforBedrockRuntime: ...
    @overload
    def __call__(
        self: WithoutBedrockAgentCore,
        service_name: Literal["bedrock-agentcore"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncBedrockAgentCore: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agentcore"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncBedrockAgentCore: ...
    @overload
    def __call__(
        self: WithoutBedrockAgentCoreControl,
        service_name: Literal["bedrock-agentcore-control"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncBedrockAgentCoreControl: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-agentcore-control"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncBedrockAgentCoreControl: ...
    @overload
    def __call__(
        self: WithoutDataAutomationforBedrock,
        service_name: Literal["bedrock-data-automation"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncDataAutomationforBedrock: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-data-automation"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncDataAutomationforBedrock: ...
    @overload
    def __call__(
        self: WithoutBedrockRuntime,
        service_name: Literal["bedrock-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> operations.AsyncBedrockRuntime: ...
    @overload
    def __call__(
        self,
        service_name: Literal["bedrock-runtime"],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> types.AsyncBedrockRuntime: ...
    @overload
    def __call__(
        self, service_name: str, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Any: ...

def client_factory(
    method: Callable[Concatenate[Any, str, Arguments], Any],
) -> ClientFactory[Arguments]:
    """A decorator for the method that makes clients, whose other arguments it takes over."""

def async_client_factory(
    method: Callable[Concatenate[Any, str, Arguments], Any],
) -> AsyncClientFactory[Arguments]:
    """A decorator for the method that makes asynchronous clients."""
