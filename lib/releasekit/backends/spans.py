# SPDX-License-Identifier: Apache-2.0
"""Spans of a run for OpenTelemetry, where its standard variables name an endpoint; else nothing of it is imported.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and …/configuration/sdk-environment-variables/ have the
variables; what is sent is masked, and a collector that is down or slow neither fails nor holds up a run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from releasekit import lazy, log, telling

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http import trace_exporter
    from opentelemetry.sdk import resources
    from opentelemetry.sdk import trace as sdk
    from opentelemetry.sdk.trace import export as exports
    from opentelemetry.trace.propagation import tracecontext
else:
    trace = lazy.module('opentelemetry.trace')
    trace_exporter = lazy.module('opentelemetry.exporter.otlp.proto.http.trace_exporter')
    resources = lazy.module('opentelemetry.sdk.resources')
    sdk = lazy.module('opentelemetry.sdk.trace')
    exports = lazy.module('opentelemetry.sdk.trace.export')
    tracecontext = lazy.module('opentelemetry.trace.propagation.tracecontext')

_LOG = log.get(__name__)

_ENDPOINTS = ('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT')
_PROTOCOLS = ('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL')
_TIMEOUTS = ('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT')
_HTTP = 'http/protobuf'
# Seconds that the end of a run waits until all is sent.
_PATIENCE = 2.0
# Variables of a parent, by https://www.w3.org/TR/trace-context/ and
# https://opentelemetry.io/docs/specs/otel/context/env-carriers/, and those of our children.
_CARRIED = ('TRACEPARENT', 'TRACESTATE')


def asked(environment: Mapping[str, str]) -> bool:
    """Whether spans are wanted: an endpoint is set, and nothing switches them off."""
    if environment.get('OTEL_SDK_DISABLED', '').strip().lower() == 'true':
        return False
    exporters = environment.get('OTEL_TRACES_EXPORTER', '') or 'otlp'
    return 'otlp' in exporters.split(',') and any(environment.get(name) for name in _ENDPOINTS)


def begin(environment: Mapping[str, str], name: str, facts: Mapping[str, str]) -> Spans | None:
    """Begin the span of a run; None, with a warning in the log, where what sends it is missing."""
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), _HTTP)
    if protocol != _HTTP:
        _LOG.warning('spans.skipped', reason=f'the protocol {protocol} is not spoken here', hint=f'Use {_HTTP}.')
        return None
    try:
        return Spans(environment, name, facts)
    except ImportError:
        hint = 'Install `releasekit[otel]`, or unset the endpoint.'
        _LOG.warning('spans.skipped', reason='OpenTelemetry is not installed', hint=hint)
    except ValueError as error:
        _LOG.warning('spans.skipped', reason=str(error), hint='Look at the variables that begin with OTEL_.')
    return None


class Spans:
    """The spans of one run: below that of the run one for each step, and below it those of its actions."""

    def __init__(self, environment: Mapping[str, str], name: str, facts: Mapping[str, str]) -> None:
        """Begin the run's span, below the one that the environment names."""
        # What cannot be sent is said once, at the end; the exporter would write to standard error.
        logging.getLogger('opentelemetry').propagate = False
        logging.getLogger('opentelemetry').addHandler(logging.NullHandler())
        named = {} if environment.get('OTEL_SERVICE_NAME') else {'service.name': 'releasekit'}
        patient = any(environment.get(name) for name in _TIMEOUTS)
        self._sender = _Sender(trace_exporter.OTLPSpanExporter(timeout=None if patient else _PATIENCE))
        self._provider = sdk.TracerProvider(resource=resources.Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(exports.BatchSpanProcessor(cast('exports.SpanExporter', self._sender)))
        self._tracer = self._provider.get_tracer('releasekit')
        carrier = {name.lower(): environment[name] for name in _CARRIED if environment.get(name)}
        above = tracecontext.TraceContextTextMapPropagator().extract(carrier)
        self._run = self._tracer.start_span(name, above, attributes=_masked(facts))
        self._steps: dict[str, trace.Span] = {}
        self._ends: dict[str, int] = {}
        self._running: dict[str, tuple[str, trace.Span]] = {}

    def start(self, key: str, step: str, facts: Mapping[str, str]) -> None:
        """Begin the span of an action, and tell its children."""
        if step not in self._steps:
            above = trace.set_span_in_context(self._run)
            self._steps[step] = self._tracer.start_span(f'step {step}', above, attributes={'releasekit.step': step})
        above = trace.set_span_in_context(self._steps[step])
        span = self._tracer.start_span(f'action {step}', above, attributes=_masked(facts))
        self._running[key] = (step, span)
        carrier: dict[str, str] = {}
        tracecontext.TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(span))
        telling.tell({name.upper(): value for name, value in carrier.items()})

    def end(self, key: str, facts: Mapping[str, str], error: tuple[str, str] | None = None) -> None:
        """End the span of an action; `error` is its code and message."""
        if key not in self._running:
            return
        step, span = self._running.pop(key)
        span.set_attributes(_masked(facts))
        if error is not None:
            _mark(span, *error)
        span.end()
        self._ends[step] = time.time_ns()

    def close(self, facts: Mapping[str, str], error: tuple[str, str] | None = None) -> None:
        """End all that is open and send it; a collector that does not listen is waited for no longer than a moment."""
        self._run.set_attributes(_masked(facts))
        if error is not None:
            _mark(self._run, *error)
        for _, span in self._running.values():
            span.end()
        for step, span in self._steps.items():
            span.end(self._ends.get(step))
        self._run.end()
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(_PATIENCE)
        if sending.is_alive() or self._sender.lost:
            _LOG.warning('spans.lost', reason='the endpoint of OpenTelemetry did not take them')


class _Sender:
    """An exporter over another one that knows whether anything was lost."""

    def __init__(self, inner: exports.SpanExporter) -> None:
        self._inner = inner
        self.lost = False

    def export(self, spans: Sequence[sdk.ReadableSpan]) -> exports.SpanExportResult:
        result = self._inner.export(spans)
        self.lost = self.lost or result is not exports.SpanExportResult.SUCCESS
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _masked(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: log.mask(text) for name, text in facts.items() if text}


def _mark(span: trace.Span, code: str, message: str) -> None:
    """As https://opentelemetry.io/docs/specs/otel/trace/exceptions/ has it."""
    span.set_status(trace.Status(trace.StatusCode.ERROR, log.mask(message)))
    span.add_event('exception', {'exception.type': code, 'exception.message': log.mask(message)})
