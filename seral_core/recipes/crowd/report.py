"""What the recipe crowd reports: answers saved, whom to ask, what votes are worth as gold and as soft labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.recipes.base import Report, Result
from seral_core.recipes.cells import Cell
from seral_core.recipes.claims import Claim, Gap, above, claims_table, level, over
from seral_core.recipes.comparison import Field, Versus, comparison_row, fields_of, mean_of, savings_row
from seral_core.recipes.crowd.asked import what_was_asked
from seral_core.recipes.crowd.gold import gold_text
from seral_core.recipes.crowd.learning import GIVEN, WAYS
from seral_core.recipes.figures import curves_figure
from seral_core.recipes.report import alarms, basis, interval, joined, notes_list, saved_text, table, versus_table
from seral_core.scores.spent import CLIPS, Spent

ANSWERS, VOTES = Spent(CLIPS, "answers", "answers"), Spent("votes", "votes for each clip", "votes")
MEASURES = ("uar", "hard-uar", "cross-entropy", "jensen-shannon")
HOW = (
    "Curves count answers: one rater who listens to one clip. All ways begin with about as many answers and take about "
    "as many a round. Paired runs share test part and seed. UAR is that of the corpus's gold on test speakers; models "
    "learn the majority of the votes that a run has paid for."
)
SAVED = (
    "Answers saved are those to the best score of the way that is compared with, in percent of all answers, with a "
    "bootstrap interval over test parts."
)
ASKED = (
    "Means of single runs. A clip is right where the majority of its votes is the corpus's gold. Skill is the mean "
    "share of right answers that the raters who were asked are made with. Hours are those that answers take where "
    "raters work side by side and each round waits for its slowest rater."
)
LEARNED = (
    "Every clip of the pool has so many votes, of raters drawn at random. Differences are those to the majority at "
    "equal votes, above 0 where a way is better. Cross-entropy and Jensen-Shannon divergence, in nats and "
    "better the lower, compare with the votes on test clips, UAR of the likeliest class with their majority."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe.

    Parameters
    ----------
    result : Result
        Grids of the scenarios ``how many`` and ``whom``, then trainings of ``learning``.
    paper : str
        Citation.
    """
    cells = tuple(cell for cell in result.cells if isinstance(cell, Cell))
    target = result.data.corpus.target(cells[0].grid.plan.targets[0])
    many, whom = (_field(result.frame, scenario) for scenario in ("how many", "whom"))
    learned = _learned(result.frame)
    names = {scenario: _names(result, scenario) for scenario in ("how many", "whom")}
    held = claims_of(many, whom, learned, names)
    asked = what_was_asked(cells, result.folder, result.data.corpus, target)
    three, anybody = names["how many"]["3 raters"], names["whom"]["anybody"]
    opening = joined(
        f"# {result.data.corpus.name}: how many raters, and whom?", _outcome(held),
        "## How many raters", versus_table(many, list(many.curves), three), HOW,
        "## Whom to ask", versus_table(whom, list(whom.curves), anybody),
        basis([many, whom]), alarms(result.alarms), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## Answers saved", saved_table([(many, three), (whom, anybody)]), SAVED,
        "## What was asked", asked_table(asked), ASKED,
        "## Gold and soft labels", learned_table(learned), LEARNED,
        _gold_of_votes(result, target.name),
        "## What was claimed, and what held here", claims_table(held, "claim"), f"After {paper}.",
        "## Settings", table(["", "here"], _settings(result, cells)), notes_list(result.notes),
    )  # fmt: skip
    pairs = [*many.against(three), *whom.against(anybody)]
    summary = {
        "claims": [asdict(each) for each in held],
        "comparison": [comparison_row(each) for each in pairs],
        "savings": [savings_row(each) for each in pairs],
        "asked": asked.round(6).to_dict("records"),
    }
    figures = {
        "how-many": ("UAR against answers, by number of raters", curves_figure([many])),
        "whom": ("UAR against answers, by whom is asked", curves_figure([whom])),
        "learning": ("Scores against votes for each clip", curves_figure([f for f in learned if f.target != GIVEN])),
    }
    return Report(opening, rest, figures, summary, {"asked": asked})


def _field(frame: pd.DataFrame, scenario: str) -> Field:
    (found,) = fields_of(frame[frame["scenario"] == scenario], ("uar",))
    return replace(found, spent=ANSWERS)


def _learned(frame: pd.DataFrame) -> list[Field]:
    mine = frame[frame["scenario"] == "learning"]
    return [replace(f, spent=VOTES) for f in fields_of(mine, MEASURES) if f.curves]


def _names(result: Result, scenario: str) -> dict[str, str]:
    """Return the names of curves by those of ways to ask."""
    return {
        cell.part: cell.grid.strategies[0] + cell.suffix
        for cell in result.cells
        if isinstance(cell, Cell) and cell.scenario == scenario
    }


