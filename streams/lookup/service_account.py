"""Google's OAuth for a service account: a JWT signed with its key is exchanged for an access token.

A token is kept until shortly before it ends; who comes while one is fetched shares it.
"""

from datetime import timedelta

from aiohttp import ClientError, ClientSession, ClientTimeout
from msgspec import Struct

from streams.contracts.codec import decode
from streams.contracts.errors import (
    ConfigError,
    CredentialsRefusedError,
    MalformedError,
    TransientError,
)
from streams.lookup.signed_jwt import SigningKey, rsa_key, signed
from streams.lookup.single_flight import SingleFlight
from streams.observe import clock
from streams.settings.secret import Secret

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = timedelta(hours=1)
_EARLY = 120.0  # seconds before its end at which a token is not used any more
_TIMEOUT = ClientTimeout(total=10)
_REFUSED = frozenset({400, 401, 403})
_OK = 200


class KeyFile(Struct, frozen=True, kw_only=True):
    """The JSON key of a service account, as downloaded."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    def __repr__(self) -> str:
        return f"KeyFile({self.client_email})"


class _Answer(Struct, frozen=True, kw_only=True):
    access_token: str
    expires_in: float = 3600.0


class ServiceAccount:
    """`scope`: what the token is good for."""

    def __init__(
        self, account: KeyFile, key: SigningKey, session: ClientSession, scope: str
    ) -> None:
        self._account = account
        self._key = key
        self._session = session
        self._scope = scope
        self._token: tuple[str, float] | None = None
        self._flight = SingleFlight[str]()

    @classmethod
    def of(
        cls, file: Secret, path: str, session: ClientSession, scope: str = SCOPE
    ) -> "ServiceAccount":
        """Raise ConfigError, naming `path`, when `file` is no service account's key."""
        try:
            account = decode(file.reveal().encode(), KeyFile)
        except MalformedError:
            raise ConfigError(
                f"{path}: not the JSON key of a service account: download it from Google Cloud"
            ) from None
        return cls(account, rsa_key(Secret(account.private_key), path), session, scope)

    async def headers(self) -> dict[str, str]:
        """Of a request. Raise CredentialsRefusedError or TransientError."""
        if self._token is None or clock.monotonic() > self._token[1]:
            await self._flight.ask("token", self._fetch)
        assert self._token is not None
        return {"Authorization": f"Bearer {self._token[0]}"}

    def forget(self) -> bool:
        """The token was refused: the next request fetches another."""
        self._token = None
        return True

    async def _fetch(self) -> str:
        if self._token is not None and clock.monotonic() <= self._token[1]:
            return self._token[0]
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        try:
            async with self._session.post(
                self._account.token_uri, data=form, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                body, status = await response.read(), response.status
        except (ClientError, TimeoutError, OSError) as error:
            raise TransientError(f"access token: {type(error).__name__}") from error
        if status in _REFUSED:
            raise CredentialsRefusedError(
                f"access token for {self._account.client_email}: status {status}"
            )
        if status != _OK:
            raise TransientError(f"access token: status {status}")
        return self._keep(body)

    def _keep(self, body: bytes) -> str:
        try:
            answer = decode(body, _Answer)
        except MalformedError:
            raise TransientError("access token: an answer that is none") from None
        until = clock.monotonic() + max(answer.expires_in - _EARLY, 1.0)
        self._token = (answer.access_token, until)
        return answer.access_token

    def _assertion(self) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": self._account.client_email,
            "scope": self._scope,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + int(_LIFE.total_seconds()),
        }
        return signed(self._key, {"kid": self._account.private_key_id}, claims)
