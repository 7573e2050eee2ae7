# %% [markdown]
# # How do I label my own recordings, and when do I stop?
#
# *Lesson 6 · 40 minutes · the computer works for about 15 seconds (a minute more if this is your first lesson)*
#
# You have a folder of recordings and not one label. You point at it, listen, press a key; a model learns in the
# background and asks for the clips that teach it most. Before that, one decision: how many clips do you set aside to
# *test* the model?
#
# After this lesson you can
#
# - say how wide an estimate from `n` test clips is, and how many clips it takes;
# - weigh labels that teach against labels that test;
# - run a labelling project, read its estimate, and decide to stop.

# %%
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import seral_core as seral
from seral_core import charts
from seral_core.course import own_recordings as check
from seral_core.course.figures import bars_figure, with_chance

corpus = seral.open_corpus("synthetic")
gold = corpus.gold("emotion").dropna()

# %% [markdown]
# ## How wide is an estimate?
#
# You test a model on 20 random clips, and it is right on 12: .60. **Predict: the 95 % interval reaches how far to each
# side of .60?**

# %% tags=["stub"]
reach = ...  # such as 0.05

# %% tags=["solution"]
reach = 0.1

# %%
check.predicted(reach)

# %% [markdown]
# ### Exercise: write `half_width`
#
# A share *p* that is found on *n* clips has a standard error of √(p (1 - p) / n). Return 1.96 times that. (It is
# an approximation, good enough to plan with.)


# %% tags=["stub"]
def half_width(share, n): ...


# %% tags=["solution"]
def half_width(share, n):
    return 1.96 * math.sqrt(share * (1 - share) / n)


# %%
check.half_width(half_width)

# %% tags=["reveal"]
half = half_width(0.6, 20)
f"You said {reach:.2f}; with 20 clips it is {half:.2f}: somewhere from {0.6 - half:.2f} to {0.6 + half:.2f}"

# %% [markdown]
# ### Exercise: write `clips_needed`
#
# Turn it round: how many clips does it take for an interval of ± `half`? Round up.


# %% tags=["stub"]
def clips_needed(half, share=0.5): ...


# %% tags=["solution"]
def clips_needed(half, share=0.5):
    return math.ceil(share * (1 - share) * (1.96 / half) ** 2)


# %%
check.clips_needed(clips_needed)

# %% [markdown]
# **Drag the slider**: what is a test part worth that you can afford?

# %%
from ipywidgets import IntSlider, interact


@interact(n=IntSlider(20, 5, 400, 5, description="test clips"), continuous_update=False)
def worth(n):
    print(f"{n} clips: ± {half_width(0.6, n):.3f} at .60; half of that takes {4 * n} clips")


# %% [markdown]
# ## How large a test part?
#
# You can pay for 100 labels. Every label that tests is one that does not teach. Below, `t` of them are drawn to test
# and the others to teach, for t = 10 to 80, 40 times each. **Predict: with which `t` would you go?**

# %% tags=["stub"]
test_labels = ...  # 10, 20, 40, 60 or 80

# %% tags=["solution"]
test_labels = 20

# %% tags=["reveal"]
check.predicted(test_labels, [10, 20, 40, 60, 80])
from sklearn.linear_model import LogisticRegression

speaker = corpus.about.loc[gold.index, "speaker"].to_numpy()
x, y = pd.DataFrame(seral.features_for(corpus).only(gold.index).values), gold.to_numpy(str)
x = ((x - x.groupby(speaker).transform("mean")) / (x.groupby(speaker).transform("std") + 1e-9)).to_numpy()
rows = []
for t in (10, 20, 40, 60, 80):
    for seed in range(40):
        labels, rest = np.split(np.random.default_rng(seed).permutation(len(y)), [100])
        right = LogisticRegression(C=0.03, class_weight="balanced").fit(x[labels[t:]], y[labels[t:]]).predict(x) == y
        rows.append((t, right[rest].mean(), right[labels[:t]].mean() - right[rest].mean()))
trade = pd.DataFrame(rows, columns=["t", "accuracy", "off"]).groupby("t")
trade = pd.DataFrame(
    {"how good the model is": trade["accuracy"].mean(), "how far off its estimate is": trade["off"].std()}
)
bars_figure(trade.rename(index="{} to test".format), "share of clips", most=1)

# %% [markdown]
# The model gets a little worse with each label that does not teach; the estimate gets better, quickly at first. There
# is no best `t`: it depends on what a wrong estimate costs you. What does **not** work is to test on clips that the
# strategy asked for: they are no sample (lesson 2). A project sets a part aside at random, a tenth unless you say
# otherwise (`test_share=`).
#
# ## A project
#
# So that the lesson runs anywhere, the "own recordings" are 60 clips of the built-in corpus, under names that say
# nothing. **To use yours, set `recordings` to your folder**, and leave out the cell that plays the listener.

# %%
from seral_core.studio.project import LabelProject, new_project
from seral_core.widget import label