def claims_of(many: Field, whom: Field, learned: Sequence[Field], names: dict[str, dict[str, str]]) -> list[Claim]:
    """Hold what one would hope against what was measured.

    Parameters
    ----------
    many, whom : Field
        UAR by number of raters, and by whom is asked.
    learned : sequence of Field
        Scores of trainings on votes of the whole pool.
    names : dict
        By scenario, names of curves by those of ways to ask.
    """
    asked, chosen = names["how many"], names["whom"]
    fixed = [asked[name] for name in asked if name.endswith(("rater", "raters"))]
    dynamic = [asked[name] for name in asked if name.startswith("until")]
    given = next(f for f in learned if f.target == GIVEN)
    hard, soft = ("majority", "weighted", "Dawid-Skene"), ("soft votes", "soft Dawid-Skene")
    shares = [f for f in learned if f.metric in ("cross-entropy", "jensen-shannon")]
    recall = [f for f in learned if f.metric in ("uar", "hard-uar") and f.target != GIVEN]
    return [
        above("", "asking until raters agree or are sure beats three raters at equal answers",
              over([many], dynamic, [asked["3 raters"]])),
        above("", "it beats the best fixed number, too", over([many], dynamic, [many.best(fixed)])),
        above("", "choosing whom to ask beats asking anybody",
              over([whom], list(chosen.values())[1:], [chosen["anybody"]])),
        above("", "new raters are worth exploring: Thompson sampling beats the best known",
              over([whom], [chosen["Thompson"]], [chosen["the best known"]])),
        above("", "labels joined by skill are closer to gold than the majority",
              over([given], ["weighted", "Dawid-Skene"], ["majority"])),
        above("", "soft labels foretell votes better than the majority", over(shares, soft, hard[:1])),
        level("", "soft labels cost no recall", over(recall, soft, hard[:1])),
    ]  # fmt: skip


def _outcome(claims: Sequence[Claim]) -> str:
    said = "; ".join(f"{claim.claim}: {claim.verdict}" for claim in claims[:3])
    return f"**{said[0].upper()}{said[1:]}.**"


def saved_table(fields: Sequence[tuple[Field, str]]) -> str:
    """Return how many answers each way needs to reach the best of the one it is compared with."""
    rows = []
    for field, baseline in fields:
        for each in (Versus(field, name, baseline) for name in field.curves if name != baseline):
            found = each.saving
            needed = f"{found.labels:.0f}" if found.reached else "never"
            rows.append([each.strategy, baseline, f"{found.baseline_labels:.0f}", needed, saved_text(found)])
    return table(["", "compared with", "answers to its best", "answers to the same", "saved"], rows)


def asked_table(asked: pd.DataFrame) -> str:
    """Return what runs asked on average, as `seral_core.recipes.crowd.asked.what_was_asked` gives it."""
    rows = [
        [row["scenario"], row["way"], f"{row['answers']:.0f}", f"{row['clips']:.0f}", f"{row['each']:.2f}",
         f"{row['right']:.1%}", f"{row['skill']:.2f}", f"{row['hours']:.1f}"]
        for row in asked.to_dict("records")
    ]  # fmt: skip
    return table(["", "way", "answers", "clips", "answers a clip", "clips right", "skill", "hours"], rows)


def learned_table(fields: Sequence[Field]) -> str:
    """Return each score at each number of votes, and how much better each way is than the majority."""
    rows = []
    for field in fields:
        for name in WAYS:
            curve, row = field.curves[name], [field.name, name]
            for i, votes in enumerate(curve.spent.tolist()):
                score = f"{field.sign * curve.mean[i]:.4f}"
                row.append(score if name == "majority" else f"{score} ({interval(_gap_at(field, name, votes).found)})")
            rows.append(row)
    votes = fields[0].curves["majority"].spent.astype(int).tolist()
    return table(["score", "way", *(f"{n} vote{'s' * (n != 1)}" for n in votes)], rows)


def _gap_at(field: Field, name: str, votes: float) -> Gap:
    """Return how much better a way is than the majority at so many votes."""
    here, there = field.curves[name], field.curves["majority"]
    both = [(here.pairs.index(pair), there.pairs.index(pair)) for pair in here.pairs if pair in there.pairs]
    place = int(np.argmin(np.abs(here.spent - votes)))
    apart = np.array([here.values[i, place] - there.values[j, place] for i, j in both])
    return Gap(name, mean_of(here, apart))


def _gold_of_votes(result: Result, target: str) -> str:
    """Return gold by each method, of the votes that raters are like, or of the corpus's own; nothing where none are."""
    corpus: Corpus = open_corpus(result.settings.votes) if result.settings.votes else result.data.corpus
    name = target if target in {each.name for each in corpus.task} else corpus.task[0].name
    if corpus.of(name).groupby("segment").size().max() < 2:
        return ""
    return joined(f"## Gold of the votes of {corpus.name}", gold_text(corpus, corpus.target(name)))


def _settings(result: Result, cells: tuple[Any, ...]) -> list[list[str]]:
    grid, settings = cells[0].grid, result.settings
    plan, votes = grid.plan, settings.votes
    return [
        ["corpus", result.data.corpus.name],
        ["features", plan.features],
        ["learner", plan.learner],
        ["clips are chosen by", plan.strategy],
        ["raters", f"{settings.raters}; at most {settings.cap} for a clip"],
        [
            "how many: raters are like",
            votes.rsplit("/", 1)[-1] or ("their own" if "like=own" in plan.oracle else "drawn"),
        ],
        ["whom: skills are drawn", f"mean {settings.skill:g}, standard deviation {settings.spread:g}"],
        ["answers", f"{plan.budget:.0f} a run"],
        ["test parts", f"{len(grid.folds)} of {plan.split}"],
        ["seeds", f"{len(grid.seeds)}, each with every test part"],
    ]
