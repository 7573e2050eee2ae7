# %% [markdown]
# # How many labels does active learning save for arousal?
#
# *Lesson 5 · 30 minutes · the computer works for about 10 seconds (a minute more if this is your first lesson)*
#
# Arousal is no class but a place on a scale, from calm (-1) to excited (1). Which clips should people rate? In 2013 Han
# and colleagues [1] took a detour: ask for the clips of which a classifier cannot say whether arousal is *negative or
# positive*. On spontaneous dialogue, that reached the best score of random choice with **11.7 % fewer labels**.
#
# You build the measure, get a headline of your own, and then shake it.
#
# After this lesson you can
#
# - ask for clips on a scale by a classifier's doubt;
# - work out "labels saved", as papers report it;
# - say why that number moves, and what to report with it.
#
# [1] Han, Li, Ruan, Ma and Schuller, *Active learning for dimensional speech emotion recognition*, Interspeech 2013.

# %%
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.svm import SVC, SVR

import seral_core as seral
from seral_core import charts
from seral_core.course import scales as check
from seral_core.course.figures import intervals_figure, runs_figure, slid
from seral_core.strategies.binary import fit_platt, platt, sides_of

corpus = seral.open_corpus("synthetic")
arousal = corpus.gold("arousal").dropna()  # the mean of six raters
y = arousal.to_numpy()
speaker = corpus.about.loc[arousal.index, "speaker"].to_numpy(str)
raw = pd.DataFrame(seral.features_for(corpus).only(arousal.index).values)
by_speaker = raw.groupby(speaker)
x = ((raw - by_speaker.transform("mean")) / (by_speaker.transform("std") + 1e-9)).to_numpy() / np.sqrt(raw.shape[1])
part = np.unique(speaker, return_inverse=True)[1] % 4  # no speaker in two parts (lesson 3)
charts.histogram(arousal, "arousal, mean of the raters")

# %% [markdown]
# ## The measure
#
# **1.** Labels become sides: above 0 is positive. **2.** A support vector machine learns the sides, and a logistic
# turns its output *f* into a confidence,
# `p = 1 / (1 + exp(A * f + B))`. **3.** The most informative clip is the one with
# `p = 0.5`: the informativeness is minus the distance of `p` from 0.5.
#
# ### Exercise: write `informative`
#
# `p` is an array of confidences. Return the informativeness of each clip.


# %% tags=["stub"]
def informative(p): ...


# %% tags=["solution"]
def informative(p):
    return -np.abs(p - 0.5)


# %%
check.informative(informative)

# %% [markdown]
# Say we have 60 labels, and ask for 60 more this way. **Predict: do the arousal labels that it buys lie further apart
# than random ones, closer together, or just the same?**

# %% tags=["stub"]
apart = ...  # "further apart", "closer together" or "the same"

# %% tags=["solution"]
apart = "closer together"

# %% tags=["reveal"]
check.predicted(apart, ["further apart", "closer together", "the same"])


def doubt(known, left):
    """Return the informativeness of the clips that are left, from what is known."""
    sides = sides_of(y[known], 0.0)
    if len(set(sides.tolist())) < 2:
        return np.zeros(len(left))
    machine = SVC().fit(x[known], sides)
    a, b = fit_platt(machine.decision_function(x[known]), sides == 1)
    return informative(platt(machine.decision_function(x[left]), a, b))


known = np.random.default_rng(0).choice(len(y), 60, replace=False)
left = np.setdiff1d(np.arange(len(y)), known)
bought = {
    "asked for": left[np.argsort(-doubt(known, left))[:60]],
    "random": np.random.default_rng(1).choice(left, 60, replace=False),
}
histograms = {
    name: charts.histogram(y[rows], f"arousal of 60 clips, {name}", bins=np.linspace(-1, 1, 21)).update_yaxes(
        range=(0, 16)
    )
    for name, rows in bought.items()
}
histograms["asked for"]

# %% tags=["reveal"]
histograms["random"]

# %% tags=["reveal"]
spread = pd.Series({name: y[rows].std() for name, rows in bought.items()}, name="standard deviation of arousal")
spread.round(2)

# %% [markdown]
# Both figures have the same axes. Keep them in mind: the score below is a correlation (PCC), and correlation lives on
# the ends of the scale. Somebody who guesses has a correlation of 0.
#
# ## Labels saved
#
# Papers report: random choice reaches its *best* mean score with so many labels; the strategy reaches that score with
# fewer; the difference is what was **saved**.
#
# ### Exercise: write `needed`
#
# `spent` and `scores` are a curve. Return the first number of labels with which it reaches `level` (or exceeds it), and
# `np.nan` if it never does.


# %% tags=["stub"]
def needed(spent, scores, level): ...


# %% tags=["solution"]
def needed(spent, scores, level):
    return next((n for n, score in zip(spent, scores, strict=True) if score >= level), np.nan)


# %%
check.needed(needed)

# %% [markdown]
# Now the experiment: 20 random first labels, then 60 per round until 440, nearly all there are; four test parts, two
# seeds. What is learned and scored is the value itself, by support vector regression; the sides only choose. **Predict:
# how many per cent of the labels does it save?** Negative if you think that it takes more labels than random choice.

# %% tags=["stub"]
saved = ...  # per cent, from -100 to 100

# %% tags=["solution"]
saved = 10

# %% tags=["reveal"]
check.predicted(saved, least=-100, most=100)


