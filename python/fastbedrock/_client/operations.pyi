"""The operations of each service, with the names of their parameters.

Written by tools/update_types.py. Type checkers see these classes if the extra ``types`` is not
installed, and the operations of a model that is newer than the extra.
"""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from fastbedrock._client.asynchronous import AsyncBaseClient
from fastbedrock._client.synchronous import BaseClient

Response = TypeVar("Response", covariant=True)
SyncResponse: TypeAlias = dict[str, Any]
AsyncResponse: TypeAlias = Coroutine[Any, Any, dict[str, Any]]

__all__: list[str] = [
    "AgentsforBedrock",
    "AgentsforBedrockRuntime",
    "AsyncAgentsforBedrock",
    "AsyncAgentsforBedrockRuntime",
    "AsyncBedrock",
    "AsyncBedrockAgentCore",
    "AsyncBedrockAgentCoreControl",
    "AsyncBedrockRuntime",
    "AsyncDataAutomationforBedrock",
    "AsyncRuntimeforBedrockDataAutomation",
    "Bedrock",
    "BedrockAgentCore",
    "BedrockAgentCoreControl",
    "BedrockRuntime",
    "DataAutomationforBedrock",
    "RuntimeforBedrockDataAutomation",
]

class BedrockOperations(Generic[Response]):
    def archive_project(self, *, projectIdentifier: str) -> Response: ...
    def batch_delete_advanced_prompt_optimization_job(
        self, *, jobIdentifiers: Sequence[Any]
    ) -> Response: ...
    def batch_delete_evaluation_job(self, *, jobIdentifiers: Sequence[Any]) -> Response: ...
    def cancel_automated_reasoning_policy_build_workflow(
        self, *, policyArn: str, buildWorkflowId: str
    ) -> Response: ...
    def create_advanced_prompt_optimization_job(
        self,
        *,
        jobName: str,
        inputConfig: Mapping[str, Any],
        outputConfig: Mapping[str, Any],
        modelConfigurations: Sequence[Any],
        jobDescription: str = ...,
        clientToken: str = ...,
        encryptionKeyArn: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_automated_reasoning_policy(
        self,
        *,
        name: str,
        description: str = ...,
        clientRequestToken: str = ...,
        policyDefinition: Mapping[str, Any] = ...,
        kmsKeyId: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_automated_reasoning_policy_test_case(
        self,
        *,
        policyArn: str,
        guardContent: str,
        expectedAggregatedFindingsResult: str,
        queryContent: str = ...,
        clientRequestToken: str = ...,
        confidenceThreshold: float = ...,
    ) -> Response: ...
    def create_automated_reasoning_policy_version(
        self,
        *,
        policyArn: str,
        lastUpdatedDefinitionHash: str,
        clientRequestToken: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_custom_model(
        self,
        *,
        modelName: str,
        modelSourceConfig: Mapping[str, Any] = ...,
        customModelDataSource: Mapping[str, Any] = ...,
        modelKmsKeyArn: str = ...,
        roleArn: str = ...,
        modelTags: Sequence[Any] = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def create_custom_model_deployment(
        self,
        *,
        modelDeploymentName: str,
        modelArn: str,
        description: str = ...,
        tags: Sequence[Any] = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def create_evaluation_job(
        self,
        *,
        jobName: str,
        roleArn: str,
        evaluationConfig: Mapping[str, Any],
        inferenceConfig: Mapping[str, Any],
        outputDataConfig: Mapping[str, Any],
        jobDescription: str = ...,
        clientRequestToken: str = ...,
        customerEncryptionKeyId: str = ...,
        jobTags: Sequence[Any] = ...,
        applicationType: str = ...,
    ) -> Response: ...
    def create_foundation_model_agreement(self, *, offerToken: str, modelId: str) -> Response: ...
    def create_guardrail(
        self,
        *,
        name: str,
        blockedInputMessaging: str,
        blockedOutputsMessaging: str,
        description: str = ...,
        topicPolicyConfig: Mapping[str, Any] = ...,
        contentPolicyConfig: Mapping[str, Any] = ...,
        wordPolicyConfig: Mapping[str, Any] = ...,
        sensitiveInformationPolicyConfig: Mapping[str, Any] = ...,
        contextualGroundingPolicyConfig: Mapping[str, Any] = ...,
        automatedReasoningPolicyConfig: Mapping[str, Any] = ...,
        crossRegionConfig: Mapping[str, Any] = ...,
        kmsKeyId: str = ...,
        tags: Sequence[Any] = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def create_guardrail_version(
        self, *, guardrailIdentifier: str, description: str = ..., clientRequestToken: str = ...
    ) -> Response: ...
    def create_inference_profile(
        self,
        *,
        inferenceProfileName: str,
        modelSource: Mapping[str, Any],
        description: str = ...,
        clientRequestToken: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_marketplace_model_endpoint(
        self,
        *,
        modelSourceIdentifier: str,
        endpointConfig: Mapping[str, Any],
        endpointName: str,
        acceptEula: bool = ...,
        clientRequestToken: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_model_copy_job(
        self,
        *,
        sourceModelArn: str,
        targetModelName: str,
        modelKmsKeyId: str = ...,
        targetModelTags: Sequence[Any] = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def create_model_customization_job(
        self,
        *,
        jobName: str,
        customModelName: str,
        roleArn: str,
        baseModelIdentifier: str,
        trainingDataConfig: Mapping[str, Any],
        outputDataConfig: Mapping[str, Any],
        clientRequestToken: str = ...,
        customizationType: str = ...,
        customModelKmsKeyId: str = ...,
        jobTags: Sequence[Any] = ...,
        customModelTags: Sequence[Any] = ...,
        validationDataConfig: Mapping[str, Any] = ...,
        hyperParameters: Mapping[str, Any] = ...,
        vpcConfig: Mapping[str, Any] = ...,
        customizationConfig: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_model_import_job(
        self,
        *,
        jobName: str,
        importedModelName: str,
        roleArn: str,
        modelDataSource: Mapping[str, Any],
        jobTags: Sequence[Any] = ...,
        importedModelTags: Sequence[Any] = ...,
        clientRequestToken: str = ...,
        vpcConfig: Mapping[str, Any] = ...,
        importedModelKmsKeyId: str = ...,
    ) -> Response: ...
    def create_model_invocation_job(
        self,
        *,
        jobName: str,
        roleArn: str,
        modelId: str,
        inputDataConfig: Mapping[str, Any],
        outputDataConfig: Mapping[str, Any],
        clientRequestToken: str = ...,
        vpcConfig: Mapping[str, Any] = ...,
        timeoutDurationInHours: int = ...,
        tags: Sequence[Any] = ...,
        modelInvocationType: str = ...,
    ) -> Response: ...
    def create_project(
        self, *, name: str, tags: Sequence[Any] = ..., dataRetention: Mapping[str, Any] = ...
    ) -> Response: ...
    def create_prompt_router(
        self,
        *,
        promptRouterName: str,
        models: Sequence[Any],
        routingCriteria: Mapping[str, Any],
        fallbackModel: Mapping[str, Any],
        clientRequestToken: str = ...,
        description: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_provisioned_model_throughput(
        self,
        *,
        modelUnits: int,
        provisionedModelName: str,
        modelId: str,
        clientRequestToken: str = ...,
        commitmentDuration: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def delete_account_data_retention_storage(self, *, modelProvider: str) -> Response: ...
    def delete_automated_reasoning_policy(
        self, *, policyArn: str, force: bool = ...
    ) -> Response: ...
    def delete_automated_reasoning_policy_build_workflow(
        self, *, policyArn: str, buildWorkflowId: str, lastUpdatedAt: Any
    ) -> Response: ...
    def delete_automated_reasoning_policy_test_case(
        self, *, policyArn: str, testCaseId: str, lastUpdatedAt: Any
    ) -> Response: ...
    def delete_custom_model(self, *, modelIdentifier: str) -> Response: ...
    def delete_custom_model_deployment(
        self, *, customModelDeploymentIdentifier: str
    ) -> Response: ...
    def delete_enforced_guardrail_configuration(self, *, configId: str) -> Response: ...
    def delete_foundation_model_agreement(self, *, modelId: str) -> Response: ...
    def delete_guardrail(
        self, *, guardrailIdentifier: str, guardrailVersion: str = ...
    ) -> Response: ...
    def delete_imported_model(self, *, modelIdentifier: str) -> Response: ...
    def delete_inference_profile(self, *, inferenceProfileIdentifier: str) -> Response: ...
    def delete_marketplace_model_endpoint(self, *, endpointArn: str) -> Response: ...
    def delete_model_invocation_logging_configuration(self) -> Response: ...
    def delete_organization_data_retention_storage(self, *, modelProvider: str) -> Response: ...
    def delete_project_data_retention_storage(
        self, *, projectIdentifier: str, modelProvider: str
    ) -> Response: ...
    def delete_prompt_router(self, *, promptRouterArn: str) -> Response: ...
    def delete_provisioned_model_throughput(self, *, provisionedModelId: str) -> Response: ...
    def delete_resource_policy(self, *, resourceArn: str) -> Response: ...
    def deregister_marketplace_model_endpoint(self, *, endpointArn: str) -> Response: ...
    def export_automated_reasoning_policy_version(self, *, policyArn: str) -> Response: ...
    def get_account_data_retention(self) -> Response: ...
    def get_account_data_retention_storage(self, *, modelProvider: str) -> Response: ...
    def get_advanced_prompt_optimization_job(self, *, jobIdentifier: str) -> Response: ...
    def get_automated_reasoning_policy(self, *, policyArn: str) -> Response: ...
    def get_automated_reasoning_policy_annotations(
        self, *, policyArn: str, buildWorkflowId: str
    ) -> Response: ...
    def get_automated_reasoning_policy_build_workflow(
        self, *, policyArn: str, buildWorkflowId: str
    ) -> Response: ...
    def get_automated_reasoning_policy_build_workflow_result_assets(
        self, *, policyArn: str, buildWorkflowId: str, assetType: str, assetId: str = ...
    ) -> Response: ...
    def get_automated_reasoning_policy_next_scenario(
        self, *, policyArn: str, buildWorkflowId: str
    ) -> Response: ...
    def get_automated_reasoning_policy_test_case(
        self, *, policyArn: str, testCaseId: str
    ) -> Response: ...
    def get_automated_reasoning_policy_test_result(
        self, *, policyArn: str, buildWorkflowId: str, testCaseId: str
    ) -> Response: ...
    def get_custom_model(self, *, modelIdentifier: str) -> Response: ...
    def get_custom_model_deployment(self, *, customModelDeploymentIdentifier: str) -> Response: ...
    def get_evaluation_job(self, *, jobIdentifier: str) -> Response: ...
    def get_foundation_model(
        self, *, modelIdentifier: str, projectIdentifier: str = ...
    ) -> Response: ...
    def get_foundation_model_availability(self, *, modelId: str) -> Response: ...
    def get_guardrail(
        self, *, guardrailIdentifier: str, guardrailVersion: str = ...
    ) -> Response: ...
    def get_imported_model(self, *, modelIdentifier: str) -> Response: ...
    def get_inference_profile(
        self, *, inferenceProfileIdentifier: str, projectIdentifier: str = ...
    ) -> Response: ...
    def get_marketplace_model_endpoint(self, *, endpointArn: str) -> Response: ...
    def get_model_copy_job(self, *, jobArn: str) -> Response: ...
    def get_model_customization_job(self, *, jobIdentifier: str) -> Response: ...
    def get_model_import_job(self, *, jobIdentifier: str) -> Response: ...
    def get_model_invocation_job(self, *, jobIdentifier: str) -> Response: ...
    def get_model_invocation_logging_configuration(self) -> Response: ...
    def get_organization_data_retention_storage(self, *, modelProvider: str) -> Response: ...
    def get_project(self, *, projectIdentifier: str) -> Response: ...
    def get_project_data_retention_storage(
        self, *, projectIdentifier: str, modelProvider: str
    ) -> Response: ...
    def get_prompt_router(self, *, promptRouterArn: str) -> Response: ...
    def get_provisioned_model_throughput(self, *, provisionedModelId: str) -> Response: ...
    def get_resource_policy(self, *, resourceArn: str) -> Response: ...
    def get_trusted_access_program(
        self, *, programIdentifier: str, projectIdentifier: str = ...
    ) -> Response: ...
    def get_trusted_access_program_account_enrollment(
        self, *, programIdentifier: str
    ) -> Response: ...
    def get_trusted_access_program_organization_enrollment(
        self, *, programIdentifier: str
    ) -> Response: ...
    def get_trusted_access_program_project_enrollment(
        self, *, programIdentifier: str, projectIdentifier: str
    ) -> Response: ...
    def get_use_case_for_model_access(self) -> Response: ...
    def list_advanced_prompt_optimization_jobs(
        self,
        *,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_automated_reasoning_policies(
        self, *, policyArn: str = ..., nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_automated_reasoning_policy_build_workflows(
        self, *, policyArn: str, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_automated_reasoning_policy_test_cases(
        self, *, policyArn: str, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_automated_reasoning_policy_test_results(
        self, *, policyArn: str, buildWorkflowId: str, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_custom_model_deployments(
        self,
        *,
        createdBefore: Any = ...,
        createdAfter: Any = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
        statusEquals: str = ...,
        modelArnEquals: str = ...,
    ) -> Response: ...
    def list_custom_models(
        self,
        *,
        creationTimeBefore: Any = ...,
        creationTimeAfter: Any = ...,
        nameContains: str = ...,
        baseModelArnEquals: str = ...,
        foundationModelArnEquals: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
        isOwned: bool = ...,
        modelStatus: str = ...,
    ) -> Response: ...
    def list_enforced_guardrails_configuration(self, *, nextToken: str = ...) -> Response: ...
    def list_evaluation_jobs(
        self,
        *,
        creationTimeAfter: Any = ...,
        creationTimeBefore: Any = ...,
        statusEquals: str = ...,
        applicationTypeEquals: str = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_foundation_model_agreement_offers(
        self, *, modelId: str, offerType: str = ...
    ) -> Response: ...
    def list_foundation_models(
        self,
        *,
        byProvider: str = ...,
        byCustomizationType: str = ...,
        byOutputModality: str = ...,
        byInferenceType: str = ...,
        projectIdentifier: str = ...,
    ) -> Response: ...
    def list_guardrails(
        self, *, guardrailIdentifier: str = ..., maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_imported_models(
        self,
        *,
        creationTimeBefore: Any = ...,
        creationTimeAfter: Any = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_inference_profiles(
        self,
        *,
        maxResults: int = ...,
        nextToken: str = ...,
        typeEquals: str = ...,
        projectIdentifier: str = ...,
    ) -> Response: ...
    def list_marketplace_model_endpoints(
        self, *, maxResults: int = ..., nextToken: str = ..., modelSourceEquals: str = ...
    ) -> Response: ...
    def list_model_copy_jobs(
        self,
        *,
        creationTimeAfter: Any = ...,
        creationTimeBefore: Any = ...,
        statusEquals: str = ...,
        sourceAccountEquals: str = ...,
        sourceModelArnEquals: str = ...,
        targetModelNameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_model_customization_jobs(
        self,
        *,
        creationTimeAfter: Any = ...,
        creationTimeBefore: Any = ...,
        statusEquals: str = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_model_import_jobs(
        self,
        *,
        creationTimeAfter: Any = ...,
        creationTimeBefore: Any = ...,
        statusEquals: str = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_model_invocation_jobs(
        self,
        *,
        submitTimeAfter: Any = ...,
        submitTimeBefore: Any = ...,
        statusEquals: str = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_projects(
        self, *, nextToken: str = ..., maxResults: int = ..., statusFilter: str = ...
    ) -> Response: ...
    def list_prompt_routers(
        self, *, maxResults: int = ..., nextToken: str = ..., type: str = ...
    ) -> Response: ...
    def list_provisioned_model_throughputs(
        self,
        *,
        creationTimeAfter: Any = ...,
        creationTimeBefore: Any = ...,
        statusEquals: str = ...,
        modelArnEquals: str = ...,
        nameContains: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def list_tags_for_resource(self, *, resourceARN: str) -> Response: ...
    def list_trusted_access_programs(
        self, *, projectIdentifier: str = ..., maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def put_account_data_retention(self, *, mode: str) -> Response: ...
    def put_account_data_retention_storage(
        self,
        *,
        modelProvider: str,
        storageDestination: str,
        storageConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def put_enforced_guardrail_configuration(
        self, *, guardrailInferenceConfig: Mapping[str, Any], configId: str = ...
    ) -> Response: ...
    def put_model_invocation_logging_configuration(
        self, *, loggingConfig: Mapping[str, Any]
    ) -> Response: ...
    def put_organization_data_retention_storage(
        self,
        *,
        modelProvider: str,
        storageDestination: str,
        storageConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def put_project_data_retention_storage(
        self,
        *,
        projectIdentifier: str,
        modelProvider: str,
        storageDestination: str,
        storageConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def put_resource_policy(self, *, resourceArn: str, resourcePolicy: str) -> Response: ...
    def put_trusted_access_program_account_enrollment(
        self, *, programIdentifier: str, optIn: str
    ) -> Response: ...
    def put_trusted_access_program_organization_enrollment(
        self, *, programIdentifier: str, optIn: str
    ) -> Response: ...
    def put_trusted_access_program_project_enrollment(
        self, *, programIdentifier: str, projectIdentifier: str, optIn: str
    ) -> Response: ...
    def put_use_case_for_model_access(self, *, formData: Any) -> Response: ...
    def register_marketplace_model_endpoint(
        self, *, endpointIdentifier: str, modelSourceIdentifier: str
    ) -> Response: ...
    def start_automated_reasoning_policy_build_workflow(
        self,
        *,
        policyArn: str,
        buildWorkflowType: str,
        sourceContent: Mapping[str, Any],
        clientRequestToken: str = ...,
    ) -> Response: ...
    def start_automated_reasoning_policy_test_workflow(
        self,
        *,
        policyArn: str,
        buildWorkflowId: str,
        testCaseIds: Sequence[Any] = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def start_trusted_access_program_account_application(
        self, *, programIdentifier: str
    ) -> Response: ...
    def start_trusted_access_program_organization_application(
        self, *, programIdentifier: str
    ) -> Response: ...
    def start_trusted_access_program_project_application(
        self, *, programIdentifier: str, projectIdentifier: str
    ) -> Response: ...
    def stop_advanced_prompt_optimization_job(self, *, jobIdentifier: str) -> Response: ...
    def stop_evaluation_job(self, *, jobIdentifier: str) -> Response: ...
    def stop_model_customization_job(self, *, jobIdentifier: str) -> Response: ...
    def stop_model_invocation_job(self, *, jobIdentifier: str) -> Response: ...
    def tag_resource(self, *, resourceARN: str, tags: Sequence[Any]) -> Response: ...
    def untag_resource(self, *, resourceARN: str, tagKeys: Sequence[Any]) -> Response: ...
    def update_automated_reasoning_policy(
        self,
        *,
        policyArn: str,
        policyDefinition: Mapping[str, Any],
        name: str = ...,
        description: str = ...,
    ) -> Response: ...
    def update_automated_reasoning_policy_annotations(
        self,
        *,
        policyArn: str,
        buildWorkflowId: str,
        annotations: Sequence[Any],
        lastUpdatedAnnotationSetHash: str,
    ) -> Response: ...
    def update_automated_reasoning_policy_test_case(
        self,
        *,
        policyArn: str,
        testCaseId: str,
        guardContent: str,
        lastUpdatedAt: Any,
        expectedAggregatedFindingsResult: str,
        queryContent: str = ...,
        confidenceThreshold: float = ...,
        clientRequestToken: str = ...,
    ) -> Response: ...
    def update_custom_model_deployment(
        self, *, modelArn: str, customModelDeploymentIdentifier: str
    ) -> Response: ...
    def update_guardrail(
        self,
        *,
        guardrailIdentifier: str,
        name: str,
        blockedInputMessaging: str,
        blockedOutputsMessaging: str,
        description: str = ...,
        topicPolicyConfig: Mapping[str, Any] = ...,
        contentPolicyConfig: Mapping[str, Any] = ...,
        wordPolicyConfig: Mapping[str, Any] = ...,
        sensitiveInformationPolicyConfig: Mapping[str, Any] = ...,
        contextualGroundingPolicyConfig: Mapping[str, Any] = ...,
        automatedReasoningPolicyConfig: Mapping[str, Any] = ...,
        crossRegionConfig: Mapping[str, Any] = ...,
        kmsKeyId: str = ...,
    ) -> Response: ...
    def update_marketplace_model_endpoint(
        self, *, endpointArn: str, endpointConfig: Mapping[str, Any], clientRequestToken: str = ...
    ) -> Response: ...
    def update_project(
        self, *, projectIdentifier: str, name: str = ..., dataRetention: Mapping[str, Any] = ...
    ) -> Response: ...
    def update_provisioned_model_throughput(
        self,
        *,
        provisionedModelId: str,
        desiredProvisionedModelName: str = ...,
        desiredModelId: str = ...,
    ) -> Response: ...

class Bedrock(BedrockOperations[SyncResponse], BaseClient): ...
class AsyncBedrock(BedrockOperations[AsyncResponse], AsyncBaseClient): ...

class AgentsforBedrockOperations(Generic[Response]):
    def associate_agent_collaborator(
        self,
        *,
        agentId: str,
        agentVersion: str,
        agentDescriptor: Mapping[str, Any],
        collaboratorName: str,
        collaborationInstruction: str,
        relayConversationHistory: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def associate_agent_knowledge_base(
        self,
        *,
        agentId: str,
        agentVersion: str,
        knowledgeBaseId: str,
        description: str,
        knowledgeBaseState: str = ...,
    ) -> Response: ...
    def create_agent(
        self,
        *,
        agentName: str,
        clientToken: str = ...,
        instruction: str = ...,
        foundationModel: str = ...,
        description: str = ...,
        orchestrationType: str = ...,
        customOrchestration: Mapping[str, Any] = ...,
        idleSessionTTLInSeconds: int = ...,
        agentResourceRoleArn: str = ...,
        customerEncryptionKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
        promptOverrideConfiguration: Mapping[str, Any] = ...,
        guardrailConfiguration: Mapping[str, Any] = ...,
        memoryConfiguration: Mapping[str, Any] = ...,
        agentCollaboration: str = ...,
    ) -> Response: ...
    def create_agent_action_group(
        self,
        *,
        agentId: str,
        agentVersion: str,
        actionGroupName: str,
        clientToken: str = ...,
        description: str = ...,
        parentActionGroupSignature: str = ...,
        parentActionGroupSignatureParams: Mapping[str, Any] = ...,
        actionGroupExecutor: Mapping[str, Any] = ...,
        apiSchema: Mapping[str, Any] = ...,
        actionGroupState: str = ...,
        functionSchema: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_agent_alias(
        self,
        *,
        agentId: str,
        agentAliasName: str,
        clientToken: str = ...,
        description: str = ...,
        routingConfiguration: Sequence[Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_data_source(
        self,
        *,
        knowledgeBaseId: str,
        name: str,
        dataSourceConfiguration: Mapping[str, Any],
        clientToken: str = ...,
        description: str = ...,
        dataDeletionPolicy: str = ...,
        serverSideEncryptionConfiguration: Mapping[str, Any] = ...,
        vectorIngestionConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_flow(
        self,
        *,
        name: str,
        executionRoleArn: str,
        description: str = ...,
        customerEncryptionKeyArn: str = ...,
        definition: Mapping[str, Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_flow_alias(
        self,
        *,
        name: str,
        routingConfiguration: Sequence[Any],
        flowIdentifier: str,
        description: str = ...,
        concurrencyConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_flow_version(
        self, *, flowIdentifier: str, description: str = ..., clientToken: str = ...
    ) -> Response: ...
    def create_knowledge_base(
        self,
        *,
        name: str,
        roleArn: str,
        knowledgeBaseConfiguration: Mapping[str, Any],
        clientToken: str = ...,
        description: str = ...,
        storageConfiguration: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_prompt(
        self,
        *,
        name: str,
        description: str = ...,
        customerEncryptionKeyArn: str = ...,
        defaultVariant: str = ...,
        variants: Sequence[Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_prompt_version(
        self,
        *,
        promptIdentifier: str,
        description: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_retrieval_instruction(
        self,
        *,
        name: str,
        instruction: Mapping[str, Any],
        clientToken: str = ...,
        description: str = ...,
        customerEncryptionKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_retrieval_instruction_version(
        self, *, retrievalInstructionId: str, description: str = ..., clientToken: str = ...
    ) -> Response: ...
    def create_vpc_configuration(
        self,
        *,
        knowledgeBaseId: str,
        vpcId: str,
        subnetIds: Sequence[Any],
        resourceTarget: str,
        port: int,
        protocol: str,
        resolutionMode: str,
        clientToken: str = ...,
        hostHeader: str = ...,
        tlsServerName: str = ...,
        name: str = ...,
        description: str = ...,
    ) -> Response: ...
    def delete_agent(self, *, agentId: str, skipResourceInUseCheck: bool = ...) -> Response: ...
    def delete_agent_action_group(
        self,
        *,
        agentId: str,
        agentVersion: str,
        actionGroupId: str,
        skipResourceInUseCheck: bool = ...,
    ) -> Response: ...
    def delete_agent_alias(self, *, agentId: str, agentAliasId: str) -> Response: ...
    def delete_agent_version(
        self, *, agentId: str, agentVersion: str, skipResourceInUseCheck: bool = ...
    ) -> Response: ...
    def delete_data_source(self, *, knowledgeBaseId: str, dataSourceId: str) -> Response: ...
    def delete_flow(
        self, *, flowIdentifier: str, skipResourceInUseCheck: bool = ...
    ) -> Response: ...
    def delete_flow_alias(self, *, flowIdentifier: str, aliasIdentifier: str) -> Response: ...
    def delete_flow_version(
        self, *, flowIdentifier: str, flowVersion: str, skipResourceInUseCheck: bool = ...
    ) -> Response: ...
    def delete_knowledge_base(self, *, knowledgeBaseId: str) -> Response: ...
    def delete_knowledge_base_documents(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        documentIdentifiers: Sequence[Any],
        clientToken: str = ...,
    ) -> Response: ...
    def delete_prompt(self, *, promptIdentifier: str, promptVersion: str = ...) -> Response: ...
    def delete_resource_policy(
        self, *, resourceArn: str, expectedRevisionId: str = ...
    ) -> Response: ...
    def delete_retrieval_instruction(
        self, *, retrievalInstructionId: str, retrievalInstructionVersion: str = ...
    ) -> Response: ...
    def delete_vpc_configuration(
        self, *, knowledgeBaseId: str, vpcConfigurationId: str
    ) -> Response: ...
    def disassociate_agent_collaborator(
        self, *, agentId: str, agentVersion: str, collaboratorId: str
    ) -> Response: ...
    def disassociate_agent_knowledge_base(
        self, *, agentId: str, agentVersion: str, knowledgeBaseId: str
    ) -> Response: ...
    def get_agent(self, *, agentId: str) -> Response: ...
    def get_agent_action_group(
        self, *, agentId: str, agentVersion: str, actionGroupId: str
    ) -> Response: ...
    def get_agent_alias(self, *, agentId: str, agentAliasId: str) -> Response: ...
    def get_agent_collaborator(
        self, *, agentId: str, agentVersion: str, collaboratorId: str
    ) -> Response: ...
    def get_agent_knowledge_base(
        self, *, agentId: str, agentVersion: str, knowledgeBaseId: str
    ) -> Response: ...
    def get_agent_version(self, *, agentId: str, agentVersion: str) -> Response: ...
    def get_data_source(self, *, knowledgeBaseId: str, dataSourceId: str) -> Response: ...
    def get_flow(self, *, flowIdentifier: str, includedData: str = ...) -> Response: ...
    def get_flow_alias(self, *, flowIdentifier: str, aliasIdentifier: str) -> Response: ...
    def get_flow_version(
        self, *, flowIdentifier: str, flowVersion: str, includedData: str = ...
    ) -> Response: ...
    def get_ingestion_job(
        self, *, knowledgeBaseId: str, dataSourceId: str, ingestionJobId: str
    ) -> Response: ...
    def get_knowledge_base(self, *, knowledgeBaseId: str) -> Response: ...
    def get_knowledge_base_documents(
        self, *, knowledgeBaseId: str, dataSourceId: str, documentIdentifiers: Sequence[Any]
    ) -> Response: ...
    def get_prompt(
        self, *, promptIdentifier: str, promptVersion: str = ..., includedData: str = ...
    ) -> Response: ...
    def get_resource_policy(self, *, resourceArn: str) -> Response: ...
    def get_retrieval_instruction(
        self, *, retrievalInstructionId: str, retrievalInstructionVersion: str = ...
    ) -> Response: ...
    def get_vpc_configuration(
        self, *, knowledgeBaseId: str, vpcConfigurationId: str
    ) -> Response: ...
    def ingest_knowledge_base_documents(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        documents: Sequence[Any],
        clientToken: str = ...,
    ) -> Response: ...
    def list_agent_action_groups(
        self, *, agentId: str, agentVersion: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_aliases(
        self, *, agentId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_collaborators(
        self, *, agentId: str, agentVersion: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_knowledge_bases(
        self, *, agentId: str, agentVersion: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_versions(
        self, *, agentId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agents(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_data_sources(
        self, *, knowledgeBaseId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_flow_aliases(
        self, *, flowIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_flow_versions(
        self, *, flowIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_flows(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_ingestion_jobs(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        filters: Sequence[Any] = ...,
        sortBy: Mapping[str, Any] = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_knowledge_base_documents(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_knowledge_bases(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_prompts(
        self, *, promptIdentifier: str = ..., maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_retrieval_instruction_versions(
        self, *, retrievalInstructionId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_retrieval_instructions(
        self, *, status: str = ..., maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_tags_for_resource(self, *, resourceArn: str) -> Response: ...
    def list_vpc_configurations(
        self,
        *,
        knowledgeBaseId: str,
        statusFilter: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def prepare_agent(self, *, agentId: str) -> Response: ...
    def prepare_flow(self, *, flowIdentifier: str) -> Response: ...
    def put_resource_policy(
        self, *, resourceArn: str, policy: str, expectedRevisionId: str = ...
    ) -> Response: ...
    def start_ingestion_job(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        clientToken: str = ...,
        description: str = ...,
    ) -> Response: ...
    def stop_ingestion_job(
        self, *, knowledgeBaseId: str, dataSourceId: str, ingestionJobId: str
    ) -> Response: ...
    def tag_resource(self, *, resourceArn: str, tags: Mapping[str, Any]) -> Response: ...
    def untag_resource(self, *, resourceArn: str, tagKeys: Sequence[Any]) -> Response: ...
    def update_agent(
        self,
        *,
        agentId: str,
        agentName: str,
        foundationModel: str,
        agentResourceRoleArn: str,
        instruction: str = ...,
        description: str = ...,
        orchestrationType: str = ...,
        customOrchestration: Mapping[str, Any] = ...,
        idleSessionTTLInSeconds: int = ...,
        customerEncryptionKeyArn: str = ...,
        promptOverrideConfiguration: Mapping[str, Any] = ...,
        guardrailConfiguration: Mapping[str, Any] = ...,
        memoryConfiguration: Mapping[str, Any] = ...,
        agentCollaboration: str = ...,
    ) -> Response: ...
    def update_agent_action_group(
        self,
        *,
        agentId: str,
        agentVersion: str,
        actionGroupId: str,
        actionGroupName: str,
        description: str = ...,
        parentActionGroupSignature: str = ...,
        parentActionGroupSignatureParams: Mapping[str, Any] = ...,
        actionGroupExecutor: Mapping[str, Any] = ...,
        actionGroupState: str = ...,
        apiSchema: Mapping[str, Any] = ...,
        functionSchema: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_agent_alias(
        self,
        *,
        agentId: str,
        agentAliasId: str,
        agentAliasName: str,
        description: str = ...,
        routingConfiguration: Sequence[Any] = ...,
        aliasInvocationState: str = ...,
    ) -> Response: ...
    def update_agent_collaborator(
        self,
        *,
        agentId: str,
        agentVersion: str,
        collaboratorId: str,
        agentDescriptor: Mapping[str, Any],
        collaboratorName: str,
        collaborationInstruction: str,
        relayConversationHistory: str = ...,
    ) -> Response: ...
    def update_agent_knowledge_base(
        self,
        *,
        agentId: str,
        agentVersion: str,
        knowledgeBaseId: str,
        description: str = ...,
        knowledgeBaseState: str = ...,
    ) -> Response: ...
    def update_data_source(
        self,
        *,
        knowledgeBaseId: str,
        dataSourceId: str,
        name: str,
        dataSourceConfiguration: Mapping[str, Any],
        description: str = ...,
        dataDeletionPolicy: str = ...,
        serverSideEncryptionConfiguration: Mapping[str, Any] = ...,
        vectorIngestionConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_flow(
        self,
        *,
        name: str,
        executionRoleArn: str,
        flowIdentifier: str,
        description: str = ...,
        customerEncryptionKeyArn: str = ...,
        definition: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_flow_alias(
        self,
        *,
        name: str,
        routingConfiguration: Sequence[Any],
        flowIdentifier: str,
        aliasIdentifier: str,
        description: str = ...,
        concurrencyConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_knowledge_base(
        self,
        *,
        knowledgeBaseId: str,
        name: str,
        roleArn: str,
        knowledgeBaseConfiguration: Mapping[str, Any],
        description: str = ...,
        storageConfiguration: Mapping[str, Any] = ...,
        metadataConfigurations: Sequence[Any] = ...,
    ) -> Response: ...
    def update_prompt(
        self,
        *,
        name: str,
        promptIdentifier: str,
        description: str = ...,
        customerEncryptionKeyArn: str = ...,
        defaultVariant: str = ...,
        variants: Sequence[Any] = ...,
    ) -> Response: ...
    def update_retrieval_instruction(
        self, *, retrievalInstructionId: str, instruction: Mapping[str, Any], description: str = ...
    ) -> Response: ...
    def validate_flow_definition(self, *, definition: Mapping[str, Any]) -> Response: ...

class AgentsforBedrock(AgentsforBedrockOperations[SyncResponse], BaseClient): ...
class AsyncAgentsforBedrock(AgentsforBedrockOperations[AsyncResponse], AsyncBaseClient): ...

class AgentsforBedrockRuntimeOperations(Generic[Response]):
    def agentic_retrieve_stream(
        self,
        *,
        agenticRetrieveConfiguration: Mapping[str, Any],
        messages: Sequence[Any],
        retrievers: Sequence[Any],
        generateResponse: bool = ...,
        memoryConfiguration: Mapping[str, Any] = ...,
        nextToken: str = ...,
        policyConfiguration: Mapping[str, Any] = ...,
        retrievalInstructionConfiguration: Mapping[str, Any] = ...,
        userContext: Mapping[str, Any] = ...,
    ) -> Response: ...
    def check_ingested_document_acl(
        self,
        *,
        dataSourceId: str,
        documentId: str,
        knowledgeBaseId: str,
        userContext: Mapping[str, Any],
    ) -> Response: ...
    def create_invocation(
        self, *, sessionIdentifier: str, description: str = ..., invocationId: str = ...
    ) -> Response: ...
    def create_session(
        self,
        *,
        encryptionKeyArn: str = ...,
        sessionMetadata: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def delete_agent_memory(
        self, *, agentAliasId: str, agentId: str, memoryId: str = ..., sessionId: str = ...
    ) -> Response: ...
    def delete_session(self, *, sessionIdentifier: str) -> Response: ...
    def end_session(self, *, sessionIdentifier: str) -> Response: ...
    def generate_query(
        self,
        *,
        queryGenerationInput: Mapping[str, Any],
        transformationConfiguration: Mapping[str, Any],
    ) -> Response: ...
    def get_agent_memory(
        self,
        *,
        agentAliasId: str,
        agentId: str,
        memoryId: str,
        memoryType: str,
        maxItems: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def get_document_content(
        self,
        *,
        dataSourceId: str,
        documentId: str,
        knowledgeBaseId: str,
        mediaId: str = ...,
        outputFormat: str = ...,
        userContext: Mapping[str, Any] = ...,
    ) -> Response: ...
    def get_execution_flow_snapshot(
        self, *, executionIdentifier: str, flowAliasIdentifier: str, flowIdentifier: str
    ) -> Response: ...
    def get_flow_execution(
        self, *, executionIdentifier: str, flowAliasIdentifier: str, flowIdentifier: str
    ) -> Response: ...
    def get_ingested_document_acl(
        self, *, dataSourceId: str, documentId: str, knowledgeBaseId: str
    ) -> Response: ...
    def get_invocation_step(
        self, *, invocationIdentifier: str, invocationStepId: str, sessionIdentifier: str
    ) -> Response: ...
    def get_session(self, *, sessionIdentifier: str) -> Response: ...
    def invoke_agent(
        self,
        *,
        agentAliasId: str,
        agentId: str,
        sessionId: str,
        bedrockModelConfigurations: Mapping[str, Any] = ...,
        enableTrace: bool = ...,
        endSession: bool = ...,
        inputText: str = ...,
        memoryId: str = ...,
        promptCreationConfigurations: Mapping[str, Any] = ...,
        sessionState: Mapping[str, Any] = ...,
        sourceArn: str = ...,
        streamingConfigurations: Mapping[str, Any] = ...,
    ) -> Response: ...
    def invoke_flow(
        self,
        *,
        flowAliasIdentifier: str,
        flowIdentifier: str,
        inputs: Sequence[Any],
        enableTrace: bool = ...,
        executionId: str = ...,
        modelPerformanceConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def invoke_inline_agent(
        self,
        *,
        foundationModel: str,
        instruction: str,
        sessionId: str,
        actionGroups: Sequence[Any] = ...,
        agentCollaboration: str = ...,
        agentName: str = ...,
        bedrockModelConfigurations: Mapping[str, Any] = ...,
        collaboratorConfigurations: Sequence[Any] = ...,
        collaborators: Sequence[Any] = ...,
        customOrchestration: Mapping[str, Any] = ...,
        customerEncryptionKeyArn: str = ...,
        enableTrace: bool = ...,
        endSession: bool = ...,
        guardrailConfiguration: Mapping[str, Any] = ...,
        idleSessionTTLInSeconds: int = ...,
        inlineSessionState: Mapping[str, Any] = ...,
        inputText: str = ...,
        knowledgeBases: Sequence[Any] = ...,
        orchestrationType: str = ...,
        promptCreationConfigurations: Mapping[str, Any] = ...,
        promptOverrideConfiguration: Mapping[str, Any] = ...,
        streamingConfigurations: Mapping[str, Any] = ...,
    ) -> Response: ...
    def list_flow_execution_events(
        self,
        *,
        eventType: str,
        executionIdentifier: str,
        flowAliasIdentifier: str,
        flowIdentifier: str,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_flow_executions(
        self,
        *,
        flowIdentifier: str,
        flowAliasIdentifier: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_invocation_steps(
        self,
        *,
        sessionIdentifier: str,
        invocationIdentifier: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_invocations(
        self, *, sessionIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_sessions(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_tags_for_resource(self, *, resourceArn: str) -> Response: ...
    def optimize_prompt(self, *, input: Mapping[str, Any], targetModelId: str) -> Response: ...
    def put_invocation_step(
        self,
        *,
        invocationIdentifier: str,
        invocationStepTime: Any,
        payload: Mapping[str, Any],
        sessionIdentifier: str,
        invocationStepId: str = ...,
    ) -> Response: ...
    def rerank(
        self,
        *,
        queries: Sequence[Any],
        rerankingConfiguration: Mapping[str, Any],
        sources: Sequence[Any],
        nextToken: str = ...,
    ) -> Response: ...
    def retrieve(
        self,
        *,
        knowledgeBaseId: str,
        retrievalQuery: Mapping[str, Any],
        guardrailConfiguration: Mapping[str, Any] = ...,
        nextToken: str = ...,
        retrievalConfiguration: Mapping[str, Any] = ...,
        userContext: Mapping[str, Any] = ...,
    ) -> Response: ...
    def retrieve_and_generate(
        self,
        *,
        input: Mapping[str, Any],
        retrieveAndGenerateConfiguration: Mapping[str, Any] = ...,
        sessionConfiguration: Mapping[str, Any] = ...,
        sessionId: str = ...,
        userContext: Mapping[str, Any] = ...,
    ) -> Response: ...
    def retrieve_and_generate_stream(
        self,
        *,
        input: Mapping[str, Any],
        retrieveAndGenerateConfiguration: Mapping[str, Any] = ...,
        sessionConfiguration: Mapping[str, Any] = ...,
        sessionId: str = ...,
        userContext: Mapping[str, Any] = ...,
    ) -> Response: ...
    def start_flow_execution(
        self,
        *,
        flowAliasIdentifier: str,
        flowIdentifier: str,
        inputs: Sequence[Any],
        flowExecutionName: str = ...,
        modelPerformanceConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def stop_flow_execution(
        self, *, executionIdentifier: str, flowAliasIdentifier: str, flowIdentifier: str
    ) -> Response: ...
    def tag_resource(self, *, resourceArn: str, tags: Mapping[str, Any]) -> Response: ...
    def untag_resource(self, *, resourceArn: str, tagKeys: Sequence[Any]) -> Response: ...
    def update_session(
        self, *, sessionIdentifier: str, sessionMetadata: Mapping[str, Any] = ...
    ) -> Response: ...

class AgentsforBedrockRuntime(AgentsforBedrockRuntimeOperations[SyncResponse], BaseClient): ...
class AsyncAgentsforBedrockRuntime(
    AgentsforBedrockRuntimeOperations[AsyncResponse], AsyncBaseClient
): ...

class BedrockAgentCoreOperations(Generic[Response]):
    def batch_create_memory_records(
        self,
        *,
        memoryId: str,
        records: Sequence[Any],
        clientToken: str = ...,
        recordExpirySpecification: Mapping[str, Any] = ...,
    ) -> Response: ...
    def batch_delete_memory_records(self, *, memoryId: str, records: Sequence[Any]) -> Response: ...
    def batch_update_memory_records(
        self,
        *,
        memoryId: str,
        records: Sequence[Any],
        recordExpirySpecification: Mapping[str, Any] = ...,
    ) -> Response: ...
    def complete_resource_token_auth(
        self, *, userIdentifier: Mapping[str, Any], sessionUri: str
    ) -> Response: ...
    def create_ab_test(
        self,
        *,
        name: str,
        gatewayArn: str,
        variants: Sequence[Any],
        evaluationConfig: Mapping[str, Any],
        roleArn: str,
        description: str = ...,
        gatewayFilter: Mapping[str, Any] = ...,
        enableOnCreate: bool = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_event(
        self,
        *,
        memoryId: str,
        actorId: str,
        eventTimestamp: Any,
        payload: Sequence[Any],
        sessionId: str = ...,
        branch: Mapping[str, Any] = ...,
        clientToken: str = ...,
        metadata: Mapping[str, Any] = ...,
        extractionMode: str = ...,
        extractionConfig: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_payment_instrument(
        self,
        *,
        paymentManagerArn: str,
        paymentConnectorId: str,
        paymentInstrumentType: str,
        paymentInstrumentDetails: Mapping[str, Any],
        userId: str = ...,
        agentName: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def create_payment_session(
        self,
        *,
        paymentManagerArn: str,
        expiryTimeInMinutes: int,
        userId: str = ...,
        agentName: str = ...,
        limits: Mapping[str, Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def delete_ab_test(self, *, abTestId: str) -> Response: ...
    def delete_batch_evaluation(self, *, batchEvaluationId: str) -> Response: ...
    def delete_capacity_provider_session(
        self, *, capacityProviderId: str, sessionId: str
    ) -> Response: ...
    def delete_dataset_generation(self, *, datasetId: str, generationId: str) -> Response: ...
    def delete_event(
        self, *, memoryId: str, sessionId: str, eventId: str, actorId: str
    ) -> Response: ...
    def delete_memory_record(
        self, *, memoryId: str, memoryRecordId: str, namespace: str = ...
    ) -> Response: ...
    def delete_payment_instrument(
        self,
        *,
        paymentManagerArn: str,
        paymentConnectorId: str,
        paymentInstrumentId: str,
        userId: str = ...,
    ) -> Response: ...
    def delete_payment_session(
        self, *, paymentManagerArn: str, paymentSessionId: str, userId: str = ...
    ) -> Response: ...
    def delete_recommendation(self, *, recommendationId: str) -> Response: ...
    def evaluate(
        self,
        *,
        evaluatorId: str,
        evaluationInput: Mapping[str, Any],
        evaluationTarget: Mapping[str, Any] = ...,
        evaluationReferenceInputs: Sequence[Any] = ...,
    ) -> Response: ...
    def get_ab_test(self, *, abTestId: str) -> Response: ...
    def get_agent_card(
        self, *, agentRuntimeArn: str, runtimeSessionId: str = ..., qualifier: str = ...
    ) -> Response: ...
    def get_agent_insight(self, *, applicationName: str, agentInsightId: str) -> Response: ...
    def get_batch_evaluation(self, *, batchEvaluationId: str) -> Response: ...
    def get_browser_session(self, *, browserIdentifier: str, sessionId: str) -> Response: ...
    def get_code_interpreter_session(
        self, *, codeInterpreterIdentifier: str, sessionId: str
    ) -> Response: ...
    def get_dataset_generation(self, *, datasetId: str, generationId: str) -> Response: ...
    def get_event(
        self, *, memoryId: str, sessionId: str, actorId: str, eventId: str
    ) -> Response: ...
    def get_memory_record(
        self, *, memoryId: str, memoryRecordId: str, namespace: str = ...
    ) -> Response: ...
    def get_payment_instrument(
        self,
        *,
        paymentManagerArn: str,
        paymentInstrumentId: str,
        userId: str = ...,
        agentName: str = ...,
        paymentConnectorId: str = ...,
    ) -> Response: ...
    def get_payment_instrument_balance(
        self,
        *,
        paymentManagerArn: str,
        paymentConnectorId: str,
        paymentInstrumentId: str,
        chain: str,
        token: str,
        userId: str = ...,
        agentName: str = ...,
    ) -> Response: ...
    def get_payment_session(
        self,
        *,
        paymentManagerArn: str,
        paymentSessionId: str,
        userId: str = ...,
        agentName: str = ...,
    ) -> Response: ...
    def get_recommendation(self, *, recommendationId: str) -> Response: ...
    def get_resource_api_key(
        self, *, workloadIdentityToken: str, resourceCredentialProviderName: str
    ) -> Response: ...
    def get_resource_oauth2_token(
        self,
        *,
        workloadIdentityToken: str,
        resourceCredentialProviderName: str,
        scopes: Sequence[Any],
        oauth2Flow: str,
        sessionUri: str = ...,
        resourceOauth2ReturnUrl: str = ...,
        forceAuthentication: bool = ...,
        customParameters: Mapping[str, Any] = ...,
        customState: str = ...,
        resources: Sequence[Any] = ...,
        audiences: Sequence[Any] = ...,
    ) -> Response: ...
    def get_resource_payment_token(
        self,
        *,
        workloadIdentityToken: str,
        resourceCredentialProviderName: str,
        paymentTokenRequest: Mapping[str, Any],
    ) -> Response: ...
    def get_workload_access_token(self, *, workloadName: str) -> Response: ...
    def get_workload_access_token_for_jwt(
        self, *, workloadName: str, userToken: str
    ) -> Response: ...
    def get_workload_access_token_for_user_id(
        self, *, workloadName: str, userId: str
    ) -> Response: ...
    def ingest_data(
        self,
        *,
        memoryId: str,
        source: Mapping[str, Any],
        contentTimestamp: Any,
        actorId: str,
        sessionId: str = ...,
        extractionConfig: Mapping[str, Any] = ...,
        metadata: Mapping[str, Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def invoke_agent_runtime(
        self,
        *,
        agentRuntimeArn: str,
        payload: Any,
        contentType: str = ...,
        accept: str = ...,
        mcpSessionId: str = ...,
        runtimeSessionId: str = ...,
        mcpProtocolVersion: str = ...,
        mcpMethod: str = ...,
        mcpName: str = ...,
        runtimeUserId: str = ...,
        traceId: str = ...,
        traceParent: str = ...,
        traceState: str = ...,
        baggage: str = ...,
        qualifier: str = ...,
        accountId: str = ...,
    ) -> Response: ...
    def invoke_agent_runtime_command(
        self,
        *,
        agentRuntimeArn: str,
        body: Mapping[str, Any],
        contentType: str = ...,
        accept: str = ...,
        runtimeSessionId: str = ...,
        traceId: str = ...,
        traceParent: str = ...,
        traceState: str = ...,
        baggage: str = ...,
        qualifier: str = ...,
        accountId: str = ...,
    ) -> Response: ...
    def invoke_browser(
        self, *, browserIdentifier: str, sessionId: str, action: Mapping[str, Any]
    ) -> Response: ...
    def invoke_code_interpreter(
        self,
        *,
        codeInterpreterIdentifier: str,
        name: str,
        sessionId: str = ...,
        traceId: str = ...,
        traceParent: str = ...,
        arguments: Mapping[str, Any] = ...,
    ) -> Response: ...
    def invoke_harness(
        self,
        *,
        harnessArn: str,
        runtimeSessionId: str,
        messages: Sequence[Any],
        qualifier: str = ...,
        runtimeUserId: str = ...,
        traceParent: str = ...,
        traceState: str = ...,
        traceId: str = ...,
        baggage: str = ...,
        model: Mapping[str, Any] = ...,
        systemPrompt: Sequence[Any] = ...,
        tools: Sequence[Any] = ...,
        skills: Sequence[Any] = ...,
        allowedTools: Sequence[Any] = ...,
        maxIterations: int = ...,
        maxTokens: int = ...,
        timeoutSeconds: int = ...,
        actorId: str = ...,
    ) -> Response: ...
    def invoke_web_search(
        self,
        *,
        webSearchId: str,
        searchQuery: str,
        maxResults: int = ...,
        filters: Mapping[str, Any] = ...,
    ) -> Response: ...
    def list_ab_tests(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_actors(
        self, *, memoryId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_insights(
        self,
        *,
        applicationName: str = ...,
        batchEvaluationId: str = ...,
        archiveStatus: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_batch_evaluations(
        self, *, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_browser_sessions(
        self,
        *,
        browserIdentifier: str,
        maxResults: int = ...,
        nextToken: str = ...,
        status: str = ...,
    ) -> Response: ...
    def list_code_interpreter_sessions(
        self,
        *,
        codeInterpreterIdentifier: str,
        maxResults: int = ...,
        nextToken: str = ...,
        status: str = ...,
    ) -> Response: ...
    def list_dataset_generations(
        self, *, datasetId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_events(
        self,
        *,
        memoryId: str,
        sessionId: str,
        actorId: str,
        includePayloads: bool = ...,
        filter: Mapping[str, Any] = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_memory_extraction_jobs(
        self,
        *,
        memoryId: str,
        maxResults: int = ...,
        filter: Mapping[str, Any] = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_memory_records(
        self,
        *,
        memoryId: str,
        namespace: str = ...,
        namespacePath: str = ...,
        memoryStrategyId: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        metadataFilters: Sequence[Any] = ...,
    ) -> Response: ...
    def list_payment_instruments(
        self,
        *,
        paymentManagerArn: str,
        userId: str = ...,
        agentName: str = ...,
        paymentConnectorId: str = ...,
        nextToken: str = ...,
        maxResults: int = ...,
    ) -> Response: ...
    def list_payment_sessions(
        self,
        *,
        paymentManagerArn: str,
        userId: str = ...,
        agentName: str = ...,
        nextToken: str = ...,
        maxResults: int = ...,
    ) -> Response: ...
    def list_recommendations(
        self, *, maxResults: int = ..., nextToken: str = ..., statusFilter: str = ...
    ) -> Response: ...
    def list_sessions(
        self,
        *,
        memoryId: str,
        actorId: str,
        maxResults: int = ...,
        nextToken: str = ...,
        filter: Mapping[str, Any] = ...,
    ) -> Response: ...
    def process_payment(
        self,
        *,
        paymentManagerArn: str,
        paymentSessionId: str,
        paymentInstrumentId: str,
        paymentType: str,
        paymentInput: Mapping[str, Any],
        userId: str = ...,
        agentName: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def retrieve_memory_records(
        self,
        *,
        memoryId: str,
        searchCriteria: Mapping[str, Any],
        namespace: str = ...,
        namespacePath: str = ...,
        nextToken: str = ...,
        maxResults: int = ...,
    ) -> Response: ...
    def save_browser_session_profile(
        self,
        *,
        profileIdentifier: str,
        browserIdentifier: str,
        sessionId: str,
        traceId: str = ...,
        traceParent: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def search_registry_records(
        self,
        *,
        searchQuery: str,
        registryIds: Sequence[Any],
        maxResults: int = ...,
        filters: Any = ...,
    ) -> Response: ...
    def start_batch_evaluation(
        self,
        *,
        batchEvaluationName: str,
        dataSourceConfig: Mapping[str, Any],
        evaluators: Sequence[Any] = ...,
        insights: Sequence[Any] = ...,
        clientToken: str = ...,
        evaluationMetadata: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
        description: str = ...,
        outputConfig: Mapping[str, Any] = ...,
        datasetExecutionConfig: Mapping[str, Any] = ...,
    ) -> Response: ...
    def start_browser_session(
        self,
        *,
        browserIdentifier: str,
        traceId: str = ...,
        traceParent: str = ...,
        name: str = ...,
        sessionTimeoutSeconds: int = ...,
        viewPort: Mapping[str, Any] = ...,
        extensions: Sequence[Any] = ...,
        profileConfiguration: Mapping[str, Any] = ...,
        proxyConfiguration: Mapping[str, Any] = ...,
        enterprisePolicies: Sequence[Any] = ...,
        certificates: Sequence[Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def start_code_interpreter_session(
        self,
        *,
        codeInterpreterIdentifier: str,
        traceId: str = ...,
        traceParent: str = ...,
        name: str = ...,
        sessionTimeoutSeconds: int = ...,
        certificates: Sequence[Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def start_dataset_generation(
        self,
        *,
        datasetId: str,
        name: str,
        source: Mapping[str, Any],
        description: str = ...,
        scenarioType: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def start_memory_extraction_job(
        self, *, memoryId: str, extractionJob: Mapping[str, Any], clientToken: str = ...
    ) -> Response: ...
    def start_recommendation(
        self,
        *,
        name: str,
        type: str,
        recommendationConfig: Mapping[str, Any],
        description: str = ...,
        kmsKeyArn: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def stop_batch_evaluation(self, *, batchEvaluationId: str) -> Response: ...
    def stop_browser_session(
        self,
        *,
        browserIdentifier: str,
        sessionId: str,
        traceId: str = ...,
        traceParent: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def stop_code_interpreter_session(
        self,
        *,
        codeInterpreterIdentifier: str,
        sessionId: str,
        traceId: str = ...,
        traceParent: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def stop_runtime_session(
        self,
        *,
        runtimeSessionId: str,
        agentRuntimeArn: str,
        qualifier: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_ab_test(
        self,
        *,
        abTestId: str,
        clientToken: str = ...,
        name: str = ...,
        description: str = ...,
        variants: Sequence[Any] = ...,
        gatewayFilter: Mapping[str, Any] = ...,
        evaluationConfig: Mapping[str, Any] = ...,
        roleArn: str = ...,
        executionStatus: str = ...,
    ) -> Response: ...
    def update_agent_insight(
        self, *, applicationName: str, agentInsightId: str, archiveStatus: str
    ) -> Response: ...
    def update_browser_stream(
        self,
        *,
        browserIdentifier: str,
        sessionId: str,
        streamUpdate: Mapping[str, Any],
        clientToken: str = ...,
    ) -> Response: ...

class BedrockAgentCore(BedrockAgentCoreOperations[SyncResponse], BaseClient): ...
class AsyncBedrockAgentCore(BedrockAgentCoreOperations[AsyncResponse], AsyncBaseClient): ...

class BedrockAgentCoreControlOperations(Generic[Response]):
    def add_dataset_examples(
        self, *, datasetId: str, source: Mapping[str, Any], clientToken: str = ...
    ) -> Response: ...
    def batch_put_gateway_rate_limits(
        self, *, gatewayIdentifier: str, rateLimits: Sequence[Any], clientToken: str = ...
    ) -> Response: ...
    def create_agent_runtime(
        self,
        *,
        agentRuntimeName: str,
        agentRuntimeArtifact: Mapping[str, Any],
        roleArn: str,
        networkConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
        description: str = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        requestHeaderConfiguration: Mapping[str, Any] = ...,
        protocolConfiguration: Mapping[str, Any] = ...,
        lifecycleConfiguration: Mapping[str, Any] = ...,
        hooksConfiguration: Mapping[str, Any] = ...,
        environmentVariables: Mapping[str, Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        capacityProviderConfiguration: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
        platformVersion: str = ...,
        allowedPorts: Sequence[Any] = ...,
        resourceConfigurations: Sequence[Any] = ...,
    ) -> Response: ...
    def create_agent_runtime_endpoint(
        self,
        *,
        agentRuntimeId: str,
        name: str,
        agentRuntimeVersion: str = ...,
        description: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_api_key_credential_provider(
        self,
        *,
        name: str,
        apiKey: str = ...,
        apiKeySecretConfig: Mapping[str, Any] = ...,
        apiKeySecretSource: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_browser(
        self,
        *,
        name: str,
        networkConfiguration: Mapping[str, Any],
        description: str = ...,
        executionRoleArn: str = ...,
        recording: Mapping[str, Any] = ...,
        browserSigning: Mapping[str, Any] = ...,
        enterprisePolicies: Sequence[Any] = ...,
        certificates: Sequence[Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_browser_profile(
        self,
        *,
        name: str,
        description: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_capacity_provider(
        self,
        *,
        name: str,
        permissionsConfiguration: Mapping[str, Any],
        computeConfiguration: Mapping[str, Any],
        description: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_code_interpreter(
        self,
        *,
        name: str,
        networkConfiguration: Mapping[str, Any],
        description: str = ...,
        executionRoleArn: str = ...,
        certificates: Sequence[Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_configuration_bundle(
        self,
        *,
        bundleName: str,
        components: Mapping[str, Any],
        clientToken: str = ...,
        description: str = ...,
        branchName: str = ...,
        commitMessage: str = ...,
        createdBy: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_consent_portal(
        self,
        *,
        executionRoleArn: str,
        idpConfig: Mapping[str, Any],
        name: str,
        sources: Sequence[Any],
        description: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_dataset(
        self,
        *,
        datasetName: str,
        clientToken: str = ...,
        description: str = ...,
        source: Mapping[str, Any] = ...,
        schemaType: str = ...,
        kmsKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_dataset_version(self, *, datasetId: str, clientToken: str = ...) -> Response: ...
    def create_evaluator(
        self,
        *,
        evaluatorName: str,
        evaluatorConfig: Mapping[str, Any],
        level: str,
        clientToken: str = ...,
        description: str = ...,
        kmsKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_gateway(
        self,
        *,
        name: str,
        roleArn: str,
        authorizerType: str,
        description: str = ...,
        clientToken: str = ...,
        protocolType: str = ...,
        protocolConfiguration: Mapping[str, Any] = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
        interceptorConfigurations: Sequence[Any] = ...,
        policyEngineConfiguration: Mapping[str, Any] = ...,
        exceptionLevel: str = ...,
        tags: Mapping[str, Any] = ...,
        domainOverride: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_gateway_rate_limit(
        self,
        *,
        gatewayIdentifier: str,
        dimensionKeys: Sequence[Any],
        entries: Sequence[Any],
        clientToken: str = ...,
        rateLimitId: str = ...,
        description: str = ...,
    ) -> Response: ...
    def create_gateway_rule(
        self,
        *,
        gatewayIdentifier: str,
        priority: int,
        actions: Sequence[Any],
        clientToken: str = ...,
        conditions: Sequence[Any] = ...,
        description: str = ...,
    ) -> Response: ...
    def create_gateway_target(
        self,
        *,
        gatewayIdentifier: str,
        targetConfiguration: Mapping[str, Any],
        name: str = ...,
        description: str = ...,
        clientToken: str = ...,
        credentialProviderConfigurations: Sequence[Any] = ...,
        metadataConfiguration: Mapping[str, Any] = ...,
        privateEndpoint: Mapping[str, Any] = ...,
        certificateConfigurations: Sequence[Any] = ...,
    ) -> Response: ...
    def create_harness(
        self,
        *,
        harnessName: str,
        executionRoleArn: str,
        clientToken: str = ...,
        environment: Mapping[str, Any] = ...,
        environmentArtifact: Mapping[str, Any] = ...,
        environmentVariables: Mapping[str, Any] = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        model: Mapping[str, Any] = ...,
        systemPrompt: Sequence[Any] = ...,
        tools: Sequence[Any] = ...,
        skills: Sequence[Any] = ...,
        allowedTools: Sequence[Any] = ...,
        memory: Mapping[str, Any] = ...,
        truncation: Mapping[str, Any] = ...,
        hooks: Sequence[Any] = ...,
        maxIterations: int = ...,
        maxTokens: int = ...,
        timeoutSeconds: int = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_harness_endpoint(
        self,
        *,
        harnessId: str,
        endpointName: str,
        targetVersion: str = ...,
        description: str = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_memory(
        self,
        *,
        name: str,
        eventExpiryDuration: int,
        clientToken: str = ...,
        description: str = ...,
        encryptionKeyArn: str = ...,
        memoryExecutionRoleArn: str = ...,
        memoryStrategies: Sequence[Any] = ...,
        indexedKeys: Sequence[Any] = ...,
        namespaceKeys: Sequence[Any] = ...,
        streamDeliveryResources: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_oauth2_credential_provider(
        self,
        *,
        name: str,
        credentialProviderVendor: str,
        oauth2ProviderConfigInput: Mapping[str, Any],
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_online_evaluation_config(
        self,
        *,
        onlineEvaluationConfigName: str,
        rule: Mapping[str, Any],
        dataSourceConfig: Mapping[str, Any],
        evaluationExecutionRoleArn: str,
        enableOnCreate: bool,
        clientToken: str = ...,
        description: str = ...,
        evaluators: Sequence[Any] = ...,
        insights: Sequence[Any] = ...,
        clusteringConfig: Mapping[str, Any] = ...,
        outputConfig: Mapping[str, Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_payment_connector(
        self,
        *,
        paymentManagerId: str,
        name: str,
        type: str,
        description: str = ...,
        credentialProviderConfigurations: Sequence[Any] = ...,
        provisionMode: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def create_payment_credential_provider(
        self,
        *,
        name: str,
        credentialProviderVendor: str,
        providerConfigurationInput: Mapping[str, Any],
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_payment_manager(
        self,
        *,
        name: str,
        authorizerType: str,
        roleArn: str,
        description: str = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
        tags: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
    ) -> Response: ...
    def create_policy(
        self,
        *,
        name: str,
        definition: Mapping[str, Any],
        policyEngineId: str,
        description: str = ...,
        validationMode: str = ...,
        enforcementMode: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def create_policy_engine(
        self,
        *,
        name: str,
        description: str = ...,
        clientToken: str = ...,
        encryptionKeyArn: str = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_registry(
        self,
        *,
        name: str,
        description: str = ...,
        authorizerType: str = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
        approvalConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def create_registry_record(
        self,
        *,
        registryId: str,
        name: str,
        descriptorType: str,
        description: str = ...,
        descriptors: Mapping[str, Any] = ...,
        recordVersion: str = ...,
        synchronizationType: str = ...,
        synchronizationConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def create_workload_identity(
        self,
        *,
        name: str,
        allowedResourceOauth2ReturnUrls: Sequence[Any] = ...,
        tags: Mapping[str, Any] = ...,
    ) -> Response: ...
    def delete_agent_runtime(
        self, *, agentRuntimeId: str, agentRuntimeVersion: str = ..., clientToken: str = ...
    ) -> Response: ...
    def delete_agent_runtime_endpoint(
        self, *, agentRuntimeId: str, endpointName: str, clientToken: str = ...
    ) -> Response: ...
    def delete_api_key_credential_provider(self, *, name: str) -> Response: ...
    def delete_browser(self, *, browserId: str, clientToken: str = ...) -> Response: ...
    def delete_browser_profile(self, *, profileId: str, clientToken: str = ...) -> Response: ...
    def delete_capacity_provider(
        self, *, capacityProviderId: str, clientToken: str = ...
    ) -> Response: ...
    def delete_code_interpreter(
        self, *, codeInterpreterId: str, clientToken: str = ...
    ) -> Response: ...
    def delete_configuration_bundle(self, *, bundleId: str) -> Response: ...
    def delete_consent_portal(self, *, consentPortalIdentifier: str) -> Response: ...
    def delete_dataset(self, *, datasetId: str, datasetVersion: str = ...) -> Response: ...
    def delete_dataset_examples(
        self, *, datasetId: str, exampleIds: Sequence[Any], clientToken: str = ...
    ) -> Response: ...
    def delete_evaluator(self, *, evaluatorId: str) -> Response: ...
    def delete_gateway(self, *, gatewayIdentifier: str) -> Response: ...
    def delete_gateway_rate_limit(
        self, *, gatewayIdentifier: str, rateLimitId: str
    ) -> Response: ...
    def delete_gateway_rule(self, *, gatewayIdentifier: str, ruleId: str) -> Response: ...
    def delete_gateway_target(self, *, gatewayIdentifier: str, targetId: str) -> Response: ...
    def delete_harness(
        self, *, harnessId: str, clientToken: str = ..., deleteManagedMemory: bool = ...
    ) -> Response: ...
    def delete_harness_endpoint(
        self, *, harnessId: str, endpointName: str, clientToken: str = ...
    ) -> Response: ...
    def delete_memory(self, *, memoryId: str, clientToken: str = ...) -> Response: ...
    def delete_oauth2_credential_provider(self, *, name: str) -> Response: ...
    def delete_online_evaluation_config(self, *, onlineEvaluationConfigId: str) -> Response: ...
    def delete_payment_connector(
        self, *, paymentManagerId: str, paymentConnectorId: str, clientToken: str = ...
    ) -> Response: ...
    def delete_payment_credential_provider(self, *, name: str) -> Response: ...
    def delete_payment_manager(
        self, *, paymentManagerId: str, clientToken: str = ...
    ) -> Response: ...
    def delete_policy(self, *, policyEngineId: str, policyId: str) -> Response: ...
    def delete_policy_engine(self, *, policyEngineId: str) -> Response: ...
    def delete_registry(self, *, registryId: str) -> Response: ...
    def delete_registry_record(self, *, registryId: str, recordId: str) -> Response: ...
    def delete_resource_policy(self, *, resourceArn: str) -> Response: ...
    def delete_workload_identity(self, *, name: str) -> Response: ...
    def get_agent_insight_store(self, *, agentInsightStoreId: str) -> Response: ...
    def get_agent_runtime(
        self, *, agentRuntimeId: str, agentRuntimeVersion: str = ...
    ) -> Response: ...
    def get_agent_runtime_endpoint(self, *, agentRuntimeId: str, endpointName: str) -> Response: ...
    def get_api_key_credential_provider(self, *, name: str) -> Response: ...
    def get_browser(self, *, browserId: str) -> Response: ...
    def get_browser_profile(self, *, profileId: str) -> Response: ...
    def get_capacity_provider(self, *, capacityProviderId: str) -> Response: ...
    def get_code_interpreter(self, *, codeInterpreterId: str) -> Response: ...
    def get_configuration_bundle(self, *, bundleId: str, branchName: str = ...) -> Response: ...
    def get_configuration_bundle_version(self, *, bundleId: str, versionId: str) -> Response: ...
    def get_consent_portal(self, *, consentPortalIdentifier: str) -> Response: ...
    def get_dataset(self, *, datasetId: str, datasetVersion: str = ...) -> Response: ...
    def get_evaluator(self, *, evaluatorId: str, includedData: str = ...) -> Response: ...
    def get_gateway(self, *, gatewayIdentifier: str) -> Response: ...
    def get_gateway_rate_limit(self, *, gatewayIdentifier: str, rateLimitId: str) -> Response: ...
    def get_gateway_rule(self, *, gatewayIdentifier: str, ruleId: str) -> Response: ...
    def get_gateway_target(self, *, gatewayIdentifier: str, targetId: str) -> Response: ...
    def get_harness(self, *, harnessId: str, harnessVersion: str = ...) -> Response: ...
    def get_harness_endpoint(self, *, harnessId: str, endpointName: str) -> Response: ...
    def get_memory(self, *, memoryId: str, view: str = ...) -> Response: ...
    def get_oauth2_credential_provider(self, *, name: str) -> Response: ...
    def get_online_evaluation_config(self, *, onlineEvaluationConfigId: str) -> Response: ...
    def get_payment_connector(
        self, *, paymentManagerId: str, paymentConnectorId: str
    ) -> Response: ...
    def get_payment_credential_provider(self, *, name: str) -> Response: ...
    def get_payment_manager(self, *, paymentManagerId: str) -> Response: ...
    def get_policy(self, *, policyEngineId: str, policyId: str) -> Response: ...
    def get_policy_engine(self, *, policyEngineId: str) -> Response: ...
    def get_policy_engine_summary(self, *, policyEngineId: str) -> Response: ...
    def get_policy_generation(
        self, *, policyGenerationId: str, policyEngineId: str
    ) -> Response: ...
    def get_policy_generation_summary(
        self, *, policyGenerationId: str, policyEngineId: str
    ) -> Response: ...
    def get_policy_summary(self, *, policyEngineId: str, policyId: str) -> Response: ...
    def get_registry(self, *, registryId: str) -> Response: ...
    def get_registry_record(self, *, registryId: str, recordId: str) -> Response: ...
    def get_resource_policy(self, *, resourceArn: str) -> Response: ...
    def get_token_vault(self, *, tokenVaultId: str = ...) -> Response: ...
    def get_workload_identity(self, *, name: str) -> Response: ...
    def list_agent_insight_stores(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_agent_runtime_endpoints(
        self, *, agentRuntimeId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_runtime_versions(
        self, *, agentRuntimeId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_runtime_versions_by_capacity_provider(
        self, *, capacityProviderId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_agent_runtimes(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_api_key_credential_providers(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_browser_profiles(
        self, *, maxResults: int = ..., nextToken: str = ..., name: str = ...
    ) -> Response: ...
    def list_browsers(
        self, *, maxResults: int = ..., nextToken: str = ..., type: str = ...
    ) -> Response: ...
    def list_capacity_providers(
        self, *, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_code_interpreters(
        self, *, maxResults: int = ..., nextToken: str = ..., type: str = ...
    ) -> Response: ...
    def list_configuration_bundle_versions(
        self,
        *,
        bundleId: str,
        nextToken: str = ...,
        maxResults: int = ...,
        filter: Mapping[str, Any] = ...,
    ) -> Response: ...
    def list_configuration_bundles(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_consent_portals(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_dataset_examples(
        self,
        *,
        datasetId: str,
        datasetVersion: str = ...,
        filter: Mapping[str, Any] = ...,
        maxResults: int = ...,
        nextToken: str = ...,
    ) -> Response: ...
    def list_dataset_versions(
        self,
        *,
        datasetId: str,
        filter: Mapping[str, Any] = ...,
        nextToken: str = ...,
        maxResults: int = ...,
    ) -> Response: ...
    def list_datasets(
        self, *, filter: Mapping[str, Any] = ..., nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_evaluators(self, *, nextToken: str = ..., maxResults: int = ...) -> Response: ...
    def list_gateway_rate_limits(
        self, *, gatewayIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_gateway_rules(
        self, *, gatewayIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_gateway_targets(
        self, *, gatewayIdentifier: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_gateways(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_harness_endpoints(
        self, *, harnessId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_harness_versions(
        self, *, harnessId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_harnesses(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_memories(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_oauth2_credential_providers(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_online_evaluation_configs(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_payment_connectors(
        self, *, paymentManagerId: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_payment_credential_providers(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_payment_managers(self, *, maxResults: int = ..., nextToken: str = ...) -> Response: ...
    def list_policies(
        self,
        *,
        policyEngineId: str,
        nextToken: str = ...,
        maxResults: int = ...,
        targetResourceScope: str = ...,
    ) -> Response: ...
    def list_policy_engine_summaries(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_policy_engines(self, *, nextToken: str = ..., maxResults: int = ...) -> Response: ...
    def list_policy_generation_assets(
        self,
        *,
        policyGenerationId: str,
        policyEngineId: str,
        nextToken: str = ...,
        maxResults: int = ...,
    ) -> Response: ...
    def list_policy_generation_summaries(
        self, *, policyEngineId: str, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_policy_generations(
        self, *, policyEngineId: str, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def list_policy_summaries(
        self,
        *,
        policyEngineId: str,
        nextToken: str = ...,
        maxResults: int = ...,
        targetResourceScope: str = ...,
    ) -> Response: ...
    def list_registries(
        self,
        *,
        maxResults: int = ...,
        nextToken: str = ...,
        status: str = ...,
        authorizerType: str = ...,
    ) -> Response: ...
    def list_registry_records(
        self,
        *,
        registryId: str,
        maxResults: int = ...,
        nextToken: str = ...,
        name: str = ...,
        status: str = ...,
        descriptorType: str = ...,
    ) -> Response: ...
    def list_tags_for_resource(self, *, resourceArn: str) -> Response: ...
    def list_workload_identities(
        self, *, nextToken: str = ..., maxResults: int = ...
    ) -> Response: ...
    def put_resource_policy(self, *, resourceArn: str, policy: str) -> Response: ...
    def reset_token_vault_key_material(self, *, tokenVaultId: str) -> Response: ...
    def rotate_payment_connector_credentials(
        self,
        *,
        paymentManagerId: str,
        paymentConnectorId: str,
        credentialsToRotate: Mapping[str, Any],
        clientToken: str = ...,
    ) -> Response: ...
    def set_token_vault_cmk(
        self, *, kmsConfiguration: Mapping[str, Any], tokenVaultId: str = ...
    ) -> Response: ...
    def start_policy_generation(
        self,
        *,
        policyEngineId: str,
        resource: Mapping[str, Any],
        content: Mapping[str, Any],
        name: str,
        clientToken: str = ...,
    ) -> Response: ...
    def submit_registry_record_for_approval(
        self, *, registryId: str, recordId: str
    ) -> Response: ...
    def synchronize_gateway_targets(
        self, *, gatewayIdentifier: str, targetIdList: Sequence[Any]
    ) -> Response: ...
    def tag_resource(self, *, resourceArn: str, tags: Mapping[str, Any]) -> Response: ...
    def untag_resource(self, *, resourceArn: str, tagKeys: Sequence[Any]) -> Response: ...
    def update_agent_insight_store(
        self,
        *,
        agentInsightStoreId: str,
        clientToken: str = ...,
        enablementStatus: str = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_agent_runtime(
        self,
        *,
        agentRuntimeId: str,
        agentRuntimeArtifact: Mapping[str, Any],
        roleArn: str,
        networkConfiguration: Mapping[str, Any] = ...,
        description: str = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        requestHeaderConfiguration: Mapping[str, Any] = ...,
        protocolConfiguration: Mapping[str, Any] = ...,
        lifecycleConfiguration: Mapping[str, Any] = ...,
        hooksConfiguration: Mapping[str, Any] = ...,
        metadataConfiguration: Mapping[str, Any] = ...,
        environmentVariables: Mapping[str, Any] = ...,
        filesystemConfigurations: Sequence[Any] = ...,
        capacityProviderConfiguration: Mapping[str, Any] = ...,
        platformVersion: str = ...,
        allowedPorts: Sequence[Any] = ...,
        resourceConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_agent_runtime_endpoint(
        self,
        *,
        agentRuntimeId: str,
        endpointName: str,
        agentRuntimeVersion: str = ...,
        description: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_api_key_credential_provider(
        self,
        *,
        name: str,
        apiKey: str = ...,
        apiKeySecretConfig: Mapping[str, Any] = ...,
        apiKeySecretSource: str = ...,
    ) -> Response: ...
    def update_capacity_provider(
        self,
        *,
        capacityProviderId: str,
        description: Mapping[str, Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_configuration_bundle(
        self,
        *,
        bundleId: str,
        parentVersionIds: Sequence[Any],
        commitMessage: str,
        clientToken: str = ...,
        bundleName: str = ...,
        description: str = ...,
        components: Mapping[str, Any] = ...,
        branchName: str = ...,
        createdBy: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
    ) -> Response: ...
    def update_consent_portal(
        self,
        *,
        consentPortalIdentifier: str,
        executionRoleArn: str = ...,
        idpConfig: Mapping[str, Any] = ...,
        description: str = ...,
    ) -> Response: ...
    def update_dataset(
        self, *, datasetId: str, clientToken: str = ..., description: str = ...
    ) -> Response: ...
    def update_dataset_examples(
        self, *, datasetId: str, examples: Sequence[Any], clientToken: str = ...
    ) -> Response: ...
    def update_evaluator(
        self,
        *,
        evaluatorId: str,
        clientToken: str = ...,
        description: str = ...,
        evaluatorConfig: Mapping[str, Any] = ...,
        level: str = ...,
        kmsKeyArn: str = ...,
    ) -> Response: ...
    def update_gateway(
        self,
        *,
        gatewayIdentifier: str,
        name: str,
        roleArn: str,
        authorizerType: str,
        description: str = ...,
        protocolType: str = ...,
        protocolConfiguration: Mapping[str, Any] = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        kmsKeyArn: str = ...,
        customTransformConfiguration: Mapping[str, Any] = ...,
        interceptorConfigurations: Sequence[Any] = ...,
        policyEngineConfiguration: Mapping[str, Any] = ...,
        exceptionLevel: str = ...,
        wafConfiguration: Mapping[str, Any] = ...,
        domainOverride: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_gateway_rate_limit(
        self,
        *,
        gatewayIdentifier: str,
        rateLimitId: str,
        entries: Sequence[Any],
        description: str = ...,
    ) -> Response: ...
    def update_gateway_rule(
        self,
        *,
        gatewayIdentifier: str,
        ruleId: str,
        priority: int = ...,
        conditions: Sequence[Any] = ...,
        actions: Sequence[Any] = ...,
        description: str = ...,
    ) -> Response: ...
    def update_gateway_target(
        self,
        *,
        gatewayIdentifier: str,
        targetId: str,
        targetConfiguration: Mapping[str, Any],
        name: str = ...,
        description: str = ...,
        credentialProviderConfigurations: Sequence[Any] = ...,
        metadataConfiguration: Mapping[str, Any] = ...,
        privateEndpoint: Mapping[str, Any] = ...,
        certificateConfigurations: Sequence[Any] = ...,
    ) -> Response: ...
    def update_harness(
        self,
        *,
        harnessId: str,
        clientToken: str = ...,
        executionRoleArn: str = ...,
        environment: Mapping[str, Any] = ...,
        environmentArtifact: Mapping[str, Any] = ...,
        environmentVariables: Mapping[str, Any] = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        model: Mapping[str, Any] = ...,
        systemPrompt: Sequence[Any] = ...,
        tools: Sequence[Any] = ...,
        skills: Sequence[Any] = ...,
        allowedTools: Sequence[Any] = ...,
        memory: Mapping[str, Any] = ...,
        truncation: Mapping[str, Any] = ...,
        hooks: Sequence[Any] = ...,
        maxIterations: int = ...,
        maxTokens: int = ...,
        timeoutSeconds: int = ...,
    ) -> Response: ...
    def update_harness_endpoint(
        self,
        *,
        harnessId: str,
        endpointName: str,
        targetVersion: str = ...,
        description: str = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_memory(
        self,
        *,
        memoryId: str,
        clientToken: str = ...,
        description: str = ...,
        eventExpiryDuration: int = ...,
        memoryExecutionRoleArn: str = ...,
        memoryStrategies: Mapping[str, Any] = ...,
        addIndexedKeys: Sequence[Any] = ...,
        namespaceKeys: Sequence[Any] = ...,
        streamDeliveryResources: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_oauth2_credential_provider(
        self,
        *,
        name: str,
        credentialProviderVendor: str,
        oauth2ProviderConfigInput: Mapping[str, Any],
    ) -> Response: ...
    def update_online_evaluation_config(
        self,
        *,
        onlineEvaluationConfigId: str,
        clientToken: str = ...,
        description: str = ...,
        rule: Mapping[str, Any] = ...,
        dataSourceConfig: Mapping[str, Any] = ...,
        evaluators: Sequence[Any] = ...,
        insights: Sequence[Any] = ...,
        clusteringConfig: Mapping[str, Any] = ...,
        outputConfig: Mapping[str, Any] = ...,
        evaluationExecutionRoleArn: str = ...,
        executionStatus: str = ...,
    ) -> Response: ...
    def update_payment_connector(
        self,
        *,
        paymentManagerId: str,
        paymentConnectorId: str,
        description: str = ...,
        type: str = ...,
        credentialProviderConfigurations: Sequence[Any] = ...,
        clientToken: str = ...,
    ) -> Response: ...
    def update_payment_credential_provider(
        self,
        *,
        name: str,
        credentialProviderVendor: str,
        providerConfigurationInput: Mapping[str, Any],
    ) -> Response: ...
    def update_payment_manager(
        self,
        *,
        paymentManagerId: str,
        description: str = ...,
        authorizerType: str = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        roleArn: str = ...,
        clientToken: str = ...,
        kmsKeyArn: str = ...,
    ) -> Response: ...
    def update_policy(
        self,
        *,
        policyEngineId: str,
        policyId: str,
        description: Mapping[str, Any] = ...,
        definition: Mapping[str, Any] = ...,
        validationMode: str = ...,
        enforcementMode: str = ...,
    ) -> Response: ...
    def update_policy_engine(
        self, *, policyEngineId: str, description: Mapping[str, Any] = ...
    ) -> Response: ...
    def update_registry(
        self,
        *,
        registryId: str,
        name: str = ...,
        description: Mapping[str, Any] = ...,
        authorizerConfiguration: Mapping[str, Any] = ...,
        approvalConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_registry_record(
        self,
        *,
        registryId: str,
        recordId: str,
        name: str = ...,
        description: Mapping[str, Any] = ...,
        descriptorType: str = ...,
        descriptors: Mapping[str, Any] = ...,
        recordVersion: str = ...,
        synchronizationType: Mapping[str, Any] = ...,
        synchronizationConfiguration: Mapping[str, Any] = ...,
        triggerSynchronization: bool = ...,
    ) -> Response: ...
    def update_registry_record_status(
        self, *, registryId: str, recordId: str, status: str, statusReason: str
    ) -> Response: ...
    def update_workload_identity(
        self, *, name: str, allowedResourceOauth2ReturnUrls: Sequence[Any] = ...
    ) -> Response: ...

class BedrockAgentCoreControl(BedrockAgentCoreControlOperations[SyncResponse], BaseClient): ...
class AsyncBedrockAgentCoreControl(
    BedrockAgentCoreControlOperations[AsyncResponse], AsyncBaseClient
): ...

class DataAutomationforBedrockOperations(Generic[Response]):
    def copy_blueprint_stage(
        self, *, blueprintArn: str, sourceStage: str, targetStage: str, clientToken: str = ...
    ) -> Response: ...
    def create_blueprint(
        self,
        *,
        blueprintName: str,
        type: str,
        schema: str,
        blueprintStage: str = ...,
        clientToken: str = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_blueprint_version(
        self, *, blueprintArn: str, clientToken: str = ...
    ) -> Response: ...
    def create_data_automation_library(
        self,
        *,
        libraryName: str,
        libraryDescription: str = ...,
        clientToken: str = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def create_data_automation_project(
        self,
        *,
        projectName: str,
        standardOutputConfiguration: Mapping[str, Any],
        projectDescription: str = ...,
        projectStage: str = ...,
        projectType: str = ...,
        customOutputConfiguration: Mapping[str, Any] = ...,
        overrideConfiguration: Mapping[str, Any] = ...,
        dataAutomationLibraryConfiguration: Mapping[str, Any] = ...,
        clientToken: str = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def delete_blueprint(self, *, blueprintArn: str, blueprintVersion: str = ...) -> Response: ...
    def delete_data_automation_library(self, *, libraryArn: str) -> Response: ...
    def delete_data_automation_project(self, *, projectArn: str) -> Response: ...
    def get_blueprint(
        self, *, blueprintArn: str, blueprintVersion: str = ..., blueprintStage: str = ...
    ) -> Response: ...
    def get_blueprint_optimization_status(self, *, invocationArn: str) -> Response: ...
    def get_data_automation_library(self, *, libraryArn: str) -> Response: ...
    def get_data_automation_library_entity(
        self, *, libraryArn: str, entityType: str, entityId: str
    ) -> Response: ...
    def get_data_automation_library_ingestion_job(
        self, *, libraryArn: str, jobArn: str
    ) -> Response: ...
    def get_data_automation_project(
        self, *, projectArn: str, projectStage: str = ...
    ) -> Response: ...
    def invoke_blueprint_optimization_async(
        self,
        *,
        blueprint: Mapping[str, Any],
        samples: Sequence[Any],
        outputConfiguration: Mapping[str, Any],
        dataAutomationProfileArn: str,
        encryptionConfiguration: Mapping[str, Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def invoke_data_automation_library_ingestion_job(
        self,
        *,
        libraryArn: str,
        inputConfiguration: Mapping[str, Any],
        entityType: str,
        operationType: str,
        outputConfiguration: Mapping[str, Any],
        clientToken: str = ...,
        notificationConfiguration: Mapping[str, Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def list_blueprints(
        self,
        *,
        blueprintArn: str = ...,
        resourceOwner: str = ...,
        blueprintStageFilter: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        projectFilter: Mapping[str, Any] = ...,
    ) -> Response: ...
    def list_data_automation_libraries(
        self, *, maxResults: int = ..., nextToken: str = ..., projectFilter: Mapping[str, Any] = ...
    ) -> Response: ...
    def list_data_automation_library_entities(
        self, *, libraryArn: str, entityType: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_data_automation_library_ingestion_jobs(
        self, *, libraryArn: str, maxResults: int = ..., nextToken: str = ...
    ) -> Response: ...
    def list_data_automation_projects(
        self,
        *,
        maxResults: int = ...,
        nextToken: str = ...,
        projectStageFilter: str = ...,
        blueprintFilter: Mapping[str, Any] = ...,
        resourceOwner: str = ...,
        libraryFilter: Mapping[str, Any] = ...,
    ) -> Response: ...
    def list_tags_for_resource(self, *, resourceARN: str) -> Response: ...
    def tag_resource(self, *, resourceARN: str, tags: Sequence[Any]) -> Response: ...
    def untag_resource(self, *, resourceARN: str, tagKeys: Sequence[Any]) -> Response: ...
    def update_blueprint(
        self,
        *,
        blueprintArn: str,
        schema: str,
        blueprintStage: str = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def update_data_automation_library(
        self, *, libraryArn: str, libraryDescription: str = ..., clientToken: str = ...
    ) -> Response: ...
    def update_data_automation_project(
        self,
        *,
        projectArn: str,
        standardOutputConfiguration: Mapping[str, Any],
        projectStage: str = ...,
        projectDescription: str = ...,
        customOutputConfiguration: Mapping[str, Any] = ...,
        overrideConfiguration: Mapping[str, Any] = ...,
        dataAutomationLibraryConfiguration: Mapping[str, Any] = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...

class DataAutomationforBedrock(DataAutomationforBedrockOperations[SyncResponse], BaseClient): ...
class AsyncDataAutomationforBedrock(
    DataAutomationforBedrockOperations[AsyncResponse], AsyncBaseClient
): ...

class RuntimeforBedrockDataAutomationOperations(Generic[Response]):
    def get_data_automation_status(self, *, invocationArn: str) -> Response: ...
    def invoke_data_automation(
        self,
        *,
        inputConfiguration: Mapping[str, Any],
        dataAutomationProfileArn: str,
        dataAutomationConfiguration: Mapping[str, Any] = ...,
        blueprints: Sequence[Any] = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
        outputConfiguration: Mapping[str, Any] = ...,
    ) -> Response: ...
    def invoke_data_automation_async(
        self,
        *,
        inputConfiguration: Mapping[str, Any],
        outputConfiguration: Mapping[str, Any],
        dataAutomationProfileArn: str,
        clientToken: str = ...,
        dataAutomationConfiguration: Mapping[str, Any] = ...,
        encryptionConfiguration: Mapping[str, Any] = ...,
        notificationConfiguration: Mapping[str, Any] = ...,
        blueprints: Sequence[Any] = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...
    def list_tags_for_resource(self, *, resourceARN: str) -> Response: ...
    def tag_resource(self, *, resourceARN: str, tags: Sequence[Any]) -> Response: ...
    def untag_resource(self, *, resourceARN: str, tagKeys: Sequence[Any]) -> Response: ...

class RuntimeforBedrockDataAutomation(
    RuntimeforBedrockDataAutomationOperations[SyncResponse], BaseClient
): ...
class AsyncRuntimeforBedrockDataAutomation(
    RuntimeforBedrockDataAutomationOperations[AsyncResponse], AsyncBaseClient
): ...

class BedrockRuntimeOperations(Generic[Response]):
    def apply_guardrail(
        self,
        *,
        guardrailIdentifier: str,
        guardrailVersion: str,
        source: str,
        content: Sequence[Any],
        outputScope: str = ...,
    ) -> Response: ...
    def converse(
        self,
        *,
        modelId: str,
        messages: Sequence[Any] = ...,
        system: Sequence[Any] = ...,
        inferenceConfig: Mapping[str, Any] = ...,
        toolConfig: Mapping[str, Any] = ...,
        guardrailConfig: Mapping[str, Any] = ...,
        projectIdentifier: str = ...,
        additionalModelRequestFields: Any = ...,
        promptVariables: Mapping[str, Any] = ...,
        additionalModelResponseFieldPaths: Sequence[Any] = ...,
        requestMetadata: Mapping[str, Any] = ...,
        performanceConfig: Mapping[str, Any] = ...,
        serviceTier: Mapping[str, Any] = ...,
        outputConfig: Mapping[str, Any] = ...,
    ) -> Response: ...
    def converse_stream(
        self,
        *,
        modelId: str,
        messages: Sequence[Any] = ...,
        system: Sequence[Any] = ...,
        inferenceConfig: Mapping[str, Any] = ...,
        toolConfig: Mapping[str, Any] = ...,
        guardrailConfig: Mapping[str, Any] = ...,
        projectIdentifier: str = ...,
        additionalModelRequestFields: Any = ...,
        promptVariables: Mapping[str, Any] = ...,
        additionalModelResponseFieldPaths: Sequence[Any] = ...,
        requestMetadata: Mapping[str, Any] = ...,
        performanceConfig: Mapping[str, Any] = ...,
        serviceTier: Mapping[str, Any] = ...,
        outputConfig: Mapping[str, Any] = ...,
    ) -> Response: ...
    def count_tokens(self, *, modelId: str, input: Mapping[str, Any]) -> Response: ...
    def get_async_invoke(self, *, invocationArn: str) -> Response: ...
    def invoke_guardrail_checks(
        self, *, messages: Sequence[Any], checks: Mapping[str, Any]
    ) -> Response: ...
    def invoke_model(
        self,
        *,
        modelId: str,
        body: Any = ...,
        contentType: str = ...,
        accept: str = ...,
        trace: str = ...,
        guardrailIdentifier: str = ...,
        guardrailVersion: str = ...,
        performanceConfigLatency: str = ...,
        serviceTier: str = ...,
        requestMetadata: str = ...,
        projectIdentifier: str = ...,
    ) -> Response: ...
    def invoke_model_with_response_stream(
        self,
        *,
        modelId: str,
        body: Any = ...,
        contentType: str = ...,
        accept: str = ...,
        trace: str = ...,
        guardrailIdentifier: str = ...,
        guardrailVersion: str = ...,
        performanceConfigLatency: str = ...,
        serviceTier: str = ...,
        requestMetadata: str = ...,
        projectIdentifier: str = ...,
    ) -> Response: ...
    def list_async_invokes(
        self,
        *,
        submitTimeAfter: Any = ...,
        submitTimeBefore: Any = ...,
        statusEquals: str = ...,
        maxResults: int = ...,
        nextToken: str = ...,
        sortBy: str = ...,
        sortOrder: str = ...,
    ) -> Response: ...
    def start_async_invoke(
        self,
        *,
        modelId: str,
        modelInput: Any,
        outputDataConfig: Mapping[str, Any],
        clientRequestToken: str = ...,
        tags: Sequence[Any] = ...,
    ) -> Response: ...

class BedrockRuntime(BedrockRuntimeOperations[SyncResponse], BaseClient): ...
class AsyncBedrockRuntime(BedrockRuntimeOperations[AsyncResponse], AsyncBaseClient): ...
