"""Publishes the keys with which the demo signs as Google: an OIDC issuer on loopback.

Run: python -m deploy.demo.issuer FOLDER HOST PORT
"""

import asyncio
import sys
from pathlib import Path

from deploy.demo.serving import until_stopped
from deploy.demo.signers.google import OidcIssuer, serve_keys


async def serve(folder: Path, host: str, port: int) -> None:
    async with serve_keys(OidcIssuer.kept(folder, f"http://{host}:{port}"), host, port):
        await until_stopped()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
