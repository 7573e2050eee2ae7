"""Copies of a project's folder: raters' links go on leading to the original, and to no copy that nobody opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core.errors import BadPlan
from seral_core.home import home
from seral_core.studio.copies import take
from seral_core.studio.opening import opened_project
from seral_core.studio.project import add_raters, new_link
from seral_core.studio.testing import made_project
from seral_dashboard import projects, serve
from tests.dashboard.label import Desk, project, serving


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture
def original(tmp_path: Path) -> Path:
    folder = made_project(clips=6, folder=tmp_path).rename(home("labels") / "project")
    opened_project(str(folder), {})
    return folder


def secret_of(folder: Path) -> str:
    return projects.studio(folder).rater("me").secret


def copied(folder: Path, name: str = "copy", **how: Any) -> Path:
    return Path(shutil.copytree(folder, folder.with_name(name), **how))


def forget() -> None:
    """As before SERAL kept where links lead, and in a fresh process."""
    (home() / "links.json").unlink(missing_ok=True)
    projects._sessions.clear()


@pytest.mark.parametrize("newer", [True, False])
def test_a_link_leads_to_the_original_whichever_copy_changed_last(original: Path, newer: bool) -> None:
    copy = copied(original)
    at = (original / "studio.toml").stat().st_mtime
    os.utime(copy / "studio.toml", (at + newer, at + newer))
    assert projects.of_secret(secret_of(copy))[0] == original


def test_an_answer_by_a_link_is_in_the_original_and_none_goes_to_a_copy(port: int, tmp_path: Path) -> None:
    folder = project(tmp_path)
    copy = copied(folder)
    projects.remember(copy)
    os.utime(copy / "studio.toml", (4e9, 4e9))
    desk, of_copy = Desk(port, folder), Desk(port, copy)
    page = desk.ask("GET", f"/rate/{desk.secret}").content.decode()
    assert (desk.place in page, of_copy.place in page) == (True, False)
    reply = of_copy.get("next")
    assert (reply.status, str(copy) in reply.content.decode()) == (503, False), "what waits is not refused for good"
    assert desk.get("next").status == 200


def test_a_copy_beside_its_original_is_opened_only_with_links_of_its_own(original: Path) -> None:
    copy, secret = copied(original), secret_of(original)
    for opens in (lambda: opened_project(str(copy), {}, ["ben"]), lambda: projects.session(copy, train=False)):
        with pytest.raises(BadPlan, match=r"is a copy of .*/project, .*seral label .*/copy --new-links"):
            opens()
    with pytest.raises(BadPlan, match="is a copy of"):
        serve._first_page(copy)
    assert [rater.name for rater in projects.studio(copy).raters] == ["me"]
    assert projects.of_secret(secret)[0] == original
    before = projects.studio(original)
    _, studio, _ = opened_project(str(copy), {}, new_links=True)
    assert (studio.run == before.run, studio.raters[0].secret == secret) == (False, False)
    assert projects.of_secret(studio.raters[0].secret)[0] == copy
    assert projects.of_secret(secret)[0] == original
    assert projects.session(copy, train=False).folder == copy


def test_links_go_on_leading_to_a_project_that_was_moved(original: Path, tmp_path: Path) -> None:
    copied(original)
    moved = original.rename(original.with_name("moved"))
    assert projects.of_secret(secret_of(moved))[0] == moved
    away = moved.rename(tmp_path / "elsewhere")
    assert opened_project(str(away), {})[2] == (), "it is known again"
    projects.remember(away)
    assert projects.of_secret(secret_of(away))[0] == away


def test_links_lead_to_what_was_saved_once_the_original_is_gone_and_the_owner_has_opened_it(original: Path) -> None:
    copy, secret = copied(original), secret_of(original)
    shutil.rmtree(original)
    with pytest.raises(projects.NoLink, match="was copied or moved; ask the person who sent it"):
        projects.of_secret(secret)
    assert "they lead to" in opened_project(str(copy), {})[2][0]
    assert projects.of_secret(secret)[0] == copy
    restored = copied(copy, "project")
    with pytest.raises(BadPlan, match="is a copy of"):
        opened_project(str(restored), {})


def test_a_copy_beside_the_old_place_of_a_moved_project_takes_no_links(original: Path, tmp_path: Path) -> None:
    copied(original, "copy", copy_function=shutil.copy2)
    secret, moved = secret_of(original), original.rename(tmp_path / "unknown place")
    with pytest.raises(projects.NoLink, match="was copied or moved"):
        projects.of_secret(secret)
    assert opened_project(str(moved), {})[2] == (), "it is the original, and known by its number"
    projects.remember(moved)
    assert projects.of_secret(secret)[0] == moved


def test_links_that_were_replaced_open_no_copy_either(original: Path) -> None:
    secret, copy = secret_of(original), copied(original)
    opened_project(str(original), {}, new_links=True)
    with pytest.raises(projects.NoLink):
        projects.of_secret(secret)
    for opens in (lambda: opened_project(str(copy), {}), lambda: projects.session(copy, train=False)):
        with pytest.raises(BadPlan, match=r"replaced by new ones, and lead nowhere any more; .* --new-links"):
            opens()
    with pytest.raises(BadPlan, match="replaced by new ones"):
        take(copy, projects.studio(copy).marks)
    assert projects.of_secret(secret_of(original))[0] == original
    opened_project(str(copy), {}, new_links=True)
    assert projects.of_secret(secret_of(copy))[0] == copy
    with pytest.raises(projects.NoLink):
        projects.of_secret(secret)


def test_a_link_that_was_replaced_stays_dead_and_a_copy_replaces_none_of_the_original(original: Path) -> None:
    copy, secret = copied(original), secret_of(original)
    new_link(copy, "me")
    assert projects.of_secret(secret)[0] == original
    new_link(original, "me")
    shutil.rmtree(original)
    with pytest.raises(projects.NoLink):
        projects.of_secret(secret)


def test_of_two_saved_copies_the_owner_says_which_one_links_lead_to(original: Path) -> None:
    first, second = copied(original, "first"), copied(original, "second")
    secret = secret_of(original)
    shutil.rmtree(original)
    with pytest.raises(projects.NoLink, match="was copied or moved; ask the person who sent it"):
        projects.of_secret(secret)
    assert "they lead to" in opened_project(str(second), {})[2][0]
    assert projects.of_secret(secret)[0] == second
    with pytest.raises(BadPlan, match="is a copy of"):
        opened_project(str(first), {})


def test_a_copy_takes_no_links_while_the_disk_of_the_original_is_away(original: Path, tmp_path: Path) -> None:
    copy, secret = copied(original), secret_of(original)
    original.rename(tmp_path / "on a disk that is away")
    with pytest.raises(projects.NoLink, match="was copied or moved"):
        projects.of_secret(secret)
    with pytest.raises(BadPlan, match="which is not there now"):
        projects.session(copy, train=False)
    (tmp_path / "on a disk that is away").rename(original)
    assert projects.of_secret(secret)[0] == original


def test_copies_from_before_are_refused_until_the_owner_opens_one(original: Path) -> None:
    copy, secret = copied(original), secret_of(original)
    forget()
    with pytest.raises(projects.NoLink, match="was copied or moved"):
        projects.of_secret(secret)
    with pytest.raises(BadPlan, match="not known to which"):
        projects.session(copy, train=False)
    serve._first_page(original)
    assert projects.of_secret(secret)[0] == original
    with pytest.raises(BadPlan, match="is a copy of"):
        projects.session(copy, train=False)


def test_a_project_from_before_opens_and_its_links_work(original: Path) -> None:
    forget()
    assert projects.of_secret(secret_of(original))[0] == original
    assert projects.session(original, train=False).folder == original


def test_raters_and_links_that_are_new_do_not_move_to_a_copy_made_later(original: Path) -> None:
    add_raters(original, ["ben"])
    new_link(original, "me")
    copied(original)
    for rater in projects.studio(original).raters:
        assert projects.of_secret(rater.secret)[0] == original


def test_a_damaged_note_of_where_links_lead_stops_nobody(original: Path) -> None:
    path = home() / "links.json"
    for text in ("{", "[]", '{"a": 3, "b": ["x"]}', "[" * 200_000):
        path.write_text(text)
        assert projects.of_secret(secret_of(original))[0] == original


def test_projects_that_changed_at_the_same_moment_are_listed_in_one_order(original: Path) -> None:
    made = [original, *(copied(original, f"copy {i}") for i in range(6))]
    for folder in made:
        os.utime(folder / "studio.toml", (1e9, 1e9))
    assert projects.folders() == sorted(made)


def test_a_secret_is_not_readable_in_the_note_of_where_links_lead(original: Path) -> None:
    path = home() / "links.json"
    assert secret_of(original) not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_copy_locks_out_nobody(original: Path) -> None:
    secret = secret_of(original)
    forget()
    (copied(original) / "studio.toml").write_text("corpus = [")
    assert projects.of_secret(secret)[0] == original
