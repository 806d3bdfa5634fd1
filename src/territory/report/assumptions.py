"""What a run supposed: the sectors, each lever that is on, budgets and limits, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from territory.report import change_facts
from territory.report.data import RunData, label
from territory.report.words import Words


def assumptions(run: RunData, words: Words) -> str:
    """Return the key assumptions of the scenario in one sentence; levers that are off are left out, but for three."""
    parts = [
        *_frame(run, words),
        *_staff(run, words),
        *_places(run, words),
        *_acts(run, words),
        *_limits(run, words),
    ]
    return words("assume", parts=words("semicolon").join(parts))


def _frame(run: RunData, words: Words) -> Iterable[str]:
    built = change_facts.built(run)
    if built["names"]:
        yield words("assume_built", facilities=words.count("facility", len(built["names"])))
    if built["added_beds"] > 0:
        yield words("assume_beds", beds=words.count("bed", built["added_beds"]))
    sectors = change_facts.allocation_options(run).get("sectors")
    if sectors:
        named = [words.named("sector", sector) for sector in sectors]
        yield words("assume_sectors", sectors=words("comma").join(named))
    if run.manifest.get("scenario", {}).get("network", {}).get("without_car"):
        yield words("assume_without_car")
    factor = float(run.manifest.get("scenario", {}).get("demand", {}).get("factor", 1.0))
    if factor != 1.0:
        yield words("assume_factor", factor=words.number(factor, 2))


def _staff(run: RunData, words: Words) -> Iterable[str]:
    mobility, shared = change_facts.lever(run, "mobility"), change_facts.lever(run, "shared_posts")
    if "within" in mobility:
        share = words.share(float(mobility.get("largest_share", 0.0)), 0)
        yield words.named("mobility", str(mobility["within"])).format(share=share)
    if shared.get("groups"):
        minutes = words.whole(float(shared.get("within_minutes", 0.0)))
        yield words("assume_shared", groups=_labels(run, "staff_groups", shared["groups"], words), minutes=minutes)
    recruitment = change_facts.lever(run, "recruitment")
    budget = float(recruitment.get("budget_mad_per_year") or 0.0)
    yield words("assume_budget", budget=words.money(budget)) if budget else words("assume_no_budget")
    hard = recruitment.get("hard_to_staff")
    if hard:
        incentive = hard.get("incentive_mad_per_year")
        yield words("assume_hard", cost=words.money(incentive)) if incentive is not None else words("assume_not_hard")
    shares = change_facts.lever(run, "departures").get("shares") or {}
    if shares:
        told = [
            words("share_of", what=label(run, "staff_groups", group, words.lang), share=words.share(float(share), 0))
            for group, share in shares.items()
        ]
        yield words("assume_departures", groups=words("comma").join(told))
    steps = change_facts.lever(run, "overload").get("steps") or ()
    if steps:
        share = words.share(sum(float(step["share"]) for step in steps), 0)
        yield words("assume_overload", share=share, price=words.number(max(float(step["price"]) for step in steps), 2))


def _places(run: RunData, words: Words) -> Iterable[str]:
    closures, transfer = change_facts.lever(run, "closures"), change_facts.lever(run, "activity_transfer")
    if closures.get("facilities"):
        yield words("assume_closed", facilities=words.count("facility", len(closures["facilities"])))
    if closures.get("activities"):
        count = sum(len(activities) for activities in closures["activities"].values())
        yield words("assume_closed_activities", activities=words.count("activity", count))
    if transfer.get("activities"):
        yield words("assume_transfer", activities=_labels(run, "activities", transfer["activities"], words))
    if transfer.get("facilities"):
        yield words("assume_may_close", facilities=words.count("facility", len(transfer["facilities"])))
    functions = change_facts.lever(run, "pooled_functions").get("functions")
    if functions:
        yield words("assume_pooled", functions=_labels(run, "support_functions", functions, words))


def _acts(run: RunData, words: Words) -> Iterable[str]:
    remote = change_facts.lever(run, "telemedicine").get("activities") or ()
    names = _labels(run, "activities", remote, words)
    yield words("assume_remote", activities=names) if names else words("assume_no_remote")
    units = change_facts.lever(run, "mobile_units").get("units") or {}
    if units:
        yield words("assume_mobile", units=words.count("mobile_unit", len(units)))
    contracts = change_facts.lever(run, "contracting")
    if contracts.get("activities"):
        yield words(
            "assume_contracts",
            activities=_labels(run, "activities", contracts["activities"], words),
            budget=words.money(float(contracts.get("budget_mad_per_year") or 0.0)),
        )


def _limits(run: RunData, words: Words) -> Iterable[str]:
    options, budgets = change_facts.allocation_options(run), change_facts.lever(run, "budgets")
    if "largest_workload" in options:
        yield words("assume_workload", share=words.share(float(options["largest_workload"]), 0))
    if budgets.get("region_mad_per_year") is not None:
        yield words("assume_region_budget", budget=words.money(float(budgets["region_mad_per_year"])))
    if budgets.get("facilities_mad_per_year"):
        count = words.count("facility", len(budgets["facilities_mad_per_year"]))
        yield words("assume_facility_budgets", facilities=count)
    equity = change_facts.lever(run, "equity")
    if equity.get("largest_unmet_share") is not None:
        share = words.share(float(equity["largest_unmet_share"]))
        yield words.named("equity", str(equity.get("of", "province"))).format(share=share)
    if equity.get("fully_served"):
        yield words("assume_served", activities=_labels(run, "activities", equity["fully_served"], words))
    if options.get("aim_weights"):
        yield words("assume_weights")


def _labels(run: RunData, family: str, ids: Iterable[str], words: Words) -> str:
    return words("comma").join(label(run, family, str(word), words.lang) for word in ids)
