"""When to look for garbage: a full collection stops the loop, so strangers must not choose the moment."""

import asyncio
import gc
from datetime import timedelta

SET_ASIDE = timedelta(minutes=15)
_THRESHOLDS = 700, 3, 500  # https://docs.python.org/3.11/library/gc.html#gc.set_threshold


def set_aside_what_lives() -> None:
    """Collect the garbage, and spare later collections what is left: code, policies and what passes remember.

    A full collection looks at all of it, which takes 140 ms for 10,000 applications, and strangers can cause one whenever
    they like by making many requests. So we choose when: https://docs.python.org/3.11/library/gc.html#gc.freeze
    Five hundred open connections alone take 50 ms. So a full collection comes after a million new objects, no longer after
    70,000, and the other collections, which come more often, take 2 ms instead of 10.
    """
    gc.set_threshold(*_THRESHOLDS)
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def set_aside_now_and_then() -> None:
    while True:
        await asyncio.sleep(SET_ASIDE.total_seconds())
        set_aside_what_lives()
