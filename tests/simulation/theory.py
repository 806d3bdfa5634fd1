"""Exact answers of queueing theory, in any one unit of time; `arrival` and `service` are rates in that unit.

Loads may reach or pass the servers: classes and queues that then grow without end wait `inf`, the others do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import gammainc

_NEGLIGIBLE = 1e-18  # relative weight of the states that a truncated chain leaves out
_LARGEST_LOSS = 1e-5  # chance of the last state above which a truncated day is refused
_CELLS = 2000  # steps of the clock in which a change of the servers is looked for

_Law = Callable[[int, np.ndarray], tuple[np.ndarray, sparse.csr_array, sparse.csr_array]]


def erlang_b(servers: int, load: float) -> float:
    """Chance of being lost in M/M/c/c, recursion B(n) = aB(n-1) / (n + aB(n-1)) (Erlang 1917; Cooper 1981, ch. 3)."""
    blocking = 1.0
    for busy in range(1, servers + 1):
        blocking = load * blocking / (busy + load * blocking)
    return blocking


def erlang_c(servers: int, load: float) -> float:
    """Chance of waiting in M/M/c, C = B / (1 - a/c (1 - B)) (Erlang 1917; Cooper 1981, ch. 3)."""
    if load >= servers:
        return 1.0
    blocking = erlang_b(servers, load)
    return blocking / (1 - load / servers * (1 - blocking))


def mmc_mean_wait(arrival: float, service: float, servers: int) -> float:
    """Mean wait in queue of M/M/c, C / (c mu - lambda) (Gross and Harris 1998, ch. 2)."""
    spare = servers * service - arrival
    return erlang_c(servers, arrival / service) / spare if spare > 0 else math.inf


def mmc_wait_beyond(arrival: float, service: float, servers: int, t: float) -> float:
    """P(W > t) of M/M/c first come first served, C exp(-(c mu - lambda) t) (Gross and Harris 1998, ch. 2)."""
    spare = max(servers * service - arrival, 0.0)
    return erlang_c(servers, arrival / service) * math.exp(-spare * t)


def _birth_death(births: np.ndarray, deaths: np.ndarray) -> np.ndarray:
    """Stationary chances of states 0..n, p(n) = p(n-1) birth(n-1) / death(n) (Kleinrock 1975, ch. 3)."""
    with np.errstate(divide="ignore"):  # nobody comes: the states beyond have no chance
        logs = np.concatenate([[0.0], np.cumsum(np.log(births / deaths))])
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def mmck(arrival: float, service: float, servers: int, capacity: int) -> tuple[float, float, float]:
    """M/M/c/K: (p(K), mean wait of those let in by Little, mean in system) (Gross and Harris 1998, ch. 2)."""
    present = np.arange(capacity + 1)
    chance = _birth_death(np.full(capacity, arrival), service * np.minimum(present[1:], servers))
    waiting = chance @ np.maximum(present - servers, 0)
    return float(chance[-1]), float(waiting / (arrival * (1 - chance[-1]))), float(chance @ present)


def erlang_a(arrival: float, service: float, servers: int, patience_rate: float) -> tuple[float, float, float]:
    """M/M/c+M: (theta Lq / lambda, Lq / lambda, Lq) (Palm 1957; Garnett, Mandelbaum and Reiman 2002)."""
    full = servers * service
    if patience_rate == 0:
        wait = mmc_mean_wait(arrival, service, servers)
        return max(0.0, 1 - full / arrival) if math.isinf(wait) else 0.0, wait, arrival * wait
    # Beyond the level where deaths are twice the births the chances halve at each step; with spare servers they fall
    # everywhere by arrival / full at least.
    levels = max(0.0, (2 * arrival - full) / patience_rate) + math.log(_NEGLIGIBLE) / math.log(0.5)
    if arrival < full:
        levels = min(levels, math.log(_NEGLIGIBLE) / math.log(arrival / full))
    present = np.arange(servers + math.ceil(levels) + 1)
    waiting = np.maximum(present - servers, 0)
    deaths = service * np.minimum(present, servers) + patience_rate * waiting
    queue = float(_birth_death(np.full(len(present) - 1, arrival), deaths[1:]) @ waiting)
    return patience_rate * queue / arrival, queue / arrival, queue


def mmc_balking(arrival: float, service: float, servers: int, joins: Sequence[float]) -> tuple[float, float]:
    """M/M/c joined with chance joins[waiting] when all are busy: (share balking, mean wait of others) (Haight 1957)."""
    ratio = arrival * joins[-1] / (servers * service)
    if ratio >= 1:
        return 1 - joins[-1], math.inf
    tail = math.ceil(math.log(_NEGLIGIBLE) / math.log(ratio)) if ratio > 0 else 0
    present = np.arange(servers + len(joins) + tail + 1)
    waiting = np.maximum(present - servers, 0)
    join = np.where(present < servers, 1.0, np.asarray(joins, dtype=float)[np.minimum(waiting, len(joins) - 1)])
    chance = _birth_death(arrival * join[:-1], service * np.minimum(present[1:], servers))
    joined = float(chance @ join)
    return 1 - joined, float(chance @ waiting) / (arrival * joined)


def mg1_mean_wait(arrival: float, mean: float, squared_cv: float) -> float:
    """Mean wait of M/G/1, rho E[S] (1 + cv^2) / (2 (1 - rho)) (Pollaczek 1930, Khinchine 1932)."""
    use = arrival * mean
    return use * mean * (1 + squared_cv) / (2 * (1 - use)) if use < 1 else math.inf


def mdc_mean_wait(arrival: float, duration: float, servers: int) -> float:
    """Mean wait of M/D/c, sum over n of E[(nD - Erlang(nc, lambda))+] / n (Crommelin 1932; Spitzer 1956)."""
    use = arrival * duration / servers
    if use >= 1:
        return math.inf
    # Customers leave in the order they came, so each c-th one has the same server: a GI/D/1 queue. Its n-th term is
    # below exp(-nc (rho - 1 - log rho)).
    terms = math.ceil(-math.log(_NEGLIGIBLE) / (servers * (use - 1 - math.log(use))))
    shape = servers * np.arange(1.0, terms + 1)
    reach = use * shape
    return float(np.sum(duration * gammainc(shape, reach) - servers / arrival * gammainc(shape + 1, reach)))


def gim1_mean_wait(interarrival_transform: Callable[[float], float], service: float) -> float:
    """Mean wait of GI/M/1, sigma / (mu (1 - sigma)) with sigma = A*(mu (1 - sigma)) (Kleinrock 1975, ch. 6)."""

    def excess(sigma: float) -> float:
        return interarrival_transform(service * (1 - sigma)) - sigma

    below_one = 1 - 1e-9  # one is always a root, and the only one of a queue that grows without end
    if excess(below_one) >= 0:
        return math.inf
    sigma = brentq(excess, 0.0, below_one, xtol=1e-14)
    return sigma / (service * (1 - sigma))


def batch_mm1_mean_wait(batch_rate: float, sizes: Sequence[int], weights: Sequence[float], service: float) -> float:
    """Mean wait in M^X/M/1 from L = (rho + r E[X^2]) / (2 (1 - rho)), r = rate / mu (Gross and Harris 1998, ch. 3)."""
    mean, square = (float(np.average(np.power(sizes, power), weights=weights)) for power in (1, 2))
    use = batch_rate * mean / service
    return (1 + square / mean) / (2 * service * (1 - use)) - 1 / service if use < 1 else math.inf


def _cobham(residual: float, uses: Sequence[float]) -> list[float]:
    """Mean wait by class, W0 / ((1 - s(k-1)) (1 - s(k))) with s(k) the use by classes 1..k (Cobham 1954)."""
    return [
        residual / ((1 - above) * (1 - upto)) if upto < 1 else math.inf
        for above, upto in pairwise(accumulate(uses, initial=0.0))
    ]


def priority_mmc_waits(arrivals: Sequence[float], service: float, servers: int) -> list[float]:
    """Mean wait by class (high first), M/M/c non-preemptive, W0 = C / (c mu) (Cobham 1954; Kella and Yechiali 1985)."""
    full = servers * service
    return _cobham(erlang_c(servers, sum(arrivals) / service) / full, [arrival / full for arrival in arrivals])


def preemptive_mmc_waits(arrivals: Sequence[float], service: float, servers: int) -> list[float]:
    """Mean sojourn less service by class, M/M/c preemptive-resume; classes 1..k are M/M/c (Buzen and Bondi 1983)."""
    waits = []
    for above, upto in pairwise(accumulate(arrivals, initial=0.0)):
        waiting = upto * mmc_mean_wait(upto, service, servers)
        others = above * mmc_mean_wait(above, service, servers)
        waits.append((waiting - others) / (upto - above) if math.isfinite(waiting) else math.inf)
    return waits


def priority_mg1_waits(
    arrivals: Sequence[float], means: Sequence[float], second_moments: Sequence[float]
) -> list[float]:
    """Mean wait by class (high first), M/G/1 non-preemptive, W0 = sum of lambda E[S^2] / 2 (Cobham 1954)."""
    uses = [arrival * mean for arrival, mean in zip(arrivals, means, strict=True)]
    # Of a class that the server cannot keep up with, only what the classes above leave is ever in service.
    served = [min(use, max(0.0, 1 - above)) for use, above in zip(uses, accumulate(uses, initial=0.0), strict=False)]
    halves = (share / mean * square / 2 for share, mean, square in zip(served, means, second_moments, strict=True))
    return _cobham(sum(halves), uses)


def preemptive_mg1_sojourns(
    arrivals: Sequence[float], means: Sequence[float], second_moments: Sequence[float]
) -> list[float]:
    """Mean sojourn by class, M/G/1 preemptive-resume, E[S]/(1-s(k-1)) + Cobham of classes 1..k (Kleinrock 1976)."""
    uses = [arrival * mean for arrival, mean in zip(arrivals, means, strict=True)]
    halves = [arrival * square / 2 for arrival, square in zip(arrivals, second_moments, strict=True)]
    sojourns = []
    for rank, mean in enumerate(means):
        above = sum(uses[:rank])
        wait = _cobham(sum(halves[: rank + 1]), uses[: rank + 1])[-1]
        sojourns.append(mean / (1 - above) + wait if math.isfinite(wait) else math.inf)
    return sojourns


def jackson(
    external: ArrayLike, services: Sequence[float], servers: Sequence[int], routing: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Open network: (rates solving lambda = gamma + lambda R, mean wait a visit at each M/M/c node) (Jackson 1957)."""
    routes = np.asarray(routing, dtype=float)
    rates = np.linalg.solve(np.eye(len(routes)) - routes.T, np.asarray(external, dtype=float))
    waits = [mmc_mean_wait(*node) for node in zip(rates.tolist(), services, servers, strict=True)]
    return rates, np.array(waits)


