"""Tables 7 and 8 of Li et al. (2024): UA and WA in percent, on their merged dataset, by share of labels."""

from __future__ import annotations

SHARES = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)

#: Strategy as curves are called here: (UA, WA) for each of `SHARES`. Backbone wav2vec 2.0.
TABLE_7 = {
    "random (FT)": (
        (50.82, 48.96), (51.37, 49.92), (52.37, 50.18), (55.68, 52.21), (60.39, 59.32), (58.34, 56.72), (57.21, 54.12),
    ),
    "random (TAPT+FT)": (
        (70.21, 68.85), (73.82, 71.33), (74.49, 71.89), (76.01, 72.28), (77.21, 74.58), (78.88, 75.82), (78.21, 75.36),
    ),
    "entropy (FT)": (
        (68.21, 66.32), (71.07, 68.21), (72.35, 69.21), (73.55, 70.18), (74.28, 71.35), (73.52, 70.39), (73.89, 70.89),
    ),
    "entropy (TAPT+FT)": (
        (71.45, 69.01), (77.41, 74.32), (78.20, 75.16), (78.64, 75.48), (79.32, 76.03), (79.26, 75.92), (79.15, 75.94),
    ),
}  # fmt: skip
#: The same with HuBERT.
TABLE_8 = {
    "random (FT)": (
        (52.28, 50.58), (54.32, 52.43), (58.44, 56.26), (60.55, 59.42), (63.38, 61.43), (64.56, 62.34), (63.45, 61.28),
    ),
    "entropy (TAPT+FT)": (
        (71.22, 68.83), (76.32, 74.11), (77.54, 75.12), (78.23, 75.18), (78.98, 75.95), (79.24, 75.81), (78.89, 79.35),
    ),
}  # fmt: skip
#: What the paper calls them.
NAMES = {
    "random (FT)": "FT + random", "random (TAPT+FT)": "TAPT+FT + random", "entropy (FT)": "FT + entropy",
    "entropy (TAPT+FT)": "AFTER (TAPT+FT + entropy)",
}  # fmt: skip
