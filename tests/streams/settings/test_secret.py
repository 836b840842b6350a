"""A secret is never shown by accident."""

from streams.settings.secret import Secret


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("open sesame")

    assert secret.reveal() == "open sesame"
    assert "sesame" not in f"{secret} {secret!r} {[secret]}"
    assert secret == Secret("open sesame")
    assert secret != Secret("another")
