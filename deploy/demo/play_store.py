"""What Google says: a Pub/Sub push with a number and a token in it, and a bearer token of its issuer."""

from dataclasses import dataclass
from datetime import datetime

from deploy.demo import google_life
from deploy.demo.happening import Happening
from deploy.demo.payloads import play_store
from deploy.demo.signers.google import OidcIssuer

PACKAGE_NAME = "com.example.tidepool"
SUBSCRIPTION = "projects/tidepool-demo/subscriptions/store-notifications"
AUDIENCE = "https://tidepool.example/v1/notifications/play_store"
EMAIL = "pubsub-push@tidepool-demo.iam.gserviceaccount.example"
_STRANGER = "pubsub-push@somebody-else.iam.gserviceaccount.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    title: str
    body: bytes
    bearer: str


def news(issuer: OidcIssuer, happening: Happening, now: datetime) -> list[Push]:
    """All that Google publishes of it, in its order."""
    bearer = _bearer(issuer, EMAIL, now)
    members = google_life.messages(happening)
    return [_push(happening, member, str(n), bearer) for n, member in enumerate(members)]


def stranger(issuer: OidcIssuer, happening: Happening, now: datetime) -> Push:
    """Anybody may point a subscription of their own here: a token that the issuer really signed."""
    member = google_life.messages(happening)[0]
    return _push(happening, member, "forged", _bearer(issuer, _STRANGER, now))


def connection_check(issuer: OidcIssuer, now: datetime) -> Push:
    """The console's "Send test notification"."""
    body = _body(play_store.test(), f"test{int(now.timestamp())}", now)
    return Push(title="test", body=body, bearer=_bearer(issuer, EMAIL, now))


def _push(happening: Happening, member: play_store.Message, name: str, bearer: str) -> Push:
    message_id = f"{happening.subscription.id[-24:]}-{happening.number}-{name}"
    (kind, content), *_ = member.items()
    title = f"{kind.removesuffix('Notification')} {content.get('notificationType', '')}".strip()
    return Push(title=title, body=_body(member, message_id, happening.at), bearer=bearer)


def _bearer(issuer: OidcIssuer, email: str, now: datetime) -> str:
    return issuer.token(audience=AUDIENCE, email=email, at=now)


def _body(member: play_store.Message, message_id: str, at: datetime) -> bytes:
    notification = play_store.developer_notification(PACKAGE_NAME, at, member)
    return play_store.push_body(
        notification, message_id=message_id, subscription=SUBSCRIPTION, published_at=at
    )
