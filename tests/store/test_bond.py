"""A store that others reach too: it has one project, and nothing of what was stored in it goes away unnoticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, event, make_url

from seral_core.cli import commands
from seral_core.cli.labels import store_at
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadPlan, BadStore
from seral_core.store import Answer, LabelStore
from seral_core.store.bond import NEWEST, Bond, NotOwn
from seral_core.studio.copies import take
from seral_core.studio.opening import separate
from seral_core.studio.project import LabelProject, new_project, open_project, write_project
from seral_core.studio.session import Session
from seral_core.studio.stores import OWN, agree, store_of
from seral_core.studio.testing import made_project

Say = Callable[..., Answer]


@pytest.fixture
def address(place: str) -> str:
    return place if "://" in place else f"sqlite:///{place}"


def answer(session: Session, rater: str = "me", again: str = "") -> str:
    clip = session.next(rater)["clips"][0]
    said = {"id": f"{session.studio.run} {clip['shown']}{again}", "target": "emotion", "value": "anger"}
    session.record(rater, {"shown": clip["shown"], "segment": clip["segment"], "answers": [said]})
    return str(clip["segment"])


def two(folder: Path, address: str) -> Iterator[Path]:
    for name in ("first", "second"):
        (folder / name).mkdir()
        yield made_project(6, folder=folder / name, store=address, test_share=0.0)


def test_a_database_has_one_project_for_clips_and_raters_of_two_would_be_taken_for_one_another(
    tmp_path: Path, address: str
) -> None:
    first, second = (Session(folder, train=False) for folder in two(tmp_path, address))
    answer(first)
    for verb in (second.next, second.progress, second.undo):
        with pytest.raises(NotOwn, match="holds the answers of another project"):
            verb("me")
    assert first.progress("me")["answered"] == 1
    (tmp_path / "third").mkdir()
    with pytest.raises(NotOwn):
        made_project(6, folder=tmp_path / "third", store=address)
    assert not (tmp_path / "third" / "project").exists()
    for session in (first, second):
        session.store.close()


def test_a_project_with_new_links_keeps_its_database_and_a_copy_gets_none_of_it(tmp_path: Path, address: str) -> None:
    folder = made_project(6, folder=tmp_path, store=address, test_share=0.0).resolve()
    answer(session := Session(folder, train=False))
    session.store.close()
    copy = folder.with_name("copy")
    copy.mkdir()
    write_project(copy, open_project(folder))
    agree(copy, open_project(copy).store)
    with pytest.raises(BadPlan, match=r"same database as .*project, of which it is a copy"):
        separate(copy)
    before = open_project(folder)
    separate(folder)
    assert open_project(folder).former_runs == (before.run,)
    take(folder, open_project(folder).marks)
    session = Session(folder, train=False)
    assert session.progress("me")["answered"] == 1
    session.store.close()


@pytest.mark.parametrize("moved", [False, True], ids=["there", "moved"])
def test_a_file_of_another_project_is_neither_read_nor_written_to_nor_accepted(tmp_path: Path, moved: bool) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    folders = [made_project(6, folder=tmp_path / name, test_share=0.0).resolve() for name in "ab"]
    for folder in folders:
        answer(session := Session(folder, train=False))
        session.store.close()
    if moved:  # the home notes what was labelled by its place
        folders = [folder.rename(folder.with_name(f"{folder.name}-moved")) for folder in folders]
    one, other = (folder / OWN for folder in folders)
    own = one.read_bytes()
    one.write_bytes(other.read_bytes())
    store = store_of(folders[0], open_project(folders[0]))
    for verb in (store.check, store.rows, store.accept, lambda: store.backup(tmp_path / "copy.sqlite")):
        with pytest.raises(NotOwn, match="answers of another project"):
            verb()
    for words in (
        ["labels", "export", folders[0], "--to", tmp_path / "a.csv"],
        ["labels", "accept", folders[0], "--yes"],
    ):
        found = CliRunner().invoke(commands, [str(word) for word in words])
        assert isinstance(found.exception, NotOwn)
    with pytest.raises(NotOwn):
        open_corpus(str(folders[0]))
    assert len(LabelStore(one).rows(kind="answer")) == 1, "all that it holds may be taken out of the file itself"
    one.write_bytes(own)
    assert Session(folders[0], train=False).progress("me")["answered"] == 1


def test_rows_that_another_process_stores_while_one_looks_raise_no_alarm(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both() -> LabelStore:
        return LabelStore(tmp_path / "labels.sqlite", Bond(("a",), tmp_path))

    first = both()
    first.append([say("0.wav")])
    monkeypatch.setattr("seral_core.store.labels.check_sound", lambda *_: first.append([say("1.wav")]))
    assert len(both().rows()) == 2


def emptied(address: str) -> None:
    """Do what an owner of a database may do to it, by mistake."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        for path in Path(url.database or "").parent.glob("labels.sqlite*"):
            path.unlink()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def test_a_database_that_was_emptied_or_put_back_is_noticed_while_it_is_used_and_at_the_next_start(
    tmp_path: Path, address: str, say: Say
) -> None:
    store = LabelStore(address, Bond(("a",), tmp_path))
    rows = [say(f"{i}.wav") for i in range(3)]
    store.append(rows)
    emptied(address)
    other = LabelStore(address)
    other.append(rows[:2])  # as an older state has them
    other.close()
    for verb in (lambda: store.append([say("next.wav")]), store.rows):
        with pytest.raises(BadStore, match=r"lacks row 3, which was stored|was moved, deleted or replaced|missing: "):
            verb()
    store.close()
    fresh = LabelStore(address, Bond(("a",), tmp_path))
    with pytest.raises(BadStore, match=r"lacks row 3, which was stored in it.*seral labels accept"):
        fresh.rows()
    assert fresh.accept() == 2
    assert fresh.append([say("next.wav")]) == 1
    fresh.close()
    assert len(LabelStore(address, Bond(("a",), tmp_path)).rows()) == 3


