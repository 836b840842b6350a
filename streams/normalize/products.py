"""What the operator's product map says of a product: its entitlements and how long a period lasts."""

from streams.contracts.ids import StoreName
from streams.contracts.project import Product, Project


def product_of(project: Project, store: StoreName, product_id: str | None) -> Product | None:
    """The product as the project maps it."""
    return None if product_id is None else project.product(store, product_id)


def entitlements_of(
    project: Project, store: StoreName, product_id: str | None
) -> tuple[str, ...] | None:
    """What the product grants; None (RevenueCat's null) when it maps to nothing."""
    product = product_of(project, store, product_id)
    return product.entitlements or None if product else None


def duration_of(project: Project, store: StoreName, product_id: str | None) -> str | None:
    """ISO 8601, as mapped; None: charts infer it from the period's dates."""
    product = product_of(project, store, product_id)
    return product.duration if product else None