def run(how, step, number, seed, budget=440):
    pool, test, rng = np.flatnonzero(part != number), part == number, np.random.default_rng(seed)
    labelled = list(rng.choice(pool, 20, replace=False))
    while True:
        model = SVR().fit(x[labelled], y[labelled])
        yield len(labelled), np.corrcoef(y[test], model.predict(x[test]))[0, 1]
        if len(labelled) >= budget:
            return
        left = np.setdiff1d(pool, labelled)
        order = rng.permutation(left) if how == "random" else left[np.argsort(-doubt(labelled, left))]
        labelled += list(order[:step])


def experiment(step):
    rows = [
        (how, number, seed, *point)
        for how in ("binary confidence", "random")
        for number in range(4)
        for seed in range(2)
        for point in run(how, step, number, seed)
    ]
    return pd.DataFrame(rows, columns=["strategy", "part", "seed", "spent", "pcc"])


def headline(frame):
    """Return the best mean score of random choice, the labels both need for it, and the per cent that are saved."""
    mean = frame.groupby(["strategy", "spent"])["pcc"].mean().unstack(0)
    level = mean["random"].max()
    random, active = (needed(mean.index, mean[name], level) for name in ("random", "binary confidence"))
    return level, random, active, 100 * (1 - active / random)


def drawn(frame):
    level, random, active, percent = headline(frame)
    figure = runs_figure(frame, "pcc", chance=0.0, title="PCC on new speakers", within=(-0.05, 0.95))
    figure.add_hline(y=level, line_dash="dash", line_width=1)
    said = "never reached" if percent != percent else f"{percent:.0f} % saved ({active:.0f} labels, not {random:.0f})"
    return figure.update_layout(title={"text": said, "y": 0.99}, margin_t=70)


by_step = {60: experiment(60)}
drawn(by_step[60])

# %% tags=["reveal"]
f"You said {saved:g} %. The headline: {headline(by_step[60])[3]:.0f} % of the labels saved"

# %% [markdown]
# A headline, and larger than the paper's! Before you print it, look at the dashed line: both curves are **nearly flat**
# where they meet it. A lead that nobody would notice is worth a hundred labels there, and a hair can make it none.
#
# **Predict: what is the headline if people label 140 clips per round, not 60?** Nothing else changes.

# %% tags=["stub"]
with_140 = ...  # per cent, from -100 to 100

# %% tags=["solution"]
with_140 = 20

# %% tags=["reveal"]
check.predicted(with_140, least=-100, most=100)
by_step |= {step: experiment(step) for step in (30, 84, 140)}
slid({str(step): drawn(by_step[step]) for step in sorted(by_step)}, "labels per round", start="140")

# %% [markdown]
# **Move the slider and watch the headline**, not the curves: those hardly change. And where does the experiment end?
# Below, the same runs as if they had been stopped earlier.

# %%
stopped = {
    f"{step} per round": {f"stopped at {end}": headline(frame[frame["spent"] <= end])[3] for end in (260, 350, 440)}
    for step, frame in sorted(by_step.items())
}
stopped = pd.DataFrame(stopped).rename(index={"stopped at 440": "to the end"}).round(0)
stopped

# %% [markdown]
# What would you have published?
#
# Over the whole curve there is a number that does not hang on one level: the mean distance of both curves, with an
# interval over the four test parts, as in lesson 3.

# %%
whole = {}
for step, frame in sorted(by_step.items()):
    gap = frame.groupby(["part", "strategy"])["pcc"].mean().unstack()
    gap = gap["binary confidence"] - gap["random"]
    half = stats.t.ppf(0.975, 3) * gap.std() / 2
    whole[f"{step} per round"] = (gap.mean(), gap.mean() - half, gap.mean() + half)
intervals_figure(whole, "PCC of binary confidence above random, whole curve")

# %% [markdown]
# Hardly a difference, and at the start not to the good: the labels that it buys lie closer together. In the paper,
# candidates were neighbouring words of long recordings, most of them near neutral: much to skip. Here every clip was
# recorded by itself: little to skip. Both can be true.
#
# `seral recipe han2013 --corpus YOURS --out out/han2013` repeats the paper on your corpus, with intervals of labels
# saved, and puts its numbers beside the paper's.
#
# ## What you know now
#
# - A classifier's doubt about sides asks for clips in the middle of the scale.
# - "Labels saved" hangs on one level and on the step. Report it with an interval, or with the area between the curves.
# - A strategy that helped on one kind of speech need not help on another.
#
# Next: *your own recordings* (lesson 6)

# %% [markdown] tags=["teacher"]
# **For instructors.** Let the room write a headline for a step of its choice, and put them side by side. `needed` could
# also interpolate between points; the recipe does, and has an interval that may be open at one end.

# %% tags=["proof"]
from seral_core.strategies.binary import informativeness

assert (
    np.corrcoef(doubt(known, left), informativeness(x[known], sides_of(y[known], 0.0), x[left]))[0, 1] > 0.95
)  # as SERAL
assert spread["asked for"] < spread["random"]
last = stopped.loc["to the end"]
assert last["60 per round"] > 11.7  # larger than the paper's
assert last.max() - last.min() > 8  # the headline moves with the step
assert stopped.loc["stopped at 260"].max() < last["60 per round"]  # and with the end
means = {step: frame.groupby("strategy")["pcc"].mean() for step, frame in by_step.items()}
assert all(abs(mean["binary confidence"] - mean["random"]) < 0.03 for mean in means.values())  # the curves hardly do
assert all(low < 0.01 for _, low, _ in whole.values())  # nothing that is clearly better
stopped
