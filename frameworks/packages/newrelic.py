"""newrelic: spans, metrics and AI monitoring's events of calls in a transaction."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

SETTINGS = {
    "NEW_RELIC_DEVELOPER_MODE": "true",
    "NEW_RELIC_LICENSE_KEY": "0" * 40,
    "NEW_RELIC_APP_NAME": "jobs",
    "NEW_RELIC_AI_MONITORING_ENABLED": "true",
    "NEW_RELIC_STARTUP_TIMEOUT": "20",
    "NEW_RELIC_LOG": "stderr",
    "NEW_RELIC_UTILIZATION_DETECT_AWS": "false",
    "NEW_RELIC_DISTRIBUTED_TRACING_SAMPLER_ROOT": "always_on",
}
os.environ.update(SETTINGS)
BELOW = "set by wrappers of http.client, which our requests do not use"
OWN_PATH = {"in place": "it wraps http.client"}
WITHOUT_HEADERS = dict.fromkeys(("traceparent", "tracestate", "newrelic"), BELOW)
# For the table: these two attributes of spans are left out of the comparison.
INTENDED = {"http.statusCode, code.namespace": BELOW}
NOT_COMPARED = {
    "timestamp",
    "duration",
    "guid",
    "traceId",
    "transactionId",
    "parentId",
    "priority",
    "time_to_first_token",
    "http.statusCode",
    "code.namespace",
}

import newrelic.agent  # noqa: E402
from newrelic.api.application import application_instance  # noqa: E402
from newrelic.core.agent import agent_instance  # noqa: E402

import watched_calls  # noqa: E402

newrelic.agent.initialize()
newrelic.agent.register_application(timeout=20)


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    with newrelic.agent.BackgroundTask(application_instance(), name="job", group="jobs"):
        yield


def take() -> Any:
    stats = agent_instance().application("jobs")._stats_engine
    taken = {
        "metrics": sorted(
            [name, scope, metric.call_count]
            for (name, scope), metric in stats.stats_table.items()
            if name.startswith(("External", "Llm", "Supportability/Python/ML", "Errors", "OtherT"))
        ),
        "spans": [plain_event(each) for each in stats.span_events.samples],
        "events": [plain_event(each) for each in stats.custom_events.samples],
        "ml events": [plain_event(each) for each in stats.ml_events.samples],
        "errors": [
            [each.type, each.message, plain(each.parameters.get("userAttributes", {}))]
            for each in stats.error_data()
        ],
    }
    stats.reset_stats(stats.settings)
    return taken


def plain_event(event: Any) -> Any:
    return [plain(part) for part in event]


def plain(attributes: Any) -> Any:
    return {name: value for name, value in attributes.items() if name not in NOT_COMPARED}


watched_calls.register(lambda: None, take, within=transaction, asynchronous=True)
