"""Channels: a segment may lie on one of them, and different voices are not mixed without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.corpora.base import open_corpus, read_corpus
from seral_core.corpora.channel_choice import with_channels
from seral_core.corpora.channels import differ, inverse
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.reading import Reading
from seral_core.errors import BadClip, BadCorpus
from seral_core.features.audio import TWO_VOICES, hear, read_segment
from seral_core.features.cache import FeatureCache
from seral_core.features.extract import extract
from seral_core.features.signals import Signals

RATE_HZ = 8000


def voice(seed: int, seconds: float = 2.0, f0_hz: float = 130.0) -> np.ndarray:
    """A buzz in bursts, whose pitch and pauses depend on the seed."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = f0_hz * (1 + 0.3 * rng.random()) + 20 * np.sin(time * rng.uniform(2, 9))
    sound = sum(np.sin(k * 2 * np.pi * np.cumsum(pitch) / RATE_HZ) / k for k in range(1, 9))
    on = (rng.random(20) < 0.6).repeat(len(time) // 20)
    return (0.2 * sound * on + rng.normal(0, 1e-4, len(time))).astype(np.float32)


@pytest.fixture
def calls(tmp_path: Path) -> Corpus:
    """Two calls with a voice on either channel, and a recording with one channel, in a table with labels."""
    for i in range(2):
        soundfile.write(tmp_path / f"call{i}.wav", np.stack([voice(i), voice(9 + i)], axis=1), RATE_HZ)
    soundfile.write(tmp_path / "mono.wav", voice(3), RATE_HZ)
    rows = "call0.wav,a,anger\ncall1.wav,b,sadness\nmono.wav,c,anger\n"
    (tmp_path / "labels.csv").write_text(f"file,speaker,emotion\n{rows}", encoding="utf-8")
    return open_corpus(tmp_path / "labels.csv")


def noted(corpus: Corpus) -> list[str]:
    return [note for note in corpus.notes if "different voices" in note]


def test_two_voices_on_two_channels_are_named_when_a_corpus_is_opened_and_by_its_features(calls: Corpus) -> None:
    assert "--channel each" in noted(calls)[0]
    assert noted(with_channels(calls, "each")) == noted(with_channels(calls, "mix")) == []
    table = extract(calls, jobs=1, use_cache=False)
    assert table.notes == (f"call0.wav, call1.wav: {TWO_VOICES}",)


def test_each_channel_becomes_a_clip_with_the_labels_of_its_recording(calls: Corpus) -> None:
    each = with_channels(calls, "each")
    assert each.ids == ("call0.wav#ch1", "call0.wav#ch2", "call1.wav#ch1", "call1.wav#ch2", "mono.wav")
    assert each.gold("emotion").tolist() == ["anger", "anger", "sadness", "sadness", "anger"]
    assert any("labels and speakers of call0.wav, call1.wav are taken for each channel" in note for note in each.notes)
    assert durations_s(each).tolist() == [2.0] * 5
    table = extract(each, jobs=1, use_cache=False)
    assert table.ids == each.ids
    assert table.notes == ()
    assert not np.array_equal(table.values[0], table.values[1])


def test_one_channel_is_read_as_if_it_were_a_file_of_its_own(calls: Corpus, tmp_path: Path) -> None:
    second = with_channels(calls, "2")
    assert second.ids == ("call0.wav#ch2", "call1.wav#ch2")
    alone, _ = soundfile.read(tmp_path / "call0.wav", dtype="float32")
    soundfile.write(tmp_path / "alone.wav", alone[:, 1], RATE_HZ)
    assert np.array_equal(Signals(second)["call0.wav#ch2"], read_segment(tmp_path / "alone.wav"))


def test_a_part_of_a_channel_keeps_its_times(calls: Corpus, tmp_path: Path) -> None:
    (tmp_path / "parts.csv").write_text("file,start,end\ncall0.wav,0.5,1.5\ncall1.wav,0.5,1.5\n", encoding="utf-8")
    parts = with_channels(open_corpus(tmp_path / "parts.csv"), "1")
    assert parts.ids[0] == "call0.wav#ch1#0.500-1.500"
    assert parts.path(parts.ids[0]) == (tmp_path / "call0.wav", 0.5, 1.5, 1)


def test_a_channel_that_a_recording_lacks_is_named(calls: Corpus, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "three.wav", np.stack([voice(5)] * 3, axis=1), RATE_HZ)
    folder = open_corpus(tmp_path, reader="folder")
    third = with_channels(folder, "3")
    assert third.ids == ("three.wav#ch3",)
    assert any("call0.wav, call1.wav, mono.wav: no channel 3" in note for note in third.notes)
    with pytest.raises(BadCorpus, match=r"no recording of .* has a channel 4"):
        with_channels(folder, "4")
    with pytest.raises(BadClip, match="has 2 channels, but the segment is on channel 3"):
        read_segment(tmp_path / "call0.wav", channel=3)


@pytest.mark.parametrize("channel", ["", "2", "each"])
def test_a_channel_that_mono_recordings_lack_is_refused_when_they_are_opened(tmp_path: Path, channel: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,kanal,emotion\na.wav,right,anger\nb.wav,right,sadness\n", encoding="utf-8")
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.wav", voice(1), RATE_HZ)
    words = r"no recording of labels has .* first a\.wav#ch2, where the recording has 1 channel; correct the channels"
    with pytest.raises(BadCorpus, match=words):
        read_corpus(table, Reading(said=(f"channel {channel}",) if channel else ()))


def test_channels_that_some_recordings_lack_are_noted_and_those_named_already_not_chosen_again(
    calls: Corpus, tmp_path: Path
) -> None:
    table = tmp_path / "sides.csv"
    table.write_text("file,side,emotion\ncall0.wav,2,anger\nmono.wav,2,sadness\n", encoding="utf-8")
    corpus = open_corpus(table, columns={"channel": "side"})
    assert any(
        "1 of 2 clips' channels are not there and cannot be heard, first mono.wav#ch2" in n for n in corpus.notes
    )
    with pytest.raises(BadCorpus, match="got the channel '1', but sides says of each clip which channel it is on"):
        with_channels(corpus, "1")


def test_one_voice_at_two_microphones_is_no_call() -> None:
    rng = np.random.default_rng(0)
    fall = np.exp(-np.arange(2000) / 600)
    far = [np.convolve(voice(1), rng.normal(size=2000) * fall * 0.1)[: 2 * RATE_HZ] for _ in range(2)]
    one = np.roll(voice(1), 40) + far[1]
    assert not differ(np.stack([voice(1) + far[0], one], axis=1).astype(np.float32), RATE_HZ)


@pytest.mark.parametrize("louder", [1.0, 0.97, 0.5])
def test_a_channel_upside_down_does_not_cancel_the_other(louder: float, tmp_path: Path) -> None:
    sound = voice(4)
    soundfile.write(tmp_path / "a.wav", np.stack([sound, -louder * sound], axis=1), RATE_HZ, subtype="FLOAT")
    heard = hear(tmp_path / "a.wav")
    assert np.array_equal(heard.samples, sound - sound.mean())
    assert "channel 2 is channel 1 upside down" in heard.note
    assert (
        "channels of a.wav are one sound, channel 2 upside down; channel 1 alone is used" in open_corpus(tmp_path).notes
    )


def test_channels_that_may_be_mixed_are_mixed_as_before(tmp_path: Path) -> None:
    sides = np.stack([voice(1), 0.6 * voice(1) + 0.02 * voice(2)], axis=1)
    soundfile.write(tmp_path / "a.wav", sides, RATE_HZ, subtype="FLOAT")
    mono = sides.mean(axis=1)
    assert inverse(sides) is None
    assert hear(tmp_path / "a.wav").note == ""
    assert np.array_equal(hear(tmp_path / "a.wav").samples, mono - mono.mean())


def test_rows_that_earlier_versions_kept_are_made_again_where_channels_cancelled_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))  # its cache is changed below
    tmp_path = tmp_path / "recordings"
    tmp_path.mkdir()
    sound = voice(4)
    soundfile.write(tmp_path / "inverse.wav", np.stack([sound, -0.97 * sound], axis=1), RATE_HZ)
    soundfile.write(tmp_path / "plain.wav", sound, RATE_HZ)
    corpus = open_corpus(tmp_path)
    right = extract(corpus, jobs=1)
    with FeatureCache() as cache:
        cache._run("UPDATE features SET row = zeroblob(length(row))")
        cache._run("DELETE FROM notes")
    again = extract(corpus, jobs=1)
    assert np.array_equal(again.values[0], right.values[0]), "it was analysed too quiet"
    assert not again.values[1].any(), "what was right is taken as it is"
    assert again.notes == right.notes != ()
