# SPDX-License-Identifier: Apache-2.0
"""What the children of a run are told about it: its id, and the span that they are part of."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator, Mapping

_told: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar('told', default={})  # noqa: B039 - replaced, never changed


def told() -> Mapping[str, str]:
    """The variables for a child that is started here."""
    return _told.get()


def tell(variables: Mapping[str, str]) -> None:
    """Tell the children of this task of the event loop more; those of others hear nothing of it."""
    _told.set({**_told.get(), **variables})


@contextlib.contextmanager
def telling(variables: Mapping[str, str]) -> Generator[None]:
    """Tell all children that are started inside."""
    token = _told.set({**_told.get(), **variables})
    try:
        yield
    finally:
        _told.reset(token)
