"""What makes a site the demo's: its keys, its project file, its receiver and its invented rates."""

from datetime import UTC, datetime

from deploy.demo import played
from deploy.demo.demo import write_rates
from deploy.demo.keys import Keys, kept_keys
from deploy.demo.project import write_project
from deploy.local.programs import RECEIVER, STORES, private_port
from deploy.local.site import HOST, Site
from deploy.local.stack import Stack


def demo_keys(site: Site) -> Keys:
    """Made at the first start; the project file that names them is written at each."""
    keys = kept_keys(site.demo, stores_url(site))
    write_project(site.demo, keys, receiver_url(site))
    return keys


def stores_url(site: Site) -> str:
    """Where the stores' APIs and Google's keys are."""
    return f"http://{HOST}:{private_port(site, STORES)}"


def receiver_url(site: Site) -> str:
    return f"http://{HOST}:{private_port(site, RECEIVER)}"


async def import_rates(stack: Stack) -> None:
    """Before identify prices anything; a later start adds the days since."""
    now = datetime.now(UTC)
    known = played.read(stack.site.demo) or played.begin(now)
    file = stack.site.demo / "invented-rates.csv"
    write_rates(file, known.first_day.date(), now.date())
    await stack.run("streams", "rates", "import", str(file))
