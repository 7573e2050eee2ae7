"""Tables 1 and 2 of Le et al. (2017), on RECOLA."""

from __future__ import annotations

#: Levels to (CCC, RMSE) of traces that are reconstructed from them.
TABLE_1 = {
    "arousal": {4: (0.953, 0.057), 6: (0.978, 0.040), 8: (0.987, 0.031), 10: (0.991, 0.025)},
    "valence": {4: (0.934, 0.045), 6: (0.970, 0.031), 8: (0.983, 0.024), 10: (0.989, 0.019)},
}
#: System to (development, test) CCC.
TABLE_2 = {
    "arousal": {
        "REG-MSE": (0.835, 0.652), "REG-CCC": (0.855, 0.664), "CLS-Raw": (0.858, 0.682), "CLS-Decoded": (0.859, 0.680)
    },
    "valence": {
        "REG-MSE": (0.268, 0.238), "REG-CCC": (0.518, 0.499), "CLS-Raw": (0.563, 0.448), "CLS-Decoded": (0.596, 0.460)
    },
}  # fmt: skip
