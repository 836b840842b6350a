"""Where Google's keys are, for the apps that need them."""

from streams.contracts.project import Project
from streams.lookup.play_store import issuers
from tests.streams.stores.signing import APP, APP_STORE, PLAY_STORE, with_options

LOOPBACK = "http://127.0.0.1:9999"


def project(*apps: object) -> Project:
    return Project(name="Tidepool", sha256="0", apps=tuple(apps))  # type: ignore[arg-type]


def test_google_is_one_address_for_all_apps() -> None:
    assert issuers(project(APP, APP)) == {
        "https://accounts.google.com": "https://www.googleapis.com/oauth2/v3/certs"
    }


def test_a_demo_apps_own_issuer_has_its_own() -> None:
    demo = with_options(PLAY_STORE, issuer=LOOPBACK)

    assert issuers(project(APP, demo))[LOOPBACK] == f"{LOOPBACK}/oauth2/v3/certs"


def test_nobody_is_asked_for_an_app_without_google_play() -> None:
    assert issuers(project(with_options(APP_STORE))) == {}
