"""Hints for the errors about an unknown service or method: which client has the operation."""

from __future__ import annotations

from fastbedrock import _core

# Methods that users look for on a Bedrock client although another client has them, with boto3's
# names.
OPERATIONS = {
    "bedrock": (
        "create_guardrail",
        "create_inference_profile",
        "create_model_invocation_job",
        "create_provisioned_model_throughput",
        "get_custom_model",
        "get_foundation_model",
        "get_foundation_model_availability",
        "get_guardrail",
        "get_imported_model",
        "get_inference_profile",
        "get_model_invocation_job",
        "list_custom_models",
        "list_foundation_models",
        "list_guardrails",
        "list_imported_models",
        "list_inference_profiles",
        "list_model_invocation_jobs",
        "list_provisioned_model_throughputs",
        "stop_model_invocation_job",
    ),
    "bedrock-agent": (
        "create_agent",
        "create_knowledge_base",
        "create_prompt",
        "get_agent",
        "get_knowledge_base",
        "get_prompt",
        "list_agents",
        "list_knowledge_bases",
        "list_prompts",
        "prepare_agent",
        "start_ingestion_job",
    ),
    "bedrock-agent-runtime": (
        "create_session",
        "generate_query",
        "invoke_agent",
        "invoke_flow",
        "invoke_inline_agent",
        "optimize_prompt",
        "rerank",
        "retrieve",
        "retrieve_and_generate",
        "retrieve_and_generate_stream",
    ),
}


def service_of(method_name: str) -> str | None:
    """The service whose client has the method, or None if it is not known here."""
    for service_name in _core.service_names():
        _, _, operations = _core.outline(service_name)
        if any(name == method_name for name, _, _ in operations):
            return service_name
    for service_name, names in OPERATIONS.items():
        if method_name in names:
            return service_name
    return None


def missing_attribute(class_name: str, mapping: dict[str, str], name: str) -> AttributeError:
    """botocore's error for an attribute that a client does not have, with a hint."""
    text = f"'{class_name}' object has no attribute '{name}'"
    if name in mapping:
        text += f": {mapping[name]} streams in both directions, which is not supported"
    elif (service_name := service_of(name)) is not None:
        text += f": it is an operation of '{service_name}'"
    error = AttributeError(text)
    error.name = name
    return error


def unknown_service(service_name: object) -> Exception:
    """botocore's error for a service that is not known here, with a hint about what to use."""
    from fastbedrock.exceptions import UnknownServiceError

    known = ", ".join(_core.service_names())
    name = "".join(letter for letter in str(service_name).lower() if letter.isalnum())
    if name == "bedrock":
        known += f" ('{service_name}' has no converse: bedrock-runtime has it)"
    elif name.startswith(("bedrockagent", "bedrockdata")):
        known += f" ('{service_name}' is served by boto3)"
    elif name.startswith("bedrock"):
        known += " (did you mean 'bedrock-runtime'?)"
    return UnknownServiceError(service_name=service_name, known_service_names=known)