def mt_m_infinity(rate: Callable[[float], float], service: float, times: ArrayLike, start: float = 0.0) -> np.ndarray:
    """Mean in system of M(t)/M/inf with `start` at time 0, m' = lambda(t) - mu m (Eick, Massey and Whitt 1993)."""
    asked = np.asarray(times, dtype=float)
    stamps = np.unique([0.0, *asked])
    path = solve_ivp(
        lambda t, mean: rate(t) - service * mean,
        (0.0, stamps[-1]),
        [start],
        t_eval=stamps,
        rtol=1e-8,
        atol=1e-9,
        max_step=stamps[-1] / 500 or np.inf,
    )
    return np.interp(asked, stamps, path.y[0])


def _shifts(servers: Callable[[float], int], end: float) -> list[tuple[float, float, int]]:
    """(from, to, servers) over [0, end], each change found by bisection where two ticks of the clock differ."""
    edges = [0.0]
    for tick, following in pairwise(np.linspace(0.0, end, _CELLS + 1)):
        left = tick
        while servers(left) != servers(following):
            right = following
            while right - left > 1e-12 * end:
                middle = (left + right) / 2
                left, right = (middle, right) if servers(middle) == servers(left) else (left, middle)
            edges.append(right)
            left = right
    return [(left, right, servers((left + right) / 2)) for left, right in pairwise([*edges, end]) if left < right]


