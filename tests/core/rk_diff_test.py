# SPDX-License-Identifier: Apache-2.0
"""A diff leads from one text to the other exactly, as GNU patch would read it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from releasekit.core.diff import apply, unified
from releasekit.errors import Code, ReleaseKitError

LINES = st.lists(
    st.sampled_from(['a', 'b', '', 'c\r', '@@ -1 +1 @@', '--- a', '+++ b', '\\ No newline', '-x', '+x', ' '])
)
TEXTS = st.builds(lambda lines, end: '\n'.join(lines) + end, LINES, st.sampled_from(['', '\n'])) | st.text(max_size=60)


@given(TEXTS, TEXTS)
@example('a', 'a\n')
@example('', '\n')
@example('a\nb', 'a')
@example('\x0b\u2028\x85', '\x1c')
def test_applying_a_diff_gives_the_other_text(before: str, after: str) -> None:
    """To the character, with and without a last line end."""
    assert apply(before, unified(before, after, 'x')) == after


@given(LINES, st.data())
def test_a_diff_of_a_few_edits_of_a_long_text_is_exact_too(lines: list[str], data: st.DataObject) -> None:
    """Hunks that meet are one."""
    before = [f'line {number}' for number in range(60)]
    after = list(before)
    for line in lines[:6]:
        at = data.draw(st.integers(0, len(after) - 1))
        after[at : at + data.draw(st.integers(0, 2))] = [line]
    texts = '\n'.join(before), '\n'.join(after)
    assert apply(texts[0], unified(*texts, 'x')) == texts[1]


def test_the_form_is_that_of_unified_diffs() -> None:
    """Three lines of context, and the mark of a last line without an end."""
    before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12'
    after = '1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n'
    assert unified(before, after, 'a b.txt') == (
        '--- a/a b.txt\n+++ b/a b.txt\n'
        '@@ -2,11 +2,11 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n 10\n 11\n-12\n'
        '\\ No newline at end of file\n+12\n'
    )
    assert unified(before, before, 'x') == ''
    assert apply(before, '') == before


@pytest.mark.skipif(shutil.which('patch') is None, reason='there is no patch program')
@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('', 'new\nfile\n'),
        ('old\n', ''),
        ('a\nb\nc\n', 'a\nc\n'),
        ('a\r\nb\r\n', 'a\r\nB\r\n'),
        (
            '\n'.join(map(str, range(40))),
            '\n'.join(map(str, [*range(5), 'x', *range(8, 30), 'y', *range(31, 40)])) + '\n',
        ),
    ],
)
def test_gnu_patch_reads_it_alike(tmp_path: Path, before: str, after: str) -> None:
    """The same file comes out."""
    (tmp_path / 'x').write_bytes(before.encode())
    diff = unified(before, after, 'x').encode()
    subprocess.run(['patch', '--quiet', '--binary', '--strip=1'], cwd=tmp_path, input=diff, check=True)
    found = tmp_path / 'x'
    assert (found.read_bytes() if found.exists() else b'') == after.encode()


@pytest.mark.parametrize(
    ('text', 'diff'),
    [
        ('a\nX\nc\n', unified('a\nb\nc\n', 'a\nB\nc\n', 'x')),
        ('a\nb\n', unified('a\nb\nc\n', 'a\nB\nc\n', 'x')),
        ('a\nb', unified('a\nb\n', 'a\nB\n', 'x')),
        ('', unified('a\n', 'b\n', 'x')),
        ('a\n', '--- a/x\n+++ b/x\nno hunk\n'),
        ('a\n', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n?a\n'),
        ('a\nb\n', unified('a\n', 'c\n', 'x') + unified('a\n', 'd\n', 'x').partition('+++ b/x\n')[2]),
    ],
)
def test_a_diff_of_another_text_is_refused(text: str, diff: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ReleaseKitError) as caught:
        apply(text, diff)
    assert caught.value.code is Code.EDIT_FAILED
