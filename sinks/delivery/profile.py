"""Whose rules a destination keeps: what counts as success, how long an answer may take, which retries.

Options of the destination win over its profile's timeout.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sinks.delivery.schedule import RETRIES, REVENUECAT, Schedule
from sinks.destinations.http import SUCCESS


class ProfileName(StrEnum):
    STANDARD = "standard"  # the Standard Webhooks specification
    REVENUECAT = "revenuecat"  # for a consumer that relies on RevenueCat's habits


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`success`: the HTTP statuses that are one."""

    success: Container[int]
    timeout: timedelta
    schedule: Schedule


PROFILES: Mapping[ProfileName, Profile] = {
    ProfileName.STANDARD: Profile(success=SUCCESS, timeout=timedelta(seconds=15), schedule=RETRIES),
    ProfileName.REVENUECAT: Profile(
        success=frozenset({200}), timeout=timedelta(seconds=60), schedule=REVENUECAT
    ),
}
