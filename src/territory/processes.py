"""Work in other processes: one order for all of them, many parts, each result as it comes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

Order = TypeVar("Order")
Part = TypeVar("Part")
Result = TypeVar("Result")

IF_A_WORKER_ENDED = (
    'In a script, call this under `if __name__ == "__main__":`; or take fewer workers: 1 starts no process.'
)

_LEFT_BEHIND = "ignore:resource_tracker:UserWarning"
_RECEIVED: list[Any] = []  # in a worker: what to run, read once when the process starts


def in_processes(
    run: Callable[[Order, Part], Result], order: Order, parts: Iterable[Part], workers: int
) -> Generator[tuple[Part, Result], None, None]:
    """Yield each part with its result as it is done.

    Closing the generator, or an exception in it, ends the processes at once.

    Parameters
    ----------
    run
        A function of a module, called as ``run(order, part)``.
    order
        What all parts have in common; it is sent once to each process.
    parts
        Taken one by one, a few more than there are processes at a time.
    workers
        Processes.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        When a process ends before its work is done.
    """
    # the order goes by a file: one sent to a process that ends while it starts would block this one for ever
    with TemporaryDirectory(prefix="territory-") as folder:
        file = Path(folder) / "order.pickle"
        file.write_bytes(pickle.dumps((run, order)))
        yield from _results(file, parts, workers)


def _receive(file: Path) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # ignored where this was started in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # an interrupt ends a worker without a traceback of its own
    _RECEIVED[:] = pickle.loads(file.read_bytes())  # noqa: S301  (written by the process that started this one)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, whatever ended that: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_received(part: Any) -> Any:
    run, order = _RECEIVED
    return run(order, part)


def _results(file: Path, parts: Iterable[Part], workers: int) -> Generator[tuple[Part, Any], None, None]:
    context = multiprocessing.get_context("spawn")
    _start_tracker()
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_receive, initargs=(file,))
    waiting = iter(parts)
    awaited: dict[Future[Any], Part] = {}

    def send() -> None:
        while len(awaited) <= workers:  # one more than there are processes, so that none has to wait for this one
            try:
                part = next(waiting)
            except StopIteration:
                return
            awaited[pool.submit(_run_received, part)] = part

    finished = False
    try:
        send()
        while awaited:
            done, _ = wait(awaited, return_when=FIRST_COMPLETED)
            for future in done:
                yield awaited.pop(future), future.result()
            send()
        finished = True
    finally:
        pool.shutdown(wait=finished, cancel_futures=True)
        if not finished:
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()


def _start_tracker() -> None:
    """Start the process that clears up after others, without its warning.

    A worker that is ended at once leaves a lock of a library behind; the tracker removes it, and need not say so.
    """
    if sys.platform == "win32":
        return
    sys.warnoptions.append(_LEFT_BEHIND)
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(_LEFT_BEHIND)
