"""People of a plan checked again: who left, joined, came, shared a post or lost it."""

from __future__ import annotations

import pytest

from allocation.recheck import ABS, Checked, at_most, same, sums


def recheck_people(checked: Checked) -> None:
    conserved(checked)
    moved(checked)
    shared(checked)
    recruited(checked)
    closed_places(checked)
    changes(checked)


def conserved(checked: Checked) -> None:
    """Posts after = before - departed - left - unfilled - lent + joined + recruited + lent to it, post by post."""
    posts = sums()
    posts.update(checked.world.posts)
    for row in checked.moves("moved", "shared", "recruited", "departed", "unfilled"):
        assert row.fte > 0
        if row.kind in {"moved", "shared", "departed", "unfilled"}:
            posts[row.from_facility_id, row.staff_group] -= row.fte
        if row.kind in {"moved", "shared", "recruited"}:
            posts[row.to_facility_id, row.staff_group] += row.fte
    after = checked.after()
    for key in set(posts) | set(after):
        assert after.get(key, 0.0) == pytest.approx(posts[key], abs=1e-5)
    departed = {(row.from_facility_id, row.staff_group): row.fte for row in checked.moves("departed")}
    for (place, group), fte in checked.world.posts.items():
        assert departed.get((place, group), 0.0) == same(fte - checked.remaining(place, group))


def moved(checked: Checked) -> None:
    """People move inside their basin, no more of a group than its share unless the place closes, nobody to itself."""
    mobility, left, gone = checked.options.mobility, sums(), set(checked.closed())
    for row in checked.moves("moved"):
        assert mobility.within not in {"none", "facility"}
        assert not mobility.groups or row.staff_group in mobility.groups
        assert checked.basin(row.from_facility_id) == checked.basin(row.to_facility_id)
        assert row.from_facility_id != row.to_facility_id
        left[row.from_facility_id, row.staff_group] += row.fte
    for (place, group), fte in left.items():
        share = 1.0 if place in gone else mobility.largest_shares.get(group, mobility.largest_share)
        assert at_most(fte, share * checked.remaining(place, group))


def shared(checked: Checked) -> None:
    """Visit-days are whole parts of a post, near enough, at sites that may be visited, and not too many of a group."""
    posts, lent = checked.options.shared_posts, sums()
    for row in checked.moves("shared"):
        parts = row.fte / posts.smallest_fraction
        assert parts == pytest.approx(round(parts), abs=1e-6)
        assert row.staff_group in posts.groups
        assert row.to_facility_id in posts.sites or checked.level(row.to_facility_id) in posts.site_levels
        assert checked.way(row.from_facility_id, row.to_facility_id) <= posts.within_minutes
        assert row.from_facility_id != row.to_facility_id
        lent[row.from_facility_id, row.staff_group] += row.fte
    for key, fte in lent.items():
        assert at_most(fte, posts.largest_share * checked.remaining(*key))


def recruited(checked: Checked) -> None:
    """Recruits keep to the budget with their incentives, to the candidates of their group, and to where they may go."""
    recruitment, spent, of_group = checked.options.recruitment, 0.0, sums()
    incentive = recruitment.hard_to_staff.incentive_mad_per_year if recruitment.hard_to_staff else None
    for row in checked.moves("moved", "recruited"):
        assert incentive is not None or not checked.hard(row.to_facility_id, row.staff_group)
    for row in checked.moves("recruited"):
        extra = (incentive or 0.0) if checked.hard(row.to_facility_id, row.staff_group) else 0.0
        spent += row.fte * (checked.pay(row.staff_group) + extra)
        of_group[row.staff_group] += row.fte
    assert at_most(spent, recruitment.budget_mad_per_year)
    for group, fte in of_group.items():
        assert not recruitment.largest_posts or at_most(fte, recruitment.largest_posts[group])


def closed_places(checked: Checked) -> None:
    """Nobody is at a closed place, comes to it or is lent by it; only there are posts left unfilled."""
    gone, after = set(checked.closed()), checked.after()
    assert all(fte <= ABS for (place, _), fte in after.items() if place in gone)
    assert not {row.to_facility_id for row in checked.moves("moved", "recruited", "shared")} & gone
    assert not {row.from_facility_id for row in checked.moves("shared")} & gone
    assert {row.from_facility_id for row in checked.moves("unfilled")} <= gone


def changes(checked: Checked) -> None:
    """Openings and closings keep to their number and budget; what is to be kept stays open."""
    transfer, gone = checked.options.activity_transfer, set(checked.closed())
    opened, closed = changed(checked)
    places = len(gone & set(transfer.facilities))
    count = len(opened) + len(closed) + places
    assert transfer.most_changes is None or count <= transfer.most_changes
    spent = transfer.opening_cost_mad * len(opened) + transfer.closing_cost_mad * (len(closed) + places)
    assert transfer.budget_mad is None or at_most(spent, transfer.budget_mad)
    assert spent <= checked.line("transitions") + ABS
    after = checked.plan.activities.set_index(["facility_id", "activity"])["open_after"]
    for place, names in transfer.keep.items():
        stated = set(checked.options.closures.activities.get(place, ()))
        for activity in set(names) - stated if place not in checked.options.closures.facilities else ():
            assert after[place, activity]


def changed(checked: Checked) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return activities given where nobody could give them today, and those closed that could be given today.

    Only of places that stay open: closing a place is one change.
    """
    transfer, gone, world = checked.options.activity_transfer, set(checked.closed()), checked.world
    opened, closed = set(), set()
    for row in checked.plan.activities[checked.plan.activities["activity"].isin(transfer.activities)].itertuples():
        key, stated = (row.facility_id, row.activity), checked.options.closures.activities
        if row.facility_id in gone or row.activity in stated.get(row.facility_id, ()):
            continue
        works = all((row.facility_id, group) in world.posts for group in world.activities[row.activity][0])
        if not works and checked.acts[key] > ABS:
            opened.add(key)
        if works and not row.open_after:
            closed.add(key)
    return opened, closed
