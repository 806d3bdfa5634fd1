"""Who runs the parts of a study: this process, others on this machine, or a Dask cluster."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from territory.errors import Fault, SweepError
from territory.processes import IF_A_WORKER_ENDED, in_processes
from territory.sweeps.work import Order, Outcome, Part, forget, run_part

_CONNECT_S = 15
_AHEAD = 2  # parts sent to each thread of a cluster before its first is back


def run_parts(
    order: Order, parts: Sequence[Part], *, workers: int = 1, cluster: Any = None
) -> Generator[Outcome, None, None]:
    """Yield the outcome of each part as it is done; who runs it changes nothing in it.

    Parameters
    ----------
    order, parts
        What is run.
    workers
        Processes on this machine; 1: this one.
    cluster
        The address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``, or a `distributed.Client`, in place of them.

    Raises
    ------
    SweepError
        When a process ends before its work is done, or the cluster cannot be reached or cannot run the work.
    """
    if not isinstance(workers, int) or workers < 1:
        raise SweepError(Fault("workers", repr(workers), "a whole number of processes, 1 or more"))
    if cluster is not None:
        yield from _on_cluster(order, parts, cluster)
    elif workers == 1 or len(parts) == 1:
        try:
            for part in parts:
                yield run_part(order, part)
        finally:
            forget()
    else:
        _check_travels(order)
        try:
            for _, outcome in in_processes(run_part, order, parts, min(workers, len(parts))):
                yield outcome
        except BrokenProcessPool:
            found = f"{workers}, of which one ended before its work was done"
            expected = "processes that start, and memory for all of them"
            hint = f"What was finished is kept; go on with --resume. {IF_A_WORKER_ENDED}"
            raise SweepError(Fault("workers", found, expected, hint)) from None


def _check_travels(order: Order) -> None:
    """Refuse a model of the user's own that other processes cannot find."""
    try:
        pickle.dumps(order.model)
        at_home = getattr(order.model, "__module__", "") == "__main__" and not hasattr(
            sys.modules["__main__"], "__file__"
        )
    except (pickle.PicklingError, AttributeError, TypeError):
        at_home = True
    if at_home:
        found = f"{order.model!r}, which other processes cannot import"
        raise SweepError(Fault("model", found, "a function of a module", "Put it into a file, or take workers=1."))


def _on_cluster(order: Order, parts: Sequence[Part], cluster: Any) -> Iterator[Outcome]:
    try:
        from distributed import Client, as_completed  # noqa: PLC0415  (an extra)
    except ImportError:
        hint = "pip install 'territory[cluster]'"
        raise SweepError(Fault("--cluster", "no Dask on this machine", "the package distributed", hint)) from None
    if isinstance(cluster, str):
        try:
            client: Any = Client(cluster, timeout=_CONNECT_S)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as problem:
            found = f"'{cluster}', where no scheduler answers ({type(problem).__name__})"
            hint = "Is it running, and is the port open?"
            raise SweepError(Fault("--cluster", found, "the address of a Dask scheduler", hint)) from None
        with client:
            yield from _from_client(client, as_completed, order, parts)
    else:
        yield from _from_client(cluster, as_completed, order, parts)


def _from_client(client: Any, as_completed: Any, order: Order, parts: Sequence[Part]) -> Iterator[Outcome]:
    """Keep a few parts ahead of each thread, so that neither side holds them all."""
    sent = client.scatter(order, broadcast=True)
    waiting = iter(parts)
    room = _AHEAD * max(sum(client.nthreads().values()), 1)
    first = [client.submit(run_part, sent, part, pure=False) for _, part in zip(range(room), waiting, strict=False)]
    done = as_completed(first)
    try:
        for future in done:
            yield future.result()
            part = next(waiting, None)
            if part is not None:
                done.add(client.submit(run_part, sent, part, pure=False))
    except Exception as problem:  # noqa: BLE001  (a cluster fails in its own ways, of any class)
        found = f"a cluster that could not go on ({type(problem).__name__}: {problem})"
        hint = "What was finished is kept: have territory on every worker and memory for it, and go on with --resume."
        raise SweepError(Fault("--cluster", found, "workers that run to their end", hint)) from None
    finally:
        client.cancel(list(done.futures))
