# SPDX-License-Identifier: Apache-2.0
"""The files that a step edits, each as a whole: what several packages change in one file becomes one edit."""

from __future__ import annotations

import dataclasses

from releasekit.core.actions import EditFile
from releasekit.errors import Code, fail
from releasekit.steps.base import Run


@dataclasses.dataclass(slots=True)
class _Text:
    text: str | None
    whys: dict[str, None]
    owners: dict[str | None, None]


class Texts:
    """Texts of files, beginning with those that the plan leaves so far."""

    def __init__(self, run: Run) -> None:
        """Begin with no changes."""
        self._run = run
        self._texts: dict[str, _Text] = {}

    def find(self, path: str) -> str | None:
        """The text of a file with the changes so far, or None where there is none."""
        return self._texts[path].text if path in self._texts else self._run.text(path)

    def read(self, path: str) -> str:
        """The text of a file that must be there, with the changes so far.

        Raises:
            ReleaseKitError: `RK-EDIT-FAILED` where it is not there.
        """
        if (text := self.find(path)) is None:
            hint = f'Commit {path}, or take it out of release.yaml.'
            raise fail(Code.EDIT_FAILED, f'{path} is not in the commit.', hint)
        return text

    def remove(self, path: str, why: str) -> None:
        """Delete a file, for the reason `why`."""
        self._set(path, None, why, None)

    def write(self, path: str, text: str, why: str, package: str | None = None) -> None:
        """Change a file, for the reason `why` and for the sake of a package or of none."""
        self._set(path, text, why, package)

    def _set(self, path: str, text: str | None, why: str, package: str | None) -> None:
        known = self._texts.get(path)
        if known is None and text == self._run.text(path):
            return
        if known is None:
            self._texts[path] = _Text(text, {why: None}, {package: None})
        elif text != known.text:
            known.text = text
            known.whys[why] = None
            known.owners[package] = None

    @property
    def changed(self) -> dict[str, bytes]:
        """The files that were changed, by path; those that are deleted are left out."""
        return {path: known.text.encode() for path, known in self._texts.items() if known.text is not None}

    def edits(self) -> list[EditFile]:
        """One action for each file that was changed; it is for a package where all of its changes are."""
        found = []
        for path, known in self._texts.items():
            owner = next(iter(known.owners)) if len(known.owners) == 1 else None
            edit = self._run.edit(path, known.text, '; '.join(known.whys), owner)
            found += [] if edit is None else [edit]
        return found
