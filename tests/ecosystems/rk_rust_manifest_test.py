# SPDX-License-Identifier: Apache-2.0
"""Edits of Cargo.toml: only the intended lines change, and cargo reads what was meant."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from releasekit.core.package import VersionPlace
from releasekit.ecosystems.base import Raise
from releasekit.ecosystems.rust import RUST
from releasekit.ecosystems.toml.document import parse
from releasekit.errors import Code, ReleaseKitError

OWN = VersionPlace('a/Cargo.toml', 'cargo')
SHARED = VersionPlace('Cargo.toml', 'cargo-workspace')
# core breaks, util is pinned, rest is only kept.
RAISES = [Raise('core', '2.0.0', 'keep'), Raise('util', '1.5.0', 'minimum'), Raise('my-rest', '1.4.0', 'keep')]
HEAD = '[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n'

# A manifest, and the lines that change: each with what it becomes, '' and a line for one that is new after it.
CORPUS: dict[str, tuple[str, dict[str, str]]] = {
    'nothing internal': ('[dependencies]\nserde = "1"\ncore = "1.0"\n', {}),
    'inline table': (
        '[dependencies]\ncore = { path = "../core", version = "1.2" }\n',
        {'core = { path = "../core", version = "1.2" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'version first': (
        '[dependencies]\ncore = {version="1.2.3",path="../core"}\n',
        {'core = {version="1.2.3",path="../core"}': 'core = {version="2.0.0",path="../core"}'},
    ),
    'literal strings': (
        "[dependencies]\ncore = { path = '../core', version = '1.2' }\n",
        {"core = { path = '../core', version = '1.2' }": "core = { path = '../core', version = '2.0' }"},
    ),
    'table of its own': (
        '[dependencies.core]\npath = "../core"\nversion = "1.0" # keep in step\nfeatures = ["x"]\n',
        {'version = "1.0" # keep in step': 'version = "2.0" # keep in step'},
    ),
    'dotted keys': (
        '[dependencies]\ncore.path = "../core"\ncore.version = "1.0"\n',
        {'core.version = "1.0"': 'core.version = "2.0"'},
    ),
    'quoted keys': (
        '[dependencies]\n"core" = { "path" = "../core", "version" = "1.0" }\n',
        {'"core" = { "path" = "../core", "version" = "1.0" }': '"core" = { "path" = "../core", "version" = "2.0" }'},
    ),
    'quoted header': (
        '["dependencies"."core"]\n\'path\' = "../core"\n\'version\' = "1.0"\n',
        {'\'version\' = "1.0"': '\'version\' = "2.0"'},
    ),
    'spaces and tabs': (
        '[ dependencies ]\n\tcore\t=  {  path="../core" ,version  =  "1.0"  }\n',
        {'\tcore\t=  {  path="../core" ,version  =  "1.0"  }': '\tcore\t=  {  path="../core" ,version  =  "2.0"  }'},
    ),
    'aligned with comments': (
        '[dependencies]\n# the engine = { version = "1.0" }\ncore    = { path = "../core", version = "1.0" }  # [x]\n',
        {
            'core    = { path = "../core", version = "1.0" }  # [x]': (
                'core    = { path = "../core", version = "2.0" }  # [x]'
            )
        },
    ),
    'arrays of many lines': (
        '[dependencies]\ncore = { path = "../core", version = "1.0", features = [\n  "version", # = "1"\n  "b",\n] }\n',
        {
            'core = { path = "../core", version = "1.0", features = [': (
                'core = { path = "../core", version = "2.0", features = ['
            )
        },
    ),
    'features with the same words': (
        '[features]\ndefault = ["core/version"]\n[dependencies]\ncore = { path = "../core", version = "1.0" }\n',
        {'core = { path = "../core", version = "1.0" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'renamed': (
        '[dependencies]\nengine = { package = "core", path = "../core", version = "1" }\n',
        {
            'engine = { package = "core", path = "../core", version = "1" }': (
                'engine = { package = "core", path = "../core", version = "2" }'
            )
        },
    ),
    'another crate under the name': (
        '[dependencies]\ncore = { package = "other", path = "../other", version = "1" }\n',
        {},
    ),
    'target by cfg': (
        '[target.\'cfg(target_os = "linux")\'.dependencies]\ncore = { path = "../core", version = "1.0" }\n',
        {'core = { path = "../core", version = "1.0" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'target with escapes in its key': (
        '[target."cfg(target_os = \\"linux\\")".dependencies]\ncore = { path = "../core", version = "1.0" }\n',
        {'core = { path = "../core", version = "1.0" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'target by triple, table of its own': (
        '[target.x86_64-unknown-linux-gnu.build-dependencies.core]\nversion = "1.0"\npath = "../core"\n',
        {'version = "1.0"': 'version = "2.0"'},
    ),
    'build': (
        '[build-dependencies]\nutil = { path = "../util", version = "1.2" }\n',
        {
            'util = { path = "../util", version = "1.2" }': 'util = { path = "../util", version = "1.5" }',
        },
    ),
    'development keeps what fits': ('[dev-dependencies]\nutil = { path = "../util", version = "1.2" }\n', {}),
    'development follows where it must': (
        '[dev-dependencies]\ncore = { path = "../core", version = "1.2" }\n',
        {'core = { path = "../core", version = "1.2" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'deprecated spelling': (
        '[dev_dependencies]\ncore = { path = "../core", version = "1.2" }\n',
        {'core = { path = "../core", version = "1.2" }': 'core = { path = "../core", version = "2.0" }'},
    ),
    'optional': (
        '[dependencies]\ncore = { path = "../core", version = "1.2", optional = true, default-features = false }\n',
        {
            'core = { path = "../core", version = "1.2", optional = true, default-features = false }': (
                'core = { path = "../core", version = "2.0", optional = true, default-features = false }'
            )
        },
    ),
    'kept where it fits': ('[dependencies]\nmy-rest = { path = "../rest", version = "1.2" }\n', {}),
    'with a registry': (
        '[dependencies]\ncore = { path = "../core", version = "1", registry = "local" }\n',
        {
            'core = { path = "../core", version = "1", registry = "local" }': (
                'core = { path = "../core", version = "2", registry = "local" }'
            )
        },
    ),
    'path alone, inline': (
        '[dependencies]\ncore = { path = "../core", features = ["x"] }\n',
        {
            'core = { path = "../core", features = ["x"] }': (
                'core = { path = "../core", version = "2.0.0", features = ["x"] }'
            )
        },
    ),
    'path alone, table': (
        '[dependencies.core]\npath = "../core" # here\nfeatures = []\n',
        {'path = "../core" # here': 'path = "../core" # here\nversion = "2.0.0"'},
    ),
    'path alone, at the end': (
        '[dependencies.core]\n  path = "../core"',
        {'  path = "../core"': '  path = "../core"\n  version = "2.0.0"\n'},
    ),
    'path alone, dotted': (
        '[build-dependencies]\ncore.path = "../core"\n',
        {'core.path = "../core"': 'core.path = "../core"\ncore.version = "2.0.0"'},
    ),
    'path alone, development': ('[dev-dependencies]\ncore = { path = "../core" }\n', {}),
    'inherited': ('[dependencies]\ncore.workspace = true\nutil = { workspace = true, optional = true }\n', {}),
    'several': (
        (
            '[dependencies]\ncore = { path = "../core", version = "1" }\nutil = { path = "../util", version = "1" }\n'
            '[target."cfg(unix)".dependencies]\ncore = { path = "../core", version = "1.1" }\n'
        ),
        {
            'core = { path = "../core", version = "1" }': 'core = { path = "../core", version = "2" }',
            'util = { path = "../util", version = "1" }': 'util = { path = "../util", version = "1.5.0" }',
            'core = { path = "../core", version = "1.1" }': 'core = { path = "../core", version = "2.0" }',
        },
    ),
    'a range': (
        '[dependencies]\ncore = { path = "../core", version = ">=1.2, <2" }\n',
        {
            'core = { path = "../core", version = ">=1.2, <2" }': 'core = { path = "../core", version = ">=2.0, <3" }',
        },
    ),
    'strings with escapes elsewhere': (
        (
            '[package.metadata.x]\nversion = "\\"1.0\\" #"\nmore = """\n[dependencies]\ncore = { version = "1" }\n"""\n'
            '[dependencies]\ncore = { path = "../core", version = "1" }\n'
        ),
        {'core = { path = "../core", version = "1" }': 'core = { path = "../core", version = "2" }'},
    ),
    'tables of arrays': (
        (
            '[[bench]]\nname = "core"\nharness = false\n[[example]]\nname = "e"\n[dependencies]\n'
            'core = { path = "../core", version = "1" }\n'
        ),
        {'core = { path = "../core", version = "1" }': 'core = { path = "../core", version = "2" }'},
    ),
}


def with_lines(text: str, changes: dict[str, str]) -> str:
    """The text with these lines changed; each must be there, whatever stands in longer lines."""
    for old, new in changes.items():
        text, count = re.subn(rf'^{re.escape(old)}$', lambda _, new=new: new, text, count=1, flags=re.MULTILINE)
        assert count == 1, old
    return text


@pytest.mark.parametrize('newline', ['\n', '\r\n'], ids=['lf', 'crlf'])
@pytest.mark.parametrize(('rest', 'changes'), CORPUS.values(), ids=CORPUS)
def test_requirements_change_in_their_lines_only(rest: str, changes: dict[str, str], newline: str) -> None:
    """Every other line stays as it is, line ends too; a second time nothing changes."""
    text = (HEAD + rest).replace('\n', newline)
    expected = (HEAD + with_lines(rest, changes)).replace('\n', newline)
    changed = RUST.manifest.set_requirements(text, RAISES, 'a/Cargo.toml')

    assert changed == expected
    assert RUST.manifest.set_requirements(changed, RAISES, 'a/Cargo.toml') == changed


needs_cargo = pytest.mark.skipif(shutil.which('cargo') is None, reason='there is no cargo on this machine')


@needs_cargo
@pytest.mark.parametrize(('rest', 'changes'), CORPUS.values(), ids=CORPUS)
def test_cargo_reads_what_was_meant(rest: str, changes: dict[str, str], tmp_path: Path) -> None:
    """After the edit cargo has other versions of ours, and all else as it was before."""
    before, after = (read(text, tmp_path) for text in (HEAD + rest, edited(HEAD + rest)))
    if before is None:
        pytest.skip('only in a workspace')
    assert after is not None
    assert after['version'] == '3.0.0-rc.1'
    moved = [(one, two) for one, two in zip(before['dependencies'], after['dependencies'], strict=True) if one != two]
    assert len(moved) == len(changes)
    assert all({**one, 'req': two['req']} == two and two['name'] in {'core', 'util'} for one, two in moved)
    assert {**before, 'version': '', 'id': '', 'dependencies': []} == {
        **after,
        'version': '',
        'id': '',
        'dependencies': [],
    }


def edited(text: str) -> str:
    raised = RUST.manifest.set_requirements(text, RAISES, 'a/Cargo.toml')
    return RUST.manifest.set_version(raised, OWN, '3.0.0-rc.1')


def read(text: str, folder: Path) -> dict[str, list[dict[str, str]]] | None:
    """What cargo makes of a manifest, None where it needs a workspace or a configured registry for it."""
    (folder / 'src').mkdir(exist_ok=True)
    (folder / 'src/lib.rs').touch()
    for name in ('benches/core.rs', 'examples/e.rs'):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / 'Cargo.toml').write_text(text)
    done = subprocess.run(['cargo', 'read-manifest', '--offline'], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        assert b'workspace' in done.stderr or b'registry' in done.stderr or b'core/version' in done.stderr, done.stderr
        return None
    return json.loads(done.stdout)


VERSIONS: dict[str, tuple[VersionPlace, str, str]] = {
    'plain': (OWN, '[package]\nname = "a"\nversion = "1.0.0" # now\n', 'version = "3.1.0" # now'),
    'literal': (OWN, "[package]\nversion = '1.0.0'\nname = 'a'\n", "version = '3.1.0'"),
    'dotted': (OWN, 'package.name = "a"\npackage.version = "1.0.0"\n', 'package.version = "3.1.0"'),
    'quoted key': (OWN, '[package]\n"version"="1.0.0"\n', '"version"="3.1.0"'),
    'inline': (
        OWN,
        'package = { name = "a", version = "1.0.0", rust-version = "1.70" }\n',
        'package = { name = "a", version = "3.1.0", rust-version = "1.70" }',
    ),
    'after its namesakes': (
        OWN,
        '[dependencies.b]\nversion = "1.0.0"\n[package]\nrust-version = "1.0.0"\nversion = "1.0.0"  \n',
        'version = "3.1.0"  ',
    ),
    'text of many lines': (OWN, '[package]\nversion = """1.0.0"""\n', 'version = """3.1.0"""'),
    'for all members': (SHARED, '[workspace.package]\nedition = "2021"\nversion = "1.0.0"\n', 'version = "3.1.0"'),
    'for all members, inline': (
        SHARED,
        '[workspace]\npackage = { version = "1.0.0" }\nmembers = ["a"]\n',
        'package = { version = "3.1.0" }',
    ),
    'for all members, dotted': (SHARED, '[workspace]\npackage.version = "1.0.0"\n', 'package.version = "3.1.0"'),
    'a root with both': (
        SHARED,
        '[package]\nversion.workspace = true\n[workspace.package]\nversion = "1.0.0"\n',
        'version = "3.1.0"',
    ),
    'by a pattern': (
        VersionPlace('src/lib.rs', 'pattern', 'VERSION: &str = "(.*)"'),
        'VERSION: &str = "1.0.0";\n',
        'VERSION: &str = "3.1.0";',
    ),
}


@pytest.mark.parametrize('newline', ['\n', '\r\n'], ids=['lf', 'crlf'])
@pytest.mark.parametrize(('place', 'text', 'line'), VERSIONS.values(), ids=VERSIONS)
def test_versions_change_in_their_line_only(place: VersionPlace, text: str, line: str, newline: str) -> None:
    """One line changes, as expected, and the version is read back."""
    text = text.replace('\n', newline)
    changed = RUST.manifest.set_version(text, place, '3.1.0')
    pairs = list(zip(text.split(newline), changed.split(newline), strict=True))

    assert RUST.manifest.read_version(text, place) == '1.0.0'
    assert RUST.manifest.read_version(changed, place) == '3.1.0'
    if '"""' not in text:
        assert [new for old, new in pairs if old != new] == [line]
    assert RUST.manifest.set_version(changed, place, '3.1.0') == changed


