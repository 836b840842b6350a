"""A Google service account of the demo: its JSON key as Google Cloud gives one to download."""

import os
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

EMAIL = "lookup@tidepool-demo.iam.gserviceaccount.example"
FILE = "play-service-account.json"
_BITS = 2048


def key_file(key: RSAPrivateKey, token_uri: str) -> str:
    """The text of the JSON key; `token_uri`: where it is exchanged for an access token."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    content = {
        "type": "service_account",
        "project_id": "tidepool-demo",
        "private_key_id": "4d0d0f2f9f3c",
        "private_key": pem,
        "client_email": EMAIL,
        "client_id": "100000000000000000001",
        "token_uri": token_uri,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=_BITS)


def kept_account(folder: Path, token_uri: str) -> RSAPublicKey:
    """Who may ask; the JSON key lies in `folder`, made the first time."""
    file = folder / FILE
    if file.exists():
        pem = orjson.loads(file.read_bytes())["private_key"].encode()
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError(f"{file} is not an RSA key")
    else:
        key = new_key()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(key_file(key, token_uri))
    return key.public_key()
