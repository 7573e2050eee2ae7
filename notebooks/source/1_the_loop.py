# %% [markdown]
# # Which 100 recordings should people listen to?
#
# *Lesson 1 · 30 minutes · the computer works for about 10 seconds (a minute more the very first time)*
#
# You have 600 recordings of emotional speech and no labels. A label costs a person's time, and you can pay for 100.
# **Does it matter which 100?** Active learning says yes: train on the few labels there are, let a *strategy* choose the
# clips to ask for next, and repeat.
#
# After this lesson you can
#
# - write a strategy, `margin`, in two lines;
# - write the loop that every active learner is;
# - look at a learning curve, and say what chance would give.
#
# Where you see three dots, `...`, it is your turn. The cell below each exercise checks it, and says what is missing.

# %%
import numpy as np
import pandas as pd
from IPython.display import Audio, display
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

import seral_core as seral
from seral_core.course import the_loop as check
from seral_core.course.figures import runs_figure
from seral_core.features.audio import RATE_HZ, read_segment

corpus = seral.open_corpus("synthetic")  # built in: twelve speakers, five emotions, made on first use
gold = corpus.gold("emotion").dropna()  # what most of six raters heard; no label where they were tied
speaker = corpus.about.loc[gold.index, "speaker"]
features = seral.features_for(corpus).only(gold.index)  # 193 numbers per clip: pitch, loudness, tempo, brightness ...
features

# %% [markdown]
# Three speakers are the **test**: nobody asks for their clips, and every score below is on them. All other clips are
# the **pool**. The pool's labels are hidden in `y`; the loop may look at a label only after it has asked for it.

# %%
x, y = features.values, gold.to_numpy(str)
test = speaker.isin(sorted(speaker.unique())[-3:]).to_numpy()
x = (x - x[~test].mean(0)) / (x[~test].std(0) + 1e-9)
pool = np.flatnonzero(~test)
f"{len(pool)} clips in the pool, {test.sum()} in the test"

# %% [markdown]
# ## Which clip would you ask for?
#
# A model that has seen 20 labels says this of three clips:
#
# | clip | anger | fear | happiness | neutral | sadness |
# |---|---|---|---|---|---|
# | A | .40 | .30 | .15 | .10 | .05 |
# | B | .26 | .22 | .20 | .17 | .15 |
# | C | .49 | .47 | .02 | .01 | .01 |
#
# A person can label one of them. **Predict: from which label would the model learn most?** There is no wrong answer
# yet.

# %% tags=["stub"]
my_guess = ...  # "A", "B" or "C"

# %% tags=["solution"]
my_guess = "C"

# %% tags=["reveal"]
check.predicted(my_guess, ["A", "B", "C"])
three = np.array([[0.40, 0.30, 0.15, 0.10, 0.05], [0.26, 0.22, 0.20, 0.17, 0.15], [0.49, 0.47, 0.02, 0.01, 0.01]])
ranked = np.sort(three, axis=1)
doubts = pd.DataFrame(
    {"entropy": -(three * np.log(three)).sum(1), "margin": ranked[:, -1] - ranked[:, -2]}, index=list("ABC")
)
doubts.round(2)

# %% [markdown]
# Two answers of the literature: **entropy** asks where the probabilities are most even, clip B. **Margin** asks where
# the two likeliest emotions are closest, clip C: a label decides between anger and fear, and that is a boundary the
# model lacks. With B, the model knows nothing at all; perhaps nobody could tell.
#
# ## Exercise: write `margin`
#
# `proba` has a row for each clip that is left and a column for each emotion; `left` has the numbers of these clips.
# Return the clips in `left`, the one with the smallest gap first.
#
# <details><summary>A hint</summary><code>np.sort(proba, axis=1)</code> sorts each row; its last two columns are the
# second likeliest and the likeliest. <code>np.argsort(gap)</code> says in which order the gaps rise, as places in
# <code>left</code>.</details>


# %% tags=["stub"]
def margin(proba, left, rng): ...


# %% tags=["solution"]
def margin(proba, left, rng):
    ranked = np.sort(proba, axis=1)
    return left[np.argsort(ranked[:, -1] - ranked[:, -2])]


# %%
check.margin(margin)

# %% [markdown]
# To compare with: a strategy that does not look.


# %%
def at_random(proba, left, rng):
    return rng.permutation(left)


# %% [markdown]
# ## Exercise: close the loop
#
# Train, score, ask, label, and again: one line is missing. `choose` is a strategy such as `margin`. The ten clips that
# it puts first are the ones that people listen to in this round.
#
# <details><summary>A hint</summary>Call <code>choose</code> with the three things that a strategy gets: the
# probabilities of the clips that are left, <code>left</code>, and <code>rng</code>. Then take the first ten of what it
# returns.</details>


# %% tags=["stub"]
def loop(choose, seed=0, budget=100):
    rng = np.random.default_rng(seed)
    labelled = list(rng.choice(pool, 20, replace=False))  # the first labels: at random
    while True:
        model = LogisticRegression(C=0.03, class_weight="balanced").fit(x[labelled], y[labelled])
        yield len(labelled), balanced_accuracy_score(y[test], model.predict(x[test])), list(labelled)
        if len(labelled) >= budget:
            return
        left = np.setdiff1d(pool, labelled)
        proba = model.predict_proba(x[left])
        asked = ...
        labelled += list(asked)  # here people would listen


