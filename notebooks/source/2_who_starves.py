# %% [markdown]
# # Which emotion starves when most of your speech is neutral?
#
# *Lesson 2 · 30 minutes · the computer works for about 10 seconds (a minute more if this is your first lesson)*
#
# In real recordings three of four clips are neutral. Random labels are then mostly neutral, too, and rare emotions
# starve. Does asking help? And what do the first labels, of which nobody has a model, do to all that follow?
#
# After this lesson you can
#
# - say what a model learns from an imbalanced pool, class by class, not only on average;
# - work out how likely it is that the first labels miss an emotion (the *cold start*);
# - say why labels that were asked for are no sample of your corpus (*sampling bias*).

# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

import seral_core as seral
from seral_core.course import bias as check
from seral_core.course.figures import bars_figure, runs_figure

corpus = seral.open_corpus("synthetic")
gold = corpus.gold("emotion").dropna()
speaker = corpus.about.loc[gold.index, "speaker"]
raw = pd.DataFrame(seral.features_for(corpus).only(gold.index).values)
by_speaker = raw.groupby(speaker.to_numpy())
x = (
    (raw - by_speaker.transform("mean")) / (by_speaker.transform("std") + 1e-9)
).to_numpy()  # each speaker's own normal
y = gold.to_numpy(str)
classes = sorted(set(y.tolist()))
test = np.flatnonzero(speaker.isin(sorted(speaker.unique())[-3:]))
everything = np.setdiff1d(np.arange(len(y)), test)

# %% [markdown]
# Two pools: the corpus as it is, and one as it might be in a call centre: all neutral clips and twelve of each other
# emotion. The test part stays as it is, so that both are held to the same.

# %%
rng = np.random.default_rng(0)
some = [rng.permutation(everything[y[everything] == name]) for name in classes]
rare = np.sort(
    np.concatenate([rows if name == "neutral" else rows[:12] for name, rows in zip(classes, some, strict=True)])
)
pools = {"as it is": everything, "mostly neutral": rare}
pd.DataFrame({name: pd.Series(y[rows]).value_counts() for name, rows in pools.items()})

# %% [markdown]
# ## Who starves?
#
# 100 random labels from each pool, ten times. The four rare emotions are equally rare, twelve clips each. **Predict:
# which emotion will be recognised worst with labels from the mostly neutral pool?** (You have heard them in lesson 0.
# Which one is taken for something else?)

# %% tags=["stub"]
starves = ...  # "anger", "fear", "happiness", "neutral" or "sadness"

# %% tags=["solution"]
starves = "sadness"

# %% tags=["reveal"]
check.predicted(starves, classes)


def learned(rows):
    return LogisticRegression(C=0.03, class_weight="balanced").fit(x[rows], y[rows])


def recalls(model):
    return recall_score(y[test], model.predict(x[test]), labels=classes, average=None)


def first_labels(pool, n, seed):
    return np.random.default_rng(seed).choice(pool, n, replace=False)


recall = {
    name: np.mean([recalls(learned(first_labels(pool, 100, seed))) for seed in range(10)], axis=0)
    for name, pool in pools.items()
}
recall = pd.DataFrame(recall, index=classes)
bars_figure(recall, "recall on three new speakers", chance=0.2, most=1)

# %% tags=["reveal"]
f"You said {starves}. Worst in the mostly neutral pool: {recall['mostly neutral'].idxmin()}"

# %% [markdown]
# Read the figure twice. All rare emotions lose recall, and neutral *gains*: the model says "neutral" more often, and is
# right more often where it is. **Accuracy on such a pool would look fine.** That is why this course scores with UAR,
# the mean of these bars, in which each emotion counts the same.
#
# ## What does asking buy?
#
# ### Exercise: write `shares`
#
# Given labels, an array of names such as `y[rare]`, and the names of all classes, return the share of each class, in
# that order. A class that nobody said has 0.


# %% tags=["stub"]
def shares(labels, classes): ...


# %% tags=["solution"]
def shares(labels, classes):
    return [np.mean(np.asarray(labels) == name) for name in classes]


# %%
check.shares(shares)

# %% [markdown]
# Of 100 random labels from this pool, about 75 are neutral. Margin asks where the two likeliest emotions are nearly
# level. **Predict: of 100 labels that margin asks for, how many are neutral?** (The first 20 are random for both.)

# %% tags=["stub"]
neutral = ...  # a number from 0 to 100

# %% tags=["solution"]
neutral = 60

# %% tags=["reveal"]
check.predicted(neutral, most=100)


def margin(proba, left, rng):
    ranked = np.sort(proba, axis=1)
    return left[np.argsort(ranked[:, -1] - ranked[:, -2])]


def at_random(proba, left, rng):
    return rng.permutation(left)


def loop(choose, pool, seed, first=20, budget=100, step=20):
    rng, labelled = np.random.default_rng(seed), list(first_labels(pool, first, seed))
    while True:
        model = learned(labelled) if len(set(y[labelled])) > 1 else None
        yield labelled, model
        if len(labelled) >= budget:
            return
        left = np.setdiff1d(pool, labelled)
        proba = model.predict_proba(x[left]) if model else np.full((len(left), 2), 0.5)
        labelled = labelled + list(choose(proba, left, rng)[:step])


strategies = {"random": at_random, "margin": margin}
ends = {name: [list(loop(choose, rare, seed))[-1] for seed in range(10)] for name, choose in strategies.items()}
bought = {name: np.mean([shares(y[labelled], classes) for labelled, _ in some], axis=0) for name, some in ends.items()}
bought = pd.DataFrame({"the pool": shares(y[rare], classes), **bought}, index=classes)
bars_figure(bought, "share of the labels", most=1)

