"""What comes before the first label: the encoder is adapted, and every clip is heard once; both are timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from seral_core.deep.fine_tuning_settings import FineTuning
from seral_core.deep.folder import described
from seral_core.deep.models import ready
from seral_core.deep.tapt import Adaptation, history
from seral_core.deep.tapt_job import Tapt
from seral_core.deep.vectors import Vectors
from seral_core.learners.base import learners
from seral_core.options import option_values
from seral_core.recipes.cells import Trial
from seral_core.runs.data import data_of
from seral_core.runs.events import Trained, Training
from seral_core.runs.plan import Plan
from seral_core.runs.training_progress import TrainingProgress
from seral_core.strategies.compose import phases_of

#: What is measured of it, in the report's order, as columns of its curves: by epoch, and once.
WATCHED = ("loss", "held_out_loss", "accuracy", "chance", "perplexity", "codewords")
SECONDS, TARGET = "seconds", "pre-training"


def settings_in(learner: str) -> FineTuning:
    """Return the settings that a learner's text has.

    Examples
    --------
    >>> settings_in("fine-tuned:backbone=tiny-hubert:tapt=3").tapt
    3
    """
    phase = phases_of(learner)[0]
    defaults = {name: getattr(FineTuning(), name) for name in FineTuning.__dataclass_fields__}
    return FineTuning(**{**defaults, **option_values(dict(phase.options), defaults, "learner fine-tuned", learner)})


def adaptation_of(plan: Plan, settings: FineTuning) -> Adaptation:
    """Return the pre-training that runs of a plan and learner share: on the pool of its fold, and nothing else."""
    data = data_of(plan)
    how = Tapt(epochs=settings.tapt, most=settings.tapt_clips, checkpointing=settings.checkpointing)
    return Adaptation(settings.backbone, data.corpus, data.pool, how, settings.seed, plan.device)


@dataclass(frozen=True)
class Preparation:
    """Adapts the encoder of one fold where the method does, and hears all clips.

    Parameters
    ----------
    plan : Plan
        Of all runs.
    learners : tuple of (str, str)
        The methods and their learners.
    """

    plan: Plan
    learners: tuple[tuple[str, str], ...]

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield what was measured; how far it is stands in the trial's folder meanwhile."""
        settings = settings_in(dict(self.learners)[trial.variant])
        plan, listen = self.plan.varied(fold=trial.fold), TrainingProgress(trial.folder)
        learners["fine-tuned"]  # or the error that says what is missing
        model, begun = ready(settings.backbone), {}
        if settings.tapt:
            job = adaptation_of(plan, settings)
            for progress in job.run():
                listen(Training(0, progress.done, progress.text, progress.epochs))
            model, begun = job.folder, history(job.folder)
        yield TARGET, SECONDS, 0, float(begun.get("seconds", 0.0))
        for epoch in begun.get("epochs", ()):
            yield from ((TARGET, name, epoch["epoch"], float(epoch[name])) for name in WATCHED)
        if settings.keeps_vectors:
            start_s, layer = (
                time.monotonic(),
                described(model).layers // 2 if settings.layer == "middle" else settings.layer,
            )
            vectors = Vectors(data_of(plan).corpus, model, str(layer), settings.pool.replace("-", "+"))
            for progress in vectors.prepare():
                listen(Training(0, progress.done, progress.text))
            yield "hearing all clips", SECONDS, 0, time.monotonic() - start_s
        listen(Trained(0, 0))
