"""botocore's names of the client classes."""

from __future__ import annotations

# Classes that got their names, by service id, before botocore's present rule.
_OLDER = {
    "Bedrock Agent": "AgentsforBedrock",
    "Bedrock Agent Runtime": "AgentsforBedrockRuntime",
    "Bedrock Data Automation": "DataAutomationforBedrock",
}


def class_name(service_id: str) -> str:
    """The name of a service's client class, e.g. ``BedrockRuntime``."""
    return _OLDER.get(service_id) or service_id.replace(" ", "")


def service_name_letters(class_name: str) -> str:
    """The name of the service with that class, without its dashes, e.g. ``bedrockruntime``.

    It needs no model, because the id of each Bedrock service is its name in other letters.
    """
    ids = {name: service_id for service_id, name in _OLDER.items()}
    return ids.get(class_name, class_name).replace(" ", "").lower()
