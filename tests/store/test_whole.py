"""Copies, kills, and files that are swapped or lost: rows are all there, or a message says how many are missing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from seral_core.errors import BadStore
from seral_core.store import Answer, LabelStore
from seral_core.store.whole import beside, count_beside, mark_in_file
from tests.patience import until

#: Raise both for a long trial: SERAL_COPIES=500 SERAL_KILLS=50.
COPIES = int(os.environ.get("SERAL_COPIES", "15"))
KILLS = int(os.environ.get("SERAL_KILLS", "4"))
ENDINGS = ("", "-wal", "-shm", "-count")

Say = Callable[..., Answer]


@contextmanager
def writing(path: Path, acknowledged: Path, first: int = 0) -> Iterator[int]:
    """A process that appends answers, and says of each that it was acknowledged; killed at the end."""
    pid = os.fork()
    if not pid:
        store = LabelStore(path)
        with acknowledged.open("a", buffering=1) as log:
            for number in range(first, first + 10**6):
                text = "long " * random.randrange(1, 60)
                store.append([Answer(str(number), f"{number}.wav", "arousal", 0.5, rater="r", comment=text)])
                log.write(f"{number}\n")
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def wait_for(acknowledged: Path, rows: int) -> None:
    until(lambda: len(lines(acknowledged)) >= rows, every_s=0.005)


def lines(acknowledged: Path) -> set[str]:
    return set(acknowledged.read_text().split()) if acknowledged.exists() else set()


def said_of(path: Path) -> set[str] | str:
    """What a store holds, or its refusal."""
    try:
        store = LabelStore(path)
        store.append([Answer("later", "later.wav", "arousal", 0.5, rater="r")])
        return {row.id for row in store.rows()} - {"later"}
    except BadStore as wrong:
        return str(wrong)
    finally:
        store.close()


def check_copies(tmp_path: Path, endings: Callable[[random.Random], list[str]]) -> list[str]:
    """Copy a store that is written to, at random moments; return the refusals of copies that are not whole."""
    path, acknowledged, rng, said = tmp_path / "labels.sqlite", tmp_path / "acknowledged", random.Random(0), []
    with writing(path, acknowledged):
        wait_for(acknowledged, 5)
        for number in range(COPIES):
            time.sleep(rng.random() * 0.02)
            (tmp_path / str(number)).mkdir()
            before = lines(acknowledged)
            for ending in endings(rng):
                if beside(path, ending).exists():
                    shutil.copyfile(beside(path, ending), beside(tmp_path / str(number) / path.name, ending))
                time.sleep(rng.choice([0, 0, 0.02]))
            found = said_of(tmp_path / str(number) / path.name)
            if isinstance(found, str):
                said.append(found)
            else:
                assert before <= found, f"copy {number} silently lacks {len(before - found)} of {len(before)} rows"
    return said


def test_a_copy_of_the_file_alone_at_a_random_moment_is_whole_or_says_what_is_missing(tmp_path: Path) -> None:
    said = check_copies(tmp_path, lambda rng: [""])
    assert len(said) < COPIES / 2, "most copies are whole"


def test_a_copy_of_all_files_in_any_order_is_whole_or_says_what_is_missing(tmp_path: Path) -> None:
    check_copies(tmp_path, lambda rng: rng.sample(ENDINGS, len(ENDINGS)))


def test_after_kills_at_random_moments_nothing_is_missing_and_nothing_is_reported_missing(tmp_path: Path) -> None:
    path, acknowledged, rng = tmp_path / "labels.sqlite", tmp_path / "acknowledged", random.Random(1)
    for run in range(KILLS):
        before = len(lines(acknowledged))
        with writing(path, acknowledged, first=1000 * run):
            wait_for(acknowledged, before + rng.randrange(1, 20))
            time.sleep(rng.random() * 0.03)
        alone = path.with_name(f"after kill {run}.sqlite")
        shutil.copyfile(path, alone)
        whole = said_of(alone)
        assert isinstance(whole, str) or lines(acknowledged) <= whole, "the file alone has what was acknowledged"
        found = said_of(path)
        assert isinstance(found, set), found
        assert lines(acknowledged) <= found


@pytest.fixture
def store(tmp_path: Path, say: Say) -> LabelStore:
    """A store with 30 rows that was closed."""
    store = LabelStore(tmp_path / "labels.sqlite")
    for number in range(30):
        store.append([say(f"{number}.wav", comment="long " * 50)])
    store.close()
    return store


def lose_wal(path: Path, old: Path) -> None:
    beside(path, "-wal").unlink()


def delete(path: Path, old: Path) -> None:
    path.unlink()


def empty(path: Path, old: Path) -> None:
    os.truncate(path, 0)


def cut(path: Path, old: Path) -> None:
    os.truncate(path, 8192)


def swap(path: Path, old: Path) -> None:
    path.unlink()
    shutil.copyfile(old, path)


def overwrite(path: Path, old: Path) -> None:
    shutil.copyfile(old, path)


HARMS = [delete, empty, swap, overwrite]


@pytest.mark.parametrize("harm", HARMS)
def test_rows_that_are_gone_before_a_store_is_opened_are_counted(
    harm: Callable[[Path, Path], None], store: LabelStore, tmp_path: Path, say: Say
) -> None:
    path, old = Path(store.place), tmp_path / "old.sqlite"
    store.backup(old)
    store.append([say("x.wav", id="x"), say("y.wav", id="y")])
    store.close()
    harm(path, old)
    left = 30 if harm in (swap, overwrite) else 0
    for verb in (lambda: LabelStore(path).rows(), lambda: LabelStore(path).append([say("z.wav", id="z")])):
        with pytest.raises(BadStore, match=rf"has {left} rows .* but 32 were stored .*missing: {32 - left}\)"):
            verb()
    assert LabelStore(path).accept() == left
    assert LabelStore(path).append([say("z.wav", id="z")]) == 1
    assert len(LabelStore(path).rows()) == left + 1


@pytest.mark.parametrize("harm", [lose_wal, cut, *HARMS])
def test_what_happens_to_the_file_while_it_is_used_is_noticed_before_the_next_answer(
    harm: Callable[[Path, Path], None], store: LabelStore, tmp_path: Path, say: Say
) -> None:
    path, old = Path(store.place), tmp_path / "old.sqlite"
    store.backup(old)
    for number in range(20):
        store.append([say(f"{number}.wav", id=f"x{number}", comment="long " * 200)])
    harm(path, old)
    with pytest.raises(BadStore, match="while in use; this answer was not stored"):
        store.append([say("y.wav", id="y")])
    if harm is lose_wal:  # all that was acknowledged is in the file itself
        assert store.append([say("y.wav", id="y")]) == 1
        assert len(LabelStore(path).rows()) == 51
        return
    for again in (store, LabelStore(path)):
        with pytest.raises(BadStore, match=r"missing|malformed"):
            again.append([say("y.wav", id="y")])


def test_a_folder_that_is_put_back_is_written_to_again(tmp_path: Path, say: Say) -> None:
    mine = LabelStore(tmp_path / "project" / "labels.sqlite")
    mine.append([say("a.wav", id="a")])
    shutil.copytree(tmp_path / "project", tmp_path / "older")
    mine.append([say("b.wav", id="b")])
    (tmp_path / "project").rename(tmp_path / "away")
    (tmp_path / "older").rename(tmp_path / "project")
    for _ in range(2):
        with pytest.raises(BadStore):
            mine.append([say("c.wav", id="c")])
    (tmp_path / "project").rename(tmp_path / "older")
    (tmp_path / "away").rename(tmp_path / "project")
    assert mine.append([say("c.wav", id="c")]) == 1
    assert [row.id for row in LabelStore(mine.place).rows()] == ["a", "b", "c"]


def test_a_process_that_knows_of_more_rows_does_not_go_on_with_fewer_that_others_accepted(
    store: LabelStore, tmp_path: Path, say: Say
) -> None:
    path, old = Path(store.place), tmp_path / "old.sqlite"
    store.backup(old)
    store.append([say("x.wav", id="x")])
    swap(path, old)
    beside(path, "-wal").unlink()
    assert LabelStore(path).accept() == 30
    for _ in range(3):
        with pytest.raises(BadStore, match=r"while in use|has 30 rows .* 31 were stored"):
            store.append([say("y.wav", id="y")])
    assert LabelStore(path).append([say("y.wav", id="y")]) == 1


def test_of_many_threads_none_writes_to_a_store_that_was_swapped(store: LabelStore, tmp_path: Path, say: Say) -> None:
    path, old = Path(store.place), tmp_path / "old.sqlite"
    store.backup(old)
    for number in range(20):
        store.append([say(f"{number}.wav", id=f"x{number}", comment="long " * 200)])
    overwrite(path, old)

    def write(number: int) -> str:
        try:
            return f"stored {store.append([say('y.wav', id=f'y{number}')])}"
        except BadStore:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(40))) == {"refused"}


def test_the_file_alone_has_every_answer_as_soon_as_it_is_acknowledged(tmp_path: Path, say: Say) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    for number in range(1, 10):
        store.append([say()])
        shutil.copyfile(tmp_path / "labels.sqlite", tmp_path / f"copy {number}.sqlite")
        with sqlite3.connect(tmp_path / f"copy {number}.sqlite") as copy:
            assert copy.execute("SELECT count(*) FROM seral_answers").fetchone() == (number,)


def test_a_reader_who_stays_long_stops_no_answer_and_the_file_is_whole_after(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say()])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM seral_answers").fetchone()
    assert [store.append([say(f"{i}.wav")]) for i in range(3)] == [1, 1, 1]
    assert (mark_in_file(path), count_beside(path)) == (1, 4)
    reader.close()
    until(lambda: mark_in_file(path) >= 4)


def test_a_store_of_an_earlier_version_opens_and_is_counted_from_then_on(store: LabelStore, say: Say) -> None:
    path = Path(store.place)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    beside(path, "-count").unlink()
    assert len(LabelStore(path).rows()) == 30
    LabelStore(path).append([say("x.wav", id="x")])
    assert (mark_in_file(path), count_beside(path)) == (31, 31)


def test_a_count_that_cannot_be_read_or_is_behind_raises_no_alarm(store: LabelStore, say: Say) -> None:
    path = Path(store.place)
    for content in (b"", b"\xff\xfe", b"-5", b"7 rows"):
        beside(path, "-count").write_bytes(content)
        assert len(LabelStore(path).rows()) == 30


def test_a_store_is_readable_by_its_owner_alone(store: LabelStore, tmp_path: Path, say: Say) -> None:
    store.append([say("x.wav", id="x")])
    store.backup(tmp_path / "backup.sqlite")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.sqlite*")} == {0o600}
    LabelStore(tmp_path / "new" / "labels.sqlite").append([say(id="1")])
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o664, 0o660), (0o660, 0o660), (0o640, 0o640)])
def test_an_old_store_is_closed_to_others_but_stays_open_to_a_group_that_writes(
    before: int, after: int, store: LabelStore, say: Say
) -> None:
    path = Path(store.place)
    path.chmod(before)
    LabelStore(path).append([say("x.wav", id="x")])
    assert stat.S_IMODE(path.stat().st_mode) == after


def test_a_backup_while_raters_label_is_whole_and_one_file(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "labels.sqlite", tmp_path / "acknowledged"
    with writing(path, acknowledged):
        for number in range(5):
            wait_for(acknowledged, 5 * number + 1)
            before, to = lines(acknowledged), tmp_path / f"{number}.sqlite"
            rows = LabelStore(path).backup(to)
            assert [file.name for file in tmp_path.glob(f"*{number}.sqlite*")] == [to.name]
            with sqlite3.connect(to) as copied:
                found = {row[0] for row in copied.execute("SELECT id FROM seral_answers")}
            assert before <= found
            assert len(found) == rows


def test_a_backup_overwrites_nothing_and_needs_a_store(store: LabelStore, tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="is there already"):
        store.backup(Path(store.place))
    with pytest.raises(BadStore, match="nothing to back up"):
        LabelStore(tmp_path / "nowhere.sqlite").backup(tmp_path / "new.sqlite")
    with pytest.raises(BadStore, match="pg_dump"):
        LabelStore("postgresql://host/labels").backup(tmp_path / "new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_a_page_in_place_of_another_is_noticed_by_all_who_read(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say(f"{i}.wav") for i in range(200)])
    store.close()
    raw = bytearray(path.read_bytes())
    cells = {at: raw[at + 3 : at + 5] for at in range(4096, len(raw), 4096) if raw[at] == 13}  # leaves of the table
    one, *_, other = (
        at for at in cells if list(cells.values()).count(cells[at]) > 1 and cells[at] == [*cells.values()][2]
    )
    raw[one : one + 4096] = raw[other : other + 4096]  # as many rows, some of them twice
    path.write_bytes(raw)
    damaged = LabelStore(path)
    for verb in (damaged.check, damaged.rows, damaged.current, damaged.accept, lambda: damaged.backup(tmp_path / "b")):
        with pytest.raises(BadStore, match="is damaged"):
            verb()
    assert not (tmp_path / "b").exists()
