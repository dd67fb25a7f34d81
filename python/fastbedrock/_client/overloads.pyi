"""Which service name gives which client. Written by tools/update_types.py.

If the extra ``types`` is not installed, what is imported from it counts as Any, which fits
everything, even ``Missing``. So the first overload for a service applies without the extra only.
"""

import os
from collections.abc import Callable
from typing import Any, Literal, Protocol, final, overload

from mypy_boto3_bedrock.literals import BedrockServiceName as BedrockServiceName
from mypy_boto3_bedrock_agent.literals import (
    AgentsforBedrockServiceName as AgentsforBedrockServiceName,
)
from mypy_boto3_bedrock_agent_runtime.literals import (
    AgentsforBedrockRuntimeServiceName as AgentsforBedrockRuntimeServiceName,
)
from mypy_boto3_bedrock_agentcore.literals import (
    BedrockAgentCoreServiceName as BedrockAgentCoreServiceName,
)
from mypy_boto3_bedrock_agentcore_control.literals import (
    BedrockAgentCoreControlServiceName as BedrockAgentCoreControlServiceName,
)
from mypy_boto3_bedrock_data_automation.literals import (
    DataAutomationforBedrockServiceName as DataAutomationforBedrockServiceName,
)
from mypy_boto3_bedrock_data_automation_runtime.literals import (
    RuntimeforBedrockDataAutomationServiceName as RuntimeforBedrockDataAutomationServiceName,
)
from mypy_boto3_bedrock_runtime.literals import (
    BedrockRuntimeServiceName as BedrockRuntimeServiceName,
)
from types_aiobotocore_bedrock.literals import BedrockServiceName as AsyncBedrockServiceName
from types_aiobotocore_bedrock_agent.literals import (
    AgentsforBedrockServiceName as AsyncAgentsforBedrockServiceName,
)
from types_aiobotocore_bedrock_agent_runtime.literals import (
    AgentsforBedrockRuntimeServiceName as AsyncAgentsforBedrockRuntimeServiceName,
)
from types_aiobotocore_bedrock_agentcore.literals import (
    BedrockAgentCoreServiceName as AsyncBedrockAgentCoreServiceName,
)
from types_aiobotocore_bedrock_agentcore_control.literals import (
    BedrockAgentCoreControlServiceName as AsyncBedrockAgentCoreControlServiceName,
)
from types_aiobotocore_bedrock_data_automation.literals import (
    DataAutomationforBedrockServiceName as AsyncDataAutomationforBedrockServiceName,
)
from types_aiobotocore_bedrock_data_automation_runtime.literals import (
    RuntimeforBedrockDataAutomationServiceName as AsyncRuntimeforBedrockDataAutomationServiceName,
)
from types_aiobotocore_bedrock_runtime.literals import (
    BedrockRuntimeServiceName as AsyncBedrockRuntimeServiceName,
)

from fastbedrock import types
from fastbedrock._client import operations

@final
class Missing: ...

class Extra:
    """The names of the services whose stubs are installed."""
    @property
    def _bedrock(self) -> BedrockServiceName: ...
    @property
    def _async_bedrock(self) -> AsyncBedrockServiceName: ...
    @property
    def _bedrock_agent(self) -> AgentsforBedrockServiceName: ...
    @property
    def _async_bedrock_agent(self) -> AsyncAgentsforBedrockServiceName: ...
    @property
    def _bedrock_agent_runtime(self) -> AgentsforBedrockRuntimeServiceName: ...
    @property
    def _async_bedrock_agent_runtime(self) -> AsyncAgentsforBedrockRuntimeServiceName: ...
    @property
    def _bedrock_agentcore(self) -> BedrockAgentCoreServiceName: ...
    @property
    def _async_bedrock_agentcore(self) -> AsyncBedrockAgentCoreServiceName: ...
    @property
    def _bedrock_agentcore_control(self) -> BedrockAgentCoreControlServiceName: ...
    @property
    def _async_bedrock_agentcore_control(self) -> AsyncBedrockAgentCoreControlServiceName: ...
    @property
    def _bedrock_data_automation(self) -> DataAutomationforBedrockServiceName: ...
    @property
    def _async_bedrock_data_automation(self) -> AsyncDataAutomationforBedrockServiceName: ...
    @property
    def _bedrock_data_automation_runtime(self) -> RuntimeforBedrockDataAutomationServiceName: ...
    @property
    def _async_bedrock_data_automation_runtime(
        self,
    ) -> AsyncRuntimeforBedrockDataAutomationServiceName: ...
    @property
    def _bedrock_runtime(self) -> BedrockRuntimeServiceName: ...
    @property
    def _async_bedrock_runtime(self) -> AsyncBedrockRuntimeServiceName: ...

class WithoutBedrock(Protocol):
    @property
    def _bedrock(self) -> Missing: ...

class WithoutAsyncBedrock(Protocol):
    @property
    def _async_bedrock(self) -> Missing: ...

class WithoutAgentsforBedrock(Protocol):
    @property
    def _bedrock_agent(self) -> Missing: ...

class WithoutAsyncAgentsforBedrock(Protocol):
    @property
    def _async_bedrock_agent(self) -> Missing: ...

class WithoutAgentsforBedrockRuntime(Protocol):
    @property
    def _bedrock_agent_runtime(self) -> Missing: ...

