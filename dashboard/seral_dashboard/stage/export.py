"""A story as one HTML file that plays offline: the stage's scripts, what they would fetch, and the clips to hear."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import soundfile

from seral_core.errors import BadCorpus, SeralError
from seral_core.files import write_text
from seral_dashboard import clips, run_map
from seral_dashboard.component.scripts import HERE, script, style
from seral_dashboard.jsonable import finite
from seral_dashboard.stage.scenes import Shown, shown
from seral_dashboard.stage.story import Story

#: Clips in a file at most, those that are asked for first before others: about 20 kB each.
MOST_CLIPS = 400
#: What browsers play beside WAV, the smallest first, and how they call it.
FORMATS = {"MP3": "audio/mpeg", "FLAC": "audio/flac"}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SERAL</title><style>{style}</style></head><body><main class="seral stage"></main>
<script type="application/json" id="kept">{kept}</script>
<script type="module">globalThis.seralKept = JSON.parse(document.getElementById("kept").textContent);
{script}</script></body></html>"""

Report = Callable[[int, int, str], None]
Clip = tuple[str, str]


def export(story: Story, path: Path, report: Report | None = None) -> list[str]:
    """Write a story as one HTML file, and return what is not in it, in sentences.

    Parameters
    ----------
    story : Story
        What is told.
    path : Path
        Of the file; one that is there is replaced.
    report : callable, optional
        Told ``(done, total, what)`` meanwhile.

    Raises
    ------
    SeralError
        When the file cannot be written.
    """
    scenes = [{"at": s.at, "caption": s.caption} for s in story.scenes]
    kept: dict[str, Any] = {"/api/story?story=demo": {"title": story.title, "scenes": scenes}}
    notes: list[str] = []
    wanted: dict[Clip, None] = {}
    for number, scene in enumerate(story.scenes):
        if report:
            report(number, len(scenes), f"scene {number + 1}")
        try:
            drawn = shown(scene)
            heard = list(_needed(drawn, kept))
        except SeralError as wrong:
            drawn, heard = {"kind": "missing", "text": str(wrong)}, []
            notes.append(f"scene {number + 1} ({scene.at}): {wrong}")
        if drawn["kind"] == "page":
            text = f"This scene is a page of the dashboard, which a file does not have: {scene.at}"
            drawn = {"kind": "missing", "text": text}
            notes.append(f"scene {number + 1} ({scene.at}) is a page of the dashboard; the file says so in its place")
        kept[f"/api/scene?at={_quoted(scene.at)}"] = drawn
        wanted |= dict.fromkeys(heard)
    if len(wanted) > MOST_CLIPS:
        notes.append(f"the first {MOST_CLIPS} of {len(wanted)} clips are in the file; the others say so when clicked")
    for number, (corpus, segment) in enumerate(list(wanted)[:MOST_CLIPS]):
        if report:
            report(number, min(len(wanted), MOST_CLIPS), "clips")
        try:
            kept[f"/api/clip/{corpus}?id={_quoted(segment)}"] = _sound(corpus, segment)
        except SeralError as wrong:
            notes.append(f"a clip is missing: {wrong}")
    write_text(path, _page(kept))
    return notes


def _needed(drawn: Shown, kept: dict[str, Any]) -> Iterator[Clip]:
    """Keep what the script of a scene would fetch, and yield the clips that it plays."""
    match drawn["kind"]:
        case "hear":
            yield from ((drawn["corpus"], clip["id"]) for clip in drawn["clips"])
        case "map":
            asked = drawn["data"]
            yield from _run(kept, asked["experiment"], asked["run"], ("pca", asked["layout"]))
        case "duel":
            asked = drawn["data"]
            for number, side in enumerate(asked["sides"]):
                yield from _run(kept, asked["experiment"], side["run"], ("pca",) if number else (asked["layout"],))


def _run(kept: dict[str, Any], experiment: str, run: str, layouts: Iterable[str]) -> Iterator[Clip]:
    place = f"{_quoted(experiment)}/{_quoted(run)}"
    for layout in layouts:
        pool = kept[f"/api/map/{place}?layout={layout}"] = run_map.pool(experiment, run, layout)
    told = kept[f"/api/rounds/{place}?after=-1"] = run_map.rounds(experiment, run, -1)
    if pool["corpus"]:
        for frame in told["rounds"]:
            yield from ((pool["corpus"], pool["ids"][row]) for row in [*frame["asked"], *frame["labelled"]])


def _sound(corpus: str, segment: str) -> str:
    """Return a clip as a data address, as small as browsers play it."""
    sound = clips.sound(corpus, segment)
    if not sound.whole:
        raise BadCorpus(f"{segment} is too long for a file ({sound.seconds:.0f} s); the dashboard plays it")
    wave = clips.wav(sound)
    values, rate_hz = soundfile.read(io.BytesIO(wave), dtype="float32")
    for name, kind in FORMATS.items():
        small = io.BytesIO()
        try:
            soundfile.write(small, values, rate_hz, format=name)
        except (soundfile.LibsndfileError, ValueError):  # MP3 has some rates alone, and some builds have no MP3
            continue
        return _address(kind, small.getvalue())
    return _address("audio/wav", wave)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _page(kept: dict[str, Any]) -> str:
    # A text in it may not end the script that it stands in.
    text = json.dumps(finite(kept), ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    look = "\n".join([style(), (HERE / "stage.css").read_text(encoding="utf-8")])
    return PAGE.format(style=look, kept=text, script=script("present"))


def _quoted(text: str) -> str:
    """Return a text as JavaScript's encodeURIComponent writes it."""
    return quote(text, safe="!~*'()")
