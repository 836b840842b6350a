"""Writes the demo's project file for this machine: keys made, addresses put in."""

from pathlib import Path
from string import Template

from deploy.demo.keys import Keys
from deploy.demo.receiver import PATH

FILE = "project.toml"
_TEMPLATE = Path(__file__).with_name(FILE)


def write_project(folder: Path, keys: Keys, receiver_url: str) -> Path:
    """Its path. The keys' files already lie in `folder`."""
    text = Template(_TEMPLATE.read_text()).substitute(
        apple_root=keys.apple.chain.root_fingerprint,
        stores=keys.google.name,
        webhooks=receiver_url + PATH,
    )
    file = folder / FILE
    file.write_text(text)
    return file
