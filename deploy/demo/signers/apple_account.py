"""An In-App Purchase key of the demo, as App Store Connect gives one to download: P-256 in a .p8 file."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

FILE = "app-store-key.p8"


def kept_caller(folder: Path) -> EllipticCurvePrivateKey:
    """Who may ask; its file lies in `folder`, made the first time, readable by this user alone."""
    file = folder / FILE
    if not file.exists():
        made = generate_private_key(SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(pem)
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{file} is not an elliptic curve key")
    return key
