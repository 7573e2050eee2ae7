"""MixedEmotions D4.2, section 3: a recurrent autoencoder cleans noisy speech before emotion is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seral_core.errors import BadPlan, MissingExtra
from seral_core.features.noises import noises_in
from seral_core.recipes.base import Progress, Report, Result, recipes
from seral_core.recipes.cells import Part, Trials
from seral_core.recipes.denoise.conditions import Sources, all_conditions, experiments
from seral_core.recipes.denoise.enhancing import Enhancing, Schooling, systems_of
from seral_core.recipes.denoise.recogniser import NAME, Recogniser
from seral_core.recipes.denoise.report import report_of
from seral_core.recipes.denoise.speech import Made, Speech
from seral_core.recipes.in_time import InTime, TraceSettings
from seral_core.recipes.settings import option

#: Mean and variance of 13 MFCCs over 8 s, 25 times a second: what frames of gold lie beside.
FEATURES = "mfcc-windows"
#: Seconds of a training sequence, and of made noise of each kind.
STRETCH_S, QUICK_STRETCH_S = 10, 2
NOISE_S, QUICK_NOISE_S = 180.0, 90.0


@dataclass(frozen=True, kw_only=True)
class DenoiseSettings(TraceSettings):
    """What a user sets of the experiment; what is left out is as in the paper.

    Parameters
    ----------
    noise, responses : str
        Folders of recordings.
    stretch : int
        Seconds of a training sequence; the paper does not say.
    epochs : int
        Most of them.

    Examples
    --------
    >>> DenoiseSettings().shift, DenoiseSettings(quick=True).seeds
    (4.0, (0, 1, 2))
    """

    shift: float = option(4.0, "Seconds by which raters are late; gold is moved back by it.", least=0.0, rare=True)
    noise: str = option(
        "", "Folder of recordings of noise, each kind in a folder of its own.", kind="file",
        shown="babble, a street and hum, made",
    )  # fmt: skip
    responses: str = option(
        "", "Folder with impulse responses phone.wav, classroom.wav, hall.wav; those missing are made.", kind="file",
        shown="made",
    )  # fmt: skip
    stretch: int = option(0, "Seconds of a training sequence.", least=1, shown="10, or 2 when quick", rare=True)
    epochs: int = option(0, "Most epochs of a training.", least=1, shown="200, or 15 when quick", rare=True)

    def sources(self) -> Sources:
        """Return where noise and impulse responses come from.

        Raises
        ------
        BadPlan
            When a folder is not there, or holds no noise.
        """
        for name in ("noise", "responses"):
            if (path := getattr(self, name)) and not Path(path).is_dir():
                raise BadPlan(f"{name} is {path}; expected a folder of recordings; correct it, or leave it out")
        if self.noise:
            noises_in(Path(self.noise))
        return Sources(self.noise, self.responses, QUICK_NOISE_S if self.quick else NOISE_S)


@dataclass(frozen=True)
class Denoise:
    """Feature enhancement by a recurrent denoising autoencoder.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, Emotion Recognition from Multilingual Audio Content, 2016, section 3.

    Examples
    --------
    >>> recipes["denoise"].paper.split(",")[0]
    'MixedEmotions'
    """

    paper = "MixedEmotions, Deliverable D4.2, section 3: feature enhancement by autoencoder with LSTM networks, 2016"
    settings = DenoiseSettings
    examples = (
        "--quick --out out/denoise",
        "--corpus out/recola --noise out/chime --out out/d42-denoise",
    )

    def cells(self, settings: DenoiseSettings, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return the making of speech in all conditions, the recogniser, then the training of all networks."""
        sources = settings.sources()
        data = InTime(settings.where, settings.reader, settings.ranges, FEATURES, settings.targets, settings.shift)
        parts = data.open(progress)
        if parts.corpus.root is None:
            raise BadPlan(
                f"{parts.corpus.name} has no audio; expected recordings to put noise under; choose another corpus"
            )
        both = experiments(quick=settings.quick)
        conditions, systems = all_conditions(both), systems_of(both)
        _check_extras({each.room for each in conditions if each.room}, sources)
        speech = Trials(
            "speech", Speech(data, sources, conditions), tuple(each.name for each in conditions),
            notes=parts.sequences.notes,
        )  # fmt: skip
        made = Made(speech)
        recogniser = Trials("recogniser", Recogniser(data, made, conditions), (NAME,))
        schooling = Schooling(
            settings.choose("stretch", STRETCH_S, quick=QUICK_STRETCH_S), settings.quick, settings.epochs
        )
        enhancing = Enhancing(data, made, recogniser, systems, schooling)
        networks = Trials("networks", enhancing, tuple(each.name for each in systems), settings.seeds)
        return speech, recogniser, networks

    def report(self, result: Result) -> Report:
        """Return Table 4.1 and Figure 4.2 beside what was measured."""
        return report_of(result, self.paper)


def _check_extras(rooms: set[str], sources: Sources) -> None:
    """Raise `MissingExtra` before anything is done, where a package is missing that is needed later."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise MissingExtra("the recipe denoise", "torch", "deep")
    if any(not sources.files_of(room) for room in rooms) and find_spec("pyroomacoustics") is None:
        raise MissingExtra("a room's impulse response", "pyroomacoustics", "denoise")


recipes.register("denoise")(Denoise())
