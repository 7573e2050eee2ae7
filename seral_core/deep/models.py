"""Where a pretrained model lies on this computer, and how it gets there: ``seral fetch whisper-tiny.en``."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from seral_core.deep.catalogue import known
from seral_core.deep.folder import CONFIG, INDEX, PREPROCESSOR, WEIGHTS, described, weight_files
from seral_core.deep.tiny import TINY, tiny
from seral_core.errors import BadModel, MissingExtra, SeralError, UnknownName
from seral_core.files import read_text, write_text
from seral_core.guard import echo
from seral_core.home import home, placed

#: Who offers weights as safetensors to repositories that have pickles alone, as a pull request.
CONVERTER = "SFconvertbot"
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_CONTENT = re.compile(r"[0-9a-f]{16}")
#: What a name may lead to: a folder anywhere on this computer, a download.
_PATHS: ContextVar[bool] = ContextVar("paths", default=True)
_DOWNLOADS: ContextVar[bool] = ContextVar("downloads", default=True)


@contextmanager
def nothing_fetched(*, paths: bool = True) -> Iterator[None]:
    """While the names of models are not the user's own words, such as those in a file, download nothing.

    Parameters
    ----------
    paths : bool
        Whether a name may be a path. Not so where the file may come from anybody.

    Examples
    --------
    >>> with nothing_fetched(paths=False):
    ...     at_hand(str(Path.cwd())) is None
    True
    """
    tokens = _DOWNLOADS.set(False), _PATHS.set(paths and _PATHS.get())
    try:
        yield
    finally:
        _DOWNLOADS.reset(tokens[0])
        _PATHS.reset(tokens[1])


def has_owner(name: str) -> bool:
    """Whether a name may be one at Hugging Face.

    Examples
    --------
    >>> has_owner("facebook/wav2vec2-base"), has_owner("/models/mine")
    (True, False)
    """
    return _REPOSITORY.fullmatch(name) is not None


def not_here(model: str) -> BadModel:
    """Return what to tell about an encoder that is not on this computer and that nobody asked to download.

    Examples
    --------
    >>> str(not_here("nobody/nothing"))
    "the encoder 'nobody/nothing' is not on this computer, ...; 'seral fetch nobody/nothing' first, if you trust it"
    >>> str(not_here("/home/somebody/mine"))
    "the encoder in a folder called 'mine' is not known on this computer; ...; 'seral fetch path/to/mine' first, ..."
    """
    if model in known or has_owner(model):
        return BadModel(
            f"the encoder '{model:.100}' is not on this computer, and nothing is downloaded unasked; 'seral fetch "
            f"{model:.100}' first, if you trust it"
        )
    name = f"{Path(model).name:.100}"
    return BadModel(
        f"the encoder in a folder called '{name}' is not known on this computer; expected the very folder that the "
        f"model was trained with; 'seral fetch path/to/{name}' first, if you trust it"
    )


def remember(place: Path, content: str) -> None:
    """Keep in SERAL's home where the user has an encoder, or ready features, for models that know only the content.

    Parameters
    ----------
    place : Path
        Folder or file.
    content : str
        Its hash, of 16 hexadecimal digits.

    Examples
    --------
    >>> remember(Path("gone"), "0123456789abcdef"), remembered("0123456789abcdef")
    (None, None)
    """
    write_text(home("known") / f"{content}.path", str(place.resolve()), to_disk=False)


def remembered(content: str) -> Path | None:
    """Return what `remember` was given, if it is still there; its content may be another by now."""
    note = home("known") / f"{content}.path"
    if not _CONTENT.fullmatch(content) or not note.is_file():
        return None
    place = Path(read_text(note))
    return place if place.is_file() or _whole(place) else None


def installed() -> bool:
    """Whether the packages are installed that encoders need; none is imported.

    Examples
    --------
    >>> installed() in (True, False)
    True
    """
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))


def at_hand(model: str) -> Path | None:
    """Return the folder of a model that is on this computer.

    Parameters
    ----------
    model : str
        A short name, a folder, or a Hugging Face name.

    Returns
    -------
    Path, optional
        Where a path names a folder, that; otherwise one below ``models`` of SERAL's home, or in Hugging Face's cache.

    Examples
    --------
    >>> at_hand("nobody/nothing") is None
    True
    """
    if _PATHS.get() and model not in known and placed(model).is_dir():
        return placed(model).resolve()
    repository = _repository(model)
    names = dict.fromkeys(each.replace("/", "--") for each in (repository, model))
    for folder in (home("models") / name for name in names if name not in ("", ".", "..")):
        if _whole(folder):
            return folder
    return _in_hugging_face_cache(repository)


def ready(model: str) -> Path:
    """Return the folder of a model to be used now, which is fetched where it is not at hand.

    Raises
    ------
    MissingExtra
        When the packages are missing; before anything is fetched.
    BadModel
        When it is not at hand and nothing is to be fetched, see `nothing_fetched`, or it cannot be.
    """
    if not installed():
        raise MissingExtra(f"'{model}'", "torch and transformers", "deep")
    found = tiny(model) if model in TINY else at_hand(model)
    if found is None and not _DOWNLOADS.get():
        raise not_here(model)
    return found or fetch_model(model)


def fetch_model(model: str, *, say: Callable[[str], object] | None = None) -> Path:
    """Download a model from Hugging Face, once; licence and size are said first. One in a folder is remembered.

    Parameters
    ----------
    model : str
        A short name or a Hugging Face name.
    say : callable, optional
        Told licence and size before anything is downloaded; left out: the error stream.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    UnknownName
        When it is neither.
    BadModel
        When it cannot be reached, or has no weights as safetensors.
    MissingExtra
        When the packages are missing.
    """
    found = at_hand(model)
    if found is not None:
        if model not in known and placed(model).is_dir():
            remember(found, described(found).fingerprint)
        return found
    repository = _repository(model)
    if not has_owner(repository):
        raise UnknownName("pretrained model (or folder, or Hugging Face name such as owner/name)", model, known)
    hub = _hub(model)
    try:
        revision, sizes = _published(hub, repository)
        (say or _to_stderr)(terms(model, sum(sizes.values()), _licence(hub, model)))
        place = home("models") / repository.replace("/", "--")
        hub.snapshot_download(repository, revision=revision, local_dir=place, allow_patterns=list(sizes))
    except SeralError:
        raise
    except Exception as why:  # its versions raise errors of different libraries
        reason = (str(why).strip() or type(why).__name__).splitlines()[0][:200]
        raise BadModel(
            f"'{model}' is not on this computer and cannot be had from https://huggingface.co/{repository} ({reason}); "
            f"check the name and the connection, or give the path of a folder with {CONFIG} and {WEIGHTS}"
        ) from None
    weight_files(place)
    return place


def terms(model: str, size: int = 0, licence: str = "") -> str:
    """Return what a user must know before downloading a model: licence, size, origin.

    Examples
    --------
    >>> print(terms("whisper-tiny.en", 151_000_000))
    whisper-tiny.en
      licence: MIT
      size:    151 MB
      from:    https://huggingface.co/openai/whisper-tiny.en
    """
    licence = licence or (known[model].licence if model in known else "unknown: see its page")
    return (
        f"{model}\n  licence: {licence}\n  size:    {size / 1e6:,.0f} MB\n"
        f"  from:    https://huggingface.co/{_repository(model)}"
    )


def _repository(model: str) -> str:
    return known[model].repository if model in known else model


def _whole(folder: Path) -> bool:
    try:
        return bool(weight_files(folder))
    except (SeralError, OSError):
        return False


def _in_hugging_face_cache(repository: str) -> Path | None:
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(repository, CONFIG)
    except (ImportError, ValueError):  # not installed, or no name of theirs
        return None
    folder = Path(found).parent if isinstance(found, str) else None
    return folder if folder and _whole(folder) else None


def _hub(model: str) -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise MissingExtra(f"'{model}'", "torch and transformers", "deep") from None
    return huggingface_hub


def _published(hub: Any, repository: str) -> tuple[str, dict[str, int]]:
    """Return the revision that has weights as safetensors, and the sizes of the files that are wanted, in bytes."""
    for revision in _revisions(hub, repository):
        info = hub.HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=30)
        sizes = {file.rfilename: int(file.size or 0) for file in info.siblings}
        shards = [name for name in sizes if re.fullmatch(r"model-\d+-of-\d+\.safetensors", name)]
        weights = [WEIGHTS] if WEIGHTS in sizes else [INDEX, *shards] if INDEX in sizes else []
        if weights:
            wanted = [name for name in (CONFIG, PREPROCESSOR) if name in sizes]
            return str(info.sha), {name: sizes[name] for name in (*wanted, *weights)}
    raise BadModel(
        f"https://huggingface.co/{repository} has no weights as safetensors ({WEIGHTS}), only formats that can run "
        "programs when they are read; choose another model"
    )


def _revisions(hub: Any, repository: str) -> Iterator[str | None]:
    """Yield the present state of a repository, then what was offered to it."""
    yield None
    for offer in hub.HfApi().get_repo_discussions(repository, author=CONVERTER, discussion_type="pull_request"):
        if offer.author == CONVERTER and "safetensors" in offer.title.lower():
            yield offer.git_reference


def _licence(hub: Any, model: str) -> str:
    """Return the licence that a model's page names, where it is not known here."""
    if model in known:
        return ""
    card = hub.HfApi().model_info(model).card_data
    return str(getattr(card, "license", None) or "")


def _to_stderr(text: str) -> None:
    echo(*text.split("\n"), err=True)
