# SPDX-License-Identifier: Apache-2.0
"""A collector of OpenTelemetry's: an OTLP/HTTP endpoint on this machine that keeps the spans that it is sent."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Mapping

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from releasekit.testing.servers import QuietHandler, serving


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A span as it was sent: ids in hex, `parent` empty for a root, `error` the message of a failure."""

    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    error: str
    attributes: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Collector:
    """What arrived: the bodies and headers of all requests."""

    url: str
    bodies: list[bytes] = dataclasses.field(default_factory=list)
    headers: list[Mapping[str, str]] = dataclasses.field(default_factory=list)

    def spans(self) -> list[Span]:
        """All spans, in the order of their start."""
        found = [
            Span(
                name=span.name,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                start=span.start_time_unix_nano,
                end=span.end_time_unix_nano,
                error=span.status.message,
                attributes={pair.key: pair.value.string_value for pair in span.attributes},
            )
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.start)

    def services(self) -> set[str]:
        """The names of the services that sent spans."""
        return {
            pair.value.string_value
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for pair in resource.resource.attributes
            if pair.key == 'service.name'
        }


@contextlib.contextmanager
def collecting() -> Generator[Collector]:
    """Collect what is sent to `url` while a block lasts."""
    bodies: list[bytes] = []
    headers: list[Mapping[str, str]] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - named by the base class
            bodies.append(self.read_body())
            headers.append({name.lower(): value for name, value in self.headers.items()})
            self.answer(200, [('Content-Type', 'application/x-protobuf')], b'')

    with serving(Handler) as url:
        yield Collector(url, bodies, headers)
