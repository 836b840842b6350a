"""A TEST event for one destination, as it would be told of a purchase in its environment and app."""

from datetime import datetime, timedelta

from sinks.delivery.plan import Plan
from streams.contracts.event import Event, EventType
from streams.contracts.ids import AppId, CustomerId, ReceiptId, StoreName, event_id, purchase_key
from streams.contracts.project import Project
from streams.contracts.words import Environment, Origin, PeriodType, Signal

_STORE = StoreName("app_store")
_CUSTOMER = CustomerId("test-customer")


def sample_event(plan: Plan, project: Project, now: datetime) -> Event:
    """Its id is made of the moment: each one is new to its receiver."""
    app_id = _app(plan, project)
    environment = plan.filter.environment or Environment.SANDBOX
    key = purchase_key(app_id, _STORE, environment, "test")
    fact = f"test/{plan.name}/{now.isoformat()}"
    return Event(
        id=event_id(app_id, _STORE, environment, fact),
        type=EventType.TEST,
        fact=fact,
        app_id=app_id,
        store=_STORE,
        store_name="APP_STORE",
        environment=environment,
        purchase_key=key,
        subscription_id=key,
        customer_id=_CUSTOMER,
        original_customer_id=_CUSTOMER,
        aliases=(_CUSTOMER,),
        customer_first_seen_at=now,
        occurred_at=now,
        received_at=now,
        generated_at=now,
        sequence=0,
        origin=Origin.POST,
        signal=Signal.TEST,
        notification_id="test",
        notification_type="TEST",
        receipt_id=ReceiptId("test"),
        project_sha256=project.sha256,
        affects_access=False,
        product_id="test_product",
        period_type=PeriodType.NORMAL,
        purchased_at=now,
        expires_at=now + timedelta(days=30),
        transaction_id="test",
        original_transaction_id="test",
    )


def _app(plan: Plan, project: Project) -> AppId:
    """One that the destination takes."""
    if plan.filter.apps:
        return AppId(min(plan.filter.apps))
    return project.apps[0].app_id if project.apps else AppId("test")
