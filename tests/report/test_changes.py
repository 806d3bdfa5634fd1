"""What changed and what it cost: a sentence for each lever, with the numbers of the tables, in three languages."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from report.conftest import TRAVEL, UNMET, with_tables

from territory.report import LANGUAGES, RunData, changes, story, write_page
from territory.report.assumptions import assumptions
from territory.report.prices import price_sentences
from territory.report.words import read_words

# `~` stands for a space that does not break; an indented line goes on with the one above
ENGLISH = """\
The scenario builds 1 facility (Bir <script>alert(1)</script> & Fils), with 60 beds, for MAD~190.0 million:
    paid once, outside the running cost.
The plan moves 1 post from one facility to another: Doctor (1.0). These moves cost MAD~5,000, once.
The plan shares 0.4 posts between sites, that is 2 days of visits a week at 1 site: Doctor (0.4).
The plan recruits 0.5 posts: Doctor (0.5). The plan fills 1.5 posts where it is hard to staff; incentives cost
    MAD~15,000 a year.
The plan reckons with 0.1 posts that departures leave vacant: nurse (0.1).
The plan leaves 1 post of closed facilities unfilled: Doctor (1.0).
The plan closes 1 facility: Dispensaire Ain. The plan opens 1 activity at places where this was not possible before:
    Centre =1+1 (Visit). The plan closes 1 activity: CHP Ghassani (Stay).
The plan pools support functions: Laboratory (1 site). This work, which 2 facilities would do apart for
    MAD~1,600,000 a year, then costs MAD~1,000,000, that is -MAD~600,000 (-37.5%).
The plan gives 200 acts a year at a distance, at 1 site: Visit (200). Newly connected sites cost MAD~20,000 a year.
The plan sends 1 mobile unit on tour, 4 days a week over 2 communes: 120 acts a year, for MAD~300,000 a year.
The plan buys 40 acts a year from 1 facility of the private sector, for MAD~250,000 a year: Stay (40). That is 25.0%
    of the budget for contracts.
The plan counts on 130 hours a year above the norm, for MAD~20,000 a year.
Openings and closings cost MAD~50,000, once.
The running cost may not pass MAD~10.0 million a year; the plan uses 47.8% of it. Facilities with a budget of
    their own: 2; budgets used to the end: 0.
