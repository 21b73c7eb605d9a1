# SPDX-License-Identifier: Apache-2.0
"""The security rules, each held against our own source, or run."""

from __future__ import annotations

import ast
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from releasekit import log
from releasekit.backends.files import FolderFiles
from releasekit.backends.http import HttpClient
from releasekit.backends.shell import LocalShell, failed
from releasekit.errors import Code, ReleaseKitError
from releasekit.ports import Command, Credential, Request
from releasekit.testing.git_http import GitServer

ROOT = Path(__file__).resolve().parent.parent
FILES = [
    path
    for folder in ('lib', 'scripts', 'bench')
    for path in sorted((ROOT / folder).rglob('*.py'))
    if '__pycache__' not in path.parts
]
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
TREES = {name: ast.parse(path.read_text()) for name, path in zip(NAMES, FILES, strict=True)}

SECRET = 'open-sesame-1234'


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    yield from ((ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def _keywords(call: ast.Call) -> dict[str, str]:
    return {keyword.arg or '**': ast.unparse(keyword.value) for keyword in call.keywords}


def _shell(name: str, call: ast.Call) -> bool:
    shells = {'os.system', 'os.popen', 'subprocess.getoutput', 'subprocess.getstatusoutput'}
    asked = _keywords(call).get('shell', 'False')
    asked_for = asked == 'True' or (asked != 'False' and name.startswith('subprocess.'))
    return asked_for or name in shells or name.endswith('subprocess_shell')


def _evaluation(name: str, _: ast.Call) -> bool:
    return name in {'eval', 'exec', 'compile', '__import__', 'builtins.eval', 'builtins.exec'}


def _pickle(name: str, _: ast.Call) -> bool:
    return name.split('.', maxsplit=1)[0] in {'pickle', 'marshal', 'shelve', 'dill', 'cloudpickle'}


def _yaml(name: str, call: ast.Call) -> bool:
    unsafe = name.endswith('YAML') and _keywords(call).get('typ', "'rt'") in {"'unsafe'", "'full'"}
    return unsafe or name in {'yaml.load', 'yaml.unsafe_load', 'yaml.full_load'}


def _unverified(name: str, call: ast.Call) -> bool:
    off = _keywords(call).get('verify') == 'False' or _keywords(call).get('check_hostname') == 'False'
    return off or name.endswith(('_create_unverified_context', 'disable_warnings'))


def _temporary(name: str, _: ast.Call) -> bool:
    # `tempfile.mktemp` only names a file, which somebody else may make first.
    return name.endswith('mktemp')


def _prepared(name: str, call: ast.Call) -> bool:
    # A file that may be there already is only opened to add to it: lock and temporary files are made anew.
    flags = ast.unparse(call.args[1]) if name == 'os.open' and len(call.args) > 1 else ''
    return 'O_CREAT' in flags and 'O_EXCL' not in flags and 'O_APPEND' not in flags


def _half_written(name: str, call: ast.Call) -> bool:
    # What is only added to, as the page of a CI job that others write too, cannot be replaced.
    modes = [ast.unparse(argument) for argument in (*call.args, *(keyword.value for keyword in call.keywords))]
    opened = name == 'open' or name.endswith('.open')
    return name.endswith(('.write_text', '.write_bytes')) or (
        opened and any(re.fullmatch(r"'[wa+bt]*[w+][wa+bt]*'", m) for m in modes)
    )


def _words(name: str, call: ast.Call) -> bool:
    starts = {'subprocess.run', 'subprocess.Popen', 'subprocess.check_output', 'subprocess.check_call', 'Command'}
    first = call.args[0] if call.args else None
    return name in starts and isinstance(first, (ast.Constant, ast.JoinedStr))


RULES: dict[str, Callable[[str, ast.Call], bool]] = {
    'no shell': _shell,
    'nothing is evaluated': _evaluation,
    'nothing is unpickled': _pickle,
    'YAML makes no objects': _yaml,
    'TLS is verified': _unverified,
    'temporary names are made, not guessed': _temporary,
    'commands are lists': _words,
    'lock and temporary files are new': _prepared,
    'files are replaced whole': _half_written,
}
# Fakes, set-up and benchmarks write into folders that they have just made.
EXEMPT = {'files are replaced whole': ('lib/releasekit/testing/', 'scripts/', 'bench/')}


@pytest.mark.parametrize('rule', RULES)
def test_source_keeps(rule: str) -> None:
    """No call in our source breaks the rule."""
    broken, names = RULES[rule], [name for name in NAMES if not name.startswith(EXEMPT.get(rule, ('-',)))]
    assert [(name, call.lineno) for name in names for text, call in _calls(TREES[name]) if broken(text, call)] == []


@pytest.mark.parametrize(
    ('rule', 'source'),
    [
        ('no shell', 'subprocess.run(["ls"], shell=True)'),
        ('no shell', 'os.system("ls")'),
        ('nothing is evaluated', 'eval("1")'),
        ('nothing is unpickled', 'pickle.loads(b"")'),
        ('YAML makes no objects', 'ruamel.yaml.YAML(typ="unsafe")'),
        ('TLS is verified', 'httpx.AsyncClient(verify=False)'),
        ('temporary names are made, not guessed', 'tempfile.mktemp()'),
        ('commands are lists', 'subprocess.run("ls")'),
        ('commands are lists', 'Command(f"ls {x}")'),
        ('lock and temporary files are new', 'os.open(path, os.O_CREAT | os.O_WRONLY)'),
        ('files are replaced whole', 'path.write_text("")'),
        ('files are replaced whole', 'path.open("w")'),
    ],
)
def test_a_rule_finds_what_breaks_it(rule: str, source: str) -> None:
    """A scan that finds nothing has looked."""
    assert [RULES[rule](text, call) for text, call in _calls(ast.parse(source))] == [True]


def test_every_module_that_deserialises_objects_is_absent() -> None:
    """Nothing imports pickle or its like."""
    imported = {
        alias.name.split('.')[0]
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or '')])
    }
    assert imported & {'pickle', 'marshal', 'shelve', 'dill'} == set()


