# SPDX-License-Identifier: Apache-2.0
"""Which packages a glob of a group means: those of its own workspace, or with `label:` those of another one."""

from __future__ import annotations

from collections.abc import Collection


def addressed(glob: str, own: str, labels: Collection[str]) -> tuple[str, str]:
    """The label of the workspace that a glob looks at, and the glob for names there.

    Only a word that is a label stands before the colon; any other is a part of the name.
    """
    label, colon, name = glob.partition(':')
    return (label, name) if colon and label in labels else (own, glob)
