# %% [markdown]
# # Which emotions can you hear?
#
# *Lesson 0 · 15 minutes · headphones · the computer works for about 10 seconds (a minute more the very first time)*
#
# Active learning asks somebody for labels: the **oracle**. Today the oracle is you. You hear eight clips, say which
# emotion you hear, and find out how far others, and a machine, agree with you. The voices are synthetic; how hard it
# is, is not.
#
# After this lesson you can
#
# - say what an oracle is, and why its answers are no truth;
# - say how far listeners agree, and what chance would give;
# - listen to what a model gets wrong.
#
# Where you see three dots, `...`, it is your turn. The cell below each exercise checks it, and says what is missing.

# %%
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import seral_core as seral
from seral_core.course import listening as check
from seral_core.course.figures import bars_figure

corpus = seral.open_corpus("synthetic")
votes = corpus.of("emotion").pivot(
    index="segment", columns="rater", values="value"
)  # what six raters heard in each clip
gold = corpus.gold("emotion").dropna()  # what most of them heard
classes = sorted(set(gold))
classes

# %% [markdown]
# ## Before you listen
#
# **Predict: of eight clips, how many will you hear as most of the six raters did?** With five emotions, somebody who
# guesses gets 1.6 of 8.

# %% tags=["stub"]
my_guess = ...  # a number from 0 to 8

# %% tags=["solution"]
my_guess = 6

# %%
check.predicted(my_guess, most=8)

# %% [markdown]
# ## Listen
#
# Click *Start*, listen, and answer with the number keys or a click. Keys count while the widget has the focus, so click
# into it once. There is no wrong answer: say what *you* hear.

# %%
from seral_core.studio.project import LabelProject, new_project
from seral_core.widget import label

place = Path(tempfile.mkdtemp())
(place / "clips").mkdir()
drawn = np.random.default_rng(4).choice(
    gold.index[corpus.about.loc[gold.index, "speaker"].isin(["10", "11", "12"])], 8, replace=False
)
name = {f"clip_{number}.wav": segment for number, segment in enumerate(drawn, 1)}
for file, segment in name.items():
    shutil.copy(corpus.path(segment)[0], place / "clips" / file)
asked = LabelProject(
    str(place / "clips"), (f"emotion={','.join(classes)}",), name="Listen", batch=8, initial=8, test_share=0.0
)
new_project(place / "project", asked, raters=["me"])
label(place / "project", train=False)

# %% tags=["solution"]
from seral_core.studio.session import Session

listener = Session(place / "project", train=False)  # whom nobody has to wait for: rater r1's answers
for number in range(8):
    clip = listener.next("me")["clips"][0]
    said = {"id": f"answer {number}", "target": "emotion", "value": votes.loc[name[clip["segment"]], "r1"]}
    listener.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [said]})

# %%
mine = check.heard(place / "project", 8)
mine

# %% [markdown]
# ## Exercise: how far do two listeners agree?
#
# `one` and `other` are lists of answers to the same clips. Return the share of clips on which both said the same.


# %% tags=["stub"]
def agreement(one, other): ...


# %% tags=["solution"]
def agreement(one, other):
    return np.mean(np.asarray(one) == np.asarray(other))


# %%
check.agreement(agreement)

# %% [markdown]
# ## You, the raters, and a machine
#
# The machine learned from the labels of nine other speakers, and hears these three for the first time.

# %% tags=["reveal"]
from sklearn.linear_model import LogisticRegression

features = seral.features_for(corpus).only(gold.index)
x = pd.DataFrame(features.values, index=gold.index)
speaker = corpus.about.loc[gold.index, "speaker"]
x = (x - x.groupby(speaker).transform("mean")) / (x.groupby(speaker).transform("std") + 1e-9)
others = ~speaker.isin(["10", "11", "12"])
model = LogisticRegression(C=0.03, class_weight="balanced").fit(x[others], gold[others])
eight = list(name.values())
heard = {"you": list(mine.values()), **{rater: votes.loc[eight, rater].tolist() for rater in votes}}
heard["machine"] = model.predict(x.loc[eight]).tolist()
agree = pd.Series({who: agreement(answers, gold[eight].tolist()) for who, answers in heard.items()})
bars_figure(agree.to_frame("with what most raters heard"), "share of the eight clips", chance=0.2, most=1)

# %% tags=["reveal"]
pd.DataFrame(heard, index=[file.removesuffix(".wav") for file in name]).T

# %% tags=["reveal"]
f"You predicted {my_guess:g} of 8; it was {8 * agree['you']:.0f}"

# %% [markdown]
# Was the clip wrong, or you, or "most raters"? Each of the six was part of the majority that they are held against
# here, so they look better than they are. A fairer question: **on what share of all 600 clips do two raters say the
# same? Predict.**

# %% tags=["stub"]
pairs = ...  # a number from 0 to 1

# %% tags=["solution"]
pairs = 0.7

# %% tags=["reveal"]
check.predicted(pairs)
two = {
    f"{one} and {other}": agreement(votes[one], votes[other])
    for i, one in enumerate(votes)
    for other in list(votes)[i + 1 :]
}
two = pd.Series(two)
f"You said {pairs:.2f}; the 15 pairs of raters: {two.min():.2f} to {two.max():.2f}, mean {two.mean():.2f}"

# %% [markdown]
# So an oracle is not a source of truth: ask another one, and many labels change. What a machine can reach is bounded by
# that, and a strategy that asks where people disagree pays for noise. Lesson 4 is about how many to ask.
#
# ## Listen to the machine's mistakes
#
# Each point is a clip of the three speakers, near to clips that sound alike; the colour is what the machine takes it
# for. **Click a point to hear it.** Then set the colour to *mistakes*, and listen to a few that are wrong. Who would
# you side with? (The map needs a running notebook.)

# %%
from seral_core.map_widget import Round, sounding_map

new = list(gold.index[~others])
said = dict(zip(new, model.predict(x.loc[new]), strict=True))
sounding_map(corpus, features.only(new), [Round(guess=said)])

# %% [markdown]
# ## What you know now
#
# - The oracle is whoever answers: you, a crowd, a recorded label.
# - Agreement of people bounds what a model can reach; guessing gives the floor, .20 with five emotions.
# - Listen to the mistakes before you count them.
#
# Next: *which 100 recordings should people listen to?* (lesson 1)

# %% [markdown] tags=["teacher"]
# **For instructors.** Works well with the room answering aloud: show of hands per clip, then the widget once for all.
# Rater r1 answers in this edition. Let somebody argue for their answer where the room splits.

# %% tags=["proof"]
assert list(mine) == list(name)
assert heard["you"] == votes.loc[eight, "r1"].tolist()  # stored as it was answered
assert agree["machine"] > 0.2
assert agree["r1"] == agree["you"]
assert 0.5 < two.mean() < 0.9
accuracy = agreement(list(said.values()), gold[new].tolist())
assert 0.4 < accuracy < 0.9
round(float(accuracy), 2)