def _flow(targets: np.ndarray, rates: np.ndarray) -> sparse.csr_array:
    """Matrix of p' = M p when state i is left for targets[i] at rates[i] (Kolmogorov 1931, forward equations)."""
    states = np.arange(len(targets))
    values = np.concatenate([rates, -rates])
    return sparse.csr_array((values, (np.concatenate([targets, states]), np.concatenate([states, states]))))


def _slope(
    t: float,
    chance: np.ndarray,
    rate: Callable[[float], float],
    arriving: sparse.csr_array,
    leaving: sparse.csr_array,
) -> np.ndarray:
    """Change of the chances of all states (Kolmogorov 1931, forward equations)."""
    return rate(t) * (arriving @ chance) + leaving @ chance


def _forward(
    rate: Callable[[float], float],
    shifts: list[tuple[float, float, int]],
    times: np.ndarray,
    present: np.ndarray,
    chance: np.ndarray,
    law: _Law,
) -> np.ndarray:
    """Mean number present at `times`; `law` gives, at each change, the chances and both flows (Kolmogorov 1931)."""
    stamps, means, lost = [0.0], [present @ chance], 1 - chance.sum()  # a start beyond the chain is lost too
    for left, right, here in shifts:
        begun, arriving, leaving = law(here, chance)
        path = solve_ivp(
            _slope,
            (left, right),
            begun,
            t_eval=np.unique([*times[(times > left) & (times < right)], right]),
            args=(rate, arriving, leaving),
            rtol=1e-7,
            atol=1e-10,
            max_step=shifts[-1][1] / 500,
        )
        chance = path.y[:, -1]
        stamps.extend(path.t)
        means.extend(present @ path.y)
        lost = max(lost, path.y[present == present.max()].sum(axis=0).max())
    if lost > _LARGEST_LOSS:
        raise ValueError(f"the largest number in the system is reached with chance {lost:.1e}: take a larger one")
    return np.interp(times, stamps, means)


