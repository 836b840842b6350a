"""Where things are in the console: each id as one segment of a path, whatever a store put into it."""

from typing import Any

from sinks.console.pages import segment

_PARTS = 4  # app, store, environment, the store's own id
PURCHASES = "/purchases"


def any_of(name: str) -> str:
    """A segment of a route that takes every id: aiohttp's own form refuses braces."""
    return f"{{{name}:[^/]+}}"


def notification_path(receipt_id: str) -> str:
    return f"/notifications/{segment(receipt_id)}"


def purchase_path(purchase_key: str) -> str:
    """Empty for what is no purchase's key, or the key of a message about none."""
    parts = purchase_key.split("/", _PARTS - 1)
    if len(parts) != _PARTS or parts[-1] in {"", "-"}:
        return ""
    return "/".join((PURCHASES, *map(segment, parts)))


def customer_path(app_id: str, customer_id: str) -> str:
    """Empty where nobody is named."""
    return f"/customers/{segment(app_id)}/{segment(customer_id)}" if app_id and customer_id else ""


PATHS: dict[str, Any] = {
    "notification_path": notification_path,
    "purchase_path": purchase_path,
    "customer_path": customer_path,
}
"""For templates."""