# %% tags=["reveal"]
f"You said {neutral} of 100; margin asked for {100 * bought.loc['neutral', 'margin']:.0f} neutral ones"

# %% tags=["reveal"]
by_strategy = {name: np.mean([recalls(model) for _, model in some], axis=0) for name, some in ends.items()}
by_strategy = pd.DataFrame(by_strategy, index=classes)
bars_figure(by_strategy, "recall on three new speakers", chance=0.2, most=1)

# %% [markdown]
# Margin buys fewer neutral labels and more of what is rare; which emotions gain recall, and which do not, you see
# above. (Ten draws of labels, but only one set of test speakers: lesson 3 says what that is worth.)
#
# ## Sampling bias
#
# Somebody asks you: *how much of our speech is neutral?* You have the labels that margin asked for, and count. The
# first figure says what you would answer, and how wrong it is. **Labels that were asked for are no sample.** No share,
# no average and no test score can be read from them; for that, keep some clips apart that are drawn at random (lesson
# 6).
#
# ## Cold start
#
# Before the first labels there is no model to ask with. So the first clips are drawn at random, and in this pool a rare
# emotion has a share of about .06.
#
# ### Exercise: write `chance_to_miss`
#
# How likely is it that `n` random labels contain no clip of a class with this share? (Take each label as drawn anew.)


# %% tags=["stub"]
def chance_to_miss(share, n): ...


# %% tags=["solution"]
def chance_to_miss(share, n):
    return (1 - share) ** n


# %%
check.chance_to_miss(chance_to_miss)

# %% [markdown]
# That is for one emotion. There are four rare ones. **Predict: of 100 people who each draw 20 random first labels, how
# many miss at least one emotion?**

# %% tags=["stub"]
missed = ...  # a number from 0 to 100

# %% tags=["solution"]
missed = 70

# %% tags=["reveal"]
check.predicted(missed, most=100)
sizes = (5, 10, 20, 40, 60)
lack = {n: np.mean([len(set(y[first_labels(rare, n, seed)].tolist())) < 5 for seed in range(1000)]) for n in sizes}
start = pd.DataFrame(
    {"one certain emotion": [chance_to_miss(12 / len(rare), n) for n in sizes], "any of them": lack.values()},
    index=sizes,
)
bars_figure(start.rename(index="{} labels".format), "chance to miss", most=1)

# %% tags=["reveal"]
f"You said {missed} of 100; with 20 first labels {100 * lack[20]:.0f} miss an emotion"

# %% [markdown]
# A model cannot predict an emotion that it has never met, and a strategy that trusts the model will not ask for it. So,
# how many first labels? The budget stays 100; margin asks for the rest. **Predict: with how many random first labels is
# the model best in the end?**

# %% tags=["stub"]
best_start = ...  # 5, 20, 40 or 60

# %% tags=["solution"]
best_start = 20

# %% tags=["reveal"]
check.predicted(best_start, [5, 20, 40, 60])
rows = [
    (f"{first} first labels", seed, len(labelled), recalls(model).mean() if model else 0.2)
    for first in (5, 20, 40, 60)
    for seed in range(6)
    for labelled, model in loop(margin, rare, seed, first, 100, 20 if first > 5 else 19)
]
starts = pd.DataFrame(rows, columns=["strategy", "seed", "spent", "uar"])
runs_figure(starts, "uar", chance=0.2)

# %% tags=["reveal"]
starts[starts["spent"] == 100].groupby("strategy")["uar"].agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# All end close together, and thin lines of one colour lie further apart than the thick ones do: how many first labels
# you take matters less than *which* you happen to draw. SERAL takes 20 unless you say otherwise (`initial=`), and
# strategies such as `typiclust` and `k-means` spread the first labels over the pool instead of drawing them.
#
# ## What you know now
#
# - Look at recall per class: an average hides who starves, and accuracy hides it most.
# - Asking buys a different mix of labels. That is its use, and it is why they are no sample.
# - Few random labels miss rare emotions with a chance that you can work out.
#
# Next: *when may you say that one strategy is better than another?* (lesson 3)

# %% [markdown] tags=["teacher"]
# **For instructors.** Most say sadness starves ("it is quiet"). Ask before the reveal why. The mixture of neutral
# labels is often guessed far too low (20 to 40): a model of five classes is unsure about many neutral clips. Let
# somebody compute the chance to miss any of four from `chance_to_miss`: 1 - (1 - p)^4 is near, not exact, because draws
# are without replacement.

# %% tags=["proof"]
rare_ones = [name for name in classes if name != "neutral"]
assert (recall.loc[rare_ones, "mostly neutral"] < recall.loc[rare_ones, "as it is"]).all()  # all rare emotions lose
assert recall.loc["neutral", "mostly neutral"] > recall.loc["neutral", "as it is"]  # neutral gains
assert bought.loc["neutral", "margin"] < bought.loc["neutral", "random"] - 0.03  # margin buys fewer neutral labels
assert abs(bought.loc["neutral", "random"] - bought.loc["neutral", "the pool"]) < 0.03  # random ones are a sample
assert lack[20] > 0.5 > lack[60]
assert 0.25 < chance_to_miss(12 / len(rare), 20) < 0.31
final = starts[starts["spent"] == 100].groupby("strategy")["uar"]
assert final.mean().max() - final.mean().min() < (final.max() - final.min()).max()  # which, more than how many
assert by_strategy.mean().min() > 0.35
final.mean().round(3)
