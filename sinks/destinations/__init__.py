"""Destinations, one file each. A new one adds its file, its line here and its conformance test."""

from collections.abc import Mapping

from sinks.destinations import amplitude, mixpanel, segment, slack, webhook
from sinks.destinations.base import Make

DESTINATIONS: Mapping[str, Make] = {
    "webhook": webhook.make,
    "amplitude": amplitude.make,
    "mixpanel": mixpanel.make,
    "segment": segment.make,
    "slack": slack.make,
}
RATES: Mapping[str, int] = {"amplitude": amplitude.RATE, "slack": slack.RATE}
"""Requests a second that a vendor takes of one sender, where it says so: the lane keeps to it."""
SECRET_URLS = frozenset({"slack"})
"""Of these the url is the secret: whoever has it may send."""
