"""Public corpora that can be asked for by name, where each comes from, and where it lies once it was fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seral_core.home import home


@dataclass(frozen=True)
class Source:
    """Where a corpus comes from.

    Parameters
    ----------
    name : str
        Also the name of its reader, which knows licence and citation.
    url : str
        The publisher's archive; empty where it cannot be downloaded by a program.
    checksum : str
        ``"md5:..."`` as the publisher gives it; empty where none is given: then the first download
        is trusted, its checksum is kept, and later ones must agree.
    archive : str
        File name of the archive here.
    by_hand : str
        How to get it where there is no ``url``.

    Examples
    --------
    >>> sources["ravdess"].archive, sources["savee"].url, sources["savee"].by_hand.split(",")[0]
    ('Audio_Speech_Actors_01-24.zip', '', 'register at http://kahlan.eps.surrey.ac.uk/savee/')
    """

    name: str
    url: str = ""
    checksum: str = ""
    archive: str = ""
    by_hand: str = ""


#: Corpora that can be asked for.
sources: dict[str, Source] = {
    source.name: source
    for source in (
        Source("emodb", "http://emodb.bilderbar.info/download/download.zip", archive="download.zip"),
        Source(
            "ravdess",
            "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
            "md5:bc696df654c87fed845eb13823edef8a",
            "Audio_Speech_Actors_01-24.zip",
        ),
        Source(
            "cremad",
            by_hand="git lfs clone https://github.com/CheyneyComputerScience/CREMA-D, then open its folder AudioWAV",
        ),
        Source("savee", by_hand="register at http://kahlan.eps.surrey.ac.uk/savee/, then open the folder AudioData"),
    )
}


def fetched(name: str) -> Path:
    """Return where ``seral fetch`` puts the corpus ``name``; it is there when the folder exists.

    Examples
    --------
    >>> fetched("emodb").parts[-2:]
    ('corpora', 'emodb')
    """
    return home("corpora") / name
