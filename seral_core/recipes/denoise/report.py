"""What the recipe denoise reports: Table 4.1 and Figure 4.2 of D4.2 beside what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.features.framing import STEPS_HZ
from seral_core.features.spectra import CEPSTRA
from seral_core.recipes.base import Report, Result
from seral_core.recipes.claims import Claim, Gap, above, claims_counted, claims_table, counted, not_all_above
from seral_core.recipes.denoise.conditions import CLEAN, Condition, Experiment
from seral_core.recipes.denoise.enhancing import SHOWN_S, Enhancing, enhanced_of
from seral_core.recipes.denoise.paper import COMPLEXITY, WITH_NOISE
from seral_core.recipes.denoise.pictures import conditions_figure, frames_figure, learning_figure, nearness_figure
from seral_core.recipes.denoise.recogniser import regressions_of
from seral_core.recipes.denoise.results import MATCHED, MIXED, NONE, WAYS, Measured
from seral_core.recipes.report import joined, paper_and_here, table
from seral_core.scores.groups import basis_text

#: "Almost does not degrade": loses no more CCC than this.
LOST = 0.03
TABLE_NOTE = (
    "CCC of all frames of the development / test part together, mean over seeds (each seed is in `scores.parquet`). "
    "The recogniser learned clean speech that was not enhanced. Matched: a network for each condition; mixed: one for "
    "all conditions of a block. The paper's text gives means over noise alone; its table is a picture. Differences "
    "below are means of the CCC of single test recordings over seeds, with intervals over test speakers."
)


def report_of(result: Result, paper: str) -> Report:
    """Return the report on a finished recipe."""
    found = Measured.load(result)
    scores, near, history = found.scores(), found.nearness(), found.history()
    held = claims_of(found)
    opening = joined(
        f"# {found.parts.corpus.name}: emotion recognised under noise",
        f"After {paper}.", _outcome(found, scores), claims_counted(held),
        "## CCC with and without enhancement (Table 4.1)", table_41(found, scores), TABLE_NOTE,
        basis_text(len(set(found.speakers))), "## Figures",
    )  # fmt: skip
    rest = joined(
        "## What was made, as measured", _made(result),
        "## What the paper found, and what held here", claims_table(held),
        "## What differs from the paper", paper_and_here(_differs(result, found), result.notes),
    )  # fmt: skip
    summary = {"claims": [vars(each) for each in held], "scores": scores.round(6).to_dict("records")}
    tables = {"scores": scores, "nearness": near, "history": history}
    return Report(opening, rest, _figures(result, found, scores, history), summary, tables)


def table_41(found: Measured, scores: pd.DataFrame) -> str:
    """Return CCC by condition, scale and way, with means over noise and what the paper has of them."""
    head = ["", "speech", *(f"{target}, {way}" for target in found.targets for way in WAYS)]
    rows = []
    for experiment in found.experiments:
        mine = scores[scores["experiment"] == experiment.name]
        for condition in experiment.conditions:
            rows.append([experiment.name, condition.name, *_cells(found, mine[mine["condition"] == condition.name])])
        noisy = [each.name for each in noisy_of(experiment)]
        if len(noisy) > 1:
            rows.append(
                [
                    experiment.name,
                    f"mean over {noisy[0]} to {noisy[-1]}",
                    *_cells(found, mine[mine["condition"].isin(noisy)]),
                ]
            )
        if experiment.name == "noise":
            theirs = [f"- / {x:.3f}" for target in found.targets for x in WITH_NOISE.get(target, ())]
            if len(theirs) == len(head) - 2:
                rows.append(["noise", "paper: mean over 0 to 12 dB", *theirs])
    return table(head, rows)


def noisy_of(experiment: Experiment) -> list[Condition]:
    """Return the conditions with noise."""
    return [each for each in experiment.degraded if each.snr_db is not None]


def _cells(found: Measured, mine: pd.DataFrame) -> list[str]:
    means = mine.groupby(["target", "way", "part"])["ccc"].mean()
    return [
        f"{means[target, way, 'dev']:.3f} / **{means[target, way, 'test']:.3f}**"
        for target in found.targets
        for way in WAYS
    ]


def claims_of(found: Measured) -> list[Claim]:
    """Hold what the paper found against test recordings."""
    noise, phone = found.experiments
    noisy, on_phone = noisy_of(noise), noisy_of(phone)
    in_rooms = [each for each in phone.degraded if each.room]

    def gaps(one: str, other: str, of: Experiment, conditions: Sequence[Condition]) -> list[Gap]:
        name = conditions[0].name if len(conditions) == 1 else f"{of.name}, {len(conditions)} conditions"
        return [
            Gap(f"{target}, {name}, {one} over {other}", found.gap(one, other, of, conditions, target))
            for target in found.targets
        ]

    echoing = [gap for each in in_rooms for gap in gaps(MATCHED, NONE, phone, [each])]
    return [
        above("3.4.3", "matched enhancement raises CCC under noise", gaps(MATCHED, NONE, noise, noisy)),
        above("3.4.3", "mixed enhancement raises CCC under noise", gaps(MIXED, NONE, noise, noisy)),
        above("3.4.3", "matched enhancement is better than mixed", gaps(MATCHED, MIXED, noise, noisy)),
        above("3.4.3", f"matched enhancement almost does not degrade clean speech (loses less than {LOST})",
              [_within(gap) for gap in gaps(MATCHED, NONE, noise, [CLEAN])]),
        above("3.4.3", "mixed enhancement degrades clean speech", gaps(NONE, MIXED, noise, [CLEAN])),
        not_all_above("3.4.3", "matched enhancement of speech through a phone in a room does not "
                               "work well", echoing),
        above("3.4.3", "through a phone and under noise, matched enhancement raises CCC",
              gaps(MATCHED, NONE, phone, on_phone)),
        *_nearer(found),
    ]  # fmt: skip


def _within(gap: Gap) -> Gap:
    """Return a difference that is above 0 where no more than `LOST` is lost."""
    moved = {name: getattr(gap.found, name) + LOST for name in ("mean", "low", "high")}
    return Gap(f"{gap.name}, with {LOST} allowed", replace(gap.found, **moved))


def _nearer(found: Measured) -> list[Claim]:
    claims = []
    for title, ways in near_panels(found).items():
        nearer = int((np.array(ways[MATCHED]) > np.array(ways[NONE])).sum())
        means = [f"mean CCC with clean speech {way} {np.mean(values):.3f}" for way, values in ways.items()]
        claims.append(
            counted("3.4.3", f"{title}: enhanced MFCCs are nearer to clean ones", nearer, CEPSTRA, "MFCCs", means)
        )
    return claims


def near_panels(found: Measured) -> dict[str, dict[str, list[float]]]:
    """Return how near MFCCs are to clean ones: under noise, and through a phone in the last room."""
    noise, phone = found.experiments
    rooms = [each for each in phone.degraded if each.room]
    panels = {"noise, mean over all": (noise, noisy_of(noise)), rooms[-1].name: (phone, rooms[-1:])}
    return {
        title: {
            way: np.mean([found.near[way, of.name, each.name] for each in conditions], axis=0).tolist() for way in WAYS
        }
        for title, (of, conditions) in panels.items()
    }


def _outcome(found: Measured, scores: pd.DataFrame) -> str:
    noisy = [each.name for each in noisy_of(found.experiments[0])]
    test = scores[(scores["part"] == "test") & (scores["experiment"] == "noise")]
    each = []
    for target in found.targets:
        mine = test[test["target"] == target]
        means = mine[mine["condition"].isin(noisy)].groupby("way")["ccc"].mean()
        clean = mine[(mine["condition"] == CLEAN.name) & (mine["way"] == NONE)]["ccc"].mean()
        ways = ", ".join(f"{means[way]:.3f} {way}" for way in WAYS)
        each.append(f"{target}: {ways}; {clean:.3f} on clean speech")
    return f"**CCC under noise on {len(found.parts.test)} test recordings. {'. '.join(each)}.**"


def _made(result: Result) -> str:
    speech = result.frame[result.frame["scenario"] == "speech"]
    values = speech.pivot_table(index="strategy", columns="metric", values="value", sort=False)
    rows = []
    for name, row in values.iterrows():
        snr = row.get("snr_db", np.nan)
        ratio = f"{_db(snr)} ({_db(row['snr_db_least'])} to {_db(row['snr_db_most'])})" if snr == snr else "-"
        rows.append([str(name), f"{row['level_db']:.1f} dB", ratio])
    return table(["condition", "level of test recordings, full scale 0 dB", "signal-to-noise ratio"], rows)


def _db(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f} dB"  # no -0.00


def _figures(result: Result, found: Measured, scores: pd.DataFrame, history: pd.DataFrame) -> dict[str, Any]:
    frames, condition = _shown(result, found)
    return {
        "conditions": ("CCC on test recordings by condition; bars are ranges over seeds.", conditions_figure(scores)),
        "mfcc": ("How near MFCCs are to those of clean speech, test recordings (Figure 4.2).",
                 nearness_figure(near_panels(found))),
        "frames": (f"{SHOWN_S:g} s of {found.parts.test[0]}: clean, with {condition}, and enhanced (matched).",
                   frames_figure(frames)),
        "learning": ("Squared error of standardised MFCCs on development sequences by epoch, mean over seeds.",
                     learning_figure(history)),
    }  # fmt: skip


def _shown(result: Result, found: Measured) -> tuple[dict[str, Any], str]:
    networks = result.cells[2]
    enhancing: Enhancing = networks.measure
    loudest = min(noisy_of(found.experiments[0]), key=lambda each: each.snr_db or 0)
    trial = next(each for each in networks.trials(result.folder) if each.variant == f"{MATCHED} {loudest.name}")
    enhanced = enhanced_of(trial.folder, 0)[1]
    frames = round(SHOWN_S * STEPS_HZ)
    clean, noisy = (enhancing.made.cepstra(result.folder, each, "test")[0][:frames] for each in (CLEAN, loudest))
    return {"clean": clean, "with noise": noisy, "enhanced": enhanced}, loudest.name


def _differs(result: Result, found: Measured) -> list[list[str]]:
    _, recogniser, networks = result.cells
    enhancing: Enhancing = networks.measure
    settings, schooling, sources = result.settings, enhancing.schooling, result.cells[0].measure.sources
    regressions, parts = regressions_of(recogniser, result.folder), found.parts
    length = np.diff(parts.sequences.table.bounds) / parts.rate_hz
    how = schooling.settings(0)
    paper_c = ", ".join(f"{COMPLEXITY[name]:g} for {name}" for name in found.targets if name in COMPLEXITY)
    here_c = ", ".join(f"{c:g} for {name}" for name, c in zip(found.targets, regressions.complexity, strict=True))
    names = dict.fromkeys(["phone", *(each.room for each in found.experiments[1].conditions if each.room)])
    responses = ", ".join(f"{name} {'given' if sources.files_of(name) else 'made'}" for name in names)
    return [
        ["corpus", "RECOLA, 27 recordings of 300 s",
         f"{parts.corpus.name}, {len(parts.sequences)} recordings of {length.min():.0f} to {length.max():.0f} s"],
        ["parts", "9 train, 9 development, 9 test", f"{len(parts.train)}, {len(parts.dev)}, {len(parts.test)}"],
        ["noise", "CHiME 2015: booth, bus, cafe, pedestrian area, street; a third of each for each part",
         f"{sources.noise or 'made: babble, street, hum'}; a third of each for each part"],
        ["impulse responses", "a Google Nexus One, classroom, grand hall", responses],
        ["signal-to-noise ratios", "0, 3, 6, 9, 12 dB",
         ", ".join(f"{each.snr_db}" for each in noisy_of(found.experiments[0])) + " dB; on the phone "
         + ", ".join(f"{each.snr_db}" for each in noisy_of(found.experiments[1])) + " dB"],
        ["autoencoder", "two BLSTM layers of 30, noise 0.1, weights from -0.1 to 0.1", "the same"],
        ["training", "gradient descent, rate 1e-6, momentum 0.9, 8 sequences a step",
         f"{how.optimiser}, rate {how.rate:g}, {how.batch} sequences of {schooling.stretch_s:g} s a step"],
        ["mixed training hears", "all conditions of all speech",
         "each sequence in one of the conditions" if schooling.quick else "the same"],
        ["epochs", "up to 200, an end after 20 without improvement",
         f"up to {how.epochs}, an end after {how.patience} without improvement"],
        ["seeds", "not said", f"{len(settings.seeds)}"],
        ["complexity of the regression", paper_c, here_c],
        ["gold moved back by", "4 s", f"{settings.shift:g} s"],
    ]  # fmt: skip
