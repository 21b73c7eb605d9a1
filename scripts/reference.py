# SPDX-License-Identifier: Apache-2.0
"""Write the pages of docs/reference that are made from the program itself; a test compares what is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pages import documents, errors, events, release_yaml, steps, tasks

FOLDER = Path(__file__).parent.parent / 'docs' / 'reference'
PAGES: Mapping[str, Callable[[], str]] = {
    'documents.md': documents.page,
    'events.md': events.page,
    'errors.md': errors.page,
    'release-yaml.md': release_yaml.page,
    'steps.md': steps.page,
    'tasks.md': tasks.page,
}


def main() -> None:
    """Write all of them."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding='utf-8')
        print(f'docs/reference/{name}')


if __name__ == '__main__':
    main()
