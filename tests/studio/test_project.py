"""Projects: made, opened again, and never opened as something else."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seral_core.cli import main
from seral_core.errors import BadPlan, BadStore, SeralError, UnknownName
from seral_core.studio.opening import opened_project
from seral_core.studio.project import FILE, LabelProject, Rater, add_raters, new_link, new_project, open_project
from seral_core.studio.testing import made_project

STUDIO = LabelProject("recordings", ("emotion=anger,sadness", "arousal=1:5"))


def test_every_setting_survives_the_file(tmp_path: Path) -> None:
    made = replace(
        STUDIO, name="Größe \"x\"\n[raters]", screen="classes+sliders", strategy="margin", k=2, gold="corpus",
        gold_share=0.1, repeat_share=0.05, guess="shown", raters=(Rater("änne <b>", "s1"), Rater("ben", "s2")),
        keys={"skip": "x", "emotion anger": "1"}, join="ewe", store="postgresql://host/db", run="r",
    )  # fmt: skip
    (tmp_path / FILE).write_text(made.to_toml())
    assert open_project(tmp_path) == made


def test_raters_have_secrets_of_their_own_that_others_on_the_computer_cannot_read(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path, raters=("anna", "ben"))
    secrets = [rater.secret for rater in open_project(folder).raters]
    assert len(set(secrets)) == 2
    assert min(map(len, secrets)) >= 32
    assert stat.S_IMODE(os.stat(folder / FILE).st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": ()}, "at least one"),
        ({"targets": ("emotion=anger",)}, "at least two classes"),
        ({"targets": ("arousal=5:1",)}, "expected a scale"),
        ({"targets": ("arousal", "arousal=1:5")}, "each name once"),
        ({"targets": ("arousal@0",)}, "from 1 to 1000"),
        ({"screen": "pad"}, "arousal and valence"),
        ({"screen": "classes"}, "cannot answer arousal"),
        ({"screen": "buttons"}, "has a part 'buttons'"),
        ({"k": 0}, "1 or more"),
        ({"batch": 0}, "1 or more"),
        ({"repeat_share": 0.2}, "from 0 to 0.1"),
        ({"test_share": -0.1}, "from 0 to 0.5"),
        ({"test_share": float("nan")}, "from 0 to 0.5"),
        ({"gold_share": 0.1}, "without gold"),
        ({"raters": (Rater("a", "s"), Rater("a", "t"))}, "each name once"),
        ({"raters": (Rater("a", "s"), Rater("b", "s"))}, "secret of its own"),
    ],
)
def test_a_project_that_cannot_be_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadPlan, match=sentence):
        replace(STUDIO, **change)


@pytest.mark.parametrize("change", [{"guess": "maybe"}, {"join": "median"}])
def test_an_unknown_choice_names_those_that_are_known(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownName, match="known"):
        replace(STUDIO, **change)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 81, "a\x00b"])
def test_a_rater_needs_a_printable_name(name: str) -> None:
    with pytest.raises(BadPlan, match="printable"):
        Rater.new(name)


@pytest.mark.parametrize(
    "text",
    [
        "corpus = 3",
        "corpus = [",
        'corpus = "x"',
        'corpus = "x"\ntargets = "arousal"',
        'corpus = "x"\ntargets = [3]',
        'corpus = "x"\ntargets = ["arousal"]\nk = true',
        'corpus = "x"\ntargets = ["arousal"]\ncolour = "red"',
        'corpus = "x"\ntargets = ["arousal"]\nraters = ["anna"]',
        'corpus = "x"\ntargets = ["arousal"]\nkeys = {a = 1}',
        'corpus = "x"\ntargets = ["arousal"]\nraters = [{name = "a", secret = ""}]',
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(SeralError):
        LabelProject.from_toml(text)


def test_a_strategy_that_does_not_suit_the_targets_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="margin"):
        new_project(tmp_path / "p", LabelProject("recordings", ("arousal",), strategy="margin"))
    assert not (tmp_path / "p").exists()


def test_the_same_recordings_open_the_same_project(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path)
    where = str(tmp_path / "clips.csv")
    again, studio, _ = opened_project(where, {"strategy": "recommended"}, project=folder)
    assert (again, studio) == (folder.resolve(), open_project(folder))
    with pytest.raises(BadPlan, match="made with emotion"):
        opened_project(where, {"targets": ("arousal",)}, project=folder)
    with pytest.raises(BadPlan, match="is the project of"):
        opened_project(str(tmp_path), {}, project=folder)


def test_recordings_without_labels_need_a_target(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    (tmp_path / "r").mkdir()
    soundfile.write(tmp_path / "r" / "take 1.wav", np.random.default_rng(0).normal(size=8000) / 9, 8000)
    with pytest.raises(BadPlan, match="--target"):
        opened_project(str(tmp_path / "r"), {}, project=tmp_path / "p")
    _, studio, notes = opened_project(str(tmp_path / "r"), {"targets": ("arousal=1:5",)}, project=tmp_path / "p")
    assert [rater.name for rater in studio.raters] == ["me"]
    assert notes[0] == "1 clip"


def test_raters_who_are_added_at_the_same_moment_are_all_there(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path)
    threads = [threading.Thread(target=add_raters, args=(folder, [f"r{i}"])) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {rater.name for rater in open_project(folder).raters} == {"me", *(f"r{i}" for i in range(8))}


def test_an_old_link_opens_nothing_once_there_is_a_new_one(tmp_path: Path) -> None:
    from seral_core.studio.session import Session

    folder = made_project(6, folder=tmp_path)
    session = Session(folder, train=False)
    old = session.studio.rater("me").secret
    new = new_link(folder, "me").rater("me").secret
    assert session.rater(old) is None
    assert session.rater(new) == session.studio.rater("me")
    assert session.rater("") is None


def test_the_command_makes_a_project_prints_links_and_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made_project(6, folder=tmp_path)
    for i in range(6):
        soundfile.write(tmp_path / f"{i:04}.wav", np.full(2000, 0.1), 8000)
    served: dict[str, Any] = {}
    monkeypatch.setattr("seral_dashboard.serve.serve", lambda **how: served.update(how))
    words = [
        "label",
        str(tmp_path / "clips.csv"),
        "--project",
        str(tmp_path / "mine"),
        "--rater",
        "anna",
        "--rater",
        "ben",
    ]
    monkeypatch.setattr(sys, "argv", ["seral", *words, "--features", str(tmp_path / "features.npz"), "--no-browser"])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    studio, out = open_project(tmp_path / "mine"), capsys.readouterr().out
    assert studio.targets == ("emotion=anger,neutral,sadness",)
    assert "/rate/" not in out, "links are shown when the server is there"
    links = list(served["announced"]("http://localhost:1"))
    assert [line.split() for line in links] == [
        [rater.name, f"http://localhost:1/rate/{rater.secret}"] for rater in studio.raters
    ]
    assert served["place"] == tmp_path / "mine"


def test_hidden_gold_comes_from_a_table_and_is_not_counted(tmp_path: Path, project: Callable[..., Path]) -> None:
    from seral_core.studio.session import Session

    from .conftest import label

    gold = tmp_path / "known.csv"
    gold.write_text("file,emotion\n0001.wav,neutral\n0002.wav,sadness\n0003.wav,anger\n")
    session = Session(project(clips=40, gold=str(gold), gold_share=0.2), train=False)
    heard = label(session, "me", 15)
    slots = [slot for slot in session.queue.slots.hand("me").slots if slot.segment in heard]
    assert {slot.segment for slot in slots if slot.purpose == "gold"} == {"0001.wav", "0002.wav", "0003.wav"}
    assert session.progress("me")["clips"] == 37
    assert session.progress("me")["left"] == 37 - 12
    gold.write_text("file,emotion\nother.wav,neutral\n")
    fresh = Session(session.folder, train=False)
    assert fresh.next("me")["clips"] == [], "nothing is given while nobody knows what is gold"
    assert "named as in the corpus" in fresh.trouble


def test_gold_that_is_given_is_asked_and_a_table_that_is_none_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_project(20, folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    corpus, mine = str(tmp_path / "clips.csv"), tmp_path / "mine"
    with pytest.raises(SeralError, match=r"nowhere\.csv"):
        opened_project(corpus, {"gold": "nowhere.csv"}, project=mine)
    assert not mine.exists()
    (tmp_path / "known.csv").write_text("file,emotion\n0001.wav,neutral\n")
    _, studio, _ = opened_project(corpus, {"gold": "known.csv"}, project=mine)
    assert (studio.gold, studio.gold_share) == (str(tmp_path / "known.csv"), 0.1)
    _, again, _ = opened_project(corpus, {"gold": "known.csv", "gold_share": 0.0}, project=mine)
    assert again == studio, "the same words go on with the same project"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_a_project_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    from seral_core.studio.testing import answered

    folder = answered(made_project(6, folder=tmp_path), 2)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.*")} == {0o600}


def test_a_project_that_may_only_be_read_is_reported_when_it_is_opened_and_its_labels_stay_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.corpora.base import open_corpus
    from seral_core.studio.session import Session
    from seral_core.studio.testing import answered

    folder = answered(made_project(12, folder=tmp_path), 2)
    monkeypatch.setattr(os, "access", lambda place, mode, **_: mode != os.W_OK)  # tests may run with all rights
    for verb in (lambda: opened_project(str(folder), {}, ["ben"]), lambda: add_raters(folder, ["ben"])):
        with pytest.raises(BadPlan, match=r"may only be read.*seral labels export"):
            verb()
    with pytest.raises(BadStore, match="give yourself the right to write"):
        Session(folder, train=False).next("me", 20)
    assert int(open_corpus(folder).gold("emotion").notna().sum()) == 2


def test_a_trainer_that_cannot_begin_stops_no_rater(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.studio.session import Session

    session = Session(made_project(6, folder=tmp_path))
    session.run.write_text("a file where the trainer's folder should be")
    assert len(session.next("me", 2)["clips"]) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_project_that_others_could_read_is_closed_to_them_when_it_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    new_project(folder, LabelProject("recordings", ("arousal=1:5",)), ["anna"])
    (folder / "run").mkdir()
    (folder / "run").chmod(0o755)
    for name in ("studio.toml", "labels.sqlite"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    open_project(folder)
    modes = [(folder / name).stat().st_mode & 0o777 for name in ("run", "studio.toml", "labels.sqlite")]
    assert modes == [0o700, 0o600, 0o600]
    for name, mode in (("studio.toml", 0o664), ("labels.sqlite", 0o664), ("run", 0o775)):
        (folder / name).chmod(mode)
    open_project(folder)
    assert (folder / "run").stat().st_mode & 0o777 == 0o770
    assert (folder / "studio.toml").stat().st_mode & 0o777 == 0o660, "a group that may write shares it on purpose"
