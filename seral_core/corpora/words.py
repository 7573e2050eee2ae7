"""Words for emotions, sexes and splits as corpora write them, in the usual languages, and the field's noun for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

#: For each noun that SERAL uses, the words and codes that corpora use: English, German, French, Italian, Spanish and
#: Portuguese, Turkish, Polish, Dutch, Russian, Persian, Arabic, Chinese, Japanese and Korean. Accents do not matter.
WORDS = {
    "anger": "angry ang mad furious fury rage wut wütend wuetend ärger aerger ärgerlich aergerlich zorn zornig colère "
    "en_colère fâché rabbia arrabbiato arrabbiata enojo enojado enojada enfado enfadado enfadada ira rabia cólera "
    "raiva zangado zangada öfke öfkeli kızgın kızgınlık sinirli złość gniew zły boos boosheid "
    "гнев злость злой gnev zlost خشم عصبانی عصبانیت khashm asabani غضب غاضب ghadab "
    "愤怒 憤怒 生气 生氣 shengqi fennu 怒り 怒 분노",
    "happiness": "happy hap joy joyful freude fröhlich froehlich freudig glück glücklich gluecklich joie joyeux "
    "joyeuse heureux heureuse gioia felice felicità allegria alegría alegre felicidad feliz felicidade contento "
    "contenta mutlu mutluluk neşe radość szczęście wesoły blij vrolijk радость счастье radost schastye "
    "شادی خوشحال shadi khoshhal سعادة فرح سعيد farah saada 高兴 高興 快乐 快樂 开心 開心 gaoxing kuaile kaixin "
    "喜び 嬉しい 행복 기쁨",
    "sadness": "sad trauer traurig traurigkeit tristesse triste tristezza tristeza üzgün üzüntü smutek smutny "
    "verdriet verdrietig грусть печаль грустный grust pechal غم غمگین ناراحت gham ghamgin narahat حزن حزين huzn "
    "悲伤 悲傷 伤心 傷心 难过 難過 beishang shangxin nanguo 悲しみ 悲しい 슬픔",
    "fear": "fearful fea afraid scared anxiety anxious angst ängstlich aengstlich furcht peur paura miedo medo temor "
    "korku strach страх strakh ترس tars خوف khawf 恐惧 恐懼 害怕 kongju haipa 恐れ 恐怖 공포 두려움",
    "disgust": "disgusted dis ekel dégoût disgusto disgustato disgustata asco nojo repulsa iğrenme tiksinti wstręt "
    "obrzydzenie walging отвращение otvraschenie otvrashchenie نفرت انزجار nafrat اشمئزاز 厌恶 厭惡 yanwu 嫌悪 혐오",
    "surprise": "surprised sur pleasant_surprise pleasant_surprised pleasantly_surprised ps überraschung ueberraschung "
    "überrascht ueberrascht surpris sorpresa sorpreso sorprendido sorprendida surpresa surpreso şaşkın şaşkınlık "
    "zaskoczenie zaskoczony verrassing verrast удивление udivlenie تعجب taajob مفاجأة دهشة "
    "惊讶 驚訝 吃惊 惊奇 惊喜 jingya chijing 驚き 놀람 놀라움",
    "neutral": "neu neutrality neutre neutrale neutro neutra nötr neutralny neutralność neutraal "
    "нейтрально нейтральный neitral neytral خنثی طبیعی khonsa محايد 中性 中立 zhongxing 平常 중립",
    "boredom": "bored langeweile gelangweilt ennui noia annoiato aburrimiento aburrido tedio tédio sıkılma "
    "znudzenie verveling скука skuka 无聊 wuliao 退屈 지루함",
    "calm": "calmness ruhig ruhe calme calma calmo tranquilo tranquila sakin spokój spokojny "
    "спокойствие spokojstvie 平静 pingjing",
    "excitement": "excited exc aufgeregt excité eccitato emoción emocionado",
    "frustration": "frustrated fru frustriert frustré frustrazione frustración frustração",
    "contempt": "contemptuous verachtung mépris disprezzo desprecio desprezo pogarda презрение",
    "amusement": "amused belustigt",
    "sleepiness": "sleepy",
    "enthusiasm": "enthusiastic begeisterung энтузиазм",
    "pride": "proud stolz fierté orgoglio orgullo orgulho",
    "relief": "relieved erleichterung soulagement sollievo alivio alívio",
    "shame": "ashamed scham honte vergogna vergüenza vergonha",
    "other": "oth sonstiges autre altro otro outro",
}

#: Letters for emotions, by the corpus that writes them; an X of MSP-Podcast says that raters did not agree.
LETTERS = {
    "MSP-Podcast": {
        "a": "anger", "s": "sadness", "h": "happiness", "u": "surprise", "f": "fear", "d": "disgust", "c": "contempt",
        "n": "neutral", "o": "other", "x": "",
    },
    "EmoDB": {
        "w": "anger", "l": "boredom", "e": "disgust", "a": "fear", "f": "happiness", "t": "sadness", "n": "neutral",
    },
}  # fmt: skip
#: Parts of a corpus as folders and columns call them.
SPLITS = {
    "train": "train", "training": "train", "dev": "dev", "devel": "dev", "development": "dev", "val": "dev",
    "valid": "dev", "validation": "dev", "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip
#: How corpora write the sex of a speaker.
SEXES = {
    word: sex
    for sex, words in {
        "male": "male m man men boy masculine masculino maschio uomo homme hombre homem mannlich maennlich mann herr "
        "erkek mezczyzna varon mand mies muz muzhskoj м муж мужской 男",
        "female": "female f w woman women girl feminine femenino femminile feminino donna femme mujer mulher weiblich "
        "frau kadin kobieta vrouw vrouwelijk kvinna kvinde kvinne nainen zena zhenskij ж жен женский 女",
    }.items()
    for word in words.split()
}
#: Letters that are a man and a woman where they stand together: hombre and mujer, uomo and donna, erkek and kadin.
#: Where they may be either, the name of the column says the language: varon and mujer, man and vrouw.
_PAIRS = (
    *(("h", "m", ""), ("h", "f", ""), ("u", "d", ""), ("e", "k", ""), ("m", "k", ""), ("m", "z", "")),
    *(("v", "m", "sexo genero"), ("m", "v", "geslacht kon")),
)
#: Letters for people who are neither.
_NEITHER = {"x", "o", "d"}
#: A run of letters, split where small letters are followed by a capital: AngryMale01 is Angry and Male.
_LETTERS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
_NO_MARKS = str.maketrans({"ł": "l", "ı": "i", "ø": "o"})
_MOST = 3
#: Words that say that what follows is not there.
_NOT = ("not", "no", "non", "kein", "keine", "nicht", "sans", "pas", "sin", "senza", "sem", "without", "bez", "ohne")


def plain(text: str) -> str:
    """Return a text in small letters without accents, with _ for blanks and hyphens.

    Examples
    --------
    >>> plain("Colère"), plain("Pleasant surprise"), plain("Kızgın")
    ('colere', 'pleasant_surprise', 'kizgin')
    """
    parts = unicodedata.normalize("NFKD", text.strip()).casefold()
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return re.sub(r"[\s\-]+", "_", bare.translate(_NO_MARKS))


_PLAIN = {plain(word): noun for noun, words in WORDS.items() for word in (noun, *words.split())}
#: The noun of each word, in small letters; the nouns themselves are left out.
NOUNS = {word.lower(): noun for noun, words in WORDS.items() for word in words.split()}


def noun(name: str) -> str:
    """Return the field's noun for a class name, whatever the corpus calls it.

    Examples
    --------
    >>> noun("Angry"), noun("FEARFUL"), noun("Colère"), noun("boredom"), noun("whispered")
    ('anger', 'fear', 'anger', 'boredom', 'whispered')
    """
    return noun_of(str(name)) or str(name).strip().lower().replace(" ", "_")


@lru_cache(maxsize=10_000)
def noun_of(word: str) -> str | None:
    """Return the noun of a word for an emotion; None for any other word.

    Examples
    --------
    >>> noun_of("Trauer"), noun_of("生气"), noun_of("whispered")
    ('sadness', 'anger', None)
    """
    return _PLAIN.get(plain(word))


@lru_cache(maxsize=100_000)
def emotions_in(name: str) -> tuple[tuple[str, str], ...]:
    """Return the emotions that the words of a folder's or file's name say: each word, and its noun.

    Parameters
    ----------
    name : str
        One part of a path, without the ending. Words end where no letter is, and before a capital.

    Examples
    --------
    >>> emotions_in("OAF_Pleasant_surprise"), emotions_in("AngryMale01"), emotions_in("not_angry_01")
    ((('Pleasant_surprise', 'surprise'),), (('Angry', 'anger'),), ())
    """
    words = [part for letters in _LETTERS.findall(unicodedata.normalize("NFC", name)) for part in _HUMP.split(letters)]
    found, at = [], 0
    while at < len(words):
        if plain(words[at]) in _NOT:  # not_angry is no anger
            at += 2
            continue
        for size in range(min(_MOST, len(words) - at), 0, -1):
            phrase = "_".join(words[at : at + size])
            if (what := noun_of(phrase)) is not None:
                found.append((phrase, what))
                break
        else:
            size = 1
        at += size
    return tuple(found)


def sexes(names: Iterable[str | None], column: str = "") -> tuple[list[str | None], tuple[str, ...]]:
    """Return ``female`` or ``male`` for what a column calls the sexes; other words as they are, in small letters.

    Parameters
    ----------
    names : iterable of str
        As written.
    column : str
        What the column is called: its language tells letters apart that are a man in one and a woman in another.

    Returns
    -------
    sexes : list of str
    notes : tuple of str
        How single letters were read that are no m and f, and which could not be.

    Examples
    --------
    >>> sexes(["F", "Male", "other", None])[0], sexes(["H", "M"])[0]
    (['female', 'male', 'other', None], ['male', 'female'])
    >>> sexes(["V", "M"], "sexo")[0], sexes(["V", "M"], "geslacht")[0], sexes(["V", "M"], "sex")[0]
    (['male', 'female'], ['female', 'male'], ['v', 'm'])
    """
    words = [name if name is None else plain(name) for name in names]
    here = set(words) - {None}
    pairs = [(man, woman, called.split()) for man, woman, called in _PAIRS if {man, woman} in (here, here - _NEITHER)]
    meant = [(man, woman) for man, woman, called in pairs if not called or plain(column) in called]
    known, note = SEXES, ""
    if meant:
        man, woman = meant[0]
        known = SEXES | {man: "male", woman: "female"}
        note = f"in {column or 'the column of sexes'}, {man} is read as male and {woman} as female"
    elif pairs or (here - _NEITHER == {"m"} and plain(column) in ("sexo", "genero")):
        known = {word: sex for word, sex in SEXES.items() if word not in here}
    unread = sorted(word for word in here if word is not None and len(word) == 1 and word not in {*known, *_NEITHER})
    if unread:
        note = f"sexes {', '.join(unread)} are kept as they are written, for they may be either; write female and male"
    return [None if word is None else known.get(word, word) for word in words], (note,) if note else ()
