"""What MixedEmotions D4.2, section 3.4.3, says in numbers of RECOLA; the cells of its Table 4.1 are not in the text."""

from __future__ import annotations

#: Mean CCC on the test part over 0 to 12 dB of added noise: not enhanced, enhanced by matched and by mixed training.
WITH_NOISE = {"arousal": (0.563, 0.596, 0.594), "valence": (0.176, 0.223, 0.199)}
#: Complexity of the support vector regression that was best on the validation part.
COMPLEXITY = {"arousal": 5e-5, "valence": 5e-3}
