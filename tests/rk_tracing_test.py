# SPDX-License-Identifier: Apache-2.0
"""Spans of real releases, as a real receiver of OTLP gets them; and that a run does not depend on it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from releasekit.testing.collector import Collector, Span, collecting
from releasekit.testing.stage import QUICK, Member, Stage, members, module, set_stage

pytestmark = pytest.mark.slow

PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
CHECK = """\
checks:
  - name: told
    run: [python3, -c, "import os, pathlib; pathlib.Path('FILE').write_text(repr(dict(os.environ)))"]
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """One package, quick to release."""
    made = set_stage(tmp_path, {**members({'ant': Member('1.0.0')}), 'release.yaml': QUICK})
    with made.index:
        yield made


@pytest.fixture
def collector() -> Generator[Collector]:
    """A receiver."""
    with collecting() as there:
        yield there


def variables(url: str) -> dict[str, str]:
    """What asks for spans; a proxy of the machine is no way to itself."""
    return {'OTEL_EXPORTER_OTLP_ENDPOINT': url, 'NO_PROXY': '*'}


def named(spans: list[Span], name: str) -> list[Span]:
    """The spans of a name."""
    return [span for span in spans if span.name == name]


def test_a_release_is_a_span_with_its_steps_and_their_actions(stage: Stage, collector: Collector) -> None:
    """Below the span that the environment names, with key, kind, package, version and result of each action."""
    more = {'OTEL_SERVICE_NAME': 'shipping', 'OTEL_EXPORTER_OTLP_HEADERS': 'x-team=abc%20def', 'TRACEPARENT': PARENT}
    done = stage.run('release', '--yes', **variables(collector.url), **more)
    assert done.returncode == 0, done.stderr

    spans = collector.spans()
    assert {span.trace for span in spans} == {PARENT.split('-')[1]}
    (run,) = named(spans, 'releasekit run')
    assert run.parent == PARENT.split('-')[2]
    log = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{')]
    assert {line['run'] for line in log} == {run.attributes['releasekit.run']}

    steps = {span.id: span for span in spans if span.name.startswith('step ')}
    assert {span.parent for span in steps.values()} == {run.id}
    actions = [span for span in spans if span.name.startswith('action ')]
    assert {steps[span.parent].name.split()[1] for span in actions} == {span.name.split()[1] for span in actions}
    ended = {line['key'] for line in log if line['event'] == 'action.ended'}
    assert {span.attributes['releasekit.action.key'] for span in actions} == ended
    (upload,) = named(spans, 'action upload')
    assert dict(upload.attributes) == {
        'releasekit.action.key': 'upload:local:py:ant@1.0.0',
        'releasekit.action.kind': 'upload',
        'releasekit.package': 'py:ant',
        'releasekit.version': '1.0.0',
        'releasekit.result': 'done',
    }
    assert all(span.start <= span.end for span in spans)
    assert all(steps[span.parent].start <= span.start <= span.end <= steps[span.parent].end for span in actions)
    assert collector.services() == {'shipping'}
    assert {headers['x-team'] for headers in collector.headers} == {'abc def'}


def test_a_failure_is_in_its_span(stage: Stage, collector: Collector) -> None:
    """With its message, and in the span of the run."""
    stage.repository.commit('fix(ant): no code', {module('ant'): None})
    stage.repository.git('push', '--quiet')
    assert stage.run('release', '--yes', **variables(collector.url)).returncode == 1
    (run,) = named(collector.spans(), 'releasekit run')
    (build,) = named(collector.spans(), 'action build')
    assert 'Expected a Python module at' in build.error
    assert run.error == build.error
    assert build.attributes['releasekit.result'] == 'failed'


def test_children_are_told_of_the_run_and_of_their_span(stage: Stage, collector: Collector) -> None:
    """The id and TRACEPARENT; what is run in a run has the same id."""
    file = stage.folder / 'told'
    spec = (stage.repository.root / 'release.yaml').read_text() + CHECK.replace('FILE', str(file))
    stage.repository.commit('chore: a check', {'release.yaml': spec})
    done = stage.run('check', '--format', 'json', RELEASEKIT_RUN_ID='build-77', **variables(collector.url))
    assert done.returncode == 0, done.stdout + done.stderr

    told = file.read_text()
    (check,) = named(collector.spans(), 'action check')
    assert f"'TRACEPARENT': '00-{check.trace}-{check.id}-" in told
    assert "'RELEASEKIT_RUN_ID': 'build-77'" in told
    assert {json.loads(line)['run'] for line in done.stderr.splitlines() if line.startswith('{')} == {'build-77'}


@pytest.mark.parametrize(
    'more',
    [{'OTEL_SDK_DISABLED': 'true'}, {'OTEL_TRACES_EXPORTER': 'none'}, {'OTEL_EXPORTER_OTLP_ENDPOINT': ''}],
    ids=str,
)
def test_what_is_switched_off_sends_nothing(stage: Stage, collector: Collector, more: dict[str, str]) -> None:
    """As the variables' own documentation has it."""
    assert stage.run('check', **{**variables(collector.url), **more}).returncode == 0
    assert collector.bodies == []


@pytest.mark.parametrize(
    ('more', 'reason'),
    [
        ({'OTEL_EXPORTER_OTLP_PROTOCOL': 'grpc'}, 'the protocol grpc is not spoken here'),
        ({'PYTHONPATH': 'absent'}, 'OpenTelemetry is not installed'),
    ],
    ids=['protocol', 'absent'],
)
def test_spans_that_cannot_be_sent_are_skipped_with_a_reason(stage: Stage, more: dict[str, str], reason: str) -> None:
    """The run goes on without."""
    hidden = stage.folder / 'absent' / 'opentelemetry' / '__init__.py'
    hidden.parent.mkdir(parents=True)
    hidden.write_text('raise ImportError("not here")\n')
    given = {name: str(stage.folder / value) if name == 'PYTHONPATH' else value for name, value in more.items()}
    done = stage.run('check', **variables('http://127.0.0.1:9'), **given)
    assert done.returncode == 0
    skipped = [line for line in map(json.loads, done.stderr.splitlines()) if line['event'] == 'spans.skipped']
    assert [(line['reason'], line['level']) for line in skipped] == [(reason, 'warning')]


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that takes connections and never answers."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield f'http://127.0.0.1:{server.getsockname()[1]}'


def _accept(server: socket.socket) -> None:
    kept = []
    try:
        while True:
            kept.append(server.accept())
    except OSError:
        return


@pytest.mark.parametrize('endpoint', ['down', 'silent'])
def test_an_endpoint_that_is_down_or_silent_changes_nothing(stage: Stage, silent: str, endpoint: str) -> None:
    """The release is made, and one warning says that the spans are lost; nothing else is printed about it."""
    url = silent if endpoint == 'silent' else 'http://127.0.0.1:9'
    done = stage.run('release', '--yes', **variables(url))
    assert done.returncode == 0
    assert sorted(stage.published()) == ['ant-1.0.0-py3-none-any.whl', 'ant-1.0.0.tar.gz']
    log = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line['event'] for line in log if line['level'] == 'warning'] == ['spans.lost']


_MODULES = """
import runpy, sys
sys.argv = ['releasekit', 'check']
try:
    runpy.run_module('releasekit.program', run_name='__main__')
except SystemExit:
    pass
print(sorted({name.partition('.')[0] for name in sys.modules} & {'opentelemetry', 'requests', 'google'}))
"""


def test_nothing_of_it_is_imported_unasked(stage: Stage) -> None:
    """Not even where it is installed."""
    done = subprocess.run(
        [sys.executable, '-c', _MODULES],
        cwd=stage.repository.root,
        env=stage.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == '[]', done.stderr
