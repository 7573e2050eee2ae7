"""A model card: what people should know before they use a model, as Markdown (Mitchell et al., FAT* 2019)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from seral_core.types import Target, Task

_NOT_FOR = """\
- Decisions about people: hiring, grading, insurance, policing, health, border control. A model hears how something was
  said in the recordings of a corpus, not what somebody feels. In the European Union, inferring emotions at work and in
  education is prohibited (Regulation 2024/1689, Art. 5).
- Languages, ages, recording conditions and kinds of speech other than those of the corpus, before it was tested there.
- Acted emotions say little of everyday speech.
- Confidence is the model's own belief. It is not calibrated: of predictions with confidence 0.9, fewer than 9 of 10 may
  be right."""

#: What Markdown, or the tags and entities in it, would take for its own.
_MARKS = re.compile(r"([\\`*_\[\]<>&|~#$])")


class Described(Protocol):
    """What a card is written of."""

    features: str
    task: Task
    about: Mapping[str, Any]
    enough: int

    @property
    def normaliser(self) -> Any:
        """How features are brought to one scale."""
        ...


def card(model: Described) -> str:
    """Return a model's card.

    Parameters
    ----------
    model : Model
        Its ``about`` may lack any entry.

    References
    ----------
    .. [1] Mitchell et al., Model cards for model reporting, FAT* 2019.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from seral_core.types import Target
    >>> said = SimpleNamespace(speakers=False, mean=[0.0] * 3, axes=[])
    >>> task = (Target("arousal"),)
    >>> model = SimpleNamespace(features="SERALv01", task=task, about={}, normaliser=said, enough=10)
    >>> print(card(model).splitlines()[0])
    # A model of arousal from speech
    """
    about = model.about
    parts = [
        f"# A model of {', '.join(_line(target.name) for target in model.task)} from speech",
        _made(about),
        "## What it predicts\n\n" + "\n".join(map(_target, model.task)),
        "## Data\n\n" + _data(about),
        "## How good it was\n\n" + _scores(about),
        "## How it treats speakers\n\n" + _speakers(model),
        "## What it should not be used for\n\n" + _NOT_FOR,
        "## How to use it\n\n" + _use(),
    ]
    if about.get("notes"):
        parts.append("## What was noted\n\n" + "\n".join(f"- {_line(note)}" for note in about["notes"]))
    return "\n\n".join(parts) + "\n"


def _made(about: Mapping[str, Any]) -> str:
    with_versions = ", ".join(_line(f"{name} {version}") for name, version in about.get("versions", {}).items())
    plan = about.get("plan", {})
    how = f" Learner {_code(plan['learner'])}, strategy {_code(plan['strategy'])}." if "learner" in plan else ""
    return f"Made {_line(about.get('made', 'at an unknown time'))} with {with_versions or 'unknown versions'}.{how}"


def _target(target: Target) -> str:
    if target.is_scale:
        return f"- **{_line(target.name)}**, a scale from {target.low:g} to {target.high:g}"
    return f"- **{_line(target.name)}**, one of {', '.join(map(_line, target.classes))}"


def _data(about: Mapping[str, Any]) -> str:
    lines = [
        f"- Corpus: {_line(about.get('corpus') or 'not recorded')}",
        f"- Licence of the corpus: {_line(about.get('licence') or 'not recorded; ask whoever made it')}",
        f"- Trained on {about.get('labels', 0)} labelled clips, chosen from {about.get('pool', 0)} of "
        f"{about.get('pool_speakers', 0)} speakers",
    ]
    if about.get("citation"):
        lines.insert(1, f"- Citation: {_line(about['citation'])}")
    for name, found in about.get("agreement", {}).items():
        value = found.get("alpha")
        raters = found.get("raters", 0)
        said = (
            f"Krippendorff's alpha {value} ({raters} raters)" if value is not None else "not known: one rating a clip"
        )
        lines.append(f"- Agreement of raters on {_line(name)}: {said}")
    return "\n".join(lines)


def _scores(about: Mapping[str, Any]) -> str:
    scores = about.get("scores", {})
    if not scores:
        return "It was not scored. Test it on recordings of your own before you rely on it."
    lines = [f"On {_line(about.get('scored_on', 'unknown recordings'))}:", ""]
    for name, of in scores.items():
        lines.append(f"- {_line(name)}: " + ", ".join(f"{metric} {value:.3f}" for metric, value in of.items()))
    if about.get("groups"):
        lines += ["", *_table(about["groups"])]
    return "\n".join(lines)


def _table(groups: list[Mapping[str, Any]]) -> list[str]:
    lines = [
        "By groups of speakers: the mean of each speaker's own score, with its 95 % interval over speakers (Student's "
        "t; none for fewer than three).",
        "",
        "| target | group | speakers | clips | score | mean over speakers | interval |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in groups:
        mean, half = row["mean"], row["half_width"]
        interval = f"[{mean - half:.3f}, {mean + half:.3f}]" if half is not None else "too few speakers"
        cells = [row["target"], row["group"], row["speakers"], row["clips"], row["metric"]]
        cells += ["none" if mean is None else f"{mean:.3f}", interval]
        lines.append("| " + " | ".join(_line(cell) for cell in cells) + " |")
    return lines


def _speakers(model: Described) -> str:
    scale = model.normaliser
    parts = f"{len(scale.mean)} features of {_code(model.features)}, standardised by the training pool"
    if len(scale.axes):
        parts += f", then {len(scale.axes)} principal components"
    if not scale.speakers:
        return f"It sees {parts}. Speakers are not normalised, so it does not matter who speaks."
    return (
        f"It sees {parts}, after each speaker was normalised. Clips of a speaker with {model.enough} or more clips in "
        "what is predicted together are normalised by that speaker's own mean and deviation (drawn towards those of "
        "the training pool), which takes for granted that these clips are of several emotions. Other clips are "
        "normalised by the mean and deviation of the training pool, which makes more mistakes. Every prediction says "
        "which it was."
    )


def _use() -> str:
    return (
        "```sh\nseral predict path/to/this/folder path/to/recordings --out table.csv\n```\n\n"
        "```python\nfrom seral_core import Model\n\n"
        'Model.load("path/to/this/folder").predict("path/to/recordings/*.wav")\n```'
    )


def _line(text: object) -> str:
    """Return a text that stays one line of plain words in Markdown, no picture, link or tag, whatever it holds."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def _code(text: object) -> str:
    """Return a text in the letters of code."""
    return f"`{' '.join(str(text).split()).replace('`', chr(39))}`"
