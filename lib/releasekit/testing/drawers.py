# SPDX-License-Identifier: Apache-2.0
"""What reads the drawings and reports: Mermaid, Graphviz and D2, a renderer of Markdown, and SARIF's schema."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from releasekit.testing import node

PROGRAMS = node.PROGRAMS

_MANIFEST: Mapping[str, object] = {
    'private': True,
    'type': 'module',
    'dependencies': {
        '@hpcc-js/wasm-graphviz': '1.29.2',
        '@microsoft/jest-sarif': '1.0.0-beta.0',
        '@terrastruct/d2': '0.1.33',
        'jsdom': '29.1.1',
        'marked': '16.4.2',
        'mermaid': '11.17.2',
    },
}
_SCHEMA = 'node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'

# Each program says in its own words what it has read; all answer with labels, edges by label, and clusters.
_SCRIPT = """\
const text = await new Promise((done) => {
  let read = '';
  process.stdin.setEncoding('utf8').on('data', (more) => { read += more; }).on('end', () => done(read));
});
const answer = (value) => process.stdout.write(JSON.stringify(value), () => process.exit(0));
const readers = {
  async mermaid() {
    const { JSDOM } = await import('jsdom');
    const page = new JSDOM('').window;
    Object.assign(globalThis, { window: page, document: page.document });
    const { default: mermaid } = await import('mermaid');
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const plain = (coded) => {
      const element = page.document.createElement('p');
      element.innerHTML = coded.replace(/\\uFB02\\u00B0\\u00B0/g, '&#').replace(/\\uFB02\\u00B0/g, '&')
        .replace(/\\u00B6\\u00DF/g, ';');
      return element.textContent;
    };
    const labels = Object.fromEntries([...db.getVertices()].map(([id, vertex]) => [id, plain(vertex.text)]));
    const edges = db.getEdges().map((edge) => [labels[edge.start], labels[edge.end], plain(edge.text)]);
    answer({ labels: Object.values(labels), edges, clusters: db.getSubGraphs().map((each) => plain(each.title)) });
  },
  async dot() {
    const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
    const read = JSON.parse((await Graphviz.load()).layout(text, 'json'));
    // What is drawn, rather than what was given; in JSON, Graphviz escapes the backslashes of that twice.
    const drawn = (each) => (each._ldraw_ ?? []).filter((part) => part.op === 'T').map((part) => part.text).join('');
    const written = (each) => drawn(each).replaceAll('\\\\\\\\', '\\\\');
    const [clusters, nodes] = [true, false].map((kind) =>
      (read.objects ?? []).filter((each) => each.name.startsWith('cluster') === kind).map(written));
    const edges = (read.edges ?? []).map((edge) =>
      [written(read.objects[edge.tail]), written(read.objects[edge.head]), written(edge)]);
    answer({ labels: nodes, edges, clusters });
  },
  async d2() {
    const { D2 } = await import('@terrastruct/d2');
    const { diagram } = await new D2().compile(text);
    const labels = Object.fromEntries(diagram.shapes.map((shape) => [shape.id, shape.label]));
    const edges = diagram.connections.map((edge) => [labels[edge.src], labels[edge.dst], edge.label]);
    const holds = (id) => diagram.shapes.some((shape) => shape.id.startsWith(`${id}.`));
    const [outer, inner] = [true, false].map((kind) => diagram.shapes.filter((shape) => holds(shape.id) === kind));
    answer({ labels: inner.map((shape) => shape.label), edges, clusters: outer.map((shape) => shape.label) });
  },
  async markdown() {
    const { marked } = await import('marked');
    answer(marked.parse(text, { gfm: true }));
  },
};
await readers[process.argv[2]]();
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Drawing:
    """What a program reads in a drawing: the labels of its boxes, its edges with theirs, and its clusters; sorted."""

    labels: tuple[str, ...]
    edges: tuple[tuple[str, str, str], ...]
    clusters: tuple[str, ...]


def parse(program: str, text: str) -> Drawing:
    """Have `mermaid`, `dot` or `d2` read a drawing.

    Raises:
        RuntimeError: It cannot be installed, or finds something wrong; the text is what it said.
    """
    read: dict[str, list[Any]] = json.loads(_node(program, text))
    edges = sorted((str(start), str(end), str(label)) for start, end, label in read['edges'])
    return Drawing(tuple(sorted(read['labels'])), tuple(edges), tuple(sorted(read['clusters'])))


def render_markdown(text: str) -> str:
    """What becomes of GitHub's Markdown in HTML."""
    return str(json.loads(_node('markdown', text)))


def sarif_schema() -> Any:  # noqa: ANN401 - as JSON has it
    """The JSON Schema of SARIF 2.1.0, as OASIS publishes it."""
    return json.loads((_folder() / _SCHEMA).read_bytes())


def _folder() -> Path:
    """Where the packages are installed."""
    return node.install(_MANIFEST).parents[1]


def _node(program: str, text: str) -> str:
    script = _folder() / 'read.mjs'
    if not script.is_file() or script.read_text() != _SCRIPT:
        script.write_text(_SCRIPT)
    done = subprocess.run(
        ['node', str(script), program], input=text, capture_output=True, text=True, encoding='utf-8', check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f'{program}: {done.stderr}')
    return done.stdout
