"""Uploads: recordings are kept under harmless names; everything else is refused in a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.errors import BadCorpus
from seral_dashboard import uploads


def sound(seconds: float = 0.2, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(int(8000 * seconds)) / 5), 8000, format=form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_recordings_are_kept_as_they_were_sent(tmp_path: Path, form: str) -> None:
    content = sound(form=form)
    kept = uploads.save([(f"a.{form.lower()}", content)], tmp_path)
    assert (tmp_path / kept.names[0]).read_bytes() == content
    assert kept.refused == ()


def test_a_folder_made_for_uploads_is_its_owners_alone(tmp_path: Path) -> None:
    uploads.save([("a.wav", sound())], tmp_path / "project" / "uploads")
    for folder in ("project", "project/uploads"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.py", b"import os", "no recording"),
        ("a.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "no recording"),
        ("a.wav", b"", "no recording"),
        ("a.wav", b"#!/bin/sh\nrm -rf /", "no recording"),
        ("a.npz", sound(), "no recording"),
        ("a.pkl", b"\x80\x04\x95", "no recording"),
        ("a.wav", sound(0), "no sound"),
        ("a.html", sound(), "no recording"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(BadCorpus, match=says):
        uploads.save([(name, content)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PER_FILE", 4000)
    monkeypatch.setattr(uploads, "ALL", 9000)
    files = [(f"{i}.wav", sound(0.2)) for i in range(4)]
    kept = uploads.save([*files, ("long.wav", sound(1))], tmp_path)
    assert kept.names == ("0.wav", "1.wav")
    assert len(kept.refused) == 3
    assert "long.wav is not kept: it has" in kept.refused[-1]


def test_a_recording_that_unpacks_to_days_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 100, 1, format="FLAC") as out:
        for _ in range(12):
            out.write(np.zeros(100_000, np.int16))
    assert len(file.getvalue()) < 200_000
    with pytest.raises(BadCorpus, match="longer than 3 hours"):
        uploads.save([("silence.flac", file.getvalue())], tmp_path)


HOSTILE = [
    "../../evil.wav", "..\\..\\evil.wav", "/etc/cron.d/evil.wav", "C:\\Windows\\evil.wav", "con.wav", "a\0b.wav",
    "....wav", "-rf.wav", " .wav", "a\nb.wav", "<script>.wav", "x" * 4000 + ".wav", "😀" * 300 + ".wav",
    "\u202egpj.wav", "a:b.wav", "studio.toml", ".hidden.wav", "NUL", "*?.wav", "$(reboot).wav", "a/..", "..",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_becomes_a_plain_file_in_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "uploads"
    try:
        kept = uploads.save([(name, sound())], folder)
    except BadCorpus:
        kept = uploads.Kept((), ())
    inside = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert inside == set(kept.names)
    assert {path.name for path in tmp_path.iterdir()} <= {"uploads"}
    for made in kept.names:
        assert made.endswith(".wav")
        assert made.isprintable()
        assert not made.startswith((".", "-rf/"))
        assert len(made.encode()) <= 130
        assert not set('/\\:*?"<>|$\0') & set(made)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    one, two = sound(0.2), sound(0.3)
    kept = uploads.save([("a.wav", one), ("sub/a.wav", two), ("a.wav", one)], tmp_path)
    assert kept.names == ("a.wav", "a (2).wav", "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == one
    assert (tmp_path / "a (2).wav").read_bytes() == two
