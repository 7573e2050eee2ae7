"""Where a feature set lies: a folder on this computer, or an address of an object store that fsspec knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seral_core.errors import BadFeatures, MissingExtra
from seral_core.files import read_bytes, replacing
from seral_core.home import placed

#: Stores that hold nothing but files. fsspec knows others, some of which run what the other side sends: a Dask
#: scheduler answers with pickles, and an address may come in a run or project that somebody gave away.
STORES = (
    "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "hf", "http", "https", "hdfs", "webhdfs",
    "file", "local", "memory",
)  # fmt: skip
#: Those of them that lie on this computer.
HERE = ("file", "local", "memory")
#: May stand before one of these: what was read is kept on this computer.
CACHES = ("simplecache", "filecache", "blockcache")

#: What stores say of a file that changes with it, as fsspec's file systems spell it, without case and lines.
CHECKSUMS = ("etag", "md5hash", "contentmd5", "md5", "checksum", "generation", "crc32c")
TIMES = ("lastmodified", "mtime", "modified", "modificationtime", "updated", "created")


def is_address(text: str) -> bool:
    """Whether a text is an address, and no path of this computer.

    Examples
    --------
    >>> is_address("s3://bucket/features"), is_address("out/features"), is_address("simplecache::s3://bucket/features")
    (True, False, True)
    """
    return "://" in text


def check_address(address: str) -> None:
    """Raise `BadFeatures` for an address that is no store of files.

    Examples
    --------
    >>> check_address("simplecache::s3://bucket/features")
    >>> check_address("dask://example.org:8786/features::file:///features")
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: got an address of dask ...; expected a store of files: s3, s3a, gs, ...
    """
    *before, last = address.split("::")
    kinds = [link.partition("://")[0] for link in before]
    store, there, _ = last.partition("://")
    strange = [kind for kind in kinds if kind not in CACHES] + [store] * (not there or store not in STORES)
    if strange or any("://" in link for link in before):
        raise BadFeatures(
            f"got an address of {(strange or kinds)[0]:.40} ({address:.80}); expected a store of files: "
            f"{', '.join(STORES)}; write its address, or copy the files to a folder"
        )


@dataclass(frozen=True)
class Place:
    """A folder, here or elsewhere; small enough to travel to workers.

    Parameters
    ----------
    address : str
        An absolute path, or an address such as ``"s3://bucket/features"``. Options of the file system, such as
        credentials, come from fsspec's own configuration.

    Examples
    --------
    >>> place = Place("memory://example")
    >>> place.write("a.txt", b"all")
    >>> place.read("a.txt"), place.has("b.txt"), place.names()
    (b'all', False, ['a.txt'])
    """

    address: str

    @classmethod
    def of(cls, text: str | Path) -> Place:
        """Return the place that a user means: paths are relative to the folder that the user is in."""
        return cls(str(text).rstrip("/") if is_address(str(text)) else str(placed(text)))

    @property
    def folder(self) -> Path | None:
        """The folder on this computer; None where it is elsewhere."""
        return None if is_address(self.address) else Path(self.address)

    def local(self, name: str) -> Path | None:
        """Return the path of a file; None where it is elsewhere."""
        return None if self.folder is None else self.folder / name

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        if self.folder is not None:
            return (self.folder / name).is_file()
        system, root = self._system()
        return bool(system.isfile(f"{root}/{name}"))

    def read(self, name: str) -> bytes:
        """Return what a file holds; raise `FileNotFoundError` where there is none."""
        if self.folder is not None:
            return read_bytes(self.folder / name)
        system, root = self._system()
        return bytes(system.cat_file(f"{root}/{name}"))

    def write(self, name: str, content: bytes, *, to_disk: bool = True) -> None:
        """Replace a file in one step, as object stores do; what may be lost need not wait for the disk."""
        if self.folder is not None:
            with replacing(self.folder / name, to_disk=to_disk) as draft:
                draft.write_bytes(content)
            return
        system, root = self._system()
        system.makedirs(root, exist_ok=True)
        system.pipe_file(f"{root}/{name}", content)

    def remove(self, name: str) -> None:
        """Remove a file; it may be missing."""
        if self.folder is not None:
            (self.folder / name).unlink(missing_ok=True)
            return
        system, root = self._system()
        if system.isfile(f"{root}/{name}"):
            system.rm_file(f"{root}/{name}")

    def version(self, name: str) -> str:
        """Return what changes when a file is replaced, without reading it: its size, and a checksum or when it changed.

        Object stores say a checksum (etag), which stays when a file is copied; disks say when it was written.

        Examples
        --------
        >>> place = Place("memory://versions")
        >>> place.write("a", b"1")
        >>> before = place.version("a")
        >>> place.write("a", b"2")
        >>> before == place.version("a")
        False
        """
        if self.folder is not None:
            about = (self.folder / name).stat()
            return f"{about.st_size} {about.st_mtime_ns}"
        system, root = self._system()
        said = {
            str(key).lower().replace("_", "").replace("-", ""): v for key, v in system.info(f"{root}/{name}").items()
        }
        found = [said[key] for key in CHECKSUMS if said.get(key)] or [said[key] for key in TIMES if said.get(key)]
        return " ".join(map(str, (said.get("size"), *found)))

    def names(self) -> list[str]:
        """Return the names of all files, sorted; none where there is no such folder."""
        if self.folder is not None:
            return sorted(path.name for path in self.folder.glob("*") if path.is_file())
        system, root = self._system()
        if not system.isdir(root):
            return []
        files = (entry for entry in system.ls(root) if entry["type"] == "file")
        return sorted(str(entry["name"]).rpartition("/")[2] for entry in files)

    def below(self) -> list[str]:
        """Return the names of all files here and in folders below, sorted."""
        if self.folder is not None:
            return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        system, root = self._system()
        return sorted(str(name)[len(root) :].lstrip("/") for name in system.find(root))

    def _system(self) -> tuple[Any, str]:
        check_address(self.address)
        try:
            from fsspec.core import url_to_fs

            system, root = url_to_fs(self.address)
        except ImportError as wrong:  # of fsspec itself, or of what it needs for such an address
            raise MissingExtra(self.address, f"fsspec with what it needs there ({wrong})", "object-store") from None
        return system, str(root).rstrip("/")
