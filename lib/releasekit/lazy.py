# SPDX-License-Identifier: Apache-2.0
"""The one way to import something heavy late: it is loaded at the first use of an attribute."""

from __future__ import annotations

import importlib
import types

# As `typing` has it, which takes a third of the time that an empty Python takes to start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Lazy(types.ModuleType):
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module's attribute can be anything
        value = getattr(importlib.import_module(self.__name__), name)
        # The next use finds it here, as fast as in the module itself.
        self.__dict__[name] = value
        return value


def module(name: str) -> Any:  # noqa: ANN401 - stands for any module
    """Return a stand-in for a module that is imported when it is first used.

    Beside it, under `TYPE_CHECKING`, the ordinary import tells type checkers what it is.
    """
    return _Lazy(name)
