# %% [markdown]
# # When may you say that one strategy is better?
#
# *Lesson 3 · 40 minutes · the computer works for about 10 seconds (a minute more if this is your first lesson)*
#
# A curve above another one is no result. Two mistakes make most of the false ones: the test has met the speakers
# before, and the interval counts runs that repeat one another. Here you make both, measure what they do, and mend them.
#
# After this lesson you can
#
# - split a corpus by speaker, and say what it costs not to;
# - work out an interval, and say which values it may count;
# - say how often a wrong interval finds what is not there.

# %%
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import seral_core as seral
from seral_core.course import fairness as check
from seral_core.course.figures import bars_figure, intervals_figure, slid

corpus = seral.open_corpus("synthetic")
gold = corpus.gold("emotion").dropna()
x, y = seral.features_for(corpus).only(gold.index).values, gold.to_numpy(str)
speakers = corpus.about.loc[gold.index, "speaker"].to_numpy(str)
f"{len(y)} clips of {len(set(speakers))} speakers"

# %% [markdown]
# ## Exercise: keep speakers apart
#
# Give each clip the number of a test part, 0 to `n - 1`, so that **all clips of a speaker have the same number**, and
# the parts have as many speakers each, or nearly.
#
# <details><summary>A hint</summary><code>np.unique(speakers, return_inverse=True)</code> returns the names and, for
# each clip, the number of its speaker. The remainder <code>number % n</code> deals speakers out to parts.</details>


# %% tags=["stub"]
def parts(speakers, n): ...


# %% tags=["solution"]
def parts(speakers, n):
    return np.unique(speakers, return_inverse=True)[1] % n


# %%
check.parts(parts)

# %% [markdown]
# ## Leak a speaker
#
# Now the mistake. In both trials 120 clips train and the *same* clips test. In **apart**, the 120 are of other
# speakers. In **leaked**, about half of the 120 are other clips of the speakers in the test: what happens when clips
# are shuffled without looking who speaks. Guessing gives a UAR of .20. **Predict: by how much does the leak raise the
# UAR?**

# %% tags=["stub"]
gain = ...  # such as 0.01 or 0.3

# %% tags=["solution"]
gain = 0.05

