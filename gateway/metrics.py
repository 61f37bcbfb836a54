"""The metrics of the service, for Prometheus. Labels are names of events and routes, and never a value of a message."""

from __future__ import annotations

import os
from functools import cache
from typing import TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

REQUESTS = Counter("data_on_demand_requests", "HTTP requests answered", ["route", "status"])
SECONDS = Histogram(
    "data_on_demand_request_seconds",
    "Time to answer an HTTP request",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
EVENTS = Counter("data_on_demand_events", "Events accepted", ["door", "data_model", "event_type"])
REDELIVERIES = Counter("data_on_demand_redeliveries", "Events that were in the journal already", ["door"])
ISSUES = Counter("data_on_demand_issues", "Issues of accepted events", ["door"])
UNROUTED = Counter("data_on_demand_unrouted", "Deliveries of a source that no tenant knows")
QUESTIONS = Counter("data_on_demand_questions", "Questions answered", ["data_model", "event_type", "cut"])
UPLOADS = Counter("data_on_demand_uploads", "Files uploaded")
UPLOAD_BYTES = Counter("data_on_demand_upload_bytes", "Bytes of files uploaded")
LOGINS = Counter("data_on_demand_logins", "Logins, and tokens shown that were wrong", ["door", "outcome"])
ACTS = Counter("data_on_demand_acts", "Acts of management", ["act", "outcome"])
PROBLEMS = Counter("data_on_demand_problems", "Requests refused or failed", ["problem"])

Metric = TypeVar("Metric", Counter, Histogram)


@cache
def labelled(metric: Metric, *labels: str) -> Metric:
    """Return the series of a metric with these labels.

    It is cached, because nearly all requests use the same few series.
    """
    return metric.labels(*labels)


async def exposition(_request: Request) -> Response:
    """The metrics of all worker processes in Prometheus' text format."""
    return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
