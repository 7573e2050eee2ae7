"""The built-in corpus: whole, repeatable, of the right difficulty; and anger sounds angrier than sadness."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.corpora import synthetic as module
from seral_core.corpora.acting import CUES, EMOTIONS, NEUTRAL, SCALES, SHARES, WHIM, cast, rate, write_script
from seral_core.corpora.corpus import Corpus, checked
from seral_core.corpora.room import Room, record
from seral_core.corpora.synthetic import Recipe, synthetic
from seral_core.corpora.voice import RATE_HZ, Manner, Voice, speak
from seral_core.errors import BadCorpus
from seral_core.home import home
from seral_core.scores.agreement import alpha
from seral_core.scores.retention import vote_entropy_of


@pytest.fixture(scope="module")
def small() -> Corpus:
    return synthetic(clips=24, speakers=4, seed=7)


@pytest.fixture(scope="module")
def usual() -> Corpus:
    return synthetic()


def audio(corpus: Corpus) -> dict[str, bytes]:
    return {segment: corpus.path(segment)[0].read_bytes() for segment in corpus.ids}


def drafts(folder: Path) -> list[Path]:
    return list(folder.glob(f"{module.DRAFT}*"))


# What it holds


def test_every_clip_is_mono_16_khz_of_one_and_a_half_to_four_seconds(small: Corpus) -> None:
    for segment in small.ids:
        info = soundfile.info(small.path(segment)[0])
        assert (info.samplerate, info.channels, info.subtype) == (16_000, 1, "PCM_16")
        assert 1.5 <= info.duration <= 4.0


def test_no_clip_is_clipped_or_silent(small: Corpus) -> None:
    for segment in small.ids:
        sound, _ = soundfile.read(small.path(segment)[0])
        assert 0.01 < np.abs(sound).max() < 0.999


def test_segments_know_speaker_session_and_sex(small: Corpus) -> None:
    about = small.about
    assert about["speaker"].value_counts().to_dict() == {"01": 6, "02": 6, "03": 6, "04": 6}
    assert about.groupby("session")["speaker"].nunique().to_dict() == {"Ses01": 2, "Ses02": 2}
    assert set(about["sex"]) == {"female", "male"}
    assert (about.groupby("speaker")["sex"].nunique() == 1).all()
    assert about["split"].isna().all()


def test_six_raters_answer_every_target_of_every_clip(small: Corpus) -> None:
    counts = small.ratings.groupby(["segment", "target"])["rater"].nunique()
    assert len(counts) == 24 * 4
    assert set(counts) == {6}
    assert set(small.ratings["rater"]) == {"r1", "r2", "r3", "r4", "r5", "r6"}


def test_ratings_fit_their_targets(small: Corpus) -> None:
    checked(small.ratings, small.task)
    assert [target.name for target in small.task] == ["emotion", *SCALES]


def test_names_of_files_do_not_give_the_emotion_away(small: Corpus) -> None:
    assert not any(emotion in segment for segment in small.ids for emotion in EMOTIONS)


def test_licence_and_source_of_the_cues_are_stated(small: Corpus) -> None:
    assert "CC0" in small.licence
    assert "Juslin and Laukka" in small.citation


@pytest.mark.parametrize(("clips", "speakers"), [(1, 1), (8, 2), (13, 5), (5, 5)])
def test_any_size_is_made(clips: int, speakers: int) -> None:
    corpus = synthetic(clips, speakers)
    assert len(corpus) == clips == len(audio(corpus))
    assert corpus.about["speaker"].nunique() == speakers


def test_numpy_integers_are_numbers_too() -> None:
    assert synthetic(np.int64(8), np.int64(2)).root == synthetic(8, 2).root  # type: ignore[arg-type]


def test_number_of_raters_can_be_chosen() -> None:
    assert synthetic(4, 2, raters=3).votes("emotion").sum(axis=1).tolist() == [3] * 4


# It repeats


def test_same_seed_gives_same_bytes(small: Corpus, tmp_path: Path) -> None:
    again = synthetic(24, 4, 7, folder=tmp_path / "again")
    assert audio(again) == audio(small)
    pd.testing.assert_frame_equal(again.ratings, small.ratings)


def test_another_seed_gives_another_corpus(small: Corpus) -> None:
    other = synthetic(24, 4, 8)
    assert not set(audio(other).values()) & set(audio(small).values())
    assert not other.ratings.equals(small.ratings)


def test_number_of_processes_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    one = synthetic(11, 3, folder=tmp_path / "one", jobs=1)
    two = synthetic(11, 3, folder=tmp_path / "two", jobs=2)
    assert audio(one) == audio(two)


def test_progress_ends_at_the_number_of_clips(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    synthetic(30, 3, folder=tmp_path / "new", progress=lambda done, total, text: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (30, 30)


# It is kept


def test_second_call_makes_nothing(small: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_build", lambda *_: pytest.fail("made again"))
    again = synthetic(24, 4, 7)
    assert again.ids == small.ids
    pd.testing.assert_frame_equal(again.segments, small.segments)
    pd.testing.assert_frame_equal(again.ratings, small.ratings)


@pytest.mark.filterwarnings("ignore:.*have been cancelled")
@pytest.mark.parametrize(("stop", "jobs"), [(KeyboardInterrupt, 1), (KeyboardInterrupt, 2), (BadCorpus, 1)])
def test_interrupted_build_leaves_nothing(
    stop: type[BaseException], jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int, total: int, text: str) -> None:
        raise stop

    monkeypatch.setattr(module, "BATCH", 2)
    with pytest.raises(stop):
        synthetic(24, 3, folder=tmp_path / "new", progress=interrupt, jobs=jobs)
    assert list(tmp_path.iterdir()) == []


def test_killed_build_leaves_no_half_corpus(tmp_path: Path) -> None:
    code = (
        "import os; from seral_core.corpora.synthetic import synthetic\nsynthetic(30, 3, "
        f"folder={str(tmp_path / 'new')!r}, jobs=1, progress=lambda *_: os.kill(os.getpid(), 9))"
    )
    where = str(Path(module.__file__).parents[2])
    killed = subprocess.run([sys.executable, "-c", code], cwd=where, check=False)
    assert killed.returncode == -9
    assert len(drafts(tmp_path)) == 1
    assert not (tmp_path / "new").exists()
    assert len(audio(synthetic(30, 3, folder=tmp_path / "new"))) == 30


def test_corpus_that_lost_a_clip_is_made_again() -> None:
    corpus = synthetic(6, 2, 99)
    before = audio(corpus)
    corpus.path(corpus.ids[0])[0].unlink()
    assert audio(synthetic(6, 2, 99)) == before


def test_slower_of_two_builds_takes_the_corpus_of_the_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build, ready = module._build, synthetic(6, 2, folder=tmp_path / "ready")

    def overtaken(folder: Path, *rest: object) -> None:
        build(folder, *rest)  # type: ignore[arg-type]
        shutil.copytree(tmp_path / "ready", tmp_path / "new")

    monkeypatch.setattr(module, "_build", overtaken)
    assert audio(synthetic(6, 2, folder=tmp_path / "new")) == audio(ready)
    assert drafts(tmp_path) == []


def test_of_several_that_want_it_at_once_one_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    build, made = module._build, []

    def counted(folder: Path, *rest: object) -> None:
        made.append(folder)
        build(folder, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_build", counted)
    with ThreadPoolExecutor(3) as threads:
        corpora = list(threads.map(lambda _: synthetic(6, 2, 98, jobs=1), range(3)))
    assert len(made) == 1
    assert all(audio(corpus) == audio(corpora[0]) for corpus in corpora)


def test_leftovers_of_killed_builds_are_swept_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / f"{module.DRAFT}old", tmp_path / f"{module.DRAFT}new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    synthetic(2, 1, folder=tmp_path / "corpus")
    assert drafts(tmp_path) == [new]


def test_cache_of_seral_is_the_usual_place(small: Corpus) -> None:
    assert small.root is not None
    assert small.root.parent == home("cache")


# What cannot be made


@pytest.mark.parametrize(
    ("wrong", "say"),
    [
        ({"clips": 0}, "clips of the synthetic corpus is 0; expected a whole number of at least 1"),
        ({"clips": 2.5}, "clips of the synthetic corpus is 2.5"),
        ({"clips": True}, "clips of the synthetic corpus is True"),
        ({"speakers": -1}, "speakers of the synthetic corpus is -1"),
        ({"clips": 3, "speakers": 4}, "ask for more clips or fewer speakers"),
        ({"seed": -1}, "seed of the synthetic corpus is -1; expected a whole number of at least 0"),
        ({"raters": 0}, "raters of the synthetic corpus is 0"),
        ({"shift": 2}, "shift of the synthetic corpus is 2; expected 0 to 1"),
        ({"ambiguous": 0.6, "foreign": 0.6}, "expected shares of 0 or more, together at most 1"),
    ],
)
def test_impossible_numbers_are_named_with_a_remedy(wrong: dict[str, int], say: str) -> None:
    with pytest.raises(BadCorpus, match=say):
        synthetic(**wrong)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(BadCorpus, match=r"holds something else.*name another folder"):
        synthetic(2, 1, folder=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_full_disk_is_reported_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(soundfile, "write", full)
    with pytest.raises(BadCorpus, match=r"No space left on device.*free some space"):
        synthetic(2, 1, folder=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


# Raters


def rated(clips: int, seed: int) -> pd.DataFrame:
    actors = cast(12, np.random.default_rng([seed, 1]))
    script = write_script(clips, actors, np.random.default_rng([seed, 2]))
    return rate(script, 6, np.random.default_rng([seed, 3]))


@pytest.mark.parametrize("clips", [300, 600, 1200])
@pytest.mark.parametrize("seed", range(4))
def test_raters_disagree_as_people_do(clips: int, seed: int) -> None:
    table = rated(clips, seed)
    votes = pd.crosstab(table["clip"], table["emotion"]).to_numpy()
    ratings = table.rename(columns={"clip": "segment", "emotion": "value"})
    assert 0.4 <= alpha(ratings, "nominal") <= 0.6
    ties = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert ties.mean() < 0.06


def test_raters_differ_in_their_use_of_the_scales() -> None:
    means = rated(600, 0).groupby("rater")[list(SCALES)].mean()
    assert (means.max() - means.min() > 0.05).all()


def test_all_emotions_are_there_and_neutral_is_the_most_frequent(usual: Corpus) -> None:
    counts = usual.gold("emotion").value_counts()
    assert set(counts.index) == set(EMOTIONS)
    assert counts.idxmax() == "neutral"
    assert counts.min() > 0.08 * len(usual)


# It sounds like a voice


def spectrum(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.fft.rfftfreq(len(sound), 1 / RATE_HZ), np.abs(np.fft.rfft(sound)) ** 2


def test_voice_is_periodic_at_the_pitch_of_its_speaker(librosa: ModuleType) -> None:
    for pitch_hz in (110, 210):
        sound = speak(Voice(pitch_hz=pitch_hz), Manner(), np.random.default_rng(1))
        f0 = librosa.yin(sound, fmin=60, fmax=500, sr=RATE_HZ, frame_length=1024)
        assert abs(12 * np.log2(np.median(f0) / pitch_hz)) < 3


def test_longer_tracts_have_lower_formants() -> None:
    def centre(tract: float) -> float:
        hz, power = spectrum(speak(Voice(tract=tract), Manner(), np.random.default_rng(2)))
        low = hz < 4000
        return float((hz * np.sqrt(power))[low].sum() / np.sqrt(power)[low].sum())

    assert centre(0.9) < centre(1.0) < centre(1.2)


def test_syllables_rise_and_fall_a_few_times_a_second() -> None:
    sound = speak(Voice(), Manner(), np.random.default_rng(3))
    envelope = np.square(sound[: len(sound) // 160 * 160]).reshape(-1, 160).mean(axis=1)
    hz, power = np.fft.rfftfreq(len(envelope), 0.01), np.abs(np.fft.rfft(envelope - envelope.mean())) ** 2
    assert 1 < hz[power.argmax()] < 8


def test_room_never_clips() -> None:
    sound = record(np.sin(np.arange(16_000)) * 5, Room(), np.random.default_rng(0))
    assert np.abs(sound).max() < 1


def test_shift_makes_recordings_noisier(tmp_path: Path) -> None:
    def floor_db(shift: float) -> float:
        corpus = synthetic(4, 2, shift=shift, folder=tmp_path / str(shift))
        starts = [soundfile.read(corpus.path(i)[0], frames=800)[0].std() for i in corpus.ids]
        return float(20 * np.log10(np.mean(starts)))

    assert floor_db(1.0) > floor_db(0.0) + 6


# A shift makes another corpus


def test_the_usual_corpus_is_the_one_it_always_was() -> None:
    assert module.Recipe(600, 12, 0, 6, 0.0).key == "10f83eebc3a2"
    woman, man = cast(2, np.random.default_rng([0, 1]), shift=0.0)
    plain = cast(2, np.random.default_rng([0, 1]))
    assert [woman.voice, man.voice] == [a.voice for a in plain]
    assert woman.voice.pace_hz == pytest.approx(4.391042073)
    script = write_script(50, [woman, man], np.random.default_rng([0, 2]), shift=0.0)
    assert script.place[:2].ravel().tolist() == pytest.approx(
        [1.0, -0.5528470795, -0.7766463561, -0.2457807943, -0.5641799411, 0.0669881430]
    )


def test_a_shifted_corpus_differs_from_the_usual_in_all_its_clips(small: Corpus) -> None:
    shifted = synthetic(24, 4, 7, shift=0.7)
    assert shifted.root != small.root
    assert shifted.ids == small.ids
    assert not set(audio(shifted).values()) & set(audio(small).values())


def test_shifted_speakers_are_faster_softer_and_breathier() -> None:
    usual, shifted = (cast(12, np.random.default_rng(0), shift=shift) for shift in (0.0, 1.0))
    for a, b in zip(usual, shifted, strict=True):
        assert b.voice.pace_hz > 1.1 * a.voice.pace_hz
        assert b.voice.level_db < a.voice.level_db - 5
        assert b.voice.breath_db > a.voice.breath_db + 3
        assert b.voice.pitch_hz == a.voice.pitch_hz


def test_shifted_recordings_are_fainter_against_more_noise(tmp_path: Path) -> None:
    def speech_and_floor_db(shift: float) -> tuple[float, float]:
        corpus = synthetic(8, 4, seed=3, shift=shift, folder=tmp_path / str(shift))
        sounds = [soundfile.read(corpus.path(i)[0])[0] for i in corpus.ids]
        powers = [np.sort(np.square(s[: len(s) // 128 * 128]).reshape(-1, 128).mean(1)) for s in sounds]
        level = [10 * np.log10([p[len(p) // 2 :].mean(), p[:5].mean()]) for p in powers]
        return tuple(np.mean(level, axis=0))  # type: ignore[return-value]

    (speech, floor), (shifted_speech, shifted_floor) = (speech_and_floor_db(shift) for shift in (0.0, 0.7))
    assert shifted_speech < speech - 3
    assert shifted_floor > floor + 8


def norms(shift: float, seed: int = 0) -> pd.DataFrame:
    actors = cast(12, np.random.default_rng([seed, 1]), shift=shift)
    script = write_script(1200, actors, np.random.default_rng([seed, 2]), shift=shift)
    heard = rate(script, 6, np.random.default_rng([seed, 3]))
    emotion = np.array(EMOTIONS)[script.mix.argmax(axis=1)][heard["clip"]]
    return heard.groupby(emotion)[list(SCALES)].mean()


@pytest.mark.parametrize("seed", range(3))
def test_shifted_raters_put_emotions_elsewhere_on_the_scales(seed: int) -> None:
    usual, shifted = norms(0.0, seed), norms(1.0, seed)
    assert (shifted.max() - shifted.min() < 0.8 * (usual.max() - usual.min())).all()
    assert shifted.loc["happiness", "valence"] < usual.loc["happiness", "valence"] - 0.2
    assert shifted.loc["sadness", "arousal"] > usual.loc["sadness", "arousal"] + 0.15
    assert shifted["valence"].mean() < usual["valence"].mean() - 0.05
    assert np.abs(norms(0.1, seed) - usual).to_numpy().max() < 0.1


def test_a_shifted_corpus_keeps_its_emotions(small: Corpus) -> None:
    shifted = synthetic(24, 4, 7, shift=1.0)
    pd.testing.assert_frame_equal(shifted.votes("emotion"), small.votes("emotion"))


def described(manner: Manner, librosa: ModuleType) -> pd.Series:
    """Pitch in Hz, its range in semitones, level in dB, energy above 1 kHz in dB and peaks of loudness per second."""
    from scipy.signal import butter, find_peaks, sosfiltfilt

    syllabic = butter(2, 20, fs=100, output="sos")
    rows = []
    for seed in range(16):
        voice = Voice(pitch_hz=200, tract=1.15) if seed % 2 else Voice()
        sound = speak(voice, manner, np.random.default_rng(seed))
        level = librosa.feature.rms(y=sound, frame_length=512, hop_length=160)[0]
        f0 = librosa.yin(sound, fmin=60, fmax=500, sr=RATE_HZ, frame_length=1024, hop_length=160)
        f0 = f0[level > np.quantile(level, 0.6)]
        semitones = 12 * np.log2(f0 / np.median(f0))
        hz, power = spectrum(sound)
        peaks = find_peaks(sosfiltfilt(syllabic, 20 * np.log10(level + 1e-4)), prominence=3)[0]
        rows.append(
            {
                "pitch": np.median(f0),
                "range": np.subtract(*np.quantile(semitones, [0.9, 0.1])),
                "level": 20 * np.log10(np.quantile(level, 0.8)),
                "bright": 10 * np.log10(power[hz > 1000].sum() / power[hz <= 1000].sum()),
                "pace": len(peaks) / (len(sound) / RATE_HZ),
            }
        )
    return pd.DataFrame(rows).mean()


def test_anger_sounds_angrier_than_sadness(librosa: ModuleType) -> None:
    anger = described(Manner(*CUES[EMOTIONS.index("anger")]), librosa)
    neutral = described(Manner(), librosa)
    sadness = described(Manner(*CUES[EMOTIONS.index("sadness")]), librosa)
    assert (anger > neutral).all(), (anger, neutral)
    assert (neutral > sadness).all(), (neutral, sadness)


def test_anger_in_the_corpus_is_louder_and_brighter_than_sadness(usual: Corpus) -> None:
    gold = usual.gold("emotion")
    level, bright = {}, {}
    for emotion in ("anger", "sadness"):
        sounds = [soundfile.read(usual.path(i)[0])[0] for i in gold[gold == emotion].index[:60]]
        level[emotion] = np.mean([20 * np.log10(s.std()) for s in sounds])
        bright[emotion] = np.mean([(lambda hz, p: p[hz > 1000].sum() / p.sum())(*spectrum(s)) for s in sounds])
    assert level["anger"] > level["sadness"] + 5
    assert bright["anger"] > bright["sadness"]


def test_tables_of_cues_have_a_column_a_field_of_manner() -> None:
    assert CUES.shape == (len(EMOTIONS), len(Manner.__dataclass_fields__))
    assert len(WHIM) == len(Manner.__dataclass_fields__)


# Its difficulty


def uar(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(np.mean([(guess[truth == c] == c).mean() for c in np.unique(truth)]))


def ccc(truth: np.ndarray, guess: np.ndarray) -> float:
    joint = np.mean((truth - truth.mean()) * (guess - guess.mean()))
    return float(2 * joint / (truth.var() + guess.var() + (truth.mean() - guess.mean()) ** 2))


def per_speaker(values: np.ndarray, speaker: np.ndarray) -> np.ndarray:
    out = values.copy()
    for name in np.unique(speaker):
        own = speaker == name
        out[own] = (values[own] - values[own].mean(0)) / (values[own].std(0) + 1e-9)
    return out


@pytest.mark.slow
def test_it_is_neither_trivial_nor_hopeless(usual: Corpus) -> None:
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from seral_core.features.extract import extract

    table = extract(usual)
    speaker = usual.about.loc[list(table.ids), "speaker"].to_numpy()
    features = per_speaker(np.asarray(table.values, float), speaker)
    assert np.isfinite(features).all()
    assert len(np.unique(features, axis=0)) == len(features)
    six = GroupKFold(6)

    emotion = usual.gold("emotion").loc[list(table.ids)].to_numpy()
    clear = pd.notna(emotion)
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, class_weight="balanced", max_iter=1000))
    guess = cross_val_predict(logistic, features[clear], emotion[clear], groups=speaker[clear], cv=six)
    assert 0.6 <= uar(emotion[clear], guess) <= 0.85

    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 5, 11)))
    reached = {}
    for name in ("arousal", "valence"):
        truth = usual.gold(name).loc[list(table.ids)].to_numpy()
        reached[name] = ccc(truth, cross_val_predict(ridge, features, truth, groups=speaker, cv=six))
    assert reached["arousal"] > 0.6
    assert 0.3 <= reached["valence"] <= 0.6


# Planted clips


def test_planted_clips_are_those_they_say_and_all_others_stay_as_they_are(small: Corpus) -> None:
    corpus = synthetic(24, 4, 7, ambiguous=0.25, foreign=0.125)
    planted = dict(zip(corpus.ids, corpus.segments["planted"], strict=True))
    assert sorted(filter(pd.notna, planted.values())) == ["ambiguous"] * 6 + ["foreign"] * 3
    before, after = audio(small), audio(corpus)
    assert {i for i in small.ids if before[i] != after[i]} == {i for i in corpus.ids if pd.notna(planted[i])}
    plain = [i for i in corpus.ids if pd.isna(planted[i])]
    assert (corpus.votes("emotion").loc[plain] == small.votes("emotion").loc[plain]).all(axis=None)
    assert "planted" not in small.segments
    doubt = pd.Series(vote_entropy_of(corpus.votes("emotion").to_numpy()), sorted(corpus.ids))
    of = pd.Series(planted).loc[doubt.index]
    assert doubt[of == "ambiguous"].mean() > doubt[of.isna()].mean() + 0.2


def test_emotion_may_be_rare_and_the_usual_corpus_stays_as_it_is() -> None:
    actors = cast(4, np.random.default_rng(0))
    usual, rare, same = (
        write_script(200, actors, np.random.default_rng(1), neutral=share) for share in (0.0, 0.7, SHARES[NEUTRAL])
    )
    shares = np.bincount(rare.mix.argmax(axis=1), minlength=5) / 200
    assert 0.65 < shares[NEUTRAL] < 0.8
    assert shares.min() > 0.02
    assert np.array_equal(usual.mix, same.mix)
    plain, half = Recipe(8, 2, 0, 6, 0.0), Recipe(8, 2, 0, 6, 0.0, neutral=0.5)
    assert "neutral" not in plain.text
    assert plain.key != half.key
    with pytest.raises(BadCorpus, match="expected a share below 1"):
        synthetic(8, 2, neutral=1.0)
