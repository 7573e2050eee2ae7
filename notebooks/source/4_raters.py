# %% [markdown]
# # One rater more, or one clip more?
#
# *Lesson 4 · 25 minutes · the computer works for about 10 seconds (a minute more if this is your first lesson)*
#
# People disagree (lesson 0). You can pay several to hear each clip and take what most say; or pay one, and get labels
# for more clips. You have 240 answers to pay for. How do you spend them?
#
# After this lesson you can
#
# - make one label of several answers, and say what to do with a tie;
# - weigh clean labels against many labels, and say on what it depends;
# - read Krippendorff's alpha.

# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

import seral_core as seral
from seral_core.course import raters as check
from seral_core.course.figures import runs_figure, slid
from seral_core.scores.agreement import alpha

corpus = seral.open_corpus("synthetic")
gold = corpus.gold("emotion").dropna()
votes = corpus.of("emotion").pivot(index="segment", columns="rater", values="value").loc[gold.index].to_numpy(str)
speaker = corpus.about.loc[gold.index, "speaker"]
raw = pd.DataFrame(seral.features_for(corpus).only(gold.index).values)
by_speaker = raw.groupby(speaker.to_numpy())
x = ((raw - by_speaker.transform("mean")) / (by_speaker.transform("std") + 1e-9)).to_numpy()
y, classes = gold.to_numpy(str), sorted(set(gold))
test = speaker.isin(sorted(speaker.unique())[-3:]).to_numpy()
pool = np.flatnonzero(~test)
f"{len(pool)} clips in the pool, {votes.shape[1]} raters heard each"

# %% [markdown]
# ## Exercise: write `majority`
#
# `votes` is a list of what raters said of one clip. Return what most of them said, and **`None` where two or more
# emotions are level**: a label that is drawn from a tie is made up.
#
# <details><summary>A hint</summary><code>collections.Counter(votes).most_common(2)</code> returns the two most frequent
# with their numbers, or one if there is only one.</details>


# %% tags=["stub"]
def majority(votes): ...


# %% tags=["solution"]
def majority(votes):
    names, numbers = np.unique(votes, return_counts=True)
    most = names[numbers == numbers.max()]
    return str(most[0]) if len(most) == 1 else None


# %%
check.majority(majority)

# %% [markdown]
# ## How far do they agree?
#
# **Krippendorff's alpha** is 1 where all say the same, and 0 where they agree no more than by chance. For emotion in
# speech, .3 to .6 is usual. (`seral.data("synthetic").agreement()` gives it for all targets, with intervals.)

# %%
round(alpha(corpus.of("emotion"), "nominal"), 2)

# %% [markdown]
# ## 240 answers
#
# Three ways to spend them: 240 clips heard by one rater each, 80 clips by three, 48 clips by five. Ties are lost. The
# model is tested on three new speakers, against what most of six raters heard; guessing gives .20. **Predict: how many
# raters a clip give the best model?**

# %% tags=["stub"]
raters = ...  # 1, 3 or 5

# %% tags=["solution"]
raters = 3

# %% tags=["reveal"]
check.predicted(raters, [1, 3, 5])


def learned(each, answers, seed, careless=0.0):
    """Return the UAR of a model that learned from so many answers, so many a clip."""
    rng = np.random.default_rng(seed)
    clips = rng.choice(pool, answers // each, replace=False)
    said = np.array([rng.permutation(votes[clip])[:each] for clip in clips])
    said = np.where(rng.random(said.shape) < careless, rng.choice(classes, said.shape), said)  # who does not listen
    labels = [majority(one) for one in said]
    kept = [i for i, label in enumerate(labels) if label is not None]
    model = LogisticRegression(C=0.03, class_weight="balanced").fit(
        x[clips[kept]], np.array(labels, object)[kept].astype(str)
    )
    return balanced_accuracy_score(y[test], model.predict(x[test]))


paid = (60, 120, 240, 390)
rows = [
    (careless, f"{each} a clip", seed, answers, learned(each, answers, seed, careless))
    for careless in (0.0, 0.2, 0.4)
    for each in (1, 3, 5)
    for answers in paid
    for seed in range(6)
]
trials = pd.DataFrame(rows, columns=["careless", "strategy", "seed", "spent", "uar"])
careful = trials[trials["careless"] == 0].drop(columns="careless")
runs_figure(careful, "uar", chance=0.2, within=(0.15, 0.7)).update_xaxes(title="answers paid for")

# %% tags=["reveal"]
means = trials.groupby(["careless", "strategy", "spent"])["uar"].mean()
means[0.0].unstack(0).round(3)

# %% [markdown]
# Look at the whole figure, not at 240 alone. With few answers, more clips win: a model that has seen twelve clips has
# not seen much, however clean they are. With more answers the curves come together.
#
# These raters are careful. **Predict: now two of five answers are a random click. Which is best with 240 answers?**

# %% tags=["stub"]
when_careless = ...  # 1, 3 or 5

# %% tags=["solution"]
when_careless = 3

# %% tags=["reveal"]
check.predicted(when_careless, [1, 3, 5])
stops = {
    f"{careless:.0%}": runs_figure(mine.drop(columns="careless"), "uar", chance=0.2, within=(0.15, 0.7)).update_xaxes(
        title="answers paid for"
    )
    for careless, mine in trials.groupby("careless")
}
slid(stops, "random clicks", start="40%")

# %% tags=["reveal"]
means[0.4].unstack(0).round(3)

# %% [markdown]
# **Move the slider** between careful and careless raters; the axes stay the same. The worse the raters, the more it
# pays to ask again. Nobody tells you beforehand how good they are. So SERAL can find out: `--agree 2` stops asking
# about a clip once two raters agree, and `seral recipe crowd` compares ways to choose whom to ask next.
#
# ## What you know now
#
# - A majority needs no tie-breaker: leave ties out.
# - One rater more, or one clip more? More clips while there are few; more raters where raters err much.
# - Estimate how good your raters are before you decide. Alpha is a start.
#
# Next: *how many labels does active learning save for arousal?* (lesson 5)

# %% [markdown] tags=["teacher"]
# **For instructors.** The usual mistake in `majority` is to return the first of a tie. Ask who would pay for five. The
# crossing depends on six draws of answers and one set of test speakers: let the room say what lesson 3 has to say about
# it.

# %% tags=["proof"]
table = means.unstack("strategy")
assert table.loc[(0.0, 120), "1 a clip"] > table.loc[(0.0, 120), "5 a clip"] + 0.02  # few answers: more clips
spread = table.loc[0.0].max(axis=1) - table.loc[0.0].min(axis=1)
assert spread[390] < spread[120]  # the curves come together
assert table.loc[(0.4, 240), "3 a clip"] > table.loc[(0.4, 240), "1 a clip"] + 0.02  # raters who err: ask again
assert table.loc[(0.0, 240), "1 a clip"] > table.loc[(0.4, 240), "1 a clip"] + 0.08  # random clicks cost
assert table.min().min() > 0.2
table.round(3)