# %% tags=["reveal"]
check.predicted(gain)
part = parts(speakers, 4)
trials = []
for number in range(4):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        same, others = rng.permutation(np.flatnonzero(part == number)), rng.permutation(np.flatnonzero(part != number))
        tested, leak = same[: len(same) // 2], same[len(same) // 2 :]
        for name, train in (("apart", others[:120]), ("leaked", np.concatenate([leak, others])[:120])):
            model = make_pipeline(StandardScaler(), SVC(C=10, class_weight="balanced")).fit(x[train], y[train])
            trials.append((number, name, balanced_accuracy_score(y[tested], model.predict(x[tested]))))
leaks = pd.DataFrame(trials, columns=["part", "training", "uar"]).groupby(["part", "training"])["uar"].mean().unstack()
bars_figure(leaks.rename(index="part {}".format), "UAR", chance=0.2, most=1)

# %% tags=["reveal"]
truth = (leaks["leaked"] - leaks["apart"]).mean()
print(f"You said {gain:.2f}; the leak raises UAR by {truth:.2f}")
leaks.mean().round(2)

# %% [markdown]
# Nothing got better. The model knows these voices, and with whom it will be used, it will not. A gain of a new method
# is often smaller than this. SERAL splits by speaker, and raises an alarm when a test speaker is in the pool.
#
# ## An interval
#
# Now a fair test: margin against random, four parts of three speakers each, five seeds. Paired runs share their first
# 20 clips; the number of a run is its mean UAR from 20 to 80 labels.


# %%
def margin(proba, left, rng):
    ranked = np.sort(proba, axis=1)
    return left[np.argsort(ranked[:, -1] - ranked[:, -2])]


def at_random(proba, left, rng):
    return rng.permutation(left)


raw = pd.DataFrame(x).groupby(speakers)
z = ((x - raw.transform("mean")) / (raw.transform("std") + 1e-9)).to_numpy()  # each speaker's own normal


def area(choose, number, seed):
    pool, test, rng = np.flatnonzero(part != number), part == number, np.random.default_rng(seed)
    labelled, scores = list(rng.choice(pool, 20, replace=False)), []
    while True:
        model = LogisticRegression(C=0.03, class_weight="balanced").fit(z[labelled], y[labelled])
        scores.append(balanced_accuracy_score(y[test], model.predict(z[test])))
        if len(labelled) >= 80:
            return np.mean(scores)
        left = np.setdiff1d(pool, labelled)
        labelled += list(choose(model.predict_proba(z[left]), left, rng)[:20])


gains = pd.DataFrame(
    [(n, seed, area(margin, n, seed) - area(at_random, n, seed)) for n in range(4) for seed in range(5)],
    columns=["part", "seed", "gain"],
)
gains.pivot(index="part", columns="seed", values="gain").round(3)

# %% [markdown]
# ### Exercise: write `interval`
#
# Return the mean of some values, and the ends of its 95 % interval by Student's t: the mean ∓ *t* · *s* / √*n*, where
# *s* is the standard deviation (dividing by *n* - 1) and *t* is `stats.t.ppf(0.975, n - 1)`.


# %% tags=["stub"]
def interval(values): ...  # return mean, low, high


# %% tags=["solution"]
def interval(values):
    n, mean = len(values), np.mean(values)
    half = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


# %%
check.interval(interval)

# %% [markdown]
# The **naive** interval takes all 20 runs for 20 independent values. But five runs on the same three speakers repeat
# what these voices have in common. The **grouped** one takes the mean of each test part first, and counts parts.
#
# ### Exercise: write `grouped`
#
# `gains` is a table with the columns `part`, `seed` and `gain`. Return the interval over parts, using `interval`.


# %% tags=["stub"]
def grouped(gains): ...


# %% tags=["solution"]
def grouped(gains):
    return interval(gains.groupby("part")["gain"].mean())


# %%
check.grouped(grouped)

# %% [markdown]
# **Predict: how many times as wide as the naive interval is the grouped one?** (1 is just as wide, .5 is half.)

# %% tags=["stub"]
times = ...  # a number from 0.1 to 10

# %% tags=["solution"]
times = 2

# %% tags=["reveal"]
check.predicted(times, least=0.1, most=10)
both = {"naive: 20 runs": interval(gains["gain"]), "grouped: 4 parts": grouped(gains)}
intervals_figure(both, "UAR of margin above random")

# %% tags=["reveal"]
wide = {name: high - low for name, (_, low, high) in both.items()}
f"You said {times:g} times; it is {wide['grouped: 4 parts'] / wide['naive: 20 runs']:.1f} times as wide"

# %% [markdown]
# Same data, same mean. Which one is right? The test of an interval is an experiment without any difference: a 95 %
# interval should then miss 0 in 5 of 100.
#
# ## A hundred experiments in which nothing differs
#
# Made-up experiments: four parts, five seeds, true gain 0. Each part's speakers happen to suit one strategy or the
# other (normal with deviation *d*), each run adds noise of .02. Start with *d* = .02. **Predict: of 100 such
# experiments, in how many does the *naive* interval say that there is a difference?**

# %% tags=["stub"]
false_finds = ...  # a number from 0 to 100; 5 would be right for a 95 % interval

# %% tags=["solution"]
false_finds = 20

# %% tags=["reveal"]
check.predicted(false_finds, most=100)


def misses_zero(values):
    n = values.shape[1]
    half = stats.t.ppf(0.975, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return 100 * np.mean(abs(values.mean(axis=1)) > half)


def found(deviation, experiments=4000):
    rng = np.random.default_rng(0)
    suits = rng.normal(0, deviation, (experiments, 4, 1)) if deviation else 0
    runs = suits + rng.normal(0, 0.02, (experiments, 4, 5))
    return {"naive": misses_zero(runs.reshape(experiments, 20)), "grouped": misses_zero(runs.mean(axis=2))}


false = pd.DataFrame({d: found(d) for d in (0.0, 0.01, 0.02, 0.03, 0.04)})
stops = {
    f"{d:.2f}": bars_figure(false[[d]].rename(columns={d: "differences found"}), "of 100", most=100) for d in false
}
for figure in stops.values():
    figure.add_hline(y=5, line_dash="dot", annotation_text="5 promised", annotation_position="right")
    figure.update_layout(margin_r=110)
slid(stops, "how much speakers differ, d", start="0.02")

# %% tags=["reveal"]
print(f"You said {false_finds}; with d = .02 it is")
false[0.02].round(0)

# %% [markdown]
# **Move the slider.** Where speakers do not differ, both keep their promise. The more they differ, the more differences
# the naive interval finds that are not there; the grouped one finds 5 of 100 throughout. More seeds make it worse,
# because they make the naive interval narrower and nothing else better. What helps is more *speakers*.
#
# SERAL's intervals count test parts everywhere, and with fewer than three parts there are none.
#
# ## What you know now
#
# - A leak can be larger than any gain you are looking for. Split by speaker.
# - An interval counts what is independent: groups of test speakers, never runs.
# - Before you trust an interval, try it where nothing differs.
#
# Next: *one rater more, or one clip more?* (lesson 4)

# %% [markdown] tags=["teacher"]
# **For instructors.** Guesses of the leak are usually too low. Common mistakes: parts by clip
# (`np.arange(len(speakers)) % n`), `np.std` without `ddof=1`, 1.96 with four values. A good question at the end: what
# would "leave one speaker out" with twelve parts do to the grouped interval? (Twelve values, so a smaller t; parts are
# noisier.)

# %% tags=["proof"]
assert 0.03 < truth < 0.25  # the leak is large
assert (leaks["leaked"] > leaks["apart"]).sum() >= 3
assert both["naive: 20 runs"][0] == grouped(gains)[0] or abs(both["naive: 20 runs"][0] - grouped(gains)[0]) < 1e-12
assert 1.2 < wide["grouped: 4 parts"] / wide["naive: 20 runs"] < 4
assert all(low < 0 < high for _, low, high in both.values())  # nothing can be told apart here
assert abs(false.loc["naive", 0.0] - 5) < 1.5  # where speakers do not differ, both are right
assert (abs(false.loc["grouped"] - 5) < 1.5).all()
assert false.loc["naive"].is_monotonic_increasing
assert false.loc["naive", 0.02] > 15
false.round(1)
