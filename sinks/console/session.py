"""Sessions in a signed cookie, tokens bound to them, and messages from one page to the next. Pure.

Nothing is kept on our side: a new secret ends every session, and so does a new password.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

LASTS = timedelta(hours=12)
_MESSAGE = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`who`: the person as the audit names them; "" until they have come in."""

    session_id: str
    who: str
    ends_at: datetime


class Seals:
    """`secret`: random, of this deployment. `password_hash`: what came in with an older one is out."""

    def __init__(self, secret: str, password_hash: str = "") -> None:
        key = sha256(f"{secret}\n{password_hash}".encode()).digest()
        self._key = key
        self._sessions = URLSafeSerializer(key, salt="session")
        self._messages = URLSafeSerializer(key, salt="message")

    def session_cookie(self, session: Session) -> str:
        ends = int(session.ends_at.timestamp())
        return str(self._sessions.dumps([session.session_id, session.who, ends]))

    def session(self, cookie: str, now: datetime) -> Session | None:
        """None: signed by nobody of us, or over."""
        try:
            session_id, who, ends = self._sessions.loads(cookie)
        except BadSignature:
            return None
        ends_at = datetime.fromtimestamp(ends, UTC)
        if ends_at <= now:
            return None
        return Session(session_id=session_id, who=who, ends_at=ends_at)

    def token(self, session: Session) -> str:
        """Proves that a form was rendered for this session and this person."""
        about = f"form\n{session.session_id}\n{session.who}"
        return hmac.new(self._key, about.encode(), sha256).hexdigest()

    def is_token(self, value: str, session: Session) -> bool:
        return hmac.compare_digest(value.encode(), self.token(session).encode())

    def message_cookie(self, text: str) -> str:
        return str(self._messages.dumps(text[:_MESSAGE]))

    def message(self, cookies: Mapping[str, str], name: str) -> str:
        """Empty when there is none, or none of ours."""
        try:
            return str(self._messages.loads(cookies.get(name, "")))
        except BadSignature:
            return ""
