# SPDX-License-Identifier: Apache-2.0
"""The language server that editors start for YAML, driven as they do: over its standard streams.

The protocol is https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/.
"""

from __future__ import annotations

import dataclasses
import json
import queue
import subprocess
import threading
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from releasekit.compat import Self
from releasekit.testing import node

PROGRAMS = node.PROGRAMS
# The newest that Node 20 runs.
_MANIFEST: Mapping[str, object] = {'private': True, 'dependencies': {'yaml-language-server': '1.25.0'}}
_WAIT = 60.0
_STOP = 10.0
_SETTINGS: Mapping[str, object] = {
    'validate': True,
    'hover': True,
    'completion': True,
    'schemaStore': {'enable': False},
}
_CAPABILITIES = {
    'workspace': {'configuration': True, 'workspaceFolders': True},
    'textDocument': {
        'completion': {'completionItem': {'snippetSupport': True, 'documentationFormat': ['markdown']}},
        'hover': {'contentFormat': ['markdown']},
        'publishDiagnostics': {},
    },
}


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnostic:
    """What an editor underlines; lines and columns count from 0, as in the protocol."""

    line: int
    column: int
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """What an editor proposes: the word, what it explains beside it, and what it puts in."""

    label: str
    about: str
    inserts: str


@dataclasses.dataclass
class LanguageServer:
    """A running server over a folder; `schemas` is the setting `yaml.schemas`. Ends with `stop()` or `with`."""

    folder: Path
    schemas: Mapping[str, str]
    process: subprocess.Popen[bytes] = dataclasses.field(repr=False)
    _arrived: queue.Queue[Any] = dataclasses.field(default_factory=queue.Queue, repr=False)
    _diagnostics: dict[str, tuple[Diagnostic, ...]] = dataclasses.field(default_factory=dict, repr=False)
    _asked: int = 0

    def open(self, path: str, text: str) -> None:
        """Show a text as the file of that name in the folder, whether or not there is one."""
        document = {'uri': self._uri(path), 'languageId': 'yaml', 'version': 1, 'text': text}
        self._notify('textDocument/didOpen', {'textDocument': document})

    def diagnostics(self, paths: Iterable[str]) -> dict[str, tuple[Diagnostic, ...]]:
        """What is underlined in files that are open, by path; waits until the server has looked at all of them.

        Raises:
            TimeoutError: It does not answer.
        """
        wanted = {self._uri(path): path for path in paths}
        while wanted.keys() - self._diagnostics.keys():
            self._take()
        return {path: self._diagnostics[uri] for uri, path in wanted.items()}

    def hover(self, path: str, line: int, column: int) -> str:
        """What is shown over a place, '' for nothing.

        Raises:
            TimeoutError: It does not answer.
        """
        found = self._ask('textDocument/hover', self._at(path, line, column))
        return str(found['contents']['value']) if found else ''

    def complete(self, path: str, line: int, column: int) -> tuple[Proposal, ...]:
        """What is proposed at a place.

        Raises:
            TimeoutError: It does not answer.
        """
        found = self._ask('textDocument/completion', self._at(path, line, column))
        return tuple(_proposal(item) for item in (found['items'] if isinstance(found, dict) else found or ()))

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        try:
            self.process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()

    def greet(self) -> None:
        """Tell the server what this editor can show, and where it works."""
        root = self.folder.as_uri()
        folders = [{'uri': root, 'name': self.folder.name}]
        about = {'processId': None, 'rootUri': root, 'capabilities': _CAPABILITIES, 'workspaceFolders': folders}
        self._ask('initialize', about)
        self._notify('initialized', {})
        self._notify('workspace/didChangeConfiguration', {'settings': self._settings})

    def listen(self, stream: IO[bytes]) -> None:
        """Read messages until the server ends."""
        while header := stream.readline():
            length = int(header.partition(b':')[2])
            while stream.readline().strip():
                pass
            self._arrived.put(json.loads(stream.read(length)))

    @property
    def _settings(self) -> dict[str, object]:
        return {'yaml': {**_SETTINGS, 'schemas': self.schemas}}

    def _uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def _at(self, path: str, line: int, column: int) -> dict[str, Any]:
        return {'textDocument': {'uri': self._uri(path)}, 'position': {'line': line, 'character': column}}

    def _ask(self, method: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        self._asked += 1
        self._send({'id': self._asked, 'method': method, 'params': parameters})
        while True:
            message = self._take()
            if message.get('id') == self._asked and 'method' not in message:
                return message.get('result')

    def _notify(self, method: str, parameters: Mapping[str, Any]) -> None:
        self._send({'method': method, 'params': parameters})

    def _take(self) -> dict[str, Any]:
        """The next message; what the server asks is answered, what it says is kept."""
        try:
            message = self._arrived.get(timeout=_WAIT)
        except queue.Empty as error:
            raise TimeoutError('the language server does not answer') from error
        match message.get('method'):
            case 'textDocument/publishDiagnostics':
                about = message['params']
                self._diagnostics[about['uri']] = tuple(_diagnostic(each) for each in about['diagnostics'])
            case 'workspace/configuration':
                items = message['params']['items']
                self._send({'id': message['id'], 'result': [self._settings.get(item['section']) for item in items]})
            case _ if 'id' in message and 'method' in message:
                self._send({'id': message['id'], 'result': None})
        return message

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps({'jsonrpc': '2.0', **message}).encode()
        if self.process.stdin is None:
            raise RuntimeError('the language server takes no messages')
        self.process.stdin.write(b'Content-Length: %d\r\n\r\n%b' % (len(data), data))
        self.process.stdin.flush()


def start_language_server(
    folder: Path, schemas: Mapping[str, str] | None = None, cache: Path | None = None
) -> LanguageServer:
    """Start the server, installed first where it must be.

    Raises:
        RuntimeError: It cannot be installed; the text is what npm said.
        TimeoutError: It does not answer.
    """
    argv = [str(node.install(_MANIFEST, cache) / 'yaml-language-server'), '--stdio']
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
    )
    server = LanguageServer(folder, schemas or {}, process)
    threading.Thread(target=server.listen, args=(process.stdout,), daemon=True).start()
    try:
        server.greet()
    except TimeoutError:
        server.stop()
        raise
    return server


def _diagnostic(given: Mapping[str, Any]) -> Diagnostic:
    start = given['range']['start']
    return Diagnostic(start['line'], start['character'], given['message'])


def _proposal(given: Mapping[str, Any]) -> Proposal:
    about = given.get('documentation') or ''
    text = about if isinstance(about, str) else about['value']
    return Proposal(given['label'], text, given.get('textEdit', {}).get('newText') or given.get('insertText') or '')