@pytest.mark.parametrize(
    ('place', 'text'),
    [
        (OWN, '[package]\nname = "a"\n'),
        (OWN, '[package]\nversion.workspace = true\n'),
        (SHARED, '[package]\nversion = "1.0.0"\n'),
        (VersionPlace('x', 'pattern', 'v = "(.*)"'), 'v = "1"\nv = "2"\n'),
        (VersionPlace('x', 'pattern', 'v = "(1)"'), 'v = "1"\n'),
    ],
)
def test_what_is_not_there_is_not_written(place: VersionPlace, text: str) -> None:
    """A place without a version is an error, and so is one that does not give it back."""
    with pytest.raises(ReleaseKitError) as caught:
        RUST.manifest.set_version(text, place, '3.1.0')
    assert caught.value.code is Code.EDIT_FAILED


WORKSPACE = """\
[workspace]
members = ["*"]
[workspace.dependencies]
core = { path = "core", version = "1.0" } # ours
util = { version = "1.2", path = "util" }
alone = { path = "alone" }
core-old = { package = "core", version = "0.9" }
serde = "1"
"""


def test_shared_requirements_follow() -> None:
    """What members inherit is raised where it has a path and a version; a path alone stays one."""
    raises = [*RAISES, Raise('alone', '4.0.0', 'keep')]
    changed = RUST.manifest.set_requirements(WORKSPACE, raises, 'Cargo.toml')
    assert changed == WORKSPACE.replace('"1.0" }', '"2.0" }').replace('"1.2"', '"1.5"')


