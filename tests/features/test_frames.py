"""Frames: extracted as the papers define them, cut into stretches, pooled for learners of clips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import fft

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features import spectra
from seral_core.features.base import extractor_from, frames_hz
from seral_core.features.descriptors import mel_bank
from seral_core.features.extract import features_for
from seral_core.features.log_mel_frames import LogMelFrames
from seral_core.features.mfcc_windows import mean_and_variance
from seral_core.features.normalise import statistics
from seral_core.features.normaliser import Normaliser
from seral_core.features.spectra import cepstra, log_mel
from seral_core.features.stretched import stretched
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, seen, trained
from seral_core.types import Target

NAMES = ["log-mel-frames", "mfcc-windows", "waveform"]


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    samples = round(seconds * 16_000)
    return (rng.normal(0, 0.1, samples) * (1.2 + np.sin(np.arange(samples) / 9_000))).astype(np.float32)


def test_an_energy_is_that_of_25_ms_around_the_middle_of_its_10_ms() -> None:
    signal = noise(1.0)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    spectrum = np.fft.rfft(signal[80 + 50 * 160 - 200 :][:400] * window, 512)
    by_hand = np.log(mel_bank() @ np.abs(spectrum) ** 2)
    assert np.allclose(log_mel(signal)[50], by_hand, atol=1e-3)
    assert np.allclose(cepstra(signal)[50], fft.dct(by_hand, norm="ortho")[:13], atol=1e-2)


def test_energies_do_not_depend_on_how_many_are_worked_out_at_once(monkeypatch) -> None:
    whole = log_mel(noise(2.0))
    monkeypatch.setattr(spectra, "_AT_ONCE", 7)
    assert np.allclose(log_mel(noise(2.0)), whole, atol=1e-4)


def test_a_log_mel_frame_is_four_windows_side_by_side_as_z_scores() -> None:
    signal = noise(3.0)
    energies = log_mel(signal).reshape(75, 160)
    assert np.allclose(LogMelFrames()(signal), (energies - energies.mean(0)) / energies.std(0), atol=1e-3)
    assert LogMelFrames().names[41] == "mel1_part1"


def test_at_a_lower_rate_a_frame_is_its_four_quarters() -> None:
    signal = noise(4.0)
    quarters = log_mel(signal, 100).reshape(40, 10, 40)[:, [0, 1]].mean(1)
    found = LogMelFrames(rate=10)(signal)
    assert found.shape == (40, 160)
    assert np.allclose(found[:, :40], (quarters - quarters.mean(0)) / quarters.std(0), atol=1e-3)


def test_a_window_is_centred_on_its_frame_and_stays_within_the_recording() -> None:
    values = np.random.default_rng(0).normal(50, 1, (2_000, 3)).astype(np.float32)  # 20 s
    found = mean_and_variance(values, 500, 25.0, 8.0)
    for frame, first in ((0, 0), (99, 0), (250, 602), (499, 1200)):
        part = values[first : first + 800]
        assert np.allclose(found[frame], [*part.mean(0), *part.var(0)], atol=1e-4)


def test_a_recording_shorter_than_a_window_has_the_same_in_all_frames() -> None:
    frames = extractor_from("mfcc-windows")(noise(1.0))
    assert frames.shape == (25, 26)
    assert np.ptp(frames, axis=0).max() == 0


@pytest.mark.parametrize("rate", [2, 10, 12.5, 25, 50])
@pytest.mark.parametrize("name", NAMES)
def test_a_recording_has_as_many_frames_as_whole_ones_fit(name, rate) -> None:
    made = extractor_from(f"{name}:rate={rate}")
    for seconds in (0.1, 0.3, 0.96, 1.0, 1.03):
        frames = made(noise(seconds))
        assert frames.shape == (int(np.floor(seconds * rate + 1e-3)), len(made.names))
        assert frames.dtype == np.float32
        assert np.isfinite(frames).all()
    assert frames_hz(made) == rate


@pytest.mark.parametrize("name", NAMES)
def test_digital_silence_within_a_recording_gives_numbers(name) -> None:
    signal = noise(4.0)
    signal[8_000:40_000] = 0
    frames = extractor_from(name)(signal)
    assert np.isfinite(frames).all()
    assert name == "waveform" or np.abs(frames).max() < 1e4


def test_louder_is_the_same_after_z_normalisation() -> None:
    assert np.allclose(LogMelFrames()(noise(2.0)), LogMelFrames()(noise(2.0) / 50), atol=1e-2)


@pytest.mark.parametrize(
    "text",
    ["log-mel-frames:rate=0", "log-mel-frames:rate=101", "waveform:rate=30", "mfcc-windows:window=0",
     "mfcc-windows:rate=-1", "egemaps-windows:rate=30", "whisper-tiny.en:frames=-1",
     "whisper-tiny.en:frames=25:pool=mean"],
)  # fmt: skip
def test_what_frames_cannot_be_is_refused(text) -> None:
    with pytest.raises(BadPlan, match="expected"):
        extractor_from(text)


def test_frames_are_kept_by_content_but_samples_are_not(own_cache, write, corpus_of, monkeypatch) -> None:
    write("a.wav", noise(1.5))
    corpus = corpus_of(["a.wav"])
    first = features_for(corpus, "log-mel-frames")
    sound = features_for(corpus, "waveform")
    assert (first.values.shape, sound.values.shape, sound.rate_hz) == ((37, 160), (37, 640), 25.0)
    monkeypatch.setattr(LogMelFrames, "__call__", lambda *_: pytest.fail("extracted again"))
    assert features_for(corpus, "log-mel-frames").fingerprint == first.fingerprint
    assert (own_cache / "cache" / "features.sqlite").stat().st_size < sound.values.nbytes


def test_a_recording_too_short_for_a_frame_is_named(own_cache, write, corpus_of) -> None:
    write("a.wav", noise(1.5))
    write("b.wav", noise(0.3))
    table = features_for(corpus_of(["a.wav", "b.wav"]), "mfcc-windows:rate=2")
    assert (table.ids, table.problems) == (("a.wav",), (("b.wav", "has no frames"),))


def test_frames_of_over_ten_minutes_are_made_and_a_row_is_refused(own_cache, write, corpus_of) -> None:
    write("long.wav", np.tile(noise(61.0)[::2], 10), 8_000)
    write("short.wav", noise(1.0))
    corpus = corpus_of(["long.wav", "short.wav"])
    assert np.diff(features_for(corpus, "mfcc-windows").bounds).tolist() == [15_250, 25]
    row = features_for(corpus, lambda signal: [signal.std()])
    assert row.problems[0][0] == "long.wav"
    assert "at most 10 for one row" in row.problems[0][1]


def halves(corpus: Corpus, borders: list[tuple[str, float, float]]) -> Corpus:
    files, starts, ends = zip(*borders, strict=True)
    segments = pd.DataFrame({"speaker": "s", "recording": files}, index=segment_index(files, starts, ends))
    return replace(corpus, segments=segments, ratings=rating_frame([]), _gold={})


def test_stretches_are_cut_from_their_recordings_which_are_extracted_once(own_cache, write, corpus_of) -> None:
    write("a.wav", noise(2.0))
    write("b.wav", noise(1.0, 1))
    whole = features_for(corpus_of(["a.wav", "b.wav"]), "log-mel-frames")
    parts = [
        ("b.wav", 0.0, np.nan),
        ("a.wav", 0.8, 2.5),
        ("a.wav", 0.0, 0.8),
        ("a.wav", 3.0, 4.0),
        ("gone.wav", 0.0, 1.0),
    ]
    seen_by: list[str] = []
    corpus = halves(corpus_of(["a.wav"]), parts)
    cut = features_for(corpus, "log-mel-frames", use_cache=False, progress=lambda d, n, what: seen_by.append(what))
    assert sorted(seen_by) == ["a.wav", "b.wav", "gone.wav"]
    assert (cut.ids, np.diff(cut.bounds).tolist()) == (
        ("b.wav", "a.wav#0.800-2.500", "a.wav#0.000-0.800"),
        [25, 30, 20],
    )
    assert np.array_equal(cut.only(["a.wav#0.800-2.500"]).values, whole.only(["a.wav"]).values[20:])
    assert [segment for segment, _ in cut.problems] == ["a.wav#3.000-4.000", "gone.wav#0.000-1.000"]


def test_a_stretch_of_a_recording_that_is_a_part_of_a_file_counts_from_its_start(corpus_of) -> None:
    table = FeatureTable(np.arange(20.0)[:, None], ("a.wav#10.000-20.000",), bounds=np.array([0, 20]), rate_hz=2.0)
    corpus = halves(corpus_of(["a.wav"]), [("a.wav", 12.0, 13.5)])
    corpus = replace(corpus, segments=corpus.segments.assign(recording="a.wav#10.000-20.000"), _gold={})
    assert stretched(table, corpus).values.ravel().tolist() == [4, 5, 6]


def test_ready_frames_of_recordings_are_cut_into_stretches_and_rows_of_recordings_refused(corpus_of) -> None:
    corpus = halves(corpus_of(["a.wav"]), [("a.wav", 0.0, 1.0), ("a.wav", 1.0, 2.0)])
    table = FeatureTable(np.arange(4.0)[:, None], ("a",), bounds=np.array([0, 4]), rate_hz=2.0)
    assert features_for(corpus, table).bounds.tolist() == [0, 2, 4]
    with pytest.raises(BadFeatures, match="one row per recording"):
        features_for(corpus, FeatureTable(np.ones((1, 1)), ("a",)))


def two_speakers() -> tuple[FeatureTable, list[str | None]]:
    rng = np.random.default_rng(0)
    bounds = np.concatenate([[0], np.cumsum([40, 60, 50, 30])])
    values = rng.normal(3, 2, (180, 4)) + np.repeat([0, 0, 9, 9], np.diff(bounds))[:, None]
    return FeatureTable(values.astype(np.float32), tuple("abcd"), bounds=bounds, rate_hz=25.0), ["x", "x", "y", "y"]


def test_frames_are_normalised_by_the_frames_of_the_pool_and_keep_their_bounds(monkeypatch) -> None:
    table, speakers = two_speakers()
    monkeypatch.setattr("seral_core.features.normalise._AT_ONCE", 7)
    mean, variance = statistics(table, np.array([0, 2]))
    pool = table.take([0, 2]).values.astype(float)
    assert np.allclose([mean, variance], [pool.mean(0), pool.var(0)])
    fitted = Normaliser.fit(table, speakers, np.array([0, 2]), speakers=False)
    done = fitted.of(table, speakers)
    assert np.allclose(done.values, (table.values - pool.mean(0)) / pool.std(0), atol=1e-5)
    assert (done.bounds.tolist(), done.rate_hz) == (table.bounds.tolist(), 25.0)


def test_speakers_are_drawn_to_the_pool_by_their_clips_and_not_by_their_frames() -> None:
    table, speakers = two_speakers()
    done = Normaliser.fit(table, speakers, np.arange(4), speakers=True).of(table, speakers)
    apart = done.values[table.bounds[2] :].mean(0) - done.values[: table.bounds[2]].mean(0)
    before = (table.values[table.bounds[2] :].mean(0) - table.values[: table.bounds[2]].mean(0)) / table.values.std(0)
    assert (apart < before).all()
    assert (apart > 0.5 * before).all()  # two clips of each: most of it is the pool's


def test_components_of_frames_are_those_of_their_covariance() -> None:
    table, speakers = two_speakers()
    frames = Normaliser.fit(table, speakers, np.arange(4), speakers=False, components=0.99).of(table, speakers)
    rows = FeatureTable(table.values, tuple(map(str, range(180))))
    plain = Normaliser.fit(rows, [None] * 180, np.arange(180), speakers=False, components=0.99).of(rows, [None] * 180)
    assert frames.bounds.tolist() == table.bounds.tolist()
    assert np.allclose(np.abs(frames.values), np.abs(plain.values), atol=1e-3)


def test_a_learner_of_clips_takes_the_mean_of_their_frames() -> None:
    table, _ = two_speakers()
    answers = {"arousal": Answers(np.arange(4), np.array([-0.5, -0.4, 0.4, 0.5]), np.ones(4))}
    known = Known(table, (Target("arousal"),), answers)
    ridge = trained(learners["ridge"](known.task), known, np.random.default_rng(0))
    assert np.array_equal(known.pairs("arousal")[0], table.pooled().values)
    assert np.corrcoef(ridge.predict(table)["arousal"].guess, answers["arousal"].values)[0, 1] > 0.9


def test_means_of_frames_that_are_all_zero_are_not_learned_from(own_cache, write, corpus_of) -> None:
    write("a.wav", noise(2.0))
    write("b.wav", noise(3.0, 1))
    corpus = corpus_of(["a.wav", "b.wav"])
    table = features_for(corpus, "log-mel-frames")
    done = Normaliser.fit(table, [None] * 2, np.arange(2), speakers=False).of(table, [None] * 2)
    for each in (table, done):
        with pytest.raises(BadFeatures, match="the frames of each clip have the mean 0"):
            seen(each, Target("arousal"))
        assert seen(each, Target("arousal", rate_hz=25.0)) is each
    assert seen(features_for(corpus, "mfcc-windows"), Target("arousal")).plain


def test_a_frame_of_pandas_has_a_row_for_each_frame(own_cache, write, corpus_of) -> None:
    write("a.wav", noise(1.0))
    frame = features_for(corpus_of(["a.wav"]), "mfcc-windows").to_frame()
    assert (frame.shape, set(frame.index)) == ((25, 26), {"a.wav"})
