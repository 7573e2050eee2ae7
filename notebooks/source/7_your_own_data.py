# %% [markdown]
# # Does asking help on your data, with your model and your strategy?
#
# *Lesson 7 · 30 minutes · the computer works for about 15 seconds (a minute more if this is your first lesson)*
#
# You have features `X`, labels `y`, and who speaks. You have a scikit-learn pipeline and an idea which clips to ask
# for. This lesson puts them together in a comparison that lesson 3 would accept.
#
# After this lesson you can
#
# - bring arrays, a pipeline and a strategy of your own to SERAL;
# - run a comparison, read its intervals, and keep it as a report;
# - use the model.

# %%
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import seral_core as seral
from seral_core.course import own_data as check
from seral_core.course.figures import with_chance

# %% [markdown]
# ## X, y, and who speaks
#
# Here they come from the built-in corpus. **To bring yours, replace this cell**: `X` is an array or a table with a row
# per clip, `y` has a label per clip (classes as text, scales as numbers), `speakers` says who speaks.

# %%
corpus = seral.open_corpus("synthetic")
y = corpus.gold("emotion").dropna()
X = seral.features_for(corpus).only(y.index).values
speakers = corpus.about.loc[y.index, "speaker"].to_numpy(str)
y = y.to_numpy(str)

# %%
data = seral.from_arrays(X, y, speakers=speakers)
data

# %% [markdown]
# ## Exercise: your pipeline
#
# Any scikit-learn estimator that says probabilities: for instance scaled features, 15 principal components, and a
# logistic regression with `class_weight="balanced"`. It has to learn from the first 20 labels, too.

# %% tags=["stub"]
pipeline = ...

# %% tags=["solution"]
pipeline = make_pipeline(StandardScaler(), PCA(15, random_state=0), LogisticRegression(C=0.1, class_weight="balanced"))

# %%
check.pipeline(pipeline)

# %% [markdown]
# ## Exercise: your strategy
#
# A strategy sees a `view`, the number `n` of clips that are wanted, and a source of chance `rng`. It returns `n` of
# `view.candidates`, or fewer. What a view offers, among others:
#
# | | |
# |---|---|
# | `view.candidates` | row numbers of the clips that may be asked for |
# | `view.labelled` | row numbers of those that are labelled |
# | `view.table.values` | features, a row per clip |
# | `view.most_uncertain(n)` | the `n` candidates with the smallest margin |
#
# Margin asks for neighbours: ten clips between the same two emotions. Write a strategy that takes the `3 * n` most
# uncertain clips and draws `n` of them at random. (Or try an idea of your own.)


# %% tags=["stub"]
def mine(view, n, rng): ...


# %% tags=["solution"]
def mine(view, n, rng):
    doubtful = view.most_uncertain(3 * n)
    return rng.permutation(doubtful)[:n]


# %%
check.strategy(mine)

# %% [markdown]
# ## Compare
#
# Your strategy, margin and random choice with your pipeline: five parts of test speakers, and seeds that take turns at
# them; paired, speaker-independent. Guessing gives .20. **Predict: is the 95 % interval of `mine` against `random`
# above 0, below 0, or is 0 in it?**

# %% tags=["stub"]
expected = ...  # "above", "below" or "0 is in it"

# %% tags=["solution"]
expected = "0 is in it"

# %% tags=["reveal"]
check.predicted(expected, ["above", "below", "0 is in it"])
result = seral.compare(
    data, learner=pipeline, strategies={"mine": mine, "margin": "margin", "random": "random"},
    seeds=10, budget=80, batch=20, jobs=1,
)  # fmt: skip
with_chance(result.plot("uar"), 0.2)

# %% tags=["reveal"]
result.differences().round(3)

# %% [markdown]
# `low` and `high` are the ends of the 95 % interval; `groups` says how many parts of test speakers they count. If 0
# lies between them, say "not told apart", not "the same": more speakers might tell.
#
# ## Keep it, and use it

# %%
import tempfile
from pathlib import Path

report = result.save(Path(tempfile.mkdtemp()) / "report.html")  # curves, differences and the plan in one file
report.name, f"{report.stat().st_size / 1e6:.1f} MB"

# %%
model = result.fit("mine")
model.predict(X[:3])

# %% [markdown]
# ## What you know now
#
# - `seral.from_arrays(X, y, speakers=...)`, a pipeline and a function are all it takes.
# - Left out, `speakers` makes every clip its own speaker, with a note: you know what that is worth (lesson 3).
# - `seral.data("path/to/recordings")` does the same for a folder, and `seral.compare(..., save="out/first")` keeps the
#   runs, so that a comparison that was interrupted goes on.
#
# What to do next: your data. To give a strategy or a learner to others, see `CONTRIBUTING.md`.

# %% [markdown] tags=["teacher"]
# **For instructors.** Have students bring a table of their own; a CSV with a column `speaker` will do. Frequent
# mistakes: a PCA with more components than first labels; a strategy that returns places in `view.candidates`, not the
# candidates.

# %% tags=["proof"]
table = result.differences()
assert table.index.tolist() == ["mine", "margin"]
assert (table["groups"] == 5).all()
assert (table["runs"] == 10).all()
assert ((table["low"] < 0) & (table["high"] > 0)).all()  # as predicted: not told apart here
frame = result.to_frame()
assert frame[frame["metric"] == "uar"].groupby("strategy")["value"].mean().min() > 0.3
assert model.predict(X[:3])["emotion"].notna().all()
assert report.stat().st_size > 1e6
table.round(3)
