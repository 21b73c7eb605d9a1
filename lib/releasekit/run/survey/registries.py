# SPDX-License-Identifier: Apache-2.0
"""Where packages go: pure. What the files name goes before what CI does, and that before the public registry."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from releasekit.ecosystems.survey import Outlet
from releasekit.run.survey.draft import Choice, Row, TargetDraft
from releasekit.run.survey.seen import Found, Seen
from releasekit.spec.addresses import is_loopback

NOWHERE = 'none'
# CI services whose jobs have an identity that the public registries trust; elsewhere a token is needed.
_TRUSTED_HOSTS = frozenset({'github.com', 'gitlab.com'})
_IDENTITY = re.compile(r'id-token:\s*write|\bid_tokens:')


@dataclasses.dataclass(frozen=True, slots=True)
class Trace:
    """A CI file that publishes: by its identity, or with the token in a variable ('' where it names none)."""

    path: str
    trusted: bool
    token: str


@dataclasses.dataclass(frozen=True, slots=True)
class Routing:
    """The targets of a workspace, those of single packages by name, and what is said and asked about them."""

    targets: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    questions: tuple[Choice, ...]


class Registries:
    """Gathers the targets of all workspaces; the same registry is one target."""

    def __init__(self, seen: Seen, answers: Mapping[str, str]) -> None:
        """Begin with none."""
        self._seen = seen
        self._answers = answers
        self._known: dict[tuple[str, str], TargetDraft] = {}

    @property
    def targets(self) -> tuple[TargetDraft, ...]:
        """All that were needed so far."""
        return tuple(self._known.values())

    def route(self, found: Found) -> Routing:
        """Where the packages of a workspace go."""
        what = f'target of {found.label}'
        if not found.uploaded:
            return Routing((), {}, (Row(what, 'none', _why_none(found)),), ())
        trace = published(self._seen, found)
        everywhere = [each for each in found.details.outlets if not each.packages]
        special = [each for each in found.details.outlets if each.packages]
        only = {name: (self._target(found, each, trace),) for each in special for name in each.packages}
        if len(only) == len(found.uploaded):
            return Routing((), only, tuple(_special(special)), ())
        outlet, why, question = self._choose(found, everywhere, trace)
        rows = list(_special(special))
        if outlet is None:
            return Routing((), only, (*rows, Row(what, 'none', why)), question)
        name = self._target(found, outlet, trace)
        draft = next(each for each in self._known.values() if each.name == name)
        return Routing(
            (name,), only, (*rows, Row(what, name, why), Row(f'auth of {name}', draft.auth, draft.why)), question
        )

    def _choose(
        self, found: Found, outlets: Sequence[Outlet], trace: Trace | None
    ) -> tuple[Outlet | None, str, tuple[Choice, ...]]:
        key, kind = f'target:{found.label}', found.ecosystem.kind.targets[0]
        if len(outlets) == 1:
            return outlets[0], outlets[0].why, ()
        if outlets:
            options = {each.label: f'{each.label}, {each.url}' for each in outlets}
            chosen = next((each for each in outlets if each.label == self._answers.get(key)), outlets[0])
            choice = Choice(key, f'Which index are the packages of {found.label} uploaded to?', options)
            return chosen, f'{chosen.why}, the first of {len(outlets)}', (choice,)
        public = Outlet(kind.type, '', '', '')
        if trace is not None:
            return public, f'{trace.path} publishes', ()
        if not found.ecosystem.survey.token:
            return public, 'its tags are what is published', ()
        options = {kind.type: f'{kind.type}, the public registry', NOWHERE: 'nowhere; they are only tagged'}
        choice = Choice(key, f'No file says where the packages of {found.label} are uploaded to. Where?', options)
        if self._answers.get(key) == NOWHERE:
            return None, 'as answered', (choice,)
        why = 'as answered' if key in self._answers else 'the public registry; no file says otherwise'
        return public, why, (choice,)

    def _target(self, found: Found, outlet: Outlet, trace: Trace | None) -> str:
        """The name of the target for a registry, which is made where there is none yet."""
        kind = found.ecosystem.kind.targets[0]
        url = '' if outlet.url == kind.url else outlet.url
        unknown = not outlet.url and outlet.label != kind.type
        at = (kind.type, url or (outlet.label if unknown else ''))
        if at not in self._known:
            name = _unique(_slug(outlet.label), {each.name for each in self._known.values()})
            auth, why = self._auth(found, outlet, trace, public=not url and not unknown)
            index = '' if outlet.index == kind.index else outlet.index
            plain = any(
                part.scheme == 'http' and not is_loopback(part.hostname or '')
                for part in (urlsplit(url), urlsplit(index))
            )
            self._known[at] = TargetDraft(name, kind.type, url, index, auth, why, insecure=plain)
        return self._known[at].name

    def _auth(self, found: Found, outlet: Outlet, trace: Trace | None, *, public: bool) -> tuple[str, str]:
        survey = found.ecosystem.survey
        if not survey.token:
            return 'none', f'{found.ecosystem.name} needs none'
        if not public:
            token = (
                outlet.token
                or (trace.token if trace else '')
                or f'{_slug(outlet.label).upper().replace("-", "_")}_TOKEN'
            )
            return _token(token), outlet.why if outlet.token else 'a name for the variable that holds the token'
        if trace is not None and trace.token and not trace.trusted:
            return _token(trace.token), f'{trace.path} reads it'
        if trace is not None and trace.trusted:
            return 'trusted', f'{trace.path} has an identity'
        hosts = {remote.forge.host if remote.forge else '' for remote in self._seen.remotes}
        if hosts and not hosts & _TRUSTED_HOSTS:
            return _token(survey.token), 'the remote is on no host whose jobs registries trust'
        return 'trusted', 'the default: an identity of the CI job, no secret'


def published(seen: Seen, found: Found) -> Trace | None:
    """The first CI file that publishes packages of the ecosystem of a workspace."""
    survey = found.ecosystem.survey
    publishing, tokens = re.compile(survey.publishing), re.compile(rf'\b(?:{survey.tokens})\b')
    for path, text in seen.ci.items():
        if publishing.search(text):
            names = [match.group() for match in tokens.finditer(text)] if survey.tokens else []
            order = survey.tokens.split('|')
            # Names that a tool documents, in the order of the survey, go before those that a team made up.
            best = min(names, key=lambda name: order.index(name) if name in order else len(order), default='')
            return Trace(path, bool(_IDENTITY.search(text)) and not best, best)
    return None


def _special(outlets: Sequence[Outlet]) -> Iterator[Row]:
    for each in outlets:
        yield Row(f'target of {", ".join(each.packages)}', each.label, each.why)


def _why_none(found: Found) -> str:
    reasons = sorted(
        {*(package.private for package in found.packages if package.private), *found.details.unbuilt.values()}
    )
    return f'nothing to upload: {", ".join(reasons)}' if reasons else 'nothing to upload'


def _token(name: str) -> str:
    return f'{{token: {{env: {name}}}}}'


def _slug(label: str) -> str:
    text = re.sub('[^a-z0-9]+', '-', label.lower()).strip('-')
    return text if text[:1].isalpha() else f'registry-{text}'.strip('-')


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f'{name}-{number}', number + 1
    return found
