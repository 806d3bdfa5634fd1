"""The theory against itself: published numbers, special cases, and the same answer by another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import poisson
from simulation import theory

# County Hospital emergency room, three classes (Hillier and Lieberman, chapter on queueing theory)
HOSPITAL = [0.2, 0.6, 1.2]
HOSPITAL_SERVICE = 3.0


@pytest.mark.parametrize(("servers", "load"), [(1, 0.0101), (5, 1.361), (10, 4.461), (20, 12.03)])
def test_one_call_in_a_hundred_is_lost_as_in_the_tables_of_erlang(servers: int, load: float) -> None:
    assert theory.erlang_b(servers, load) == pytest.approx(0.01, rel=1e-3)


def test_waiting_of_textbooks() -> None:
    assert theory.erlang_c(2, 1.2) == pytest.approx(2 * 0.6**2 / 1.6)
    assert theory.erlang_c(10, 8) == pytest.approx(0.409, abs=5e-4)
    assert theory.mmc_mean_wait(2, 3, 2) == pytest.approx(1 / 24)  # the County Hospital with two doctors
    assert theory.mmc_mean_wait(48, 1, 50) * 60 == pytest.approx(20.8, abs=0.05)  # Garnett et al. (2002), seconds


def test_the_mean_wait_is_the_area_under_the_chance_to_wait_longer() -> None:
    times = np.linspace(0, 40, 40_001)
    area = np.trapezoid([theory.mmc_wait_beyond(2.4, 1, 3, t) for t in times], times)
    assert area == pytest.approx(theory.mmc_mean_wait(2.4, 1, 3), rel=1e-6)
    assert theory.mmc_wait_beyond(2.4, 1, 3, 0) == pytest.approx(theory.erlang_c(3, 2.4))


def test_a_queue_without_end_waits_for_ever() -> None:
    assert theory.erlang_c(2, 2) == 1
    assert theory.mmc_wait_beyond(2.5, 1, 2, 9) == 1
    waits = [
        theory.mmc_mean_wait(2, 1, 2),
        theory.erlang_a(2, 1, 2, 0)[1],
        theory.mmc_balking(4, 1, 2, [1, 0.5])[1],
        theory.mg1_mean_wait(1, 1, 0),
        theory.mdc_mean_wait(2, 1, 2),
        theory.gim1_mean_wait(lambda s: 1 / (1 + s), 0.9),
        theory.batch_mm1_mean_wait(0.5, [2], [1], 1),
    ]
    assert waits == [math.inf] * len(waits)


def test_a_full_system_turns_away() -> None:
    assert theory.mmck(3, 1, 4, 4)[0] == pytest.approx(theory.erlang_b(4, 3))
    assert theory.mmck(3, 1, 4, 4)[1] == 0
    blocking, wait, present = theory.mmck(1, 1 / 6, 3, 7)  # the inspection station of Gross and Harris, chapter 2
    assert (60 * blocking, present, wait + 6) == pytest.approx((30.3, 6.06, 12.24), abs=5e-3, rel=1e-3)
    _, wait, present = theory.mmck(2, 1, 3, 400)
    assert (wait, present) == pytest.approx((theory.mmc_mean_wait(2, 1, 3), 2 * theory.mmc_mean_wait(2, 1, 3) + 2))


def test_impatience() -> None:
    abandoning, wait, _ = theory.erlang_a(48, 1, 50, 0.5)  # the call centre of Garnett et al. (2002), minutes
    assert (abandoning, 60 * wait) == pytest.approx((0.031, 3.7), abs=0.01, rel=0.005)
    # Who leaves the queue as fast as he would be served makes M/M/infinity.
    queue = poisson.expect(lambda n: np.maximum(n - 4, 0), args=(6,))
    assert theory.erlang_a(6, 1, 4, 1) == pytest.approx((queue / 6, queue / 6, queue))
    # Hardly any impatience: Erlang C, or what the servers cannot do.
    assert theory.erlang_a(2.4, 1, 3, 1e-7)[1] == pytest.approx(theory.mmc_mean_wait(2.4, 1, 3), rel=1e-4)
    assert theory.erlang_a(2.4, 1, 3, 0)[:2] == (0, theory.mmc_mean_wait(2.4, 1, 3))
    assert theory.erlang_a(4, 1, 3, 1e-4)[0] == pytest.approx(theory.erlang_a(4, 1, 3, 0)[0]) == 0.25


def test_balking() -> None:
    assert theory.mmc_balking(3, 1, 2, [1, 0]) == pytest.approx(theory.mmck(3, 1, 2, 3)[:2])
    assert theory.mmc_balking(1.5, 1, 2, [1]) == pytest.approx((0, theory.mmc_mean_wait(1.5, 1, 2)), abs=1e-12)
    assert theory.mmc_balking(4, 1, 2, [1, 0.5])[0] == 0.5
    # One server, joining 1/(waiting + 2): the number in the system is Poisson (Haight 1957).
    share, wait = theory.mmc_balking(2, 1, 1, [1 / (waiting + 2) for waiting in range(60)])
    joined = 1 - math.exp(-2)
    assert (share, wait) == pytest.approx((1 - joined / 2, (2 - joined) / joined))


def test_one_server() -> None:
    assert theory.mg1_mean_wait(0.8, 1, 1) == pytest.approx(theory.mmc_mean_wait(0.8, 1, 1))
    assert theory.mg1_mean_wait(0.8, 1, 0) == pytest.approx(theory.mmc_mean_wait(0.8, 1, 1) / 2)


@pytest.mark.parametrize("use", [0.3, 0.8, 0.95])
def test_constant_service_of_one_server_is_that_of_pollaczek_and_khinchine(use: float) -> None:
    assert theory.mdc_mean_wait(use / 7, 7, 1) == pytest.approx(theory.mg1_mean_wait(use / 7, 7, 0))


@pytest.mark.parametrize(("servers", "use"), [(2, 0.5), (3, 0.8), (10, 0.9)])
def test_constant_service_is_the_chain_of_the_number_in_system_a_service_later(servers: int, use: float) -> None:
    load, size = servers * use, 200
    # All in service now are gone one service later, and all who come in the meantime are still there.
    after = np.maximum(np.arange(size) - servers, 0)
    matrix = poisson.pmf(np.arange(size) - after[:, None], load)
    balance = matrix.T - np.eye(size)
    balance[0] = 1  # the chances add up to one; any one line of the balance follows from the others
    chance = np.linalg.solve(balance, np.eye(size)[0])
    assert theory.mdc_mean_wait(use / 5, 5 * servers, servers) == pytest.approx(5 * servers * chance @ after / load)


def test_other_arrivals() -> None:
    assert theory.gim1_mean_wait(lambda s: 0.8 / (0.8 + s), 1) == pytest.approx(theory.mmc_mean_wait(0.8, 1, 1))
    # Arrivals of a clock at half the service rate: sigma = 0.2032 (Gross and Harris, chapter 5).
    assert theory.gim1_mean_wait(lambda s: math.exp(-2 * s), 1) == pytest.approx(0.2032 / 0.7968, rel=1e-3)
    # Every second one of a Poisson stream: sigma solves a cubic, which has the root one too.
    sigma = ((1 + 2 * 1.5) - math.sqrt(1 + 4 * 1.5)) / 2
    assert theory.gim1_mean_wait(lambda s: (1.5 / (1.5 + s)) ** 2, 1) == pytest.approx(sigma / (1 - sigma))


def test_batches() -> None:
    assert theory.batch_mm1_mean_wait(0.8, [1], [3], 1) == pytest.approx(theory.mmc_mean_wait(0.8, 1, 1))
    # A batch is one customer of M/G/1 whose service is the sum; its members wait for those before them too.
    sizes, shares, rate, service = np.array([1, 4]), np.array([0.75, 0.25]), 0.4, 1.25
    mean, square = sizes @ shares, sizes**2 @ shares
    second_moment = (mean + square) / service**2
    first = theory.mg1_mean_wait(rate, mean / service, second_moment / (mean / service) ** 2 - 1)
    before = (square / mean - 1) / 2 / service
    assert theory.batch_mm1_mean_wait(rate, sizes, 8 * shares, service) == pytest.approx(first + before)


def test_priorities_of_the_county_hospital() -> None:
    waits = theory.priority_mmc_waits(HOSPITAL, HOSPITAL_SERVICE, 2)
    assert waits == pytest.approx([0.029, 0.033, 0.048], abs=5e-4)
    waits = theory.preemptive_mmc_waits(HOSPITAL, HOSPITAL_SERVICE, 2)
    assert waits == pytest.approx([0.00037, 0.00793, 0.06542], abs=1e-5)
    waits = theory.preemptive_mmc_waits(HOSPITAL, HOSPITAL_SERVICE, 1)
    assert waits == pytest.approx([0.024, 0.154, 1.033], rel=0.01)


@pytest.mark.parametrize("waits", [theory.priority_mmc_waits, theory.preemptive_mmc_waits])
def test_priorities_change_who_waits_and_not_how_much_is_waited(waits) -> None:
    first_come = theory.mmc_mean_wait(2.4, 1, 3)
    assert waits([2.4], 1, 3) == pytest.approx([first_come])
    shares = np.array([0.5, 0.7, 1.2])
    assert shares @ waits(shares, 1, 3) == pytest.approx(2.4 * first_come)


def test_priorities_of_one_server_keep_the_law_of_conservation() -> None:
    arrivals, means, squares = np.array([0.2, 0.3, 0.1]), np.array([1, 0.5, 2]), np.array([2, 0.3, 4])
    waits = theory.priority_mg1_waits(arrivals, means, squares)
    uses = arrivals * means
    assert uses @ waits == pytest.approx(uses.sum() * (arrivals @ squares / 2) / (1 - uses.sum()))
    assert theory.priority_mg1_waits([0.6], [1], [1.5]) == pytest.approx([theory.mg1_mean_wait(0.6, 1, 0.5)])


def test_both_ways_to_one_exponential_server_agree() -> None:
    means, squares = [1 / 3] * 3, [2 / 9] * 3
    assert theory.priority_mg1_waits(HOSPITAL, means, squares) == pytest.approx(
        theory.priority_mmc_waits(HOSPITAL, HOSPITAL_SERVICE, 1)
    )
    sojourns = np.array(theory.preemptive_mg1_sojourns(HOSPITAL, means, squares))
    assert sojourns - 1 / 3 == pytest.approx(theory.preemptive_mmc_waits(HOSPITAL, HOSPITAL_SERVICE, 1))


def test_only_the_low_wait_for_ever() -> None:
    # The server always has a low one at hand: the high one meets the rest of a service, and waits for its own kind.
    waits = theory.priority_mg1_waits([0.5, 5], [1, 1], [2, 2])
    assert waits == [1 / (1 - 0.5), math.inf]
    assert theory.priority_mmc_waits([0.5, 5], 1, 1) == waits
    assert theory.preemptive_mmc_waits([0.5, 5, 1], 1, 1) == [pytest.approx(1), math.inf, math.inf]
    assert theory.preemptive_mg1_sojourns([0.5, 5, 1], [1] * 3, [2] * 3) == [2, math.inf, math.inf]


def test_networks() -> None:
    # Half of those served once come again; of the others half go on to the second node.
    rates, waits = theory.jackson([1, 0.5], [3, 1], [1, 2], [[0.5, 0.25], [0, 0]])
    assert rates == pytest.approx([2, 1])
    assert waits == pytest.approx([theory.mmc_mean_wait(2, 3, 1), theory.mmc_mean_wait(1, 1, 2)])


TIMES = np.array([0.0, 0.5, 2.0, 7.3, 20.0])


def wave(t: float) -> float:
    return 4 + 3 * math.sin(0.9 * t)


def crowd(times: np.ndarray, start: float) -> np.ndarray:
    """Mean of M(t)/M/infinity with the arrivals of `wave` and service at rate one (Eick, Massey and Whitt 1993)."""

    def lasting(t: np.ndarray | float) -> np.ndarray:
        return 4 + 3 / (1 + 0.9**2) * (np.sin(0.9 * t) - 0.9 * np.cos(0.9 * t))

    return lasting(times) + (start - lasting(0)) * np.exp(-times)


@pytest.mark.parametrize("many", [theory.mt_m_c, theory.mt_m_c_finish])
def test_arrivals_in_waves_meet_servers_for_all(many) -> None:
    assert theory.mt_m_infinity(wave, 1, TIMES, 2) == pytest.approx(crowd(TIMES, 2), rel=1e-6)
    assert many(wave, lambda t: 30, 1, TIMES, 30, 2) == pytest.approx(crowd(TIMES, 2), rel=1e-5)


@pytest.mark.parametrize("many", [theory.mt_m_c, theory.mt_m_c_finish])
def test_a_steady_day_ends_at_erlang_c(many) -> None:
    present = many(lambda t: 2.1, lambda t: 5 if t < 3 else 3, 1, [200.0, 0.0], 80, 4)
    assert present == pytest.approx([2.1 + 2.1 * theory.mmc_mean_wait(2.1, 1, 3), 4], rel=1e-4)


def left_of(rates: list[float], time: float) -> np.ndarray:
    """Chances that so many of the completions are done by `time`, one after the other at `rates`."""
    steps = np.diag([*(-rate for rate in rates), 0.0]) + np.diag(rates, 1)
    return expm(time * steps)[0]


def test_leaving_servers_finish_or_break_off() -> None:
    # Nobody comes any more. Three present, two servers, of whom one leaves at 0.4 and one comes back at 1.
    def servers(t: float) -> int:
        return 1 if 0.4 <= t < 1 else 2

    at_leaving, later = left_of([2, 2, 1], 0.4), [0.4, 0.7, 1.0]
    finish, breaks = (
        many(lambda t: 0, servers, 1, [*later, 1.5], 5, 3) for many in (theory.mt_m_c_finish, theory.mt_m_c)
    )
    for present, rates_of in ((finish, {3: [2, 1, 1], 2: [2, 1], 1: [1]}), (breaks, {3: [1] * 3, 2: [1] * 2, 1: [1]})):
        left = np.zeros((len(later), 4))
        for number, rates in rates_of.items():
            for row, time in enumerate(later):
                left[row, number::-1] += at_leaving[3 - number] * left_of(rates, time - 0.4)
        assert present[:3] == pytest.approx(left @ np.arange(4), rel=1e-5)
        # Whoever waits then starts at once.
        after = sum(left[-1, n] * left_of([2] * (n - 1) + [1], 0.5) @ np.arange(n, -1, -1) for n in (1, 2, 3))
        assert present[3] == pytest.approx(after, rel=1e-5)


def test_nobody_starts_on_a_leaving_server() -> None:
    # Servers leave for good: those in service end, those who wait stay.
    present = theory.mt_m_c_finish(lambda t: 0, lambda t: 2 * (t < 1e-6), 1, [0.0, 3.0], 9, 5)
    assert present == pytest.approx([5, 3 + 2 * math.exp(-3)], rel=1e-5)


def test_too_short_a_chain_is_told() -> None:
    with pytest.raises(ValueError, match="take a larger one"):
        theory.mt_m_c(lambda t: 2, lambda t: 1, 1, [30.0], 20)
    with pytest.raises(ValueError, match="take a larger one"):
        theory.mt_m_c(lambda t: 2, lambda t: 9, 1, [30.0], 20, 21)
