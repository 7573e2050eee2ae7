"""What the words in a column of classes mean: the field's nouns, letters of a corpus, no answer, slips of the pen."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from seral_core.corpora.cells import NOTHING
from seral_core.corpora.files import few
from seral_core.corpora.usual_names import is_emotion
from seral_core.corpora.words import LETTERS, NOUNS, emotions_in, noun, noun_of

#: Words for what nobody knows, be it a speaker or an answer: also errors of spreadsheets.
UNKNOWN = NOTHING | {
    *("?", "??", "???", "unk", "unknown", "unclear", "undefined", "unspecified", "not_available", "unbekannt"),
    *("inconnu", "desconocido", "sconosciuto", "#name?", "#div/0!", "#num!", "#null!"),
    *("(blank)", "blank", "empty", "not_applicable"),
}
#: Words for no answer, without apostrophes: the raters did not agree, did not know, or were not asked.
NO_ANSWER = UNKNOWN | {
    *("xxx", "x", "undecided", "tie", "no_agreement", "no-agreement", "noagreement", "no_consensus", "not_sure"),
    *("unsure", "dont_know", "i_dont_know", "idk", "cant_tell", "cannot_tell", "noconsensus", "no_majority"),
    *("disagreement", "no_label", "nolabel", "unlabeled", "unlabelled", "not_labeled", "not_labelled", "unrated"),
    *("not_rated", "not_annotated", "unannotated", "no_answer", "no_response", "skip", "skipped"),
    *("prefer_not_to_say", "weiß_nicht", "weiss_nicht", "keine_angabe", "ne_sait_pas", "no_se", "non_so", "nie_wiem"),
}
#: Words that a slip of the pen is compared with, besides the nouns.
_USUAL = ("angry", "happy", "fearful", "disgusted", "surprised", "bored", "excited", "frustrated", "scared", "joyful")
#: How many letters a column needs that only this corpus has: t, f and n may be others.
_OWN_LETTERS = {"MSP-Podcast": 1, "EmoDB": 2}
#: Words of programs for what is missing, which may be names.
_EMPTY = frozenset({"na", "none", "null"})
#: Numbers that are rarely codes of classes, and often of no answer.
_NO_CODE = ("-999", "-99", "-9", "-8", "-7", "-1", "77", "88", "97", "98", "99", "999")
#: A letter that a program could not write.
_LOST = re.compile(r"(?:^|\w)\?\w|\ufffd")


def word_of(value: object) -> str:
    """Return a class name in small letters, with _ for blanks; a whole number as such.

    Examples
    --------
    >>> word_of(" Very  angry"), word_of(3.0)
    ('very_angry', '3')
    """
    text = str(value).strip()
    if re.fullmatch(r"-?\d+\.0", text):  # a column of whole numbers with gaps
        text = text[:-2]
    return re.sub(r"\s+", "_", text.lower())


def means_nothing(text: str, words: Collection[str] = UNKNOWN) -> bool:
    """Tell whether a text stands for nothing: one of some words, or a formula that a spreadsheet did not work out.

    Examples
    --------
    >>> means_nothing("Unknown"), means_nothing("=A2"), means_nothing("NA")
    (True, True, False)
    """
    return text.startswith("=") or re.sub(r"\s+", "_", re.sub("['’]", "", text.strip().lower())) in words


def letters_in(name: str, words: pd.Series[str], said: Collection[str] = ()) -> tuple[Mapping[str, str], str]:
    """Return what single letters mean, where a column of emotions holds nothing else, and the note that says so.

    Letters of which somebody said what they mean are not in the note.

    Examples
    --------
    >>> letters_in("emotion", pd.Series(list("whn")))[0], letters_in("emotion", pd.Series(list("aschnd")))[0]["c"]
    ({}, 'contempt')
    """
    here = set(words)
    if not is_emotion(name) or len(here) < 3:
        return {}, ""
    for corpus, letters in LETTERS.items():
        others = {letter for other, own in LETTERS.items() if other != corpus for letter in own}
        if here <= set(letters) and len(here - others) >= _OWN_LETTERS[corpus]:
            noted = sorted(here - set(map(word_of, said)))
            what = ", ".join(f"{letter} {letters[letter] or 'no agreement'}" for letter in noted)
            note = f"letters of {name} are read as {corpus} writes them: {what} (--class LETTER=NAME for others)"
            return letters, note if noted else ""
    return {}, ""


def meaning_of(
    words: pd.Series[str], letters: Mapping[str, str], given: Mapping[str, str], classes: Sequence[str]
) -> Callable[[str], str]:
    """Return a function that tells what a word of a column means.

    Parameters
    ----------
    words : Series
        All words of the column: where they are single letters, x is one of them, and no sign for no answer.
    letters : mapping of str to str
        What letters mean, see `letters_in`.
    given : mapping of str to str
        What somebody said that words mean; nothing for no answer.
    classes : sequence of str
        Classes that may occur, however they are called.

    Returns
    -------
    callable
        From a word to the field's noun, or to nothing for no answer.

    Examples
    --------
    >>> meaning = meaning_of(pd.Series(["angry", "xxx", "odd"]), {}, {"odd": "other"}, ())
    >>> meaning("angry"), meaning("xxx"), meaning("odd")
    ('anger', '', 'other')
    """
    said = {word_of(word): meant.strip().lower() for word, meant in given.items()}
    allowed = {word_of(c) for c in classes} | ({"x"} if (words.str.len() == 1).all() else set())

    def meaning(word: str) -> str:
        if word in said:
            return noun(said[word]) if said[word] else ""
        if word in letters:
            return letters[word]
        return "" if means_nothing(word, NO_ANSWER) and word not in allowed else noun(word)

    return meaning


def merged(name: str, words: pd.Series[str], meant: pd.Series[str], given: Collection[str]) -> tuple[str, ...]:
    """Say which different words became one class, besides those of which somebody said it.

    Examples
    --------
    >>> merged("emotion", pd.Series(["anger", "angry"]), pd.Series(["anger", "anger"]), ())
    ('emotion: anger and angry are one class, anger (--class anger=NAME keeps them apart)',)
    """
    both = pd.DataFrame({"word": words, "class": meant}).drop_duplicates()
    said = {word_of(word) for word in given}
    notes = []
    for noun_, own in both.groupby("class", sort=True)["word"]:
        spelled = sorted(word for word in own if word not in said)
        if len(spelled) > 1:
            notes.append(
                f"{name}: {' and '.join(spelled)} are one class, {noun_} (--class {spelled[0]}=NAME keeps them apart)"
            )
    far = {w: m for w, m in zip(words, meant, strict=True) if w in NOUNS and w[:3] != m[:3]}
    if far:
        notes.append(f"{name}: " + ", ".join(f"{word} is {noun_}" for word, noun_ in sorted(far.items())))
    if _EMPTY & set(meant):
        word = sorted(_EMPTY & set(meant))[0]
        notes.append(f"{name} has a class '{word}'; if it means no answer: --class {word}=")
    return tuple(notes)


def odd_classes(name: str, words: pd.Series[str], meant: pd.Series[str]) -> tuple[str, ...]:
    """Ask about classes that look like codes, several emotions in one, slips of the pen, or damaged.

    Parameters
    ----------
    name : str
        Of the target.
    words, meant : Series
        What was written, and what class each became.

    Examples
    --------
    >>> words = pd.Series(["angerr", "joy", "anger_joy"])
    >>> odd_classes("emotion", words, words.map(noun))[1]
    "emotion has a class 'angerr'; is it meant to be 'anger'? (--class angerr=anger)"
    """
    present = sorted(set(meant))
    odd = [c for c in present if c not in set(NOUNS.values())]
    inside = {c: {what for _, what in emotions_in(c)} or _joined(c) for c in odd}
    lost = [c for c in odd if _LOST.search(c)]
    several = [c for c in odd if len(inside[c]) > 1]
    more = [c for c in odd if len(inside[c]) == 1]
    notes = []
    if several:
        notes.append(
            f"classes of {name} hold several emotions: {few(several)}; if they are several labels, write ; between "
            f"them in the table, else give each its name: --class {several[0]}=NAME"
        )
    if more:
        notes.append(
            f"classes of {name} hold an emotion and something more: {few(more)}; if it is just the emotion: --class "
            f"{more[0]}={next(iter(inside[more[0]]))}"
        )
    if lost:
        notes.append(
            f"classes of {name} have lost a letter: {few(lost)}; save the table as 'CSV UTF-8' in the program that it "
            "is from, where its letters are right"
        )
    near = {
        c: noun(match[0])
        for c in odd
        if c not in (*several, *more, *lost) and (match := _near(c, sorted({*NOUNS.values(), *_USUAL})))
    }
    notes += [
        f"{name} has a class '{c}'; is it meant to be '{right}'? (--class {c}={right})" for c, right in near.items()
    ]
    notes += _codes(name, present, known=len(odd) < len(present) or bool(lost or near or any(inside.values())))
    unknown = [c for c in odd if c not in (*several, *more, *lost, *near, *_EMPTY) and not re.fullmatch(r"-?\d+|.", c)]
    if unknown and len(unknown) < len(present) and (is_emotion(name) or len(odd) < len(present)):
        counts = few([f"{c} ({(meant == c).sum()})" for c in unknown], 6)
        notes.append(
            f"no known words for emotions are the classes {counts} of {name}; if one means no answer: --class "
            f"{unknown[0]}="
        )
    if "other" in present:
        notes.append(f"{name} has a class 'other'; if it means no answer: --class {words[meant == 'other'].iloc[0]}=")
    return tuple(notes)


def _joined(word: str) -> set[str]:
    """Return the emotions of two words that nothing parts: angryhappy."""
    both = ({noun_of(word[:at]), noun_of(word[at:])} for at in range(3, len(word) - 2))
    return next(({what for what in two if what} for two in both if None not in two), set())


def _codes(name: str, present: Sequence[str], known: bool) -> list[str]:
    """Ask about classes that are numbers or letters, and where none of those of an emotion is known."""
    codes, what = [c for c in present if re.fullmatch(r"-?\d+", c)], "numbers"
    if not codes and all(len(c) == 1 for c in present):
        codes, what = list(present), "letters"
    elif not codes and is_emotion(name) and not known:
        codes, what = list(present), "no known words for emotions"
    if not codes:
        return []
    missing = [code for code in codes if code in _NO_CODE]
    none = f"; if {missing[0]} means no answer: --class {missing[0]}=" if missing else ""
    return [f"classes of {name} are {what}: {few(codes, 12)}; give them names, such as --class {codes[0]}=anger{none}"]


def _near(word: str, known: Sequence[str]) -> list[str]:
    if len(word) < 4:
        return []
    return difflib.get_close_matches(word, [k for k in known if len(k) > 3], n=1, cutoff=0.75)
