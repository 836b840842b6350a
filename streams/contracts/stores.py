"""The stores, a line each: what ingress must know of a store, and the list that everything else follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from streams.contracts import advice
from streams.contracts.fees import Fee
from streams.contracts.ids import StoreName

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """`name`: file, URL segment and fixture folder. `event_name`: `store` in events (RevenueCat's word).

    `purchase_field`: what a backend calls the store's root id of a purchase when it posts one, and
    `purchase_form`: the pattern of such an id. `looked_up`: the fields of ids that lead to it only
    through the store's API, and their patterns. `refused_form`: other ids that are no way to it.
    `platforms`: RevenueCat's X-Platform of clients that buy there. `signed_posts`: a backend may
    post the store's own signed transaction instead.
    `signature_headers`: request headers, in lower case, by which others can prove its notifications
    again, and for how long after they were sent; a bearer token is none, it is a credential.
    `management_url`: where customers of the store manage what they subscribed to; "": each has an own.
    `advice`: what operators are told. `pulled_by`: the option by which an app takes messages itself, so that the
    store needs no public URL; "": the store always posts.
    `fees`: of which the last that holds counts. `collects_tax`: prices include the tax of the country,
    and the store pays it.
    """

    name: StoreName
    title: str
    event_name: str
    body_cap: int  # bytes
    advice: advice.Advice
    purchase_field: str = "purchase_id"
    purchase_form: str = r"[^/\s]+"
    looked_up: Mapping[str, str] = field(default_factory=dict, hash=False)
    refused_form: str = ""
    platforms: tuple[str, ...] = ()
    signed_posts: bool = False
    management_url: str = ""
    fees: tuple[Fee, ...] = ()
    collects_tax: bool = False
    signature_headers: tuple[str, ...] = ()
    signature_tolerance: timedelta | None = None  # None: the signature does not age
    pulled_by: str = ""
    beyond: frozenset[str] = frozenset()
    """Event types that RevenueCat does not send for this store: ours are marked `extension`."""


_APP_STORE_FEES = (
    Fee(share_bp=3000),
    Fee(share_bp=1500, after_year=True),
    Fee(share_bp=1500, program="small_business"),
)
# Every app is taken to be enrolled for the reduced fee; "full_fee" is what is past 1 million USD of
# one-time sales in a year.
_PLAY_STORE_FEES = (
    Fee(share_bp=3000),
    Fee(share_bp=1500, since=date(2018, 1, 1), one_time=False, after_year=True),
    Fee(share_bp=1500, since=date(2021, 7, 1), one_time=True),
    Fee(share_bp=1500, since=date(2022, 1, 1), one_time=False),
    Fee(share_bp=3000, one_time=True, program="full_fee"),
)


# The one line that a new store adds; streams.stores loads the module of each name.
ALL = (
    Store(
        name=StoreName("app_store"),
        title="App Store",
        event_name="APP_STORE",
        body_cap=256 * KIB,
        purchase_field="original_transaction_id",
        purchase_form=r"[0-9]{1,32}",
        looked_up={"transaction_id": r"[0-9]{1,32}"},
        platforms=("ios", "macos"),
        advice=advice.APP_STORE,
        signed_posts=True,
        management_url="https://apps.apple.com/account/subscriptions",
        fees=_APP_STORE_FEES,
        collects_tax=True,
    ),
    Store(
        name=StoreName("play_store"),
        title="Google Play",
        event_name="PLAY_STORE",
        body_cap=64 * KIB,
        purchase_field="purchase_token",
        purchase_form=r"[A-Za-z0-9._-]{1,1000}",
        platforms=("android",),
        advice=advice.PLAY_STORE,
        pulled_by="pull",
        management_url="https://play.google.com/store/account/subscriptions",
        fees=_PLAY_STORE_FEES,
        collects_tax=True,
    ),
    Store(
        name=StoreName("stripe"),
        title="Stripe",
        event_name="STRIPE",
        body_cap=1024 * KIB,
        purchase_field="subscription_id",
        purchase_form=r"sub_[A-Za-z0-9_]{1,255}",
        looked_up={
            "subscription_item_id": r"si_[A-Za-z0-9_]{1,255}",
            "checkout_session_id": r"cs_[A-Za-z0-9_]{1,255}",
        },
        refused_form=r"(in|ch|pi)_[A-Za-z0-9_]{1,255}",
        platforms=("stripe",),
        advice=advice.STRIPE,
        signature_headers=("stripe-signature",),
        signature_tolerance=timedelta(seconds=300),
        beyond=frozenset(
            {"UNCANCELLATION", "REFUND_REVERSED", "SUBSCRIPTION_PAUSED", "INVOICE_ISSUANCE"}
        ),
    ),
)
BY_NAME = {store.name: store for store in ALL}
