"""What a run says in a few sentences, made from its numbers."""

from __future__ import annotations

from territory.report import change_facts, changes, facts
from territory.report.data import Figure, RunData, figure, in_language, label
from territory.report.words import Words

# What each kind of result is made from.
RESTS_ON = {
    "near": ("population", "positions", "roads"),
    "needs": ("population", "rates"),
    "unmet": ("rates", "workload_minutes", "posts", "beds"),
    "travel": ("positions", "roads", "posts"),
    "waits": ("rates", "workload_minutes", "posts", "beds"),
}
_WEAK = 0.5
_MOST_WEAK = 3


def told_share(run: RunData) -> Figure:
    """Return the unmet share of the region: the indicator, else unmet over demand."""
    told = figure(run, "unmet_share")
    demand = float(run.tables["demand"]["acts_per_year"].sum())
    if told.known or demand <= 0:
        return told
    return Figure(float(run.tables["unmet"]["acts_per_year"].sum()) / demand)


def told_travel(run: RunData) -> Figure:
    """Return the mean one-way minutes of the region: the indicator, else the mean of the visits."""
    told = figure(run, "travel_minutes_mean")
    visits = run.tables["visits"]
    acts = float(visits["acts_per_year"].sum())
    if told.known or acts <= 0:
        return told
    return Figure(float((visits["acts_per_year"] * visits["minutes"]).sum()) / acts)


def sentences(run: RunData, words: Words) -> list[str]:
    """Return what this run says."""
    told = [_need(run, words), _unmet(run, words), _travel(run, words), _staff(run, words), _short(run, words)]
    told += [_waits(run, words), *changes.open_aims(run, words), weakness(run, words)]
    return [sentence for sentence in told if sentence]


def reliance(run: RunData, words: Words) -> list[dict[str, str]]:
    """Return, for each kind of result, the inputs it rests on with the share of each that is estimated."""
    estimated = {row["input"]: float(row.get("estimated") or 0.0) for row in run.manifest.get("provenance", [])}
    told = []
    for result, inputs in RESTS_ON.items():
        parts = [
            words("share_of", what=words.named("input", name), share=words.share(estimated[name], 0))
            for name in inputs
            if name in estimated
        ]
        if parts:
            told.append({"result": words.named("result", result), "inputs": words("comma").join(parts)})
    return told


def weakness(run: RunData, words: Words) -> str:
    """Return the sentence on the inputs that rest mostly on estimates."""
    weak = [row for row in run.manifest.get("provenance", []) if float(row.get("estimated") or 0.0) > _WEAK]
    weak = sorted(weak, key=lambda row: (-float(row["estimated"]), str(row["input"])))[:_MOST_WEAK]
    if not run.manifest.get("provenance"):
        return ""
    if not weak:
        return words("say_strong")
    names = [
        words("share_of", what=words.named("input", row["input"]), share=words.share(float(row["estimated"]), 0))
        for row in weak
    ]
    return words("say_weak", inputs=words("comma").join(names))


def _need(run: RunData, words: Words) -> str:
    zones = run.tables["zones"]
    return words(
        "say_need",
        people=words.whole(float(zones["population_persons"].sum())),
        zones=words.whole(len(zones)),
        territory=in_language(run.manifest.get("territory", {}).get("name"), words.lang),
        demand=words.whole(float(run.tables["demand"]["acts_per_year"].sum())),
    )


def _unmet(run: RunData, words: Words) -> str:
    share = told_share(run)
    if not share.known:
        return ""
    if share.value <= 0:
        return words("say_all_served")
    acts = float(run.tables["unmet"]["acts_per_year"].sum())
    sentence = words("say_unmet", share=words.share(share.value), acts=words.whole(acts))
    provinces = facts.province_facts(run).dropna(subset="unmet_share")
    activities = facts.activity_facts(run)
    if len(provinces) < 2 or activities.empty:  # noqa: PLR2004
        return sentence
    worst, first = provinces.sort_values("unmet_share", ascending=False).iloc[0], activities.iloc[0]
    where = words(
        "say_unmet_where",
        province=label(run, "provinces", str(worst["province"]), words.lang),
        share=words.share(worst["unmet_share"]),
        activity=label(run, "activities", str(first["activity"]), words.lang),
        acts=words.whole(first["unmet"]),
    )
    return f"{sentence} {where}"


def _travel(run: RunData, words: Words) -> str:
    travel, within = told_travel(run), figure(run, "people_within_30_minutes_hospital")
    if not travel.known:
        return ""
    sentence = words("say_travel", minutes=words.show(travel.value, "minutes"))
    return f"{sentence} {words('say_within', share=words.share(within.value))}" if within.known else sentence


def _staff(run: RunData, words: Words) -> str:
    staff = facts.staff_facts(run).dropna(subset="workload")
    if staff.empty:
        return ""
    first = staff.iloc[0]
    return words(
        "say_staff",
        group=label(run, "staff_groups", str(first["staff_group"]), words.lang),
        share=words.share(first["workload"]),
        facilities=words.whole(first["at_limit"]),
    )


def _short(run: RunData, words: Words) -> str:
    """Return how the posts stand to the posts that the workload requires, and which group is shortest."""
    groups = change_facts.need_by_group(run).dropna(subset="ratio_after")
    if groups.empty:
        return ""
    missing = float(groups["missing_fte"].sum())
    if not missing > 0:
        return words("say_enough_staff")
    first = groups.iloc[0]
    return words(
        "say_short",
        posts=words.whole(missing),
        required=words.whole(float(groups["required_fte"].sum())),
        group=label(run, "staff_groups", str(first["staff_group"]), words.lang),
        ratio=words.share(first["ratio_after"], 0),
    )


def _waits(run: RunData, words: Words) -> str:
    parts = []
    for indicator, kind in (
        ("wait_minutes_walk_in", "wait"),
        ("wait_days_appointment", "days"),
        ("share_turned_away", "share"),
    ):
        told = figure(run, indicator)
        if told.known:
            interval = words.interval(told, kind)
            value = words.show(told.value, kind) + (f" ({interval})" if interval else "")
            parts.append(words.named("say_wait", indicator).format(value=value))
    return words("say_waits", parts=words("comma").join(parts)) if parts else ""
