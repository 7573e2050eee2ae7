"""Whether names of folders and files stand for people who speak: plainly, as codes of people, or as first names."""

from __future__ import annotations

import re
from collections.abc import Collection

from seral_core.corpora.words import plain

#: What stands before a number or name where a person is meant: actor_03, speaker anna, subA.
_ROLE = re.compile(
    r"(?:act(?:or|ress|eur|rice)|aktor(?:ka)?|attor[ei]|attrice|schauspieler(?:in)?|speaker|spe?a?kr?|spkid|spreker|sprecher(?:in)?"
    r"|locut(?:or|ora|eur|rice)|parlante|hablante|falante|subject|subj|sub|participant|person|proband(?:in)?|informant"
    r"|vpn?|talker|patient|client|student|voice|(?:fe)?male|wom[ae]n|m[ae]n|konusmaci|mowca|dyktor|diktor|диктор|актер"
    r"|актёр|говорящий|说话人|話者|화자)(?:[\W_]+\w{1,20}|\d{1,5}|[^\W\d_])",
    re.IGNORECASE,
)
#: Codes that corpora give people: F01, s3, JMI, SK2.
_CODE = re.compile(r"[fmwspahFMWSPAH][\W_]?\d{1,5}|[A-Z]{2}\d{1,2}|[A-Z]{2,4}")
#: Codes of the same look for other things: languages, levels, parts of corpora, units, days, months.
_OTHER = re.compile(
    r"(?:EN|ENG|DE|DEU|GER|FR|FRA|FRE|IT|ITA|ES|ESP|SPA|PT|POR|TR|TUR|PL|POL|NL|RU|RUS|FA|ZH|CHN|CHI|CN|JA|JP|JPN|KO|KR"
    r"|KOR|AR|ARA|HI|HIN|URDU|US|USA|UK|GB|EU|LO|LOW|MD|MED|MID|HIGH|XX|XXX|DEV|TEST|EVAL|VAL|SET|TRN|TST|DB|SNR|CM|MM|HZ"
    r"|CH|MIC|EP|CD|ID|NR|NO|WAV|MP|RAW|TTS|TESS|SER|EMO|LAB|HOME|CAR|OUT|IN|AM|PM|MON|TUE|WED|THU|FRI|SAT|SUN|JAN|FEB|MAR"
    r"|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d*"
)
_NUMBER = re.compile(r"\d{2,5}")
#: First names in use where the words for emotions of `seral_core.corpora.words` are spoken; no list is whole.
_NAMES = (
    "aaron adam adrian agata agnes ahmed ahmet aisha akira alan alba albert alejandro aleksandra alessandro alex "
    "alexander alexandra alexis alfred ali alice alicia alina amanda amelia amina amir amy ana anastasia andrea "
    "andreas andrei andrew andy angela angelika anita anja ann anna anne annette annie anton antonio arthur astrid "
    "ayse barbara bart bea beata beatrice ben benjamin bernd bert betty bill bob boris brian bruno camille carl carla "
    "carlos carmen carol caroline catherine cecilia celine charles charlie charlotte chiara chris christian christina "
    "christine claire clara claudia clemens cleo conny cristina dan daniel daniela dave david deborah denis diana "
    "diego dieter dimitri dirk dmitri dominik donna dora doris dorothea ed eddie edith eduardo edward elena eleni eli "
    "elif elisa elisabeth eliza elizabeth ella ellen emil emilia emilie emily emine emma emre enrico enzo eric erik "
    "erika ernst esra esther eugen eva eve fabian farah fatima fatma federica felix fernando filip florian francesca "
    "francesco francois frank franz frida fritz gabriel gabriela georg george gerd gerhard gioia giorgio giovanni "
    "giulia gregor greta guido hana hanna hannah hans harald harry hasan heidi heike heinz helen helena helga henri "
    "henry herbert hiroshi holger hugo ian igor ines inga ingrid ioana ira irena irene irina iris isabel isabella "
    "ivan iwona jack jacob jakob jakub james jan jana jane janet jason javier jean jenie jennifer jenny jens jerzy "
    "jessica jim jo joan joana joao joe joel johan johanna john jonas jonathan jorge jose josef joseph josh joshua "
    "joy juan judith jules julia julian julie julien jurgen justin kai karen karin karl karolina kasia kate katharina "
    "kathrin katja kevin kim klaus kurt lara larissa lars laura laurent lea lena leo leon leonie li lily linda lisa "
    "liz lorenzo louis louise luca lucas lucia lucy luigi luis luisa lukas lukasz maciej magda malgorzata manfred "
    "manuel marc marcel marcin marco marek maria mariam marie marina mario marion mark marta martha martin martina "
    "mary mateo mateusz matt matthew matthias maurice max mehmet mei mia michael michaela michal michel miguel mika "
    "mike milan mira miriam mohamed mohammed monica monika murat mustafa nadia nadja nancy natalia natasha nick nico "
    "nicolas nicole niklas nikolai nils nina noah nora olaf oleg olga oliver olivia olivier oscar otto pablo pamela "
    "paolo pascal patricia patrick paul paula pavel pedro peter petra philip philipp pia pierre piotr rabia rachel "
    "rafael rainer ralf rebecca renate ricardo richard rita robert roberto roland ron rosa ruth ryan sabine sally sam "
    "samuel sandra sara sarah sascha sebastian selin serge sergei sergio shadi silke silvia simon simone sofia sonja "
    "sophia sophie stefan stefanie stella stephan steve steven sue susan susanne sven sylvia tanja tatiana ted teresa "
    "theo thomas tim tina tobias tom tomas tomasz tony udo ulrich ulrike ursula uwe vera veronica victor victoria "
    "viktor vincent viola vladimir walter wanda wang wei werner will william wojciech wolfgang yannick yasmin yuki "
    "yusuf yves zoe zofia анна дмитрий елена иван мария наталья ольга сергей"
)
_FIRST_NAMES = frozenset(map(plain, _NAMES.split()))


def are_people(names: Collection[str], *, numbers: bool) -> bool:
    """Tell whether some names, of folders or words in files' names, can only be those of people.

    Parameters
    ----------
    names : collection of str
        At least two different ones.
    numbers : bool
        Whether numbers may be people: folders 0011 and 0012, and never words in names of files.

    Examples
    --------
    >>> are_people(["actor_1", "actor_2"], numbers=True), are_people(["anna", "ben"], numbers=True)
    (True, True)
    >>> are_people(["rater1", "rater2"], numbers=True), are_people(["close", "far"], numbers=True)
    (False, False)
    """
    if all(_NUMBER.fullmatch(name) for name in names):
        values = [int(name) for name in names]
        alike = len({len(name) for name in names}) == 1
        years = all(1900 <= value < 2100 for value in values)
        steps = all(value % 5 == 0 for value in values)  # distances, angles, levels of noise
        return numbers and alike and not years and not steps
    if all(_ROLE.fullmatch(name) or (_CODE.fullmatch(name) and not _OTHER.fullmatch(name)) for name in names):
        return True
    first = [re.split(r"[\W\d_]+", name)[0] for name in names]
    return all(first) and 2 * sum(plain(word) in _FIRST_NAMES for word in first) > len(first)
