"""The seral command, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from click.shell_completion import BashComplete
from click.testing import CliRunner

from seral_core import process
from seral_core.cli import commands, main
from seral_core.deep.proposal import Proposal
from seral_core.runs.curve import COLUMNS
from seral_core.runs.plan import Plan
from seral_core.runs.run import ask_to
from seral_core.runs.speech import opened, speech_of, task_of
from tests.runs.conftest import small_table

SMALL = ["--split", "speakers:3", "--initial", "8", "--batch", "4"]


def seral(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["seral", *words])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    return lambda *words: seral(*map(str, words), capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return small_table(tmp_path / "data")


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_has_help_with_an_example(name: str, call) -> None:
    code, out, _ = call(name, "--help")
    assert code == 0
    assert f"Example: seral {name}" in " ".join(out.split())


def test_a_folder_that_was_removed_under_the_terminal_is_named(call, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    code, _, err = call("strategies")
    assert (code, err.split(":")[0]) == (2, "the folder that you are in cannot be used")


def test_a_better_encoder_is_proposed_only_where_no_features_are_named(call, table: Path, monkeypatch) -> None:
    found = Proposal("whisper-tiny.en", 38.0)
    monkeypatch.setattr("seral_core.deep.proposal.wants_encoder", lambda corpus: True)
    monkeypatch.setattr("seral_core.deep.proposal.proposal", lambda corpus: found)
    _, _, err = call("run", "--corpus", table)
    assert err.count("Choose them with --features whisper-tiny.en") == 1
    assert "has no audio" in err  # and the features are those of before
    _, _, err = call("run", "--corpus", table, "--features", "SERALv01")
    assert "whisper" not in err
    _, _, err = call("run", "--corpus", table, "--learner", "fine-tuned")  # which hears the clips itself
    assert "Choose them with" not in err
    monkeypatch.setattr("seral_core.deep.proposal.proposal", lambda corpus: None)
    _, _, err = call("run", "--corpus", table)
    assert "seral fetch whisper-tiny.en" in err


def test_a_grid_on_a_table_with_ready_features_needs_no_audio(call, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, err = call(
        "grid", "--corpus", table, "--features", table.with_name("features.npz"), "--target", "arousal",
        "--strategies", "random,gsx,igs", "--learner", "ridge", "--seeds", "2", "--budget", "20", "--jobs", "1",
        "--out", out, *SMALL,
    )  # fmt: skip
    assert code == 0, err
    summary = json.loads((out / "summary.json").read_text())
    assert summary["learner"] == "ridge"
    assert {c["strategy"] for c in summary["curves"]} == {"random", "gsx", "igs"}
    assert {c["metric"] for c in summary["curves"]} == {"ccc", "pcc", "rmse"}
    curve = summary["curves"][0]
    assert curve["spent"] == [8, 12, 16, 20]
    assert curve["runs"] == 6
    assert len(curve["mean"]) == len(curve["std"]) == 4
    frame = pd.read_parquet(out / "curves.parquet")
    assert list(frame.columns) == [*COLUMNS, "corpus", "split", "judge", "unit"]
    picked = frame.query("strategy == 'random' and metric == 'ccc' and spent == 20")["value"]
    shown = next(c for c in summary["curves"] if c["strategy"] == "random" and c["metric"] == "ccc")
    assert shown["mean"][-1] == pytest.approx(picked.mean(), abs=1e-6)
    assert "against random" in text


def test_a_finished_grid_is_shown_and_not_run_again(call, table: Path, tmp_path: Path) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,margin"]
    words += ["--seeds", "1", "--folds", "0", "--budget", "12", "--jobs", "1", "--out", tmp_path / "out", *SMALL]
    assert call(*words)[0] == 0
    logs = {p: p.stat().st_mtime_ns for p in tmp_path.glob("out/runs/*/events.jsonl")}
    assert len(logs) == 2
    assert call(*words)[0] == 0
    assert call("resume", tmp_path / "out")[0] == 0
    assert logs == {p: p.stat().st_mtime_ns for p in tmp_path.glob("out/runs/*/events.jsonl")}
    (tmp_path / "curves.csv").write_text("of the user")
    code, _, err = call("show", tmp_path / "out", "--out", tmp_path / "curves.csv")
    assert (code, (tmp_path / "curves.csv").read_text()) == (2, "of the user")
    assert "curves.csv is there already" in err
    code, out, _ = call("show", tmp_path / "out", "--metric", "wa", "--out", tmp_path / "curves.csv", "--replace")
    assert code == 0
    assert "emotion wa" in out
    assert len(pd.read_csv(tmp_path / "curves.csv")) == 12
    kept = (tmp_path / "out" / "summary.json").read_bytes()
    code, _, err = call("show", tmp_path / "out", "--out", tmp_path / "out" / "summary.json", "--replace")
    assert (code, (tmp_path / "out" / "summary.json").read_bytes()) == (2, kept)
    assert "may be a result that" in err


def test_a_grid_checks_every_fold_before_anything_starts(call, table: Path, tmp_path: Path) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,margin"]
    words += ["--seeds", "1", "--budget", "12", "--jobs", "1", "--out", tmp_path / "out", *SMALL]
    code, _, err = call(*words, "--folds", "7,0")
    assert code == 2
    assert "fold 7" in err
    assert not (tmp_path / "out").exists()


def test_a_grid_in_parallel_gives_the_same_curves(call, table: Path, tmp_path: Path) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,qbc"]
    words += ["--seeds", "2", "--folds", "0,1", "--budget", "16", *SMALL]
    for jobs in ("1", "2"):
        assert call(*words, "--jobs", jobs, "--out", tmp_path / jobs)[0] == 0
    one, two = (pd.read_parquet(tmp_path / jobs / "curves.parquet") for jobs in ("1", "2"))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.slow
def test_a_grid_runs_on_a_dask_cluster(call, table: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the dask extra is not installed")
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,margin"]
    words += ["--seeds", "2", "--folds", "0", "--budget", "12", *SMALL]
    assert call(*words, "--jobs", "1", "--out", tmp_path / "here")[0] == 0
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        code, _, err = call(*words, "--dask", cluster.scheduler_address, "--out", tmp_path / "there")
    assert code == 0, err
    here, there = (pd.read_parquet(tmp_path / place / "curves.parquet") for place in ("here", "there"))
    pd.testing.assert_frame_equal(here, there)


def test_your_own_recordings_in_one_command(call, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    time = np.arange(16000) / 16000
    for i in range(30):
        emotion, pitch = (("sad", 110), ("Angry", 240))[i % 2]
        (tmp_path / "mine" / emotion).mkdir(parents=True, exist_ok=True)
        wave = sum(np.sin(2 * np.pi * k * (pitch + rng.normal(0, 9)) * time) / k for k in range(1, 9))
        soundfile.write(tmp_path / "mine" / emotion / f"{i}.wav", 0.1 * wave + rng.normal(0, 0.01, 16000), 16000)
    code, out, err = call("run", "--corpus", tmp_path / "mine", "--budget", "12", "--initial", "4", "--batch", "4")
    assert code == 0, err
    assert "speaker" in err, "unknown speakers are an alarm"
    assert "12 of 12 labels" in out


def test_numbers_of_labels_may_be_shares_of_the_pool(call, table: Path, tmp_path: Path) -> None:
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--split", "speakers:3"]
    labels = ["--initial", "10%", "--batch", "5%", "--budget", "25%", "--out", tmp_path / "out"]
    code, out, err = call(*words, "--strategy", "random", *labels)
    assert code == 0, err
    (folder,) = (path.parent for path in (tmp_path / "out").rglob("plan.toml"))
    plan = Plan.load(folder)
    pool = speech_of(plan).smallest_pool(task_of(plan, speech_of(plan).corpus), plan.split)
    assert (plan.initial, plan.batch, plan.budget) == (pool // 10, pool // 20, pool // 4)
    assert f"{pool // 4} of {pool // 4} labels" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--corpus", "{tmp}/nowhere"], ["nowhere"]),
        (["--corpus", "{tmp}/empty"], ["empty"]),
        (["--corpus", "{tmp}/nofile.csv"], ["file"]),
        (["--strategy", "entopy"], ["did you mean 'entropy'"]),
        (["--strategy", "typiclust:50"], ["say what follows"]),
        (["--strategy", "entropy:subsett=5"], ["has no option 'subsett'"]),
        (["--learner", "svmm"], ["did you mean 'svm'"]),
        (["--learner", "ridge"], ["expected a classifier"]),
        (["--learner", "logistic-regression:C=-1"], ["C is -1", "expected a number above 0"]),
        (["--learner", "random-forest:trees=0"], ["n_estimators", "correct the learner's options"]),
        (["--oracle", "noisy:rong=1"], ["has no option 'rong'", "wrong"]),
        (["--oracle", "noisy:wrong=many"], ["expected a number"]),
        (["--oracle", "noisy:wrong=7"], ["from 0 to 1"]),
        (["--oracle", "crowd:votes=0"], ["1 vote or more"]),
        (["--oracle", "crowd:votes=-1"], ["1 vote or more"]),
        (["--target", "arousall"], ["did you mean 'arousal'"]),
        (["--budget", "5000"], ["a budget of 5000", "lower --budget"]),
        (["--budget", "5"], ["raise --budget or lower --initial"]),
        (["--budget", "-1"], ["expected 1 or more"]),
        (["--budget", "nan"], ["expected 1 or more"]),
        (["--budget", "120%"], ["got '120%' labels", "such as 20%"]),
        (["--budget", "much"], ["got 'much' labels", "such as 20%"]),
        (["--initial", "2.5"], ["got --initial 2.5", "a whole number"]),
        (["--features", "{tmp}/half.npz"], ["60"]),
        (["--features", "{tmp}/none.npz"], ["holds no features"]),
        (["--out", "{tmp}/nofile.csv/out"], ["nofile.csv/out cannot be used", "check the path"]),
        (["--features", "eGeMAPS"], ["did you mean 'eGeMAPSv02'"]),
        (["--strategy", "gsy"], ["emotion"]),
        (["--test", "session=Ses9"], ["Ses9"]),
        (["--split", "speakerss:3"], ["speakerss"]),
        (["--fold", "7"], ["choose a smaller one"]),
        (["--normalise", "maybe"], ["auto"]),
        (["--start", "stratified", "--target", "arousal", "--strategy", "random"], ["needs classes"]),
        (["--strategy", "entropy", "--target", "arousal"], ["arousal"]),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_bad_input_is_refused_with_a_remedy(
    words: list[str], said: list[str], call, table: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    pd.read_parquet(table).drop(columns="file").to_csv(tmp_path / "nofile.csv", index=False)
    with np.load(table.with_name("features.npz")) as ready:
        np.savez(tmp_path / "half.npz", ids=ready["ids"][:60], values=ready["values"][:60])
        np.savez(tmp_path / "none.npz", ids=ready["ids"], values=ready["values"][:, :0])
    usual = {"--corpus": str(table), "--features": str(table.with_name("features.npz")), "--budget": "12"}
    usual["--out"] = str(tmp_path / "out")
    given = dict(zip(words[::2], (w.format(tmp=tmp_path) for w in words[1::2]), strict=True))
    options = [w for pair in (usual | given).items() for w in pair]
    code, out, err = call("run", *SMALL, *options)
    assert code == 2, out + err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists(), "a refused run must leave the folder to the corrected one"
    for part in said:
        assert part in err


def test_a_finished_run_says_its_scores_again(call, table: Path, tmp_path: Path) -> None:
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--budget", "12", *SMALL]
    assert "12 of 12 labels" in call(*words, "--out", tmp_path / "out")[1]
    code, out, _ = call(*words, "--out", tmp_path / "out")
    assert code == 0
    assert "emotion uar" in out


def test_a_finished_grid_on_changed_data_is_refused(call, table: Path, tmp_path: Path) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,margin"]
    words += ["--seeds", "1", "--folds", "0", "--budget", "12", "--jobs", "1", "--out", tmp_path / "out", *SMALL]
    assert call(*words)[0] == 0
    frame = pd.read_parquet(table)
    frame["emotion"] = frame["emotion"].to_numpy()[::-1]
    frame.to_parquet(table)
    opened.cache_clear()
    code, _, err = call(*words)
    assert code == 2
    assert "have changed" in err


def test_fewer_clips_than_first_labels_need_no_options(call, table: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(table).groupby("speaker").head(3)
    frame.to_parquet(table)
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--strategy", "margin"]
    code, out, err = call(*words, "--out", tmp_path / "out")
    assert code == 0, err
    assert "of 12 labels" in out


def test_a_stopped_grid_goes_on_with_the_same_command(call, table: Path, tmp_path: Path) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random"]
    words += ["--seeds", "2", "--folds", "0", "--budget", "12", "--jobs", "1", "--out", tmp_path / "out", *SMALL]
    (tmp_path / "out" / "runs").mkdir(parents=True)
    ask_to(tmp_path / "out" / "runs", "stop")
    code, out, err = call(*words)
    assert code == 0, err
    assert "emotion uar" in out


@pytest.mark.parametrize("names", [",", "margin,margin"])
def test_a_grid_has_every_strategy_once(call, table: Path, tmp_path: Path, names: str) -> None:
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", names]
    code, _, err = call(*words, "--budget", "12", "--out", tmp_path / "out", *SMALL)
    assert code == 2
    assert "each once" in err


def test_a_target_that_is_named_twice_is_not_paid_for_twice(call, table: Path, tmp_path: Path) -> None:
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--budget", "12"]
    code, _, err = call(*words, "--targets", "emotion,emotion", "--out", tmp_path / "out")
    assert code == 2
    assert "targets are emotion, emotion; expected each once" in err


def test_a_lost_worker_is_reported_with_a_remedy(
    call, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("seral_core.runs.grid._one", die)
    words = ["grid", "--corpus", table, "--features", table.with_name("features.npz"), "--strategies", "random,margin"]
    code, _, err = call(*words, "--budget", "12", "--jobs", "2", "--out", tmp_path / "out", *SMALL)
    assert code == 2
    assert "ended from outside" in err
    assert f"seral resume {tmp_path / 'out'}" in err


def test_the_range_of_a_scale_can_be_given(call, table: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(table)
    frame["arousal"] = 200 + 150 * frame["arousal"]
    frame.to_parquet(table)
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--target", "arousal"]
    words += ["--budget", "12", "--out", tmp_path / "out", *SMALL]
    code, _, err = call(*words)
    assert code == 2
    assert "--range arousal=1:9" in err
    code, out, err = call(*words, "--range", "arousal=50:350")
    assert code == 0, err
    assert "12 of 12 labels" in out
    code, _, err = call(*words, "--range", "arousal")
    assert code == 2
    assert "arousal=1:9" in err


def test_a_leaking_speaker_is_an_alarm(call, table: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(table)
    frame["split"] = np.where(np.arange(len(frame)) % 4 == 0, "test", "train")
    frame.to_parquet(table)
    words = ["run", "--corpus", table, "--features", table.with_name("features.npz"), "--split", "given"]
    code, _, err = call(*words, "--budget", "12", "--initial", "8", "--batch", "4", "--out", tmp_path / "out")
    assert code == 0
    assert "ALARM" in err
    (log,) = tmp_path.glob("out/runs/*/events.jsonl")
    assert "s0" in json.loads(log.read_text().splitlines()[0])["alarms"][0]


def test_the_command_is_installed() -> None:
    out = subprocess.run([sys.executable, "-m", "seral_core.cli", "--version"], capture_output=True, text=True)
    assert out.stdout.startswith("seral, version")


def test_the_password_of_a_shared_dashboard_reaches_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    import seral_dashboard.serve

    seen = {}

    def serve(*_: object, **how: Any) -> None:
        seen.update(how, child=process.environment().get("SERAL_PASSWORD"), own=os.environ.get("SERAL_PASSWORD"))

    monkeypatch.setattr(seral_dashboard.serve, "serve", serve)
    monkeypatch.setenv("SERAL_PASSWORD", "none of these words is a password")
    done = CliRunner().invoke(commands, ["dashboard", "--share", "--no-browser"])
    assert done.exit_code == 0, done.output
    assert seen["reach"].password == "none of these words is a password"
    assert seen["child"] is seen["own"] is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("run --strategy ma", "margin"),
        ("grid --strategies random,k-means:20+typic", "random,k-means:20+typiclust"),
        ("label --learner logis", "logistic-regression"),
        ("run --oracle nois", "noisy"),
        ("stream --features SERALv", "SERALv01"),
        ("corpora ravd", "ravdess"),
        ("run --corpus merge:emodb,ravd", "merge:emodb,ravdess"),
        ("recipe han2013 --corpus synth", "synthetic"),
        ("fetch whisper-t", "whisper-tiny.en"),
    ],
)
def test_a_shell_completes_names(line: str, expected: str) -> None:
    *words, begun = line.split()
    found = BashComplete(commands, {}, "seral", "_SERAL_COMPLETE").get_completions(words, begun)
    assert expected in [item.value for item in found]


def test_a_shell_completes_paths_where_no_name_fits() -> None:
    (found,) = BashComplete(commands, {}, "seral", "_SERAL_COMPLETE").get_completions(["run", "--corpus"], "./rec")
    assert found.type == "file"
