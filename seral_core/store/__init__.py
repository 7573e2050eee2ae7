"""The label store: all answers of people, append-only. Start with `LabelStore`."""

from seral_core.store.answer import KINDS, PURPOSES, Answer, new_id
from seral_core.store.as_labels import TRAINING, labels_of
from seral_core.store.database import Away
from seral_core.store.labels import LabelStore
from seral_core.store.standing import Standing, standing

__all__ = [
    "KINDS",
    "PURPOSES",
    "TRAINING",
    "Answer",
    "Away",
    "LabelStore",
    "Standing",
    "labels_of",
    "new_id",
    "standing",
]