place = Path(tempfile.mkdtemp())
recordings = place / "recordings"
recordings.mkdir()
some = gold.sample(60, random_state=1)
heard = {f"recording_{number:03}.wav": emotion for number, emotion in enumerate(some)}
for file, clip in zip(heard, some.index, strict=True):
    shutil.copy(corpus.path(clip)[0], recordings / file)
asked = LabelProject(str(recordings), (f"emotion={','.join(sorted(set(gold)))}",), batch=10, initial=10, test_share=0.2)
studio = new_project(place / "project", asked, raters=["me"])

# %% [markdown]
# Label as many as you like. Answers are on the disk before they are called saved: stop the kernel whenever you like.
# (Left out, `train` lets a process of its own learn while you listen.)

# %%
label(place / "project", train=False)

# %% [markdown]
# Nobody sits here when this lesson is tested, and you may be short of time: the next cell plays a listener who labels
# 50 clips and mistakes every tenth. `Trainer.look` is what the background process does again and again: are there
# enough new labels? Then learn, estimate, and rank the clips that are left.

# %%
from seral_core.studio.session import Session
from seral_core.studio.trainer import Trainer

session, trainer = Session(place / "project", train=False), Trainer(place / "project")


def answer(number):
    clip = session.next("me")["clips"][0]
    said = heard[clip["segment"]] if number % 10 else "neutral"
    part = {"id": f"answer {number}", "target": "emotion", "value": said}
    return session.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [part]})


while session.progress("me")["answered"] < 50:
    done = answer(session.progress("me")["answered"] + 1)
    trainer.look()
session.progress("me")["answered"]

# %% [markdown]
# ## Stop?
#
# Two estimates: on the clips that were drawn at random and never learned from; and by cross-validation on all labels
# that teach. Guessing gives .20.

# %%
curve = session.curve("me")["targets"]["emotion"]
points = [("test clips drawn at random", one) for one in curve["test"]]
points += [("cross-validated", one) for one in curve["cross_validated"]]
rows = [(name, 0, 0, "emotion", "uar", one["spent"], one["value"]) for name, one in points]
frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
with_chance(charts.learning_curves(frame).update_yaxes(range=(0, 1)), 0.2)

# %%
last = curve["test"][-1]
print(f"UAR {last['value']:.2f} on {last['n']} clips, 95 % interval {last['low']:.2f} to {last['high']:.2f}")

# %% [markdown]
# **Decide: would you stop here, or go on labelling?** Think of the width of the interval, and of how the curve rises.

# %% tags=["stub"]
decision = ...  # "stop" or "go on"

# %% tags=["solution"]
decision = "go on"

# %% tags=["reveal"]
check.predicted(decision, ["stop", "go on"])
for advice in curve["advice"]:
    print(f"{'stop' if advice['stop'] else 'go on'}: {advice['name']}. {advice['says']} ({advice['source']})")

# %% [markdown]
# Rules from the literature, each with its own idea of enough; they need not agree, and none knows what your labels are
# for.
#
# ## Why that clip, and take the labels away

# %%
latest = session.store.current("me")[-1].segment
why = session.why("me", latest)
print(
    why["reason"], "|", [(near["segment"], near["labels"]["emotion"], near["distance"]) for near in why["neighbours"]]
)

# %%
from seral_core.exchange import export_labels

export_labels(session.store, place / "labels.csv", task=studio.task, only_current=True, replace=True)
labels = pd.read_csv(place / "labels.csv").query("kind == 'answer'")
labels[["segment", "class", "rater", "purpose", "round"]].tail()

# %% [markdown]
# ## What you know now
#
# - Four times the test clips, half the interval. ± .05 takes 385 clips; few projects can pay that, so report the
#   interval.
# - Test clips are drawn at random and set aside first.
# - Stopping is your decision; rules advise.
#
# `seral label path/to/recordings` does all this in a browser. Next: *your own features, pipeline and strategy* (lesson
# 7)

# %% [markdown] tags=["teacher"]
# **For instructors.** Nearly all guess ± .05 or ± .10 for 20 clips. The intervals of the project are exact ones over
# clips; `half_width` is the textbook's. Students with recordings of their own should label those, ten minutes are
# enough.

# %% tags=["proof"]
assert 0.21 < half_width(0.6, 20) < 0.22
assert trade["how good the model is"].is_monotonic_decreasing  # labels that test do not teach
assert trade["how far off its estimate is"][10] > 1.8 * trade["how far off its estimate is"][60]
said = dict(zip(labels["segment"], labels["class"], strict=True))
assert len(said) == 50
assert set(said) <= set(heard)
right = sum(heard[clip] == value for clip, value in said.items())
assert 45 <= right < 50  # wrong now and then, and nothing else was
assert len(curve["cross_validated"]) >= 2
assert last["low"] <= last["value"] <= last["high"]
assert last["high"] - last["low"] > 0.2  # so few clips say little
{"labels": len(said), "as heard": right}
