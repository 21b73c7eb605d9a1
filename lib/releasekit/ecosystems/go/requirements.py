# SPDX-License-Identifier: Apache-2.0
"""Requirements that a module takes over from a sibling whose new version it requires now, as `go mod tidy` would.

The requirements of a released module are those of all that it builds with (https://go.dev/ref/mod#graph-pruning),
so what a sibling requires since its last release has to be required here too, at that version or a higher one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping

from releasekit.ecosystems.go import gomod, imports, modpath

# From here on a module cannot be built by an older toolchain than the `go` line of what it requires.
_STRICT = '1.21'


def raised(text: str, module: gomod.Module, versions: Mapping[str, str]) -> str:
    """The text with these paths required at these versions (with their `v`), or higher ones."""
    higher = [
        (each.line.words[1], versions[each.path])
        for each in module.requires
        if each.path in versions and modpath.version_key(versions[each.path]) > modpath.version_key(each.version)
    ]
    return gomod.spliced(text, higher)


def added(text: str, module: gomod.Module, versions: Mapping[str, str]) -> str:
    """The text with these paths required as indirect ones too, where the go command keeps such requirements."""
    newline = '\r\n' if '\r\n' in text else '\n'
    for path in sorted(versions):
        line = f'{path} {versions[path]} // indirect'
        indirect = [each for each in module.requires if each.indirect]
        last = indirect[-1].line if indirect else None
        if last is None:
            text = text.rstrip('\r\n') + f'{newline}{newline}require {line}{newline}'
        elif last.block < 0:
            alone = text[last.words[0].start : last.end].rstrip('\r\n')
            both = sorted([alone, line])
            block = f'require ({newline}' + ''.join(f'\t{each}{newline}' for each in both) + f'){newline}'
            text = text[: last.start] + block + text[last.end :]
        else:
            block = [each for each in indirect if each.line.block == last.block]
            before = next((each.line.start for each in block if each.path > path), last.end)
            text = f'{text[:before]}\t{line}{newline}{text[before:]}'
        module = gomod.parse(text, gomod.MANIFEST)
    return text


def with_go(text: str, module: gomod.Module, versions: Iterable[str]) -> str:
    """The text with the highest of these `go` versions, where that is above its own and toolchains look at it."""
    highest = max(versions, key=modpath.go_key, default='')
    line = next((each for each in module.lines if each.verb == 'go'), None)
    strict = modpath.go_key(highest) >= modpath.go_key(_STRICT)
    if line is None or not strict or modpath.go_key(highest) <= modpath.go_key(module.go):
        return text
    return gomod.spliced(text, [(line.words[0], highest)])


class Reach:
    """What the packages of a module import, through the packages of its siblings."""

    def __init__(self, folders: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        """Take the folders of the siblings by module path, and the files of the repository."""
        self._folders = folders
        self._files = {path: content for path, content in files.items() if path.endswith('.go')}
        self._packages: dict[str, list[tuple[str, bytes]]] = {}
        for path, content in self._files.items():
            self._packages.setdefault(posixpath.dirname(path) or '.', []).append((path, content))

    def packages(self, own: str, files: Iterable[str]) -> Collection[str]:
        """The paths of packages of other modules; `own` is a module's path, `files` are those of its packages."""
        waiting = [package for path in files if path in self._files for package in _paths(self._files[path])]
        seen: set[str] = set()
        while waiting:
            package = waiting.pop()
            if package in seen or not modpath.has_address(package):
                continue
            seen.add(package)
            for path, content in self._packages.get(self._folder(package) or '', ()):
                if not path.endswith('_test.go'):
                    waiting += _paths(content)
        return {package for package in seen if modpath.module_of(package, self._folders) != own}

    def _folder(self, package: str) -> str | None:
        if (module := modpath.module_of(package, self._folders)) is None:
            return None
        return posixpath.normpath(posixpath.join(self._folders[module], package[len(module) + 1 :]))


def _paths(content: bytes) -> Iterator[str]:
    yield from (each.path for each in imports.imports(content.decode('utf-8', 'replace')))
