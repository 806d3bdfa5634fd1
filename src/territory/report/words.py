"""Words in French, English and Arabic, and numbers written as each language writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml

from territory.report.data import Figure

LANGUAGES = ("fr", "en", "ar")
_HOUR_FROM_MINUTES = 90.0
_MINUTES_PER_DAY = 24 * 60.0
_DAY_FROM_MINUTES = 1.5 * _MINUTES_PER_DAY
_SMALLEST_SHARE = 0.0005
_TENS = 10.0
_HUNDRED = 100.0
_MILLION = 1e6
_IN_MILLIONS = 2e6  # from here on every language writes millions in the plural
_SIGNED = {"change": "whole", "change_fte": "number"}  # kinds that carry their sign, and how they are written
# Without it a right-to-left line puts the sign of a number on its wrong side.
_LEFT_TO_RIGHT = "\u200e"


@dataclass(frozen=True)
class Words:
    """The catalogue in one language: `texts` by key, and `families` of names for ids that a run may hold."""

    lang: str
    texts: Mapping[str, str]
    families: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **values: str) -> str:
        """Return the text of a key with its places filled.

        Raises
        ------
        KeyError
            When the catalogue has no such key, or a place stays open.
        """
        text = self.texts[key]
        return text.format(**values) if values else text

    def named(self, family: str, word: str) -> str:
        """Return the name of an id within a family, or the id itself when the catalogue does not know it."""
        return self.families[family].get(word, word)

    @property
    def direction(self) -> str:
        """Writing direction of the language, as HTML names it."""
        return "rtl" if self.lang == "ar" else "ltr"

    def whole(self, value: float) -> str:
        """Write a number without decimals."""
        return self.number(value, 0)

    def number(self, value: float, digits: int = 1) -> str:
        """Write a number with so many decimals."""
        if value is None or math.isnan(value):
            return self("missing")
        text = f"{abs(value):,.{digits}f}"
        negative = value < 0 and any(mark not in "0,." for mark in text)
        text = text.replace(",", "\0").replace(".", self("decimal_mark")).replace("\0", self("group_mark"))
        return self._signed("\u2212", text) if negative else text

    def count(self, noun: str, value: float, digits: int = 0) -> str:
        """Write a number of things, with the form of the noun that this number asks for; whole numbers as such.

        Forms stand one after the other, parted by ``|``: one and many; in Arabic one, two, few, many and other
        (Unicode CLDR, plural rules).
        """
        forms, told = self.named("counted", noun).split("|"), round(float(value), digits)
        number = self.number(told, 0 if told.is_integer() else digits)
        return forms[_plural_form(self.lang, told, len(forms))].format(n=number)

    def money(self, value: float) -> str:
        """Write a sum of dirhams, in millions where it is large."""
        if math.isnan(value):
            return self("missing")
        if abs(value) >= _IN_MILLIONS:
            return self("in_millions", number=self.number(value / _MILLION))
        return self("in_mad", number=self.number(value, 0 if abs(value) >= _HUNDRED else 1))

    def relative(self, change: float) -> str:
        """Write a change as per cent of what was before, with its sign."""
        text = self.share(abs(change))
        if not any(mark in text for mark in "123456789"):
            return text
        return self._signed("\u2212" if change < 0 else "+", text)

    def difference(self, value: float, kind: str) -> str:
        """Write a difference with its sign; shares differ in percentage points."""
        if math.isnan(value):
            return self("missing")
        text = self("points", number=self.number(abs(value) * 100)) if kind == "share" else self.show(abs(value), kind)
        if not any(mark in text for mark in "123456789"):
            return text
        return self._signed("\u2212" if value < 0 else "+", text)

    def share(self, value: float, digits: int = 1) -> str:
        """Write a share of one as per cent; a share too small to be seen is not told as nothing."""
        if value is None or math.isnan(value):
            return self("missing")
        if 0 < value < _SMALLEST_SHARE:
            return "< " + self("per_cent", number=self.number(0.1))
        return self("per_cent", number=self.number(value * 100, digits))

    def wait(self, minutes: float, like: float | None = None) -> str:
        """Write a wait in minutes, hours or days, in the unit that suits it or a wait it is `like`."""
        size = abs(minutes if like is None else like)
        if math.isnan(minutes):
            return self("missing")
        if size >= _DAY_FROM_MINUTES:
            return self("in_days", number=self.number(minutes / _MINUTES_PER_DAY))
        if size >= _HOUR_FROM_MINUTES:
            return self("in_hours", number=self.number(minutes / 60))
        return self("in_minutes", number=self.number(minutes, 0 if size >= _TENS else 1))

    def show(self, value: float, kind: str) -> str:
        """Write a value of a column kind."""
        if kind == "minutes":
            return self("missing") if math.isnan(value) else self("in_minutes", number=self.number(value))
        if kind == "days":
            return self.wait(value * _MINUTES_PER_DAY)
        if kind in _SIGNED:
            return self.difference(value, _SIGNED[kind])
        writers: Mapping[str, Callable[[float], str]] = {"share": self.share, "wait": self.wait, "money": self.money}
        if kind in writers:
            return writers[kind](value)
        return self.number(value, {"whole": 0, "number": 1, "fine": 3, "signed": 3}[kind])

    def interval(self, shown: Figure, kind: str) -> str:
        """Write the 95 % interval of a figure; empty when there is none. No figure of a run can be below nothing."""
        if not shown.has_interval:
            return ""
        low, high = shown.low if kind == "signed" else max(shown.low, 0.0), shown.high
        if kind in {"wait", "days"}:
            factor = _MINUTES_PER_DAY if kind == "days" else 1.0
            ends = [self.wait(end * factor, shown.value * factor) for end in (low, high)]
        else:
            ends = [self.show(end, kind) for end in (low, high)]
        return self("interval", low=ends[0], high=ends[1])

    def _signed(self, sign: str, text: str) -> str:
        return f"{_LEFT_TO_RIGHT if self.lang == 'ar' else ''}{sign}{text}"


def _plural_form(lang: str, value: float, forms: int) -> int:
    """Return which form of a noun a number takes, the first being 0."""
    if forms == 1:
        return 0
    if lang != "ar":
        single = value == 1 if lang == "en" else abs(value) < 2  # noqa: PLR2004
        return 0 if single else 1
    if value in {1, 2}:
        return int(value) - 1
    tens = int(value) % 100
    if value != int(value) or tens < 3:  # noqa: PLR2004
        return 4
    return 2 if tens <= 10 else 3  # noqa: PLR2004


def read_words(lang: str) -> Words:
    """Read the catalogue in one language.

    Raises
    ------
    ValueError
        When the language is none of `LANGUAGES`.
    """
    if lang not in LANGUAGES:
        msg = f"no report in language '{lang}'; there is {', '.join(LANGUAGES)}"
        raise ValueError(msg)
    content = yaml.safe_load((files("territory.report") / "words" / f"{lang}.yaml").read_text(encoding="utf-8"))
    return Words(lang, content["texts"], content["families"])


def territory_notes() -> dict[str, dict[str, str]]:
    """Return what each key and each column of a territory's files holds, by language: French and English."""
    told = [read_words(lang) for lang in ("fr", "en")]
    keys = {f"head.{key}": {words.lang: words.named("head", key) for words in told} for key in told[0].families["head"]}
    columns = {name: {words.lang: words.named("column", name) for words in told} for name in told[0].families["column"]}
    return columns | keys
