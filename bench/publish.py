# SPDX-License-Identifier: Apache-2.0
"""Makespan of publishing a random graph of packages to a slow index, against the lower bound of any schedule.

The index is a real pypiserver behind a proxy that answers so many seconds late. Uploads and read-backs are the real
ones, journal and all; only the builds are made beforehand. The bound is the longer of the critical path and the work
divided by the places, both from the durations of the same run.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import anyio

from releasekit.core.actions import Action, Build, Upload, Verify
from releasekit.core.journal import EventKind
from releasekit.core.plan import Base, BumpKind, Inputs, Plan, PlannedPackage
from releasekit.core.report import Result
from releasekit.errors import Exit
from releasekit.run import store
from releasekit.run.journal import Journal
from releasekit.run.project import Project, open_project
from releasekit.run.release import perform
from releasekit.testing.archives import make_sdist, make_wheel
from releasekit.testing.faults import Fault, serve_faults
from releasekit.testing.indexes import IndexServer, start_pypiserver
from releasekit.testing.workspace import make_repository

_SPEC = """\
version: 1
project: {{branch: main}}
workspaces: {{py: {{ecosystem: python, targets: [local]}}}}
targets:
  local:
    type: pypi
    url: {url}
    index: {url}simple/
    auth: {{username: {{env: BENCH_USERNAME}}, password: {{env: BENCH_PASSWORD}}}}
engine: {{concurrency: {concurrency}}}
"""
_MEMBER = '[project]\nname = "{name}"\nversion = "1.0.0"\ndependencies = [{needs}]\n'


@dataclasses.dataclass(frozen=True)
class Graph:
    """Packages by name, with the names that each needs; what is needed stands first."""

    needs: Mapping[str, tuple[str, ...]]

    @classmethod
    def random(cls, count: int, seed: int) -> Graph:
        """Most packages need up to three of the forty before them, as in a workspace that has grown."""
        draw = random.Random(seed)
        names = [f'pkg{number}' for number in range(count)]
        near = {name: names[max(0, number - 40) : number] for number, name in enumerate(names)}
        return cls({name: tuple(draw.sample(pool, min(len(pool), draw.randint(0, 3)))) for name, pool in near.items()})


class Stopwatch:
    """Takes the time of every action."""

    def __init__(self) -> None:
        """Begin with none."""
        self.begun: dict[str, float] = {}
        self.took: dict[str, float] = {}

    def started(self, action: Action) -> None:
        """Note when an action begins."""
        self.begun[action.key] = time.monotonic()

    def finished(self, action: Action, result: Result) -> None:
        """Note how long it took; what was done before took nothing."""
        del result
        if action.key in self.begun:
            self.took[action.key] = time.monotonic() - self.begun[action.key]


def _files(graph: Graph, url: str, concurrency: int) -> dict[str, str]:
    sources = ''.join(f'{name} = {{ workspace = true }}\n' for name in graph.needs)
    files = {
        'release.yaml': _SPEC.format(url=url, concurrency=concurrency),
        'pyproject.toml': f'[tool.uv.workspace]\nmembers = ["*"]\n[tool.uv.sources]\n{sources}',
    }
    for name, needs in graph.needs.items():
        files[f'{name}/pyproject.toml'] = _MEMBER.format(name=name, needs=', '.join(f'"{need}"' for need in needs))
    return files


def _plan(graph: Graph, commit: str, digest: str) -> Plan:
    packages, actions = [], []
    for name, needs in graph.needs.items():
        id_ = f'py:{name}'
        packages.append(
            PlannedPackage(
                id_, name, 'py', 'python', name, None, '1.0.0', '1.0.0', BumpKind.INITIAL, name, ('local',), ()
            )
        )
        build = Build(package=id_, name=name, version='1.0.0', workspace='py', path=name)
        first = tuple(f'verify:local:py:{need}@1.0.0' for need in needs)
        upload = Upload(
            package=id_, name=name, version='1.0.0', target='local', build=build.key, needs=(build.key, *first)
        )
        verify = Verify(package=id_, name=name, version='1.0.0', target='local', build=build.key, needs=(upload.key,))
        actions += [build, upload, verify]
    base = Base(commit, 'main')
    return Plan('bench', digest, '2026-01-01', 0, Inputs(), base, tuple(packages), (), {}, tuple(actions))


async def _prepare(project: Project, plan: Plan) -> None:
    """Make the files of every package, and tell the journal that they are built."""
    store.prepare(project.state)
    folder = store.folder_of(project.state, plan)
    folder.save(plan)
    journal = Journal(folder.journal, 'bench', lambda: '')
    for action in plan.actions:
        if isinstance(action, Build):
            target = folder.artifacts(action.package)
            target.mkdir(parents=True)
            built = (make_wheel(action.name, action.version), make_sdist(action.name, action.version))
            for artifact in built:
                (target / artifact.filename).write_bytes(artifact.content)
            outputs = {artifact.filename: artifact.digest for artifact in built}
            await journal.write(action.key, EventKind.DONE, outputs)


def _critical_path(plan: Plan, took: Mapping[str, float]) -> float:
    ends: dict[str, float] = {}
    for action in plan.actions:
        ends[action.key] = took.get(action.key, 0.0) + max((ends.get(need, 0.0) for need in action.needs), default=0.0)
    return max(ends.values())


async def _run(root: Path, index: IndexServer, graph: Graph) -> tuple[Plan, Stopwatch, float]:
    environment = {**os.environ, 'BENCH_USERNAME': index.username, 'BENCH_PASSWORD': index.password}
    project = await open_project(root, None, environment)
    head = await project.repository.head()
    plan = _plan(graph, head.commit, project.digest)
    await _prepare(project, plan)
    watch = Stopwatch()
    report = await perform(project, plan, observer=watch, confirm=lambda *_: True)
    if report.exit is not Exit.DONE:
        problems = [result.problem.message for result in report.results if result.problem is not None]
        raise SystemExit(f'the run failed: {problems[:3]}')
    ended = max(watch.begun[key] + took for key, took in watch.took.items())
    return plan, watch, ended - min(watch.begun.values())


def main() -> None:
    """Publish and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--packages', type=int, default=200)
    parser.add_argument('--concurrency', type=int, default=8)
    parser.add_argument('--latency', type=float, default=0.1, help='seconds')
    parser.add_argument('--seed', type=int, default=1)
    arguments = parser.parse_args()
    graph = Graph.random(arguments.packages, arguments.seed)
    with tempfile.TemporaryDirectory() as name, start_pypiserver(Path(name) / 'index') as index:
        slow = [Fault('.', times=None, delay=arguments.latency)]
        with serve_faults(index.url, slow) as proxy:
            files = _files(graph, f'{proxy.url.rstrip("/")}/', arguments.concurrency)
            sandbox = make_repository(Path(name) / 'workspace', files)
            plan, watch, makespan = anyio.run(_run, sandbox.root, index, graph)
    path = _critical_path(plan, watch.took)
    share = sum(watch.took.values()) / arguments.concurrency
    bound = max(path, share)
    print(f'{arguments.packages} packages, {arguments.concurrency} at a time, {arguments.latency:g} s of latency')
    print(f'makespan {makespan:.2f} s; critical path {path:.2f} s; work / places {share:.2f} s')
    print(f'makespan / lower bound = {makespan / bound:.3f}')


if __name__ == '__main__':
    main()
