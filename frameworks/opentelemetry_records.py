"""Spans, metrics and log records of OpenTelemetry, kept in memory and made comparable."""

from __future__ import annotations

from typing import Any

from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk import _logs as logs_sdk
from opentelemetry.sdk import metrics as metrics_sdk
from opentelemetry.sdk import trace as trace_sdk
from opentelemetry.sdk._logs import export as logs_export
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

# Where an error was raised is not comparable.
_STACK = "exception.stacktrace"


class Memory:
    """Providers of spans, metrics and log records, which are made the global ones."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.logs = logs_export.InMemoryLogRecordExporter()
        self.reader = InMemoryMetricReader()
        self.tracer_provider = trace_sdk.TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.logger_provider = logs_sdk.LoggerProvider()
        self.logger_provider.add_log_record_processor(
            logs_export.SimpleLogRecordProcessor(self.logs)
        )
        self.meter_provider = metrics_sdk.MeterProvider([self.reader])
        trace.set_tracer_provider(self.tracer_provider)
        set_logger_provider(self.logger_provider)
        metrics.set_meter_provider(self.meter_provider)

    def take(self) -> Any:
        """What was recorded since the last call; metrics are sums since the start."""
        spans = self.spans.get_finished_spans()
        logs = self.logs.get_finished_logs()
        self.spans.clear()
        self.logs.clear()
        return {
            "spans": plain_spans(spans),
            "logs": [_log(each.log_record, spans) for each in logs],
            "metrics": _metrics(self.reader.get_metrics_data()),
        }


def plain_spans(spans: Any) -> list[Any]:
    """Finished spans in the order of their ends, without times and identifiers."""
    return [
        {
            "name": span.name,
            "kind": span.kind.name,
            "parent": _name(span.parent, spans),
            "scope": [span.instrumentation_scope.name, span.instrumentation_scope.version],
            "attributes": _attributes(span.attributes),
            "status": [span.status.status_code.name, span.status.description],
            "events": [[event.name, _attributes(event.attributes)] for event in span.events],
            "links": len(span.links),
        }
        for span in spans
    ]


def _name(context: Any, spans: Any) -> str | None:
    if context is None:
        return None
    names = [span.name for span in spans if span.context.span_id == context.span_id]
    return names[0] if names else "unknown"


def _attributes(attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name != _STACK}


def _log(record: Any, spans: Any) -> Any:
    return {
        "event": record.event_name,
        "severity": str(record.severity_number),
        "body": record.body,
        "attributes": _attributes(record.attributes),
        "span": [span.name for span in spans if span.context.span_id == record.span_id],
    }


def _metrics(data: Any) -> list[Any]:
    found = []
    for resource in data.resource_metrics if data is not None else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    # Sums of seconds vary.
                    value = None if metric.unit == "s" else getattr(point, "sum", None)
                    found.append(
                        {
                            "name": metric.name,
                            "unit": metric.unit,
                            "attributes": _attributes(point.attributes),
                            "count": getattr(point, "count", None),
                            "value": value if value is not None else getattr(point, "value", None),
                        }
                    )
    return found
