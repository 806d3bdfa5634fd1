"""What changed and what it cost: a sentence for each lever that the plan uses, then the running cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from territory.report import change_facts
from territory.report.data import RunData, figure, label
from territory.report.words import Words

_MOST_GROUPS = 3
_MOST_PLACES = 4
_LEAST = 0.05  # posts, hours and acts below this are not told
_LEAST_GAP = 1e-4
_TIGHT = 0.999
_NO_BASINS = {"none", "facility"}


def sentences(run: RunData, words: Words) -> list[str]:
    """Return what the plan changes, lever by lever, and which levers it leaves unused."""
    told = {
        "mobility": [_moved(run, words)],
        "shared_posts": [_shared(run, words)],
        "recruitment": [_recruited(run, words), _hard(run, words)],
        "departures": [_left(run, words, "departed")],
        "closures": [_left(run, words, "unfilled")],
        "activity_transfer": [_shut(run, words), *(_activities(run, words, change) for change in ("opened", "closed"))],
        "pooled_functions": [_support(run, words)],
        "telemedicine": [_remote(run, words)],
        "mobile_units": [_mobile(run, words)],
        "contracting": [_contracted(run, words)],
        "overload": [_overload(run, words)],
    }
    found = [_built(run, words), *(" ".join(filter(None, parts)) for parts in told.values())]
    if not any(found):
        found.append(words("change_none"))
    unused = [name for name in told if not any(told[name]) and _is_on(name, change_facts.lever(run, name))]
    if "telemedicine" in unused and _answers_aboard(run):
        unused.remove("telemedicine")
    if unused:
        names = words("comma").join(words.named("lever", name) for name in unused)
        found.append(words("change_unused", levers=names))
    return [sentence for sentence in [*found, _transitions(run, words), _budgets(run, words)] if sentence]


def cost_sentence(run: RunData, words: Words) -> str:
    """Return the running cost before and in the plan, what changed most in it, and the cost of an act served."""
    lines = change_facts.cost_facts(run)
    if lines.empty:
        return ""
    before, after = float(lines["mad_before"].sum()), float(lines["mad_after"].sum())
    changed = change_facts.changed_lines(run)
    if changed.empty:
        told = [words("cost_same", after=words.money(after))]
    else:
        told = [
            words(
                "cost_change",
                before=words.money(before),
                after=words.money(after),
                difference=money_change(after - before, before, words),
            )
        ]
        parts = [
            words(
                "share_of",
                what=words.named("cost_line", row["line"]),
                share=words.difference(row["difference"], "money"),
            )
            for row in changed.head(_MOST_GROUPS).to_dict("records")
        ]
        told.append(words("cost_lines", lines=words("comma").join(parts)))
    served = float(run.tables["visits"]["acts_per_year"].sum())
    if served > 0:
        told.append(words("cost_per_act", cost=words.money(after / served)))
    return " ".join(told)


def open_aims(run: RunData, words: Words) -> list[str]:
    """Return, for each aim that is not proven best, how much better another plan may be."""
    told = []
    for aim in run.manifest.get("aims", []):
        if aim["proven"]:
            continue
        name, gap = words.named("aim", aim["name"]), aim.get("gap")
        if gap is None:
            told.append(words("open_aim_unknown", aim=name))
        else:
            told.append(words("open_aim", aim=name, gap=gap_told(float(gap), words)))
    return told


def gap_told(gap: float, words: Words) -> str:
    """Write a gap as per cent with two decimals, rounded so that it is never told as nothing."""
    return words("per_cent", number=words.number(max(gap, _LEAST_GAP) * 100, 2))


def money_change(difference: float, before: float, words: Words) -> str:
    """Write a difference of money with its sign and, where there was something before, as per cent of it."""
    told = words.difference(difference, "money")
    return words("change_of", what=told, share=words.relative(difference / before)) if before > 0 else told


def listed(names: Sequence[str], words: Words, of: int | None = None) -> str:
    """Return the first names and, where they are more in all, how many more there are."""
    shown = names[:_MOST_PLACES]
    more = (len(names) if of is None else of) - len(shown)
    told = words("comma").join(words("isolated", name=name) for name in shown)
    return words("and_more", names=told, count=words.whole(more)) if more > 0 else told


def _is_on(name: str, options: Mapping[str, Any]) -> bool:
    """Whether the scenario lets the plan use a lever; departures and closures are no choice of the plan."""
    if name == "mobility":
        return options.get("within", "none") not in _NO_BASINS
    if name == "contracting":
        return bool(options.get("activities")) and float(options.get("budget_mad_per_year") or 0.0) > 0
    keys = {
        "shared_posts": ("groups",),
        "recruitment": ("budget_mad_per_year",),
        "activity_transfer": ("activities", "facilities"),
        "pooled_functions": ("functions",),
        "telemedicine": ("activities",),
        "mobile_units": ("units",),
        "overload": ("steps",),
    }
    return any(options.get(key) for key in keys.get(name, ()))


def _answers_aboard(run: RunData) -> bool:
    """Whether mobile units give acts that a specialist may answer from afar."""
    remote = change_facts.lever(run, "telemedicine").get("activities", ())
    return bool(change_facts.acts_of_mode(run, "mobile")["activity"].isin(remote).any())


def _built(run: RunData, words: Words) -> str:
    found = change_facts.built(run)
    beds, cost = found["beds"] + found["added_beds"], words.money(found["cost_mad"])
    if found["names"]:
        facilities = words.count("facility", len(found["names"]))
        names, told = listed(found["names"], words), words.count("bed", beds)
        return words("change_built", facilities=facilities, names=names, beds=told, cost=cost)
    if beds > 0:
        return words("change_beds", beds=words.count("bed", beds), cost=cost)
    return words("change_works", cost=cost) if found["cost_mad"] > 0 else ""


def _groups(run: RunData, posts: pd.Series, words: Words) -> str:
    """Return the staff groups with most posts, each with how many."""
    told = [
        words("share_of", what=label(run, "staff_groups", str(group), words.lang), share=words.number(fte))
        for group, fte in posts.head(_MOST_GROUPS).items()
    ]
    return listed(told, words, of=len(posts))


def _moved(run: RunData, words: Words) -> str:
    posts = change_facts.posts_by_group(run, "moved")
    if posts.sum() < _LEAST:
        return ""
    told = words("change_moved", posts=words.count("post", posts.sum(), 1), groups=_groups(run, posts, words))
    cost = change_facts.line_cost(run, "moves")
    return f"{told} {words('change_moves_cost', cost=words.money(cost))}" if cost > 0 else told


def _shared(run: RunData, words: Words) -> str:
    posts = change_facts.posts_by_group(run, "shared")
    if posts.sum() < _LEAST:
        return ""
    moves = run.tables["moves"]
    sites = moves.loc[moves["kind"] == "shared", "to_facility_id"].nunique()
    return words(
        "change_shared",
        posts=words.count("post", posts.sum(), 1),
        days=words.count("day", float(posts.sum()) * change_facts.DAYS_PER_POST, 1),
        sites=words.count("site", sites),
        groups=_groups(run, posts, words),
    )


def _recruited(run: RunData, words: Words) -> str:
    posts = change_facts.posts_by_group(run, "recruited")
    if posts.sum() < _LEAST:
        return ""
    return words("change_recruited", posts=words.count("post", posts.sum(), 1), groups=_groups(run, posts, words))


def _hard(run: RunData, words: Words) -> str:
    posts, cost = change_facts.hard_posts(run), change_facts.line_cost(run, "incentives")
    if posts < _LEAST:
        return ""
    return words("change_hard", posts=words.count("post", posts, 1), cost=words.money(cost))


def _left(run: RunData, words: Words, kind: str) -> str:
    posts = change_facts.posts_by_group(run, kind)
    if posts.sum() < _LEAST:
        return ""
    key = {"departed": "change_departed", "unfilled": "change_unfilled"}[kind]
    return words(key, posts=words.count("post", posts.sum(), 1), groups=_groups(run, posts, words))


def _names(run: RunData) -> dict[str, str]:
    facilities = run.tables["facilities"]
    return dict(zip(facilities["facility_id"].astype(str), facilities["name"].astype(str), strict=True))


def _shut(run: RunData, words: Words) -> str:
    closed, names = change_facts.closed_facilities(run), _names(run)
    if not closed:
        return ""
    told = listed([names.get(facility, facility) for facility in closed], words)
    return words("change_shut", facilities=words.count("facility", len(closed)), names=told)


def _activities(run: RunData, words: Words, change: str) -> str:
    found = change_facts.activity_changes(run)
    found = found[found["change"] == change]
    if found.empty:
        return ""
    names = _names(run)
    places = [
        words(
            "share_of",
            what=names.get(str(row["facility_id"]), str(row["facility_id"])),
            share=label(run, "activities", str(row["activity"]), words.lang),
        )
        for row in found.head(_MOST_PLACES).to_dict("records")
    ]
    key = {"opened": "change_opened", "closed": "change_closed"}[change]
    told = listed(places, words, of=len(found))
    return words(key, activities=words.count("activity", len(found)), places=told)


def _transitions(run: RunData, words: Words) -> str:
    cost = change_facts.line_cost(run, "transitions")
    return words("change_transitions", cost=words.money(cost)) if cost > 0 else ""


def _support(run: RunData, words: Words) -> str:
    functions = change_facts.support_facts(run)
    if functions.empty:
        return ""
    costs = run.tables["costs"]
    costs = costs[costs["line"] == "support_functions"]
    before, after = float(costs["mad_before"].sum()), float(costs["mad_after"].sum())
    told = [
        words(
            "share_of",
            what=label(run, "support_functions", row["function"], words.lang),
            share=words.count("site", row["sites"]),
        )
        for row in functions.to_dict("records")
    ]
    return words(
        "change_support",
        functions=words("comma").join(told),
        facilities=words.count("facility", int((costs["mad_before"] > 0).sum())),
        before=words.money(before),
        after=words.money(after),
        difference=money_change(after - before, before, words),
    )


def _top_activities(run: RunData, visits: pd.DataFrame, words: Words) -> str:
    acts = visits.groupby("activity", observed=True)["acts_per_year"].sum().sort_values(ascending=False, kind="stable")
    told = [
        words("share_of", what=label(run, "activities", str(activity), words.lang), share=words.whole(number))
        for activity, number in acts.head(_MOST_GROUPS).items()
    ]
    return listed(told, words, of=len(acts))


def _remote(run: RunData, words: Words) -> str:
    visits = change_facts.acts_of_mode(run, "telemedicine")
    if visits.empty:
        return ""
    told = words(
        "change_remote",
        acts=words.count("act", visits["acts_per_year"].sum()),
        sites=words.count("site", visits["facility_id"].nunique()),
        activities=_top_activities(run, visits, words),
    )
    cost = change_facts.line_cost(run, "telemedicine")
    return f"{told} {words('change_kits', cost=words.money(cost))}" if cost > 0 else told


def _mobile(run: RunData, words: Words) -> str:
    rounds = run.tables["rounds"]
    if rounds.empty:
        return ""
    acts = change_facts.acts_of_mode(run, "mobile")["acts_per_year"].sum()
    return words(
        "change_mobile",
        units=words.count("mobile_unit", rounds["unit"].nunique()),
        days=words.count("day", int(rounds["days_per_week"].sum())),
        zones=words.count("zone", rounds["zone_id"].nunique()),
        acts=words.count("act", acts),
        cost=words.money(change_facts.line_cost(run, "mobile_units")),
    )


def _contracted(run: RunData, words: Words) -> str:
    visits = change_facts.acts_of_mode(run, "contracted")
    if visits.empty:
        return ""
    cost = change_facts.line_cost(run, "contracts")
    told = words(
        "change_contracted",
        acts=words.count("act", visits["acts_per_year"].sum()),
        facilities=words.count("facility", visits["facility_id"].nunique()),
        cost=words.money(cost),
        activities=_top_activities(run, visits, words),
    )
    budget = float(change_facts.lever(run, "contracting").get("budget_mad_per_year") or 0.0)
    return f"{told} {words('change_of_budget', share=words.share(cost / budget))}" if budget > 0 else told


def _overload(run: RunData, words: Words) -> str:
    hours = figure(run, "overload_hours").value
    if not hours > _LEAST:
        return ""
    cost = words.money(change_facts.line_cost(run, "overload"))
    return words("change_overload", hours=words.count("hour", hours), cost=cost)


def _budgets(run: RunData, words: Words) -> str:
    """Return how far the budgets of the running cost are used."""
    options, costs = change_facts.lever(run, "budgets"), run.tables["costs"]
    told = []
    budget = float(options.get("region_mad_per_year") or 0.0)
    if budget > 0:
        used = float(costs["mad_after"].sum()) / budget
        told.append(words("change_budget", budget=words.money(budget), share=words.share(used)))
    limits = options.get("facilities_mad_per_year") or {}
    if limits:
        spent = costs.groupby("where")["mad_after"].sum()
        tight = sum(float(spent.get(facility, 0.0)) >= _TIGHT * float(limit) for facility, limit in limits.items())
        told.append(words("change_facility_budgets", all=words.whole(len(limits)), tight=words.whole(tight)))
    return " ".join(told)