# %% tags=["solution"]
def loop(choose, seed=0, budget=100):
    rng = np.random.default_rng(seed)
    labelled = list(rng.choice(pool, 20, replace=False))  # the first labels: at random
    while True:
        model = LogisticRegression(C=0.03, class_weight="balanced").fit(x[labelled], y[labelled])
        yield len(labelled), balanced_accuracy_score(y[test], model.predict(x[test])), list(labelled)
        if len(labelled) >= budget:
            return
        left = np.setdiff1d(pool, labelled)
        proba = model.predict_proba(x[left])
        asked = choose(proba, left, rng)[:10]
        labelled += list(asked)  # here people would listen


# %%
check.loop(loop)

# %% [markdown]
# That is all there is to active learning. A run is a curve: the score after 20, 30, ... 100 labels. The score is
# **UAR**, the mean recall of the five emotions; guessing gives .20, whichever emotion is guessed.
#
# ## Does it matter?
#
# Five runs each, with the same first 20 clips for both. **Predict: which is ahead with 100 labels, averaged over the
# five?** Say "level" if you expect less than .02 between them.

# %% tags=["stub"]
ahead = ...  # "margin", "random" or "level"

# %% tags=["solution"]
ahead = "margin"

# %% tags=["reveal"]
check.predicted(ahead, ["margin", "random", "level"])
strategies = {"margin": margin, "random": at_random}
runs = {(name, seed): list(loop(choose, seed)) for name, choose in strategies.items() for seed in range(5)}
rows = [(name, seed, spent, uar) for (name, seed), run in runs.items() for spent, uar, _ in run]
scores = pd.DataFrame(rows, columns=["strategy", "seed", "spent", "uar"])
runs_figure(scores, "uar", chance=0.2)

# %% tags=["reveal"]
last = scores[scores["spent"] == 100].pivot(index="seed", columns="strategy", values="uar")
last.loc["mean"] = last.mean()
print(f"You said {ahead}")
last.round(3)

# %% [markdown]
# Thin lines are runs, thick ones their means, the dotted line is chance. Do the thick lines convince you? Look at the
# thin ones: a run of one strategy is above a run of the other in one place and below it in the next. And these five
# runs have the same three test speakers. Lesson 3 is about what can be said then.
#
# ## The clips it asked for
#
# Each point is a clip of the pool, near to clips that sound alike. Colours are what the model takes a clip for;
# diamonds were asked for in the round, squares are labelled. **Click a point to hear it**, and move the slider through
# the rounds. (The map needs a running notebook.)

# %%
from seral_core.map_widget import Round, sounding_map

watched = list(loop(margin))
ids = np.array(gold.index)
rounds, before = [], []
for spent, uar, labelled in watched:
    model = LogisticRegression(C=0.03, class_weight="balanced").fit(x[labelled], y[labelled])
    new = [row for row in labelled if row not in before]
    rounds.append(Round(asked=ids[new], guess=dict(zip(ids[pool], model.predict(x[pool]))), spent=spent, score=uar))
    before = labelled
sounding_map(corpus, features.only(ids[pool]), rounds)

# %% [markdown]
# Three of the last ten: would you have known? Listen first, then look at what six raters heard.

# %%
hard = rounds[-1].asked[:3]
for clip in hard:
    display(Audio(read_segment(*corpus.path(clip)), rate=RATE_HZ))

# %% tags=["reveal"]
corpus.votes("emotion").loc[hard]

# %% [markdown]
# ## The same with SERAL
#
# A *plan* says everything about a run. `made.loop()` is the loop that you wrote, as a generator of events; to draw a
# run, listen to them. Left alone, a plan takes what held on real speech: features normalised for each speaker, and the
# strategy `recommended`.

# %%
from seral_core.runs.events import Scored

plan = seral.Plan(corpus="synthetic", strategy="margin", budget=100)
made = seral.prepare(plan)
events = list(made.loop())
[(event.spent, round(event.scores["emotion"]["uar"], 2)) for event in events if isinstance(event, Scored)]

# %%
pd.Series([type(event).__name__ for event in events]).value_counts()

# %% [markdown]
# ## What you know now
#
# - A strategy sees probabilities and says in which order to ask; `margin` asks where two emotions are nearly level.
# - The loop: train, score, ask, label, and again.
# - A curve means little without chance, without random choice beside it, and from one run alone.
#
# Next: *what happens when most clips are neutral* (lesson 2), and *when may you say that one strategy is better*
# (lesson 3).

# %% [markdown] tags=["teacher"]
# **For instructors.** Most common mistakes: `np.sort(proba)[:, -2:]` without `axis=1` works here because the last axis
# is the default, `np.sort(proba, axis=0)` does not; sorting by the likeliest emotion alone (least confidence);
# returning places instead of clips. Let the room vote before the second reveal, and ask who changed their mind after
# the thin lines.

# %% tags=["proof"]
assert doubts["entropy"].idxmax() == "B"
assert doubts["margin"].idxmin() == "C"
means = scores.groupby(["strategy", "spent"])["uar"].mean().unstack(0)
assert means.min().min() > 0.3  # all are above chance
assert (means.iloc[-1] > means.iloc[0] + 0.05).all()  # and learn
assert abs(means["margin"] - means["random"]).max() < 0.08  # nothing that convinces
gaps = scores.pivot(index=["seed", "spent"], columns="strategy", values="uar").query("spent > 20")
assert 0.1 < (gaps["margin"] > gaps["random"]).mean() < 0.9  # above in one place, below in the next
assert all(set(labelled) <= set(pool) for run in runs.values() for *_, labelled in run)  # no test clip was asked for
assert made.pool.spent == 100
means.round(3)
