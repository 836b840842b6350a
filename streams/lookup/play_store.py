"""Google Play's own part of lookup: where its pushes' signing keys are published."""

from streams.contracts.project import Project
from streams.stores.play_store.options import GOOGLE, NAME, READER

_PATH = "/oauth2/v3/certs"
_GOOGLE_KEYS = f"https://www.googleapis.com{_PATH}"


def issuers(project: Project) -> dict[str, str]:
    """The address of the key set of each issuer that an app of the project uses."""
    used = {
        READER.of(app).issuer or GOOGLE
        for app in project.apps
        if any(store.store == NAME for store in app.stores)
    }
    return {
        issuer: _GOOGLE_KEYS if issuer == GOOGLE else f"{issuer.rstrip('/')}{_PATH}"
        for issuer in used
    }