def mt_m_c(
    rate: Callable[[float], float],
    servers: Callable[[float], int],
    service: float,
    times: ArrayLike,
    largest: int,
    start: int = 0,
) -> np.ndarray:
    """Mean in system of M(t)/M/c(t), min(n, c(t)) served, the others interrupted (Kolmogorov 1931; Koopman 1972)."""
    asked = np.asarray(times, dtype=float)
    present = np.arange(largest + 1)
    arriving = _flow(np.minimum(present + 1, largest), np.ones(largest + 1))

    def law(here: int, chance: np.ndarray) -> tuple[np.ndarray, sparse.csr_array, sparse.csr_array]:
        return chance, arriving, _flow(np.maximum(present - 1, 0), service * np.minimum(present, here))

    return _forward(rate, _shifts(servers, asked.max()), asked, present, (present == start).astype(float), law)


def mt_m_c_finish(
    rate: Callable[[float], float],
    servers: Callable[[float], int],
    service: float,
    times: ArrayLike,
    largest: int,
    start: int = 0,
) -> np.ndarray:
    """Mean of M(t)/M/c(t), leaving servers finish: chain (present, busy), no start if busy >= c (Ingolfsson 2005)."""
    asked = np.asarray(times, dtype=float)
    shifts = _shifts(servers, asked.max())
    most = max((here for *_, here in shifts), default=0)
    present, busy = np.divmod(np.arange((largest + 1) * (most + 1)), most + 1)

    def state(number: np.ndarray, working: np.ndarray) -> np.ndarray:
        return np.clip(number, 0, largest) * (most + 1) + np.clip(working, 0, most)

    def law(here: int, chance: np.ndarray) -> tuple[np.ndarray, sparse.csr_array, sparse.csr_array]:
        # Those who wait start at once on the servers that come; on a fall the busy ones stay busy.
        begun = np.bincount(state(present, np.maximum(busy, np.minimum(present, here))), chance, len(chance))
        arriving = _flow(state(present + 1, busy + (busy < here)), (present < largest).astype(float))
        takes_next = (busy <= here) & (present > busy)
        return begun, arriving, _flow(state(present - 1, busy - ~takes_next), service * busy.astype(float))

    return _forward(rate, shifts, asked, present, ((present == start) & (busy == 0)).astype(float), law)