class WithoutAsyncAgentsforBedrockRuntime(Protocol):
    @property
    def _async_bedrock_agent_runtime(self) -> Missing: ...

class WithoutBedrockAgentCore(Protocol):
    @property
    def _bedrock_agentcore(self) -> Missing: ...

class WithoutAsyncBedrockAgentCore(Protocol):
    @property
    def _async_bedrock_agentcore(self) -> Missing: ...

class WithoutBedrockAgentCoreControl(Protocol):
    @property
    def _bedrock_agentcore_control(self) -> Missing: ...

class WithoutAsyncBedrockAgentCoreControl(Protocol):
    @property
    def _async_bedrock_agentcore_control(self) -> Missing: ...

class WithoutDataAutomationforBedrock(Protocol):
    @property
    def _bedrock_data_automation(self) -> Missing: ...

class WithoutAsyncDataAutomationforBedrock(Protocol):
    @property
    def _async_bedrock_data_automation(self) -> Missing: ...

class WithoutRuntimeforBedrockDataAutomation(Protocol):
    @property
    def _bedrock_data_automation_runtime(self) -> Missing: ...

class WithoutAsyncRuntimeforBedrockDataAutomation(Protocol):
    @property
    def _async_bedrock_data_automation_runtime(self) -> Missing: ...

class WithoutBedrockRuntime(Protocol):
    @property
    def _bedrock_runtime(self) -> Missing: ...

class WithoutAsyncBedrockRuntime(Protocol):
    @property
    def _async_bedrock_runtime(self) -> Missing: ...

@overload
def client(
    self: WithoutBedrock,
    service_name: Literal["bedrock"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.Bedrock: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.Bedrock: ...
@overload
def client(
    self: WithoutAgentsforBedrock,
    service_name: Literal["bedrock-agent"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.AgentsforBedrock: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-agent"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.AgentsforBedrock: ...
@overload
def client(
    self: WithoutAgentsforBedrockRuntime,
    service_name: Literal["bedrock-agent-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.AgentsforBedrockRuntime: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-agent-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.AgentsforBedrockRuntime: ...
@overload
def client(
    self: WithoutBedrockAgentCore,
    service_name: Literal["bedrock-agentcore"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.BedrockAgentCore: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-agentcore"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.BedrockAgentCore: ...
@overload
def client(
    self: WithoutBedrockAgentCoreControl,
    service_name: Literal["bedrock-agentcore-control"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.BedrockAgentCoreControl: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-agentcore-control"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.BedrockAgentCoreControl: ...
@overload
def client(
    self: WithoutDataAutomationforBedrock,
    service_name: Literal["bedrock-data-automation"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.DataAutomationforBedrock: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-data-automation"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.DataAutomationforBedrock: ...
@overload
def client(
    self: WithoutRuntimeforBedrockDataAutomation,
    service_name: Literal["bedrock-data-automation-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.RuntimeforBedrockDataAutomation: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-data-automation-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.RuntimeforBedrockDataAutomation: ...
@overload
def client(
    self: WithoutBedrockRuntime,
    service_name: Literal["bedrock-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> operations.BedrockRuntime: ...
@overload
def client(
    self: object,
    service_name: Literal["bedrock-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> types.BedrockRuntime: ...
@overload
def client(
    self: object,
    service_name: str,
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> Any: ...
@overload
def async_client(
    self: WithoutAsyncBedrock,
    service_name: Literal["bedrock"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncBedrock: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncBedrock: ...
@overload
def async_client(
    self: WithoutAsyncAgentsforBedrock,
    service_name: Literal["bedrock-agent"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncAgentsforBedrock: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-agent"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncAgentsforBedrock: ...
@overload
def async_client(
    self: WithoutAsyncAgentsforBedrockRuntime,
    service_name: Literal["bedrock-agent-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncAgentsforBedrockRuntime: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-agent-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncAgentsforBedrockRuntime: ...
@overload
def async_client(
    self: WithoutAsyncBedrockAgentCore,
    service_name: Literal["bedrock-agentcore"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncBedrockAgentCore: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-agentcore"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncBedrockAgentCore: ...
@overload
def async_client(
    self: WithoutAsyncBedrockAgentCoreControl,
    service_name: Literal["bedrock-agentcore-control"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncBedrockAgentCoreControl: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-agentcore-control"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncBedrockAgentCoreControl: ...
@overload
def async_client(
    self: WithoutAsyncDataAutomationforBedrock,
    service_name: Literal["bedrock-data-automation"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncDataAutomationforBedrock: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-data-automation"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncDataAutomationforBedrock: ...
@overload
def async_client(
    self: WithoutAsyncRuntimeforBedrockDataAutomation,
    service_name: Literal["bedrock-data-automation-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncRuntimeforBedrockDataAutomation: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-data-automation-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncRuntimeforBedrockDataAutomation: ...
@overload
def async_client(
    self: WithoutAsyncBedrockRuntime,
    service_name: Literal["bedrock-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> operations.AsyncBedrockRuntime: ...
@overload
def async_client(
    self: object,
    service_name: Literal["bedrock-runtime"],
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> types.AsyncBedrockRuntime: ...
@overload
def async_client(
    self: object,
    service_name: str,
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | os.PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> Any: ...
