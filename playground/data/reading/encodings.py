"""From a file's bytes to text: the encoding is judged by what it makes of the bytes, never by what merely decodes."""

from __future__ import annotations

import re

from playground.registry import InvalidValue

ENCODINGS = ("utf-8", "utf-16", "cp949", "cp932", "cp1252", "euc-jp", "gb18030", "big5", "cp1250", "cp1251")
"""What can be chosen. The first five are found without being asked for."""

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
KNOWN_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)
"""First bytes of files that are no text and have a name to call them by."""

JUDGED_CHARACTERS = 200_000
"""Characters beyond ASCII that decide on an encoding."""


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text and encoding of a file's bytes.

    Args:
        data: the file.
        encoding: one of ``ENCODINGS``; None finds UTF-8, UTF-16 and UTF-32 with and without mark, CP949, CP932
            (Shift-JIS) and CP1252.

    Raises:
        InvalidValue: for ``file`` where the bytes are no text or of no such encoding, for ``encoding`` where there
            is none of that name.
    """
    if encoding is not None:
        return _chosen(data, encoding)
    for start, name in KNOWN_FORMATS:
        if data.startswith(start):
            raise _known(name)
    if re.match(rb"\s*<(!doctype|html|\?xml)", data[:200], re.IGNORECASE):
        raise InvalidValue("file", "csv.html")
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _text(data, name) or _refuse()
    if b"\0" in data:
        return _text(data, _utf16_without_mark(data)) or _refuse()
    found = _text(data, "utf-8")
    if found:
        return found
    for name, plausible in (("cp949", _is_korean), ("cp932", _is_japanese), ("cp1252", _is_western)):
        found = _text(data, name)
        if found and plausible(_beyond_ascii(found[0])):
            return found
    return _refuse()


def _known(name: str) -> InvalidValue:
    if name == "xls":
        return InvalidValue("file", "csv.old_workbook")
    if name in ("gzip", "parquet"):
        return InvalidValue("file", "csv.compressed")
    return InvalidValue("file", "csv.binary")


def _refuse() -> tuple[str, str]:
    raise InvalidValue("file", "csv.encoding")


def _chosen(data: bytes, encoding: str) -> tuple[str, str]:
    if encoding not in ENCODINGS:
        listed = ", ".join(ENCODINGS)
        raise InvalidValue("encoding", "expected.choice", encoding, choices=listed)
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    found = _text(data, name)
    if found is None:
        raise InvalidValue("file", "csv.not_so", encoding=encoding.upper())
    return found[0], encoding


def _text(data: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
        raise InvalidValue("file", "csv.binary")
    return text, encoding


def _utf16_without_mark(data: bytes) -> str:
    """Separators and digits have a zero as their higher byte: in little-endian order the second of two."""
    sample = data[:100_000]
    return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"


def _beyond_ascii(text: str) -> str:
    return re.sub(r"[\x00-\x7f]+", " ", text)[:JUDGED_CHARACTERS]


FREQUENT = frozenset(
    "가각간감갑강같개거건것게격결경계고공과관광교구국군권귀그근금급기길김까나난날남내너네년노농높누늄는능니다단달당대더덕데도독동되된두드득든"
    "등따때라락란람량러런레려력련령로록론료류률르른를름리린림립마만말망매머면명모목무문물미민바박반받발방배백번법별병보복본봉부북분불비빈"
    "사산살삼상새색생서석선설성세센소속손솔송쇼수순술스습승시식신실심싸쌍아안않암압야약양어업없에여역연열영예오온올와외요용우운울원월위유육율"
    "으은을음응의이인일임입자작장재저적전절점정제조족종좋주준중즉증지직진질집차참창채처천철첫청체초총최추축출충치카커코크키타탄탈태터토통투트특"
    "파판팔패평포표품풍프피필하학한할함합항해행향허험현형호화환활황회효후휴흐희히고양개강포도군생"
)
"""Syllables that most Korean text is made of."""


def _is_korean(text: str) -> bool:
    """Frequent syllables, signs and Hanja.

    Shift-JIS comes out as rare syllables that only CP949 has, Chinese and EUC-JP as any of the 2,350, pairs of western
    letters as Hanja.
    """
    characters = text.replace(" ", "")
    hangul = re.findall("[가-힣]", characters)
    letters = sum(c.isalpha() for c in characters)
    if hangul:
        frequent = sum(syllable in FREQUENT for syllable in hangul)
        return frequent >= 0.45 * len(hangul) and 2 * len(hangul) >= letters
    return bool(characters) and not letters


def _is_japanese(text: str) -> bool:
    """Kana and everyday Kanji (the first level of JIS); western letters come out as rare Kanji or private signs."""
    everyday = rare = 0
    for c in text.replace(" ", ""):
        if "\ue000" <= c <= "\uf8ff":
            return False
        code = c.encode("cp932", "replace")
        if len(code) == 2 and code[0] <= 0x98:
            everyday += 1
        else:  # half-width Katakana and the second level
            rare += 1
    return everyday > 2 * rare


def _is_western(text: str) -> bool:
    """Accented letters stand among plain ones, signs alone; long runs of them are another alphabet read wrongly."""
    runs = text.split()
    crowded = sum(len(run) for run in runs if len(run) > 2)
    return crowded <= 0.2 * sum(len(run) for run in runs)
