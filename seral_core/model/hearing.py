"""How a model hears: by just the features that it was trained on, which must be at hand; nothing is fetched for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seral_core import own
from seral_core.deep.encoders import Encoder
from seral_core.deep.models import at_hand, not_here, nothing_fetched, remember, remembered
from seral_core.deep.tiny import TINY
from seral_core.errors import BadFeatures, BadModel, SeralError
from seral_core.features.base import SUFFIXES, Extractor, extractor_from, extractors, is_extractor
from seral_core.features.given import extractor_of
from seral_core.features.ready import load_features
from seral_core.home import placed
from seral_core.options import split_options

#: What a file says of it, see `Hearing.kept`.
ENTRIES = ("features", "key", "content")


@dataclass(frozen=True)
class Hearing:
    """What makes features of sound.

    Parameters
    ----------
    features : str
        As in a plan. Of a model from a file it is only a name: no path in it is followed, whoever made the file.
    key : str
        Key of the extractor, which changes with what comes out of it; empty where it is not known.
    content : str
        Hash of a pretrained encoder or of ready features, by which the user's own are found again; empty for others.
    loaded : bool
        Whether these came from a file.
    instead : str, Path, Extractor or function of sound, optional
        What the user named, where that cannot be found: the folder of the encoder, ready features, or the function.

    Examples
    --------
    >>> Hearing("SERALv01").extractor().key
    'SERALv01.1'
    >>> Hearing("/home/somebody/encoder", loaded=True).extractor()
    Traceback (most recent call last):
    seral_core.errors.BadModel: the encoder in a folder called 'encoder' is not known on this computer; ...
    """

    features: str
    key: str = ""
    content: str = ""
    loaded: bool = False
    instead: Any = None

    def extractor(self) -> Extractor | str:
        """Return what `seral_core.features.extract.features_for` takes: an extractor, or a path to ready features.

        Raises
        ------
        BadModel
            When it is not at hand, or is another one than the model was trained with.
        BadFeatures
            When the model was not trained on sound.
        """
        made = self._named() if self.instead is None else self._instead()
        if isinstance(made, str):
            return made
        made = _at_hand(made)
        if self.key and made.key != self.key:
            raise BadModel(
                f"got {made.key} to hear with; the model was trained with {self.key}; expected the same features, of "
                "the same version and content; name those (features=, --features), or train the model again"
            )
        return made

    def kept(self) -> dict[str, str]:
        """Return what a file says of it: a name without folders, and hashes by which it is found and compared.

        Where an encoder or ready features lie in a place of the user, that is remembered in SERAL's home.
        """
        if self.loaded and self.instead is None:
            return {name: getattr(self, name) for name in ENTRIES}
        name, _ = split_options(self.features)
        is_path = name not in extractors and placed(name).exists()
        text = Path(name).name + self.features.strip()[len(name) :] if is_path else self.features
        try:
            made = self.extractor()
        except SeralError:  # it cannot hear, now or at all
            return {"features": text, "key": self.key, "content": self.content}
        if isinstance(made, str):
            content = load_features(made).fingerprint
            remember(placed(made), content)
            return {"features": text, "key": "", "content": content}
        content = made.about.fingerprint if isinstance(made, Encoder) else ""
        if isinstance(made, Encoder) and made.model not in TINY:
            remember(Path(made.model), content)
        return {"features": text, "key": made.key, "content": content}

    def _named(self) -> Extractor | str:
        """Return what the features name."""
        if own.is_own(self.features):
            made = None if self.loaded else extractor_of(own.found(self.features))
            if made is None:
                raise self._deaf()
            return made
        if self.loaded:
            return self._of_name()
        if is_extractor(self.features):
            return extractor_from(self.features)
        if placed(self.features).is_file():
            return self.features
        raise self._deaf()

    def _of_name(self) -> Extractor | str:
        """Return the extractor that a name in a file means; paths are not followed."""
        name, _ = split_options(self.features)
        if name in extractors:
            with nothing_fetched(paths=False):  # an option may be a path
                return _at_hand(extractor_from(self.features))
        mine = remembered(self.content)
        if name.lower().endswith(SUFFIXES):
            if mine is None or not mine.is_file():
                raise self._deaf()
            return str(mine)
        with nothing_fetched(paths=False):
            folder = at_hand(name) or mine
        if folder is None:
            raise not_here(name)
        return extractor_from(f"{folder}{self.features.strip()[len(name) :]}")

    def _instead(self) -> Extractor | str:
        """Return what the user named: a folder takes the options that the model's features have."""
        if not isinstance(self.instead, str | Path):
            made = extractor_of(self.instead)
            if made is None:
                raise BadFeatures(
                    f"got {type(self.instead).__name__} to hear with; expected a folder or name of an encoder, ready "
                    "features, or a function of sound; give features that are there already to predict"
                )
            return made
        text = str(self.instead)
        name, options = split_options(self.features)
        if is_extractor(text):
            more = self.features.strip()[len(name) :] if options and not split_options(text)[1] else ""
            return extractor_from(text + more)
        if placed(text).is_file():
            return text
        raise BadFeatures(f"no features at {text}; expected a folder or name of an encoder, or ready features")

    def _deaf(self) -> BadFeatures:
        return BadFeatures(
            f"the model was trained on ready features ({own.shown(Path(self.features).name):.100}), so it cannot hear "
            "recordings; expected features of the same kind; give a FeatureTable, an array, or a table with a column "
            "per feature; or say how to hear (features=, --features)"
        )


def hearing_of(entries: Mapping[str, Any], instead: Any = None) -> Hearing:
    """Return what a file says of how a model hears; what somebody else may have written is only a name."""
    features, key, content = (str(entries.get(name, "")) for name in ENTRIES)
    return Hearing(features, key, content, loaded=True, instead=instead)


def _at_hand(made: Extractor) -> Extractor:
    """Return an extractor that will fetch nothing: an encoder is named by its folder."""
    if not isinstance(made, Encoder) or made.model in TINY:
        return made
    folder = at_hand(made.model)
    if folder is None:
        raise not_here(made.model)
    return replace(made, model=str(folder))
