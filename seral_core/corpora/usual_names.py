"""How people call the columns of their tables: files, speakers, raters, emotions, scales, and what only describes."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from seral_core.corpora.words import plain

#: How people name the columns of each role, and of targets and descriptions; upper case, blanks and marks make no
#: difference.
_WRITTEN = {
    "file": "file filename filepath path wav wavfile wavname wavpath audio audiofile audiopath audiofilepath "
    "audiofilename recording recordingname clip clipname sound soundfile datei dateiname fichier archivo arquivo "
    "plik soubor bestand dosya fil tiedosto файл "
    "name utterance utteranceid utt uttid uttname segmentid sampleid clipid fileid songid trackid id",
    "start": "start starttime starts begin begintime onset offset "
    "tmin xmin timestart tstart segmentstart segmentbegin von anfang beginn startzeit debut inicio inizio from",
    "end": "end endtime ends stop stoptime tmax xmax timeend tend segmentend segmentstop bis "
    "ende endzeit fin to offset",
    "duration": "duration dur length lengths durations laenge lange duree duracion "
    "segmentduration segmentlength durata",
    "channel": "channel channelid chan ch audiochannel kanal canal side seite",
    "speaker": "speaker speakerid speakername spk spkid spkr spkrid actor actorid subject subjectid participant "
    "participantid talker talkerid sprecher sprecherid sprecherin locuteur locutrice hablante falante parlante mowca "
    "mluvci spreker talare taler puhuja konusmaci aktor vpn vp proband диктор",
    "session": "session sessionid sess sitzung",
    "sex": "sex gender geschlecht sexe sexo sesso genero genere geslacht cinsiyet plec pohlavi sukupuoli kon пол "
    "speakersex speakergender spkrgender",
    "split": "split splitset partition subset datasplit set",
    "rater": "rater raterid annotator annotatorid worker workerid labeler labeller listener listenerid evaluator "
    "evaluatorid judge coder coderid assessor rateur bewerter horer hoerer zuhorer oceniajacy evaluador valutatore",
    "target": "target",
    "value": "value",
    # The first of these is what a table is about, wherever it stands.
    "emotion": "emotion emotions emo emoclass emotionlabel emotionlabels emotionclass emotionname emotionid "
    "emotioncode emotioncategory primaryemotion majoremotion categoricalemotion gefuhl gefuehl emozione emocion "
    "emocao emocja emoce emotie duygu kansla folelse tunne эмоция "
    "label labels labelid class classid category classe klasse sentiment polarity target",
    "dimension": "arousal valence dominance activation act val dom power potency control pleasure expectation "
    "expectancy intensity erregung valenz dominanz aktivierung aktivitat erregtheit valenza valencia attivazione "
    "activacion ativacao pobudzenie walencja uyarilma dominanza dominancia tension evaluation likability interest",
    # Never learned unless somebody asks.
    "description": "age alter edad eta transcript transcription transcripts text texts sentence sentences statement "
    "utterance words caption comment comments note notes remark remarks bemerkung kommentar date datum time timestamp "
    "created createdat updatedat language lang accent dialect country nationality native corpus dataset database "
    "source samplerate samplingrate sr rate bitdepth channels size md5 hash take repetition version scene episode "
    "season turn no nr num number row index idx id uuid sno srno serial unnamed url link device microphone room "
    "recordingdate birthday email phone education height weight ethnicity race license licence leadtime annotationid",
}
USUAL = {role: tuple(names.split()) for role, names in _WRITTEN.items()}
#: Speakers in one study, listeners in another: the rows tell.
PEOPLE = ("user", "userid", "username", "participant", "participantid", "subject", "subjectid", "vp", "vpn", "proband")
#: Words in the names of answers, of which only ``other`` may be whose they are: what a program guessed, what a speaker
#: was asked to show, and which answer it is.
_WORDS = {
    "predicted": "pred preds predicted prediction predictions model output guess hypothesis hyp estimated",
    "intended": "intended intention acted prompt prompted instructed requested elicited target",
    "which": "true truth gt gold ground groundtruth actual real reference ref final consensus majority agreed mean avg "
    "average median mode agg aggregated max min sum range mid perceived heard felt self own induced reported observed "
    "other primary secondary major minor main second third alternative alt face facial voice vocal audio video visual "
    "text speech multimodal before after pre post start end begin raw norm normalized normalised scaled z zscore conf "
    "confidence prob probability score certainty code coded id name num word words label type time duration count "
    "level intensity strength",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}
#: What MSP-Podcast calls its targets.
MSP = {"emoact": "arousal", "emoval": "valence", "emodom": "dominance", "emoclass": "emotion"}
#: The range of its scales.
MSP_RANGE = (1.0, 7.0)
#: Names of answers, those first that may hold others.
_ANSWERS = sorted({*USUAL["emotion"], *USUAL["dimension"]}, key=lambda name: (-len(name), name))


@lru_cache(maxsize=100_000)
def squashed(name: str) -> str:
    """Return a column's name in small letters, without blanks and marks.

    Examples
    --------
    >>> squashed("Split_Set"), squashed("Gefühl"), squashed("start (ms)"), squashed("Płeć")
    ('splitset', 'gefuhl', 'startms', 'plec')
    """
    return "".join(letter for letter in plain(name) if letter.isalnum())


def is_emotion(name: str) -> bool:
    """Tell whether a column is called emotion, label or the like.

    Examples
    --------
    >>> is_emotion("Emotion_ID"), is_emotion("arousal")
    (True, False)
    """
    return squashed(name) in USUAL["emotion"]


def is_dimension(name: str) -> bool:
    """Tell whether a column is called as an emotion scale is.

    Examples
    --------
    >>> is_dimension("mean_arousal"), is_dimension("Act"), is_dimension("emotion")
    (True, True, False)
    """
    words = re.split(r"[\W_]+", name.lower())
    return squashed(name) in USUAL["dimension"] or any(word in USUAL["dimension"] for word in words if len(word) > 4)


def of_what(name: str) -> tuple[str, str]:
    """Return the emotion or the scale that a column's name says, and the rest of it.

    Examples
    --------
    >>> of_what("emotion (Anna)"), of_what("arousal2"), of_what("anna"), of_what("predictedlabel")
    (('emotion', 'anna'), ('arousal', '2'), ('', 'anna'), ('label', 'predicted'))
    """
    words = "_".join(map(squashed, filter(None, re.split(r"[\W_]+", name))))
    for known in _ANSWERS:
        within = re.fullmatch(rf"(|.*_){known}(_.*|\d*)" if len(known) < 5 else rf"(.*){known}(.*)", words)
        if within is not None:
            return known, re.sub(r"_+", "_", "_".join(within.groups())).strip("_")
    return "", words


def kind_of(name: str) -> str:
    """Return whether an answer is ``predicted``, ``intended``, or which one it is; empty where its name says no such.

    Examples
    --------
    >>> kind_of("true_label"), kind_of("predictedlabel"), kind_of("intended emotion"), kind_of("emotion (Anna)")
    ('which', 'predicted', 'intended', '')
    """
    kinds = [_KINDS[word] for word in of_what(name)[1].split("_") if word in _KINDS]
    return kinds[0] if kinds else ""


def names_recordings(columns: Collection[str]) -> bool:
    """Tell whether one of some columns is called so that it can only name recordings.

    Examples
    --------
    >>> names_recordings(["FileName", "id"]), names_recordings(["id", "name"])
    (True, False)
    """
    sure = USUAL["file"][: USUAL["file"].index("clip")]
    return any(squashed(column) in sure for column in columns)
