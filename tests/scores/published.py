"""Ratings that were printed with the methods that they illustrate."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

#: Krippendorff, Computing Krippendorff's alpha-reliability, 2011, section C-E: four observers, twelve units.
KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""

#: Fleiss, Measuring nominal scale agreement among many raters, 1971, table 1: how many of six psychiatrists
#: found depression, personality disorder, schizophrenia, neurosis, other in each of thirty patients.
FLEISS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
05001 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""

#: Dawid and Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm, 1979, table 1:
#: five anaesthetists on 45 patients, the first one three times.
ANAESTHETISTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def long(rows: Sequence[tuple[str, str, object]]) -> pd.DataFrame:
    """Ratings in long form."""
    return pd.DataFrame(rows, columns=["segment", "rater", "value"])


def krippendorff() -> pd.DataFrame:
    """The values as numbers."""
    lines = [line.split() for line in KRIPPENDORFF.strip().splitlines()]
    return long([(f"u{u}", f"r{r}", float(v)) for r, line in enumerate(lines) for u, v in enumerate(line) if v != "."])


def fleiss() -> pd.DataFrame:
    """The diagnoses, of raters who are not distinguished."""
    rows = []
    for patient, numbers in enumerate(FLEISS.split()):
        said = [str(diagnosis) for diagnosis, many in enumerate(numbers) for _ in range(int(many))]
        rows += [(f"p{patient:02}", f"r{rater}", diagnosis) for rater, diagnosis in enumerate(said)]
    return long(rows)


def anaesthetists() -> pd.DataFrame:
    """The classes as texts."""
    who = ("a1", "a1", "a1", "a2", "a3", "a4", "a5")
    patients = ANAESTHETISTS.split()
    return long([(f"p{p:02}", r, v) for p, said in enumerate(patients, 1) for r, v in zip(who, said, strict=True)])