def test_a_newest_row_that_cannot_be_read_or_is_behind_raises_no_alarm(tmp_path: Path, address: str, say: Say) -> None:
    store = LabelStore(address, Bond((), tmp_path))
    store.append([say("1.wav")])
    early = (tmp_path / NEWEST).read_bytes()
    store.append([say("2.wav")])
    store.close()
    for content in (early, b"", b"\xff\x00 x", b"12", early[:9]):
        (tmp_path / NEWEST).write_bytes(content)
        again = LabelStore(address, Bond((), tmp_path))
        assert len(again.rows()) == 2
        again.close()


def test_a_link_in_place_of_the_newest_row_is_not_written_to(tmp_path: Path, say: Say) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / NEWEST).symlink_to(victim)
    LabelStore(f"sqlite:///{tmp_path}/labels.sqlite", Bond((), folder)).append([say()])
    assert victim.read_text() == "mine"
    store = f"sqlite:///{tmp_path}/labels.sqlite"
    with pytest.raises(BadPlan, match="leads out of its folder"):
        new_project(folder, LabelProject("recordings", ("arousal",), store=store))


def test_an_answer_is_on_the_disk_of_a_database_that_is_set_not_to_wait_for_it(place: str, say: Say) -> None:
    if "://" not in place:
        pytest.skip("a file is always waited for")
    store, found = LabelStore(f"{place}?options=-csynchronous_commit%3Doff"), []
    listened = store._reach._ready()
    event.listen(listened, "commit", lambda now: found.append(now.exec_driver_sql("SHOW synchronous_commit").scalar()))
    store.append([say()])
    store.close()
    assert found[-1] == "on"


def test_an_answer_that_a_database_changes_is_not_stored(place: str, say: Say) -> None:
    if "://" not in place:
        pytest.skip("a file with others' triggers is refused")
    store = LabelStore(place)
    store.append([say()])
    with store._reach.connect() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN new.word = 'surprise'; RETURN new; END $$; "
            "CREATE TRIGGER other BEFORE INSERT ON seral_answers FOR EACH ROW EXECUTE FUNCTION other()"
        )
    with pytest.raises(BadStore, match="stored another answer than"):
        store.append([say("b.wav")])
    assert [row.value for row in store.rows()] == ["anger"]
    store.close()


def test_a_whole_folder_that_was_put_back_to_an_older_state_is_noticed_and_a_copy_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    folder = made_project(6, folder=tmp_path, test_share=0.0).resolve()
    answer(session := Session(folder, train=False))
    session.store.close()
    saved = tmp_path / "saved"
    shutil.copytree(folder, saved)
    for _ in range(2):
        answer(session := Session(folder, train=False))
        session.store.close()
    here = len(store_at(str(folder)).current())
    shutil.rmtree(folder)
    shutil.copytree(saved, folder)
    for place in (folder, folder / "labels.sqlite"):
        with pytest.raises(BadStore, match=r"lacks row \d+, .* older state; .*seral labels accept"):
            store_at(str(place)).check()
    with pytest.raises(BadStore, match="older state"):
        Session(folder, train=False).next("me")
    assert len(store_at(str(saved)).current()) == 1, "what was saved elsewhere can be exported"
    assert here == 3
    store_at(str(folder / "labels.sqlite")).accept()
    answer(session := Session(folder, train=False))
    session.store.close()
    assert len(store_at(str(folder)).current()) == 2


def test_a_folder_that_was_put_back_and_labelled_on_elsewhere_is_another_state_too(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path, test_share=0.0).resolve()
    saved = tmp_path / "saved"
    shutil.copytree(folder, saved)
    answer(session := Session(folder, train=False))
    session.store.close()
    for _ in range(2):
        answer(session := Session(saved, train=False), again=" elsewhere")
        session.store.close()
    shutil.rmtree(folder)
    saved.rename(folder)
    with pytest.raises(BadStore, match="was stored in it"):
        store_at(str(folder)).check()
