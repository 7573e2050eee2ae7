"""Active fine-tuning, Algorithm 1 of Li et al. (2024): the model of a round begins with the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from seral_core.corpora.corpus import Corpus
from seral_core.deep.devices import device_of, drawing_from
from seral_core.deep.fine_tuning_settings import FineTuning
from seral_core.deep.folder import described
from seral_core.deep.load import load
from seral_core.deep.models import at_hand, ready, remember, remembered
from seral_core.deep.network import Network, as_tensor
from seral_core.deep.rounds import Labels, Training
from seral_core.deep.scaling import Scaling
from seral_core.deep.sounds import Sounds, held_out
from seral_core.deep.tapt import Adaptation
from seral_core.deep.tapt_job import Tapt
from seral_core.deep.vectors import Vectors
from seral_core.errors import BadModel
from seral_core.features.normalise import advise_normalisation
from seral_core.features.signals import Signals
from seral_core.features.table import FeatureTable
from seral_core.files import read_text, regular
from seral_core.folders import inside
from seral_core.learners.base import Known, Progress
from seral_core.types import Classes, Floats, Ints, Prediction, Task

#: Fewer labels than this are all learned from: none tells when to stop.
VALIDATED = 20
WEIGHTS, ABOUT = "model.safetensors", "fine-tuned.json"


@dataclass
class FineTuned:
    """An encoder that is fine-tuned round by round.

    Parameters
    ----------
    task : tuple of Target
        One category.
    corpus : Corpus
        Has the sound and who speaks; its labels are not looked at.
    settings : FineTuning
        How.
    folder : Path, optional
        Of the run, for checkpoints within a training.
    device : str
        Where to compute.
    """

    task: Task
    corpus: Corpus
    settings: FineTuning
    folder: Path | None
    device: str
    _model: Path | None = field(default=None, repr=False)
    _network: Network | None = field(default=None, repr=False)
    _scaling: tuple[tuple[str, ...], Scaling] | None = field(default=None, repr=False)
    _heard: dict[str, Floats] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.goes_on = not (self.settings.keeps_vectors and self.settings.start == "linear")
        self.sounds = Sounds(Signals(self.corpus))
        self.place = device_of(self.device)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Adapt the encoder where that was not done, then go on from the last round's model with all labels."""
        key = int(rng.integers(2**62))  # the address of this training: the same when it is repeated
        yield from self._begin(known, key)
        answers = known.answers[self.task[0].name].pooled()
        network, self._heard = self._whole(), {}
        network.classifier.seen.zero_()
        network.classifier.seen[np.unique(answers.values)] = True
        if not len(answers):
            return
        segments = [known.table.ids[row] for row in answers.rows]
        labels = Labels(
            segments, answers.values, self._weights(answers.values, answers.weights), self._apart(segments, key)
        )
        training = Training(network, self.settings, labels, self._vectors_of, self._scale_of, self.sounds, self.place)
        yield from training.run(key, self.folder)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what the model believes of clips, from their sound."""
        return self._believed(table, None)

    def committee(self, table: FeatureTable) -> Prediction:
        """Return what members believe: each leaves out a share of the vector, the same for all clips."""
        network, p = self._whole(), self.settings.dropout
        rng = np.random.default_rng([self.settings.seed, network.classifier.linear.in_features])
        keep = rng.random((self.settings.members, network.classifier.linear.in_features)) >= p
        return self._believed(table, as_tensor(keep.astype(np.float32), self.place))

    def embed(self, table: FeatureTable) -> Floats:
        """Return the scaled vectors that the classifier sees."""
        return np.asarray(self._scaled(table.ids), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Keep what was learned, how vectors are scaled, and which encoder it belongs to."""
        from safetensors.torch import save_file

        assert self._scaling is not None
        assert self._model is not None
        ids, scaling = self._scaling
        names = list(scaling.means)
        parts = {
            f"network.{name}": value.detach().cpu().contiguous().clone()
            for name, value in self._whole().learned.items()
        }
        parts["means"] = torch.from_numpy(np.stack([scaling.means[name] for name in names]))
        parts["scales"] = torch.from_numpy(np.stack([scaling.scales[name] for name in names]))
        save_file(parts, folder / WEIGHTS)
        encoder = described(self._model).fingerprint
        remember(self._model, encoder)  # a saved model may be read elsewhere, where no path of this file is followed
        about = {
            "model": str(self._model), "encoder": encoder, "speakers": names, "by_speaker": scaling.by_speaker,
            "pool": ids,
        }  # fmt: skip
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Bring back what `save` kept."""
        from safetensors.torch import load_file

        about, parts = json.loads(read_text(inside(folder, ABOUT))), load_file(regular(inside(folder, WEIGHTS)))
        self._model = self._kept_encoder(folder, about)
        rows = [{name: parts[of][i].numpy() for i, name in enumerate(about["speakers"])} for of in ("means", "scales")]
        self._scaling = tuple(about["pool"]), Scaling(rows[0], rows[1], bool(about["by_speaker"]))
        self._heard, self._network = {}, self._fresh(0)
        learned = {name.removeprefix("network."): value for name, value in parts.items() if name.startswith("network.")}
        self._whole().load_state_dict(learned, strict=False)

    def _kept_encoder(self, folder: Path, about: Mapping[str, Any]) -> Path:
        """Return the encoder that a kept model belongs to; raise `BadModel` where it is not at hand."""
        named, content = Path(str(about["model"])), str(about.get("encoder", ""))  # earlier versions kept no hash
        found = remembered(content) or at_hand(str(named.absolute()))
        if found is None and not self.settings.tapt:
            found = ready(self.settings.backbone)  # it may lie elsewhere on this computer
        if found is None or (content and described(found).fingerprint != content):
            raise BadModel(
                f"the model kept in {folder} belongs to the encoder in a folder called '{named.name:.100}', which is "
                f"{'gone' if found is None else 'another one now'}; put it back, or train again"
            )
        return found

    def meet(self, segments: Sequence[str], enough: int) -> bool:
        """Scale by the speakers of clips that were not there in training, whatever they are called.

        Parameters
        ----------
        segments : sequence of str
            All that will be predicted.
        enough : int
            A speaker with fewer clips takes the pool's mean and deviation.

        Returns
        -------
        bool
            Whether speakers are normalised at all.
        """
        assert self._scaling is not None, "train before you predict"
        pool, scaling = self._scaling
        rows, speakers = self._first.of(segments), self.corpus.speakers_of(segments)
        self._scaling, self._heard = (pool, scaling.for_others(rows, speakers, enough)), {}
        return scaling.by_speaker

    def _begin(self, known: Known, key: int) -> Iterator[Progress]:
        """Have encoder, scaling and network ready; a network that goes on is left as it is, and so is its scaling."""
        pool = known.table.ids
        if self._model is None:
            yield from self._adapt(pool)
        assert self._model is not None
        if self._scaling is None or self._scaling[0] != pool or not self.goes_on:
            yield from self._first.prepare()
            table = self._first.table
            assert table is not None
            inside, speakers = set(pool), self.corpus.speakers_of(table.ids)
            fit_rows = np.flatnonzero([segment in inside for segment in table.ids])
            values = np.asarray(table.values, dtype=np.float32)
            by_speaker, _ = advise_normalisation(speakers, {self.task[0]: self._labels(known, table.ids)})
            self._scaling = pool, Scaling.of(values, speakers, fit_rows, by_speaker=by_speaker)
        if self._network is None or not self.goes_on:
            self._network = self._fresh(key)

    def _labels(self, known: Known, segments: Sequence[str]) -> Ints:
        """Return class numbers of some segments, -1 where they have no label."""
        answers = known.answers[self.task[0].name].pooled()
        labelled = {known.table.ids[row]: value for row, value in zip(answers.rows, answers.values, strict=True)}
        return np.array([labelled.get(segment, -1) for segment in segments], dtype=np.intp)

    def _adapt(self, pool: tuple[str, ...]) -> Iterator[Progress]:
        """Find the encoder, and pre-train it on the pool's clips where that is wanted."""
        if not self.settings.tapt:
            self._model = ready(self.settings.backbone)
            return
        how = Tapt(epochs=self.settings.tapt, most=self.settings.tapt_clips, checkpointing=self.settings.checkpointing)
        job = Adaptation(self.settings.backbone, self.corpus, pool, how, self.settings.seed, self.device)
        for progress in job.run():
            yield replace(progress, done=progress.done / 2, text=f"pre-training: {progress.text}")
        self._model = job.folder

    @property
    def _first(self) -> Vectors:
        """The vectors of the encoder as it was before fine-tuning: a learned pooling starts near them."""
        if not hasattr(self, "_vectors"):
            assert self._model is not None
            layer = "middle" if self.settings.layer == "weighted" else self.settings.layer
            pool = "mean+std" if self.settings.pool == "mean-std" else "mean"
            self._vectors = Vectors(self.corpus, self._model, layer, pool)
        return self._vectors

    def _fresh(self, key: int) -> Network:
        assert self._model is not None
        about = described(self._model)
        if not self.settings.keeps_vectors:
            load(about, about.layers)  # beforehand, as the first time draws random numbers
        with drawing_from(key):
            made = Network(about, self.settings, len(self.task[0].classes))
        made.to(self.place).eval()
        return made

    def _whole(self) -> Network:
        assert self._network is not None, "train before you predict"
        return self._network

    def _weights(self, values: Any, weights: Floats) -> Floats:
        if not self.settings.balanced:
            return weights
        count = np.bincount(values, minlength=1)
        return np.asarray(weights * (len(values) / (np.count_nonzero(count) * count[values])))

    def _apart(self, segments: Sequence[str], key: int) -> Any:
        """Return which labels tell when to stop: those of whole speakers where possible."""
        if len(segments) < VALIDATED or not self.settings.validation:
            return np.zeros(len(segments), dtype=bool)
        return held_out(self.corpus.speakers_of(segments), self.settings.validation, np.random.default_rng(key))

    def _vectors_of(self, segments: Sequence[str]) -> Tensor:
        """Return the vectors of whole clips by the present network, before they are scaled."""
        if self.settings.keeps_vectors:
            return as_tensor(self._first.of(segments), self.place)
        return self._whole().vectors_of(self.sounds, segments, self.place)

    def _scale_of(self, segments: Sequence[str]) -> tuple[Tensor, Tensor]:
        assert self._scaling is not None
        means, scales = self._scaling[1].rows(self.corpus.speakers_of(segments))
        return as_tensor(means, self.place), as_tensor(scales, self.place)

    def _scaled(self, segments: Sequence[str]) -> Floats:
        """Return scaled vectors, each worked out once a model."""
        new = [segment for segment in segments if segment not in self._heard]
        if new:
            self._whole().eval()
            with drawing_from(0), torch.inference_mode():
                means, scales = self._scale_of(new)
                rows = ((self._vectors_of(new) - means) / scales).cpu().numpy()
            self._heard |= dict(zip(new, rows, strict=True))
        return np.stack([self._heard[segment] for segment in segments])

    def _believed(self, table: FeatureTable, keep: Tensor | None) -> Prediction:
        network, target = self._whole(), self.task[0]
        if not bool(network.classifier.seen.any()):
            count = len(target.classes)
            return {target.name: Classes(np.full((1, len(table), count), 1 / count))}
        with drawing_from(0), torch.inference_mode():
            vectors = as_tensor(self._scaled(table.ids), self.place)
            scores = [network.classifier(vectors, mask) for mask in (keep if keep is not None else [None])]
            proba = torch.softmax(torch.stack(scores).double(), dim=-1).cpu().numpy()
        return {target.name: Classes(proba)}
