"""Names are matched to the few of very many clips that they may mean as to all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from seral_core.corpora.corpus import segment_id, segment_place
from seral_core.corpora.files import few
from seral_core.corpora.find_files import agree
from seral_core.corpora.matching import WAYS, matched, namesakes
from seral_core.corpora.names_differ import names_differ
from seral_core.corpora.namesakes import same_name
from seral_core.corpora.narrowed import narrowed

FOLDERS = ("", "s1/", "s2/", "data/s1/", "data/S1/", "wav/", "audio16k/", "/top/wav/", "x/y/s2/")
NAMES = ("01.wav", "01.flac", "1.wav", "a b.wav", "a_b.wav", "A_b!.wav", "q.wav#ch1", "q.wav#ch2", "!.wav")
TIMES = ((0.0, np.nan), (0.0, 2.0), (0.0, 1.0), (1.0, 2.0), (1.0, np.nan), (2.0, 3.0))


def drawn(rng: np.random.Generator, count: int, names: Sequence[str], folders: Sequence[str]) -> list[str]:
    def one(of: Sequence[str]) -> str:
        return of[int(rng.integers(len(of)))]

    ids = (segment_id(one(folders) + one(names), *TIMES[int(rng.integers(len(TIMES)))]) for _ in range(count))
    return list(dict.fromkeys(ids))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("renamed", [False, True])
def test_the_few_that_are_left_give_what_all_give(seed: int, renamed: bool) -> None:
    rng = np.random.default_rng(seed)
    some = [f"{i}.wav" for i in range(40)] if renamed else NAMES
    ours = drawn(rng, int(rng.integers(3, 60)), some, FOLDERS[5:6] if renamed and seed % 3 else FOLDERS)
    theirs = drawn(rng, int(rng.integers(1, 12)), some, FOLDERS[6:7] if renamed else FOLDERS)
    left = narrowed(theirs, iter(ours))
    assert set(left) <= set(ours)
    lengths_s = {segment_place(segment)[0]: 2.0 for segment in ours}
    for how in WAYS:
        for lengths in (None, lengths_s):
            wanted = matched(theirs, ours, how, lengths)
            got = matched(theirs, left, how, lengths, names_differ=lambda how=how: names_differ(ours, how))
            assert got == wanted, how
    same = same_name(theirs, iter(ours))
    for segment, clips in namesakes(theirs, ours).items():
        fitting = [own for own in clips if agree(segment_place(segment)[0], segment_place(own)[0])]
        found = same.pop(segment)
        assert (found.everywhere.text(2), found.fitting.text()) == (few(clips, 2), few(fitting))
        assert (found.fitting.files > 1) == (len({segment_place(own)[0] for own in fitting}) > 1)
    assert not same


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        (["01.wav"], ["s1/01.wav", "s2/01.wav", "01.wav"], 1),
        (["audio16k/a.wav", "audio16k/b.wav"], ["wav/a.wav", "wav/b.wav", "wav/c.wav"], 2),
        (["audio16k/a.wav", "audio16k/b.wav"], ["wav/a.wav", "wav/b.wav", "wav/c.wav", "old/c.wav"], 0),
    ],
)
def test_clips_of_other_names_count_where_they_do_in_memory(theirs: list[str], ours: list[str], found: int) -> None:
    whole = [matched(theirs, ours, how) for how in WAYS]
    left = narrowed(theirs, ours)
    assert [matched(theirs, left, how, names_differ=lambda how=how: names_differ(ours, how)) for how in WAYS] == whole
    assert max(map(len, whole)) == found


def test_what_is_left_does_not_grow_with_the_pool() -> None:
    parts = (f"w{i % 5}.wav#{i}.000-{i + 1}.000" for i in range(20_000))
    assert len(narrowed([f"x/w{i % 5}.wav#{i}.000-{i + 1}.000" for i in range(100)], parts)) == 100
    files = (f"all/s{i % 500}/v{i // 500}/01.wav" for i in range(20_000))
    assert len(narrowed(["s7/v3/01.wav", "s8/v9/01.wav"], files)) <= 10
