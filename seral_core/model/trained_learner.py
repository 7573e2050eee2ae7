"""A trained learner in a folder: by skops, without pickle, or in a format of the learner's own."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.deep.models import nothing_fetched
from seral_core.errors import BadFeatures, BadModel
from seral_core.files import read_bytes, regular
from seral_core.folders import inside
from seral_core.learners.base import Learner, learners
from seral_core.model.kept_task import check_task, read_task, write_task
from seral_core.model.sound import fault_in
from seral_core.runs.parts import Surroundings, hears, part
from seral_core.strategies.compose import phases_of
from seral_core.types import Task

FILE, FOLDER, TASK = "learner.skops", "learner", "task.json"
#: Bytes that are read of a trained learner, and of the list of its parts: a forest of 300 trees has 10 and 6 MB.
MOST, MOST_SCHEMA = 2_000_000_000, 100_000_000
#: What learners of SERAL are made of, beside scikit-learn's estimators and arrays. Nothing else is brought to life.
OURS = frozenset(
    {
        "functools.partial",
        "seral_core.learners.chained.Chained",
        "seral_core.learners.forest.SpreadForest",
        "seral_core.learners.kernel.SizedSVC",
        "seral_core.learners.kernel.SizedSVR",
        "seral_core.learners.landmarks.LandmarkSVC",
        "seral_core.learners.landmarks.LandmarkSVR",
        "seral_core.learners.landmarks.Machine",
        "seral_core.learners.linear.CVLogistic",
        "seral_core.learners.linear.CVRidge",
        "seral_core.learners.per_target.PerTarget",
        "seral_core.learners.recommended.SpreadRidge",
        "seral_core.learners.softmax.SoftmaxRegression",
        "seral_core.learners.views.Views",
        "seral_core.types.Target",
        "sklearn.metrics.pairwise.rbf_kernel",
        "sklearn.tree._tree.Tree",
    }
)


@dataclass(frozen=True, eq=False)
class OwnFormat:
    """A trained learner that saves itself, brought back for whatever is to be predicted.

    A learner that hears is made for one corpus; here it is made anew for each, and loads what it has learned.

    Parameters
    ----------
    text : str
        Name and options, as in a plan.
    task : tuple of Target
        What it predicts.
    device : str
        Where it computes.
    folder : Path
        What it saved.
    loaded : bool
        Whether it came from a file that somebody else may have made: paths in it are not followed.
    """

    text: str
    task: Task
    device: str
    folder: Path
    loaded: bool = False
    _lent: Any = field(default=None, repr=False)

    @classmethod
    def of(cls, learner: Any, text: str, task: Task, device: str) -> OwnFormat:
        """Have a learner save itself, for as long as this object is there."""
        lent = tempfile.TemporaryDirectory(prefix="seral-model-")
        learner.save(Path(lent.name))
        return cls(text, task, device, Path(lent.name), _lent=lent)

    def learner(self, corpus: Corpus | None) -> Learner:
        """Return the learner, with the sound of a corpus; raise `BadFeatures` where it needs one and there is none."""
        if corpus is None and hears(learners[phases_of(self.text)[0].name]):
            raise BadFeatures("got features, but this model hears recordings; expected paths, a folder or a Corpus")
        made: Any = part(learners, self.text, self.task, Surroundings(corpus, None, self.device))
        with nothing_fetched(paths=not self.loaded):
            made.load(self.folder)
        return made  # type: ignore[no-any-return]


def portable(learner: Learner, text: str, task: Task, device: str = "auto") -> Learner | OwnFormat:
    """Return a trained learner as a model holds it: one that saves itself is held as it saved itself.

    Parameters
    ----------
    learner : Learner
        Trained.
    text, task, device
        As in `OwnFormat`.
    """
    if hasattr(learner, "save") and hasattr(learner, "load"):
        return OwnFormat.of(learner, text, task, device)
    return learner


def write_learner(learner: Learner | OwnFormat, folder: Path) -> tuple[str, ...]:
    """Write a trained learner into a folder, and return what its file needs that is not of SERAL.

    Returns
    -------
    tuple of str
        Names of classes and functions of others, such as of the user's own estimator.

    Raises
    ------
    BadModel
        When a part of it cannot be written without pickle.
    """
    if isinstance(learner, OwnFormat):
        shutil.copytree(learner.folder, folder / FOLDER)
        write_task(learner.task, folder / FOLDER / TASK)
        return ()
    from skops.io import dumps, get_untrusted_types

    try:
        data = dumps(learner)
        needs = tuple(sorted(set(get_untrusted_types(data=data)) - OURS))
    except Exception as wrong:  # skops raises what the part raises
        raise BadModel(
            f"{type(learner).__name__} cannot be saved: {str(wrong).splitlines()[0]}; expected estimators of "
            "scikit-learn, arrays and plain values; or give the learner save(folder) and load(folder)"
        ) from wrong
    (folder / FILE).write_bytes(data)
    _check_size(folder / FILE)
    return needs


def read_learner(
    folder: Path, text: str, task: Task, device: str, trusted: Collection[str] = ()
) -> Learner | OwnFormat:
    """Return the learner that `write_learner` wrote. No code of the folder runs: only known classes are made.

    Parameters
    ----------
    folder : Path
        The model's.
    text, task, device
        As in `OwnFormat`.
    trusted : collection of str
        Classes and functions of others that the user trusts, by name.

    Raises
    ------
    BadModel
        When the file is damaged, or names anything else.
    """
    own = inside(folder, FOLDER)
    if own.is_dir():
        if (own / TASK).exists():  # earlier versions wrote none
            check_task(own / TASK, task, read_task(inside(own, TASK)))
        return OwnFormat(text, task, device, own, loaded=True)
    path = inside(folder, FILE)
    made = _from_skops(path, trusted)
    if fault := fault_in(made):
        raise BadModel(f"{path} is damaged ({fault}); export the model again")
    if hasattr(made, "task"):  # a learner of somebody's own need not have one
        check_task(path, task, made.task)
    return made


def _from_skops(path: Path, trusted: Collection[str]) -> Learner:
    from skops.io import get_untrusted_types, loads

    try:
        _check_size(path)
        data = read_bytes(path, MOST)
        asked = set(get_untrusted_types(data=data))
    except BadModel:
        raise
    except Exception as wrong:
        raise BadModel(f"{path} is damaged ({wrong}); expected a trained learner; export the model again") from wrong
    strange = sorted(asked - OURS - set(trusted))
    if strange:
        raise BadModel(
            f"{path} names {', '.join(strange[:5])}, which no learner of SERAL is made of; nothing of it was loaded; "
            "only where you know that code and who made the file: Model.load(folder, trusted=[...]) with these names"
        )
    try:
        made: Learner = loads(data, trusted=sorted(asked))
    except Exception as wrong:
        raise BadModel(f"{path} cannot be loaded ({wrong}); export the model again with this version") from wrong
    return made


def _check_size(path: Path) -> None:
    """Raise `BadModel` where a file is too large to be read, or its parts are larger than the file says."""
    size = regular(path).stat().st_size
    if size > MOST:
        raise BadModel(
            f"{path} has {size / 1e9:.1f} GB; expected a trained learner of at most {MOST / 1e9:.0f} GB; train a "
            "smaller one, such as with fewer trees"
        )
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    # skops packs nothing, so that no part, nor all of them together, can be larger than the file.
    if sum(max(part.file_size, part.compress_size) for part in parts) > size:
        raise BadModel(f"{path} unpacks to more than it is; expected a trained learner; export the model again")
    schema = max((part.file_size for part in parts if part.filename == "schema.json"), default=0)
    if schema > MOST_SCHEMA:
        raise BadModel(
            f"{path} lists its parts in {schema / 1e6:.0f} MB; expected at most {MOST_SCHEMA / 1e6:.0f} MB; train a "
            "smaller learner, such as with fewer trees"
        )