"""


def expected() -> list[str]:
    text = ENGLISH.replace("\n    ", " ").replace("~", "\u00a0")
    return text.replace("-MAD", "\u2212MAD").replace("(-", "(\u2212").splitlines()


def test_each_lever_used_has_its_sentence(full_run: RunData) -> None:
    assert changes.sentences(full_run, read_words("en")) == expected()


def test_the_cost_is_told_with_its_main_lines(full_run: RunData) -> None:
    # before 2.4 + 0.6 + 1.6 million; after 2.16 + 0.96 + 1 million and 660 000 of the smaller lines; 10 010 acts
    assert changes.cost_sentence(full_run, read_words("en")) == (
        "The running cost goes from MAD\u00a04.6 million to MAD\u00a04.8 million a year, that is +MAD\u00a0180,000 "
        "(+3.9%). What changes most: Support functions (\u2212MAD\u00a0600,000), Mobile units (+MAD\u00a0300,000), "
        "Contracts with the private sector (+MAD\u00a0250,000). That is MAD\u00a0478 for each act served."
    )


def test_nothing_changed_is_said(empty_run: RunData) -> None:
    assert changes.sentences(empty_run, read_words("en")) == [
        "The plan changes nothing: every facility keeps its posts and its activities."
    ]
    assert changes.cost_sentence(empty_run, read_words("en")) == ""


def test_a_lever_that_is_allowed_but_not_used_is_named(full_run: RunData) -> None:
    still = with_tables(full_run, moves=[], rounds=[], support=[], visits=[])
    told = changes.sentences(still, read_words("en"))
    (unused,) = [sentence for sentence in told if sentence.startswith("Allowed by the scenario, but not used")]
    assert unused.endswith(
        ": mobility of staff, shared posts, recruitment, pooled support functions, telemedicine, mobile units, "
        "contracts with the private sector."
    )


def test_telemedicine_that_only_mobile_units_use_is_used(full_run: RunData) -> None:
    aboard = full_run.tables["visits"]
    aboard = aboard[aboard["mode"] != "telemedicine"]
    told = changes.sentences(replace(full_run, tables={**full_run.tables, "visits": aboard}), read_words("en"))
    assert not any("not used" in sentence for sentence in told)


def test_the_budget_of_a_facility_is_told_when_it_is_used(full_run: RunData) -> None:
    costs = [("pay", "F-1", 2_400_000.0, 4_000_000.0)]
    told = changes.sentences(with_tables(full_run, costs=costs), read_words("en"))
    assert told[-1].endswith("Facilities with a budget of their own: 2; budgets used to the end: 1.")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_holds_the_section_in_its_language(full_run: RunData, tmp_path: Path, lang: str) -> None:
    words = read_words(lang)
    write_page(full_run, tmp_path / "report.html", lang)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Bir &lt;script&gt;" in text
    assert "<script>alert" not in text
    text = html.unescape(text[text.index('<section id="changes"') :])
    assert words("part_changes") in text
    for title in ("costs_title", "activity_changes_title", "support_title", "rounds_title", "need_title"):
        assert words(title) in text
    assert len(changes.sentences(full_run, words)) == len(expected())
    text = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"\{[a-z_]*\}|\bnan\b|<NA>", text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_lever_is_among_the_assumptions(full_run: RunData, lang: str) -> None:
    told = assumptions(full_run, read_words(lang))
    off = replace(full_run, manifest={**full_run.manifest, "scenario": {"allocation": {}}})
    parts = {"fr": " ; ", "en": "; ", "ar": "\u061b "}[lang]
    assert len(told.split(parts)) == 22
    assert len(assumptions(off, read_words(lang)).split(parts)) == 2
    assert "nan" not in told


def test_assumptions_carry_their_numbers(full_run: RunData) -> None:
    told = assumptions(full_run, read_words("en"))
    for part in (
        "1 facility built",
        "15 beds added",
        "up to 20% of a group may change facility within its basin",
        "posts shared between sites within 45 minutes (Doctor)",
        "recruitment up to MAD\u00a03.0 million a year",
        "an incentive of MAD\u00a030,000 a year",
        "departures (nurse (5%))",
        "hours above the norm up to 10% of working time, paid up to 1.25 times the hour",
        "running cost of MAD\u00a010.0 million a year at most",
        "at most 10.0% of need unmet in every commune",
        "no act left unmet for: Stay",
        "aims weighed into one sum",
    ):
        assert part in told


def test_an_aim_that_is_not_proven_is_told_with_its_gap(run: RunData) -> None:
    aims = [
        {"name": "Unmet_Need", "unit": UNMET, "value": 250.0, "proven": False, "gap": 0.0123},
        {"name": "Running_Cost", "unit": "MAD a year", "value": 1e6, "proven": False, "gap": 2e-6},
        {"name": "Travel_Minutes", "unit": TRAVEL, "value": 1e6, "proven": False, "gap": None},
        {"name": "Disruption", "unit": "x", "value": 0.0, "proven": True, "gap": 0.0},
    ]
    told = story.sentences(replace(run, manifest={**run.manifest, "aims": aims}), read_words("en"))
    assert "The aim “Unmet need, weighted” is not proven best: a better plan may lie up to 1.23% below it." in told
    assert "The aim “Running cost” is not proven best: a better plan may lie up to 0.01% below it." in told
    assert any(sentence.startswith("The aim “Travel time” is not proven best: the solver stopped") for sentence in told)
    assert not any("Disruption" in sentence for sentence in told)


def test_prices_say_the_activity_and_how_far_they_hold(run: RunData) -> None:
    post, bed, travel = price_sentences(run, read_words("en"))
    assert post == (
        "Centre =1+1, one more post (Doctor): 640 acts a year more of “Visit” (701 when weighted by severity)."
    )
    assert bed == (
        "CHP Ghassani, one more bed: 31 more acts a year, weighted by severity. "
        "Each further one brings as much, up to 4.0 in all."
    )
    assert travel == "CHP Ghassani, one more post (Doctor): at most 1,500 hours of travel less a year."


def test_prices_of_budgets_and_of_nearness(run: RunData) -> None:
    budget = ("Contract_Budget", "region", "million MAD a year", 9.0, UNMET, 0.0, None, None, None, "told")
    small = ("Bed_Days", "F-1", "bed", 0.2, UNMET, 1.0, 0.2, None, None, "told")
    post = ("Staff_Hours", "F-2, doctor", "full-time post", 130_000.0, TRAVEL, 0.5, 120_000.0, "visit", 30.0, "told")
    like = ("Staff_Hours", "F-1, doctor", "full-time post", 130_000.0, TRAVEL, 0.0, None, None, None, "told")
    changed = with_tables(run, shadow_prices=[budget, small, post, like])
    served, nearer = price_sentences(changed, read_words("en"))
    assert served == "One million dirhams a year more for contracts: at most 9 more acts a year, weighted by severity."
    assert nearer == (
        "Centre =1+1, one more post (Doctor): 2,000 hours of travel less a year, and 30 acts more of “Visit” within "
        "60 minutes. Other places where the gain may be as large: 1."
    )


def test_the_staff_sentence_counts_missing_posts_where_they_miss(run: RunData) -> None:
    # 0.5 doctors and 2 nurses are missing; the 3 doctors to spare elsewhere do not make up for them
    told = story.sentences(run, read_words("en"))
    assert any("2 posts (FTE) are missing, of 13 that the workload requires" in sentence for sentence in told)
    assert any("the shortest staff group is “nurse”, with 50%" in sentence for sentence in told)
