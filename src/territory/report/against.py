"""What a run changed, brought and cost against another one, in a few sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from territory.report import change_facts, scores
from territory.report.changes import open_aims
from territory.report.data import RunData, figure
from territory.report.words import Words, read_words

# the indicators that tell what a plan does differently, in the order in which they are told
LEVERS = (
    "moved_fte",
    "shared_fte",
    "recruited_fte",
    "departed_fte",
    "unfilled_fte",
    "activities_opened",
    "activities_closed",
    "facilities_closed",
    "telemedicine_acts",
    "contracted_acts",
    "mobile_acts",
    "overload_hours",
    "support_sites",
)
_LEAST = {"number": 0.05, "whole": 0.5, "money": 0.5, "minutes": 0.05, "share": 0.0005}


def comparison_sentences(runs: Sequence[RunData], lang: str) -> list[tuple[str, list[str]]]:
    """Return, for each run after the first, its name and what it changed, brought and cost against the first.

    Raises
    ------
    ValueError
        When there is no report in that language.
    """
    words = read_words(lang)
    return [(str(run.manifest["name"]), against(runs[0], run, words)) for run in runs[1:]]


def against(first: RunData, run: RunData, words: Words) -> list[str]:
    """Return what a run changed against the first, what that brought and cost, and what is not sure about it."""
    told = [
        _changed(first, run, words),
        _brought(first, run, words),
        _price(first, run, words),
        _scope(first, run, words),
    ]
    told += [sentence for each in (first, run) for sentence in _unsure(each, words)]
    return [sentence for sentence in told if sentence]


def _difference(first: RunData, run: RunData, indicator: str) -> float:
    """Return the difference of one indicator of the region; NaN where a run does not hold it."""
    return figure(run, indicator).value - figure(first, indicator).value


def _cost(first: RunData, run: RunData) -> float:
    """Return how much dearer a run is than the first, MAD a year.

    It is taken from what each changes, not from what each costs: a run counts support functions only where it pools
    them, and private posts only where they take part, in the plan and before it alike.
    """
    return _difference(first, run, "running_cost_change")


def _changed(first: RunData, run: RunData, words: Words) -> str:
    parts = []
    for indicator in LEVERS:
        kind, difference = scores.kind_of(indicator), _difference(first, run, indicator)
        if abs(difference) >= _LEAST[kind]:
            name = scores.indicator_name(run, indicator, words)
            parts.append(words("amount", name=name, what=words.difference(difference, kind)))
    one, other = (change_facts.built(each) for each in (first, run))
    for key, kind, difference in (
        ("against_built", "whole", float(len(other["names"]) - len(one["names"]))),
        ("against_capital", "money", other["cost_mad"] - one["cost_mad"]),
    ):
        if abs(difference) >= _LEAST[kind]:
            parts.append(words("amount", name=words(key), what=words.difference(difference, kind)))
    if not parts:
        return words("against_nothing")
    return words("against_changed", parts=words("semicolon").join(parts))


def _brought(first: RunData, run: RunData, words: Words) -> str:
    """Return unmet acts, unmet need by severity, travel, the worst province and the running cost, each as a part."""
    parts = [
        _part(first, run, "unmet_acts", "unmet", words),
        _weighted(first, run, words),
        _part(first, run, "travel_minutes_mean", "travel", words),
        _part(first, run, "unmet_share_worst_province", "worst", words),
    ]
    cost = _cost(first, run)
    if abs(cost) >= _LEAST["money"]:
        key = "cost_more" if cost > 0 else "cost_less"
        start = figure(run, "running_cost_before").value + figure(first, "running_cost_change").value
        share = words.relative(cost / start)
        parts.append(words.named("against", key).format(value=words.money(abs(cost)), share=share))
    elif not math.isnan(cost):
        parts.append(words.named("against", "cost_same"))
    parts = [part for part in parts if part]
    return words("against_brought", parts=words("semicolon").join(parts)) if parts else ""


def _part(first: RunData, run: RunData, indicator: str, stem: str, words: Words) -> str:
    kind, difference = scores.kind_of(indicator), _difference(first, run, indicator)
    if not figure(run, indicator).known or not figure(first, indicator).known:
        return ""
    if abs(difference) < _LEAST[kind]:
        return words.named("against", f"{stem}_same")
    if kind == "share":
        value = words("points", number=words.number(abs(difference) * 100))
    else:
        value = words.count("act", abs(difference)) if kind == "whole" else words.show(abs(difference), kind)
    return words.named("against", f"{stem}_{'less' if difference < 0 else 'more'}").format(value=value)


def _weighted(first: RunData, run: RunData, words: Words) -> str:
    """Return how the unmet need weighted by severity changes: it may fall where the plain count rises."""
    values = []
    for each in (first, run):
        values += [float(aim["value"]) for aim in each.manifest.get("aims", []) if aim["name"] == "Unmet_Need"]
    if len(values) != 2 or not values[0] > 0:  # noqa: PLR2004
        return ""
    change = values[1] / values[0] - 1.0
    if abs(change) < _LEAST["share"]:
        return ""
    key = "weighted_less" if change < 0 else "weighted_more"
    return words.named("against", key).format(value=words.share(abs(change)))


def _price(first: RunData, run: RunData, words: Words) -> str:
    """Return what an act gained costs, or a warning where the two runs do not have the same needs."""
    needed = _difference(first, run, "needed_acts")
    if abs(needed) >= _LEAST["whole"]:
        return words("against_needs", difference=words.difference(needed, "whole"))
    gained, cost = -_difference(first, run, "unmet_acts"), _cost(first, run)
    if math.isnan(cost) or not gained >= _LEAST["whole"]:
        return ""
    told = [
        words("against_free") if cost < _LEAST["money"] else words("against_price", cost=words.money(cost / gained))
    ]
    if change_facts.built(run)["cost_mad"] > change_facts.built(first)["cost_mad"]:
        told.append(words("against_apart"))
    return " ".join(told)


def _scope(first: RunData, run: RunData, words: Words) -> str:
    """Return a warning where the two runs do not begin with the same costs."""
    starts = [figure(each, "running_cost_before").value for each in (first, run)]
    if not abs(starts[1] - starts[0]) >= _LEAST["money"]:
        return ""
    return words("against_scope", first=words.money(starts[0]), other=words.money(starts[1]))


def _unsure(run: RunData, words: Words) -> list[str]:
    name = str(run.manifest["name"])
    return [words("about", name=words("isolated", name=name), what=sentence) for sentence in open_aims(run, words)]