def test_the_pin_of_who_pins_counts() -> None:
    """Of two raises of one crate, the one that does not only keep is meant, whatever their order."""
    text = '[dependencies]\nutil = { path = "../util", version = "1.2" }\n'
    both = [Raise('util', '1.5.0', 'exact'), Raise('util', '1.5.0', 'keep')]
    for raises in (both, both[::-1]):
        assert '"=1.5.0"' in RUST.manifest.set_requirements(HEAD + text, raises, 'a/Cargo.toml')


@pytest.mark.parametrize('publish', ['publish = false', 'publish = []'])
def test_private_crates_get_no_version_beside_a_path(publish: str) -> None:
    """cargo never packs them, so a path is enough."""
    text = f'[package]\nname = "a"\nversion = "1.0.0"\n{publish}\n[dependencies]\ncore = {{ path = "../core" }}\n'
    assert RUST.manifest.set_requirements(text, RAISES, 'a/Cargo.toml') == text


def test_a_layout_that_is_not_understood_is_an_error() -> None:
    """A path in text of many lines has no place for a version beside it, and nothing is guessed."""
    text = HEAD + '[dependencies.core]\npath = """../core"""\n'
    with pytest.raises(ReleaseKitError) as caught:
        RUST.manifest.set_requirements(text, RAISES, 'a/Cargo.toml')
    assert caught.value.code is Code.EDIT_FAILED


def test_edited_text_is_what_was_parsed() -> None:
    """The data that is kept for an edited text is that of parsing it."""
    for rest, _ in CORPUS.values():
        changed = RUST.manifest.set_requirements(HEAD + rest, RAISES, 'a/Cargo.toml')
        assert parse(changed) == parse(f'{changed}\n')