def _swallows(handler: ast.ExceptHandler) -> bool:
    return all(
        isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and _is_ellipsis(part)) for part in handler.body
    )


def _is_ellipsis(part: ast.Expr) -> bool:
    return isinstance(part.value, ast.Constant)


def test_no_exception_is_swallowed() -> None:
    """No bare `except`, no `except …: pass`, and no `suppress(Exception)`."""
    handlers = [(n, node) for n in NAMES for node in ast.walk(TREES[n]) if isinstance(node, ast.ExceptHandler)]
    assert [(name, node.lineno) for name, node in handlers if node.type is None or _swallows(node)] == []
    suppressed = [(name, call) for name in NAMES for text, call in _calls(TREES[name]) if text.endswith('suppress')]
    broad = {'Exception', 'BaseException'}
    assert [name for name, call in suppressed if {ast.unparse(argument) for argument in call.args} & broad] == []


def test_temporary_folders_are_removed() -> None:
    """Who makes a temporary folder by hand removes it in `finally`, unless it is inside one that is removed."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [(name, node) for name in NAMES for node in ast.walk(TREES[name])]
    for name, function in nodes:
        made = [call for text, call in _calls(function) if text.endswith(('mkdtemp', 'mkstemp'))]
        if isinstance(function, functions) and any('dir' not in _keywords(call) for call in made):
            finals = [node for node in ast.walk(function) if isinstance(node, ast.Try) and node.finalbody]
            assert finals, f'{name}:{function.lineno}'


# What scanners look for: a value of some length that is assigned to a name like a credential's.
_ASSIGNED = re.compile(r'(TOKEN|PASSWORD|SECRET|API_?KEY)$', re.IGNORECASE)


def test_no_secret_is_written_down() -> None:
    """Neither the shape of a token nor a value for something called a password stands in our source."""
    for path in (*FILES, *sorted((ROOT / 'examples').rglob('*.toml')), *sorted((ROOT / 'examples').rglob('*.yaml'))):
        assert log.Redactor({}).mask(path.read_text()) == path.read_text(), path
    nodes = [(name, node) for name in NAMES for node in ast.walk(TREES[name]) if isinstance(node, ast.Assign)]
    # Servers that live as long as a test have passwords that everybody may know.
    ours = [(name, node) for name, node in nodes if not name.startswith('lib/releasekit/testing/')]
    assert [(name, node.lineno) for name, node in ours if _is_credential(node)] == []


def _is_credential(node: ast.Assign) -> bool:
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    # The name of a variable or the code of an error is no credential.
    written = isinstance(value, str) and bool(value) and not re.fullmatch(r'[A-Z][A-Z0-9_-]*', value)
    return written and any(_ASSIGNED.search(ast.unparse(target)) for target in node.targets)


@pytest.mark.anyio
@pytest.mark.parametrize(
    'url', ['http://index.example/', 'http://192.0.2.1/', 'http://localhost.example/', 'ftp://localhost/']
)
async def test_plain_http_leaves_this_machine_for_nobody(url: str) -> None:
    """Before a connection is made, another host over plain http is refused."""
    async with HttpClient(1.0) as http:
        with pytest.raises(ReleaseKitError) as caught:
            await http.send(Request('GET', url, auth=('user', SECRET)))
    assert caught.value.code is Code.REGISTRY_INSECURE
    assert SECRET not in str(caught.value)


SECRET_NAMES = [
    'UV_PUBLISH_TOKEN',
    'UV_PUBLISH_PASSWORD',
    'TWINE_PASSWORD',
    'PYPI_TOKEN',
    'GITHUB_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'CI_JOB_JWT',
    'NPM_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'SSH_AUTH_SOCK',
    'UV_INDEX_INTERNAL_PASSWORD',
    'XDG_SESSION_TOKEN',
    'UV_PYTHON_TOKEN',
    'LC_PASSWORD',
]


@pytest.mark.anyio
async def test_a_child_sees_no_credential() -> None:
    """The real `env`, run by us, prints neither a publishing token nor a value of an index with a password."""
    urls = ('UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'PIP_INDEX_URL', 'HTTPS_PROXY', 'https_proxy')
    environment = {**os.environ, **dict.fromkeys(SECRET_NAMES, SECRET)}
    environment |= dict.fromkeys(urls, f'https://user:{SECRET}@index.example/')
    seen = (await LocalShell(environment).run(Command(('env',)))).text
    assert 'PATH=' in seen
    assert SECRET not in seen


@pytest.mark.anyio
async def test_a_child_does_not_see_what_the_spec_calls_a_credential() -> None:
    """Whatever its name, and though the list has it; a command that passes it on gets it."""
    log.add_secrets([SECRET], names=['UV_PYTHON_UPLOADS'])
    shell = LocalShell({'PATH': os.environ['PATH'], 'UV_PYTHON_UPLOADS': SECRET, 'UV_PYTHON_OTHER': 'x'})
    seen = [(await shell.run(Command(('env',), passes=passes))).text for passes in ((), ('UV_PYTHON_UPLOADS',))]
    assert ['UV_PYTHON_OTHER' in text for text in seen] == [True, True]
    assert [SECRET in text for text in seen] == [False, True]


@pytest.mark.parametrize(
    'value',
    [
        Credential('user', SECRET),
        Request('GET', 'https://index.example/', headers={'Authorization': SECRET}, auth=('user', SECRET)),
        Command(('true',), env={'TOKEN': SECRET}),
        LocalShell({'TOKEN': SECRET}),
        log.Redactor({'TOKEN': SECRET}),
        GitServer('http://127.0.0.1:1', SECRET),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_holds_a_credential_does_not_show_it(value: object) -> None:
    """Neither `repr` nor `str` tells."""
    assert SECRET not in f'{value!r} {value}'


@pytest.mark.anyio
async def test_a_failure_does_not_tell_the_secret() -> None:
    """What a command says in its complaint is masked in the error."""
    log.configure({'A_TOKEN': SECRET}, io.StringIO(), level='error')
    command = Command(('sh', '-c', f'echo {SECRET} >&2; exit 1'))
    completed = await LocalShell({'PATH': os.environ['PATH']}).run(command)
    error = failed(command, completed)
    log.configure({}, io.StringIO(), level='error')
    assert ('***' in str(error), SECRET in str(error)) == (True, False)


@pytest.mark.anyio
async def test_links_do_not_lead_out(tmp_path: Path) -> None:
    """A path that is found in a repository is resolved and stays inside."""
    (tmp_path / 'outside').write_text(SECRET)
    (tmp_path / 'tree').mkdir()
    (tmp_path / 'tree' / 'link').symlink_to('../outside')
    with pytest.raises(ReleaseKitError) as caught:
        await FolderFiles(tmp_path / 'tree').read(['link'])
    assert caught.value.code is Code.PATH_OUTSIDE
