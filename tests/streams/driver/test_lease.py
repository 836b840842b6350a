"""A state is written only while the partitions can't have been given to another worker."""

import asyncio
from contextlib import nullcontext as does_not_raise

import pytest

from streams.driver.lease import Lease, LeaseLostError
from streams.observe import clock


async def test_it_holds_right_after_an_assignment() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=30)
    lease.assigned()

    with does_not_raise():
        await asyncio.wait_for(lease.hold(), 1)


async def test_without_a_heartbeat_it_waits_for_the_next_one() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=30)
    lease.assigned()
    lease._renewed_at = clock.monotonic() - 5
    holding = asyncio.create_task(lease.hold())
    await asyncio.sleep(0.1)

    assert not holding.done()
    lease.renew(clock.monotonic())
    await asyncio.wait_for(holding, 1)


async def test_it_is_lost_when_partitions_are_asked_back_and_no_heartbeat_was_answered() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=30)
    lease.assigned()
    lease._renewed_at = clock.monotonic() - 5
    lease.revoking()

    with pytest.raises(LeaseLostError):
        await lease.hold()


async def test_it_holds_while_a_rebalance_waits_for_this_worker() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=30)
    lease.assigned()
    lease.revoking()

    with does_not_raise():
        await asyncio.wait_for(lease.hold(), 1)


async def test_it_is_lost_when_the_rebalance_has_waited_for_too_long() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=0.05)
    lease.assigned()
    lease.revoking()
    await asyncio.sleep(0.04)

    with pytest.raises(LeaseLostError):
        await lease.hold()


def test_an_answer_that_comes_late_counts_from_when_it_was_asked() -> None:
    lease = Lease(session_timeout=6, rebalance_timeout=30)
    lease.renew(clock.monotonic() - 3)

    assert lease.age >= 3
