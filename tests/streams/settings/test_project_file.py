"""project.toml: what is right is read wholly, and what is wrong is named with path and remedy."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import Plan, Restore
from streams.contracts.words import Environment
from streams.settings.project_file import ProjectFile, load_project
from streams.settings.secret import Secret

T1, T2, K1 = "token-one-aaaaaaaaaaaaaa", "token-two-bbbbbbbbbbbbbb", "key-one-cccccccccccccccc"
ENVIRON = {"T1": T1, "T2": T2, "K1": K1, "WHSEC": "whsec_1", "WHSEC_NEXT": "whsec_2", "EMPTY": " "}
GOOD = """\
[project]
name = "Fitness"
restore_sandbox = "keep"

[[apps]]
id = "yoga"
plan = "grow"
demo = true
backend_keys = [{env = "K1"}]

[[apps.stores]]
store = "stripe"
tokens = [{env = "T1"}, {env = "T2"}]
secrets = [{env = "WHSEC_NEXT"}, {env = "WHSEC"}]
track_new = "metadata.user_id"
forward = "https://old.example.com/stripe"

[[apps.stores]]
store = "app_store"
environments = ["PRODUCTION"]
[apps.stores.options]
bundle_id = "com.example.yoga"
app_apple_id = 1
[[apps.stores.programs]]
name = "small_business"
since = 2024-01-01
until = 2025-01-01

[[products]]
id = "pro_monthly"
store = "stripe"
entitlements = ["pro"]
duration = "P1M"

[[destinations]]
name = "backend"
type = "webhook"
url = "https://example.com/hook"
secrets = [{env = "WHSEC"}]
headers = {Authorization = {file = "authorization.txt"}}
timeout = 15
"""


def load(folder: Path, text: str = GOOD) -> ProjectFile:
    (folder / "authorization.txt").write_text("Bearer abc\n")
    path = folder / "project.toml"
    path.write_text(text, encoding="utf-8")
    return load_project(path, ENVIRON)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def test_a_project_is_read_wholly(tmp_path: Path) -> None:
    project = load(tmp_path).project
    app = project.app(AppId("yoga"))
    assert (project.name, project.restore, project.restore_sandbox) == (
        "Fitness",
        Restore.TRANSFER,
        Restore.KEEP,
    )
    assert (app.name, app.plan, app.demo) == ("yoga", Plan.GROW, True)
    assert app.store(StoreName("app_store")).options == {
        "bundle_id": "com.example.yoga",
        "app_apple_id": 1,
    }
    (program,) = app.store(StoreName("app_store")).programs
    assert (program.name, program.starts, program.ends) == (
        "small_business",
        date(2024, 1, 1),
        date(2025, 1, 1),
    )
    stripe = app.store(StoreName("stripe"))
    assert (stripe.track_new, stripe.forward) == ("metadata.user_id", True)
    assert stripe.environments == (Environment.PRODUCTION, Environment.SANDBOX)
    assert [product.product_id for product in project.products] == ["pro_monthly"]


def test_both_tokens_of_a_store_are_bound_to_it_and_known_by_their_hash_only(
    tmp_path: Path,
) -> None:
    tokens = load(tmp_path).tokens()
    assert set(tokens) == {digest(T1), digest(T2)}
    binding = tokens[digest(T1)]
    assert (binding.app_id, binding.store, binding.hint) == ("yoga", "stripe", digest(T1)[:6])


def test_secrets_are_in_the_keyring_newest_first_and_nowhere_else(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found.keyring().secrets == {("yoga", "stripe"): ("whsec_2", "whsec_1")}
    assert found.backend_keys() == {digest(K1): "yoga"}
    shown = repr(found) + str(found)
    for secret in (T1, T2, K1, "whsec_1", "whsec_2", "Bearer abc"):
        assert secret not in shown
    assert "whsec" not in repr(found.project)


def test_a_destination_s_secrets_are_resolved_wherever_they_stand(tmp_path: Path) -> None:
    (found,) = load(tmp_path).destinations()
    assert (found.name, found.type, found.url) == ("backend", "webhook", "https://example.com/hook")
    assert found.url_in_file
    assert found.options == {
        "secrets": [Secret("whsec_1")],
        "headers": {"Authorization": Secret("Bearer abc")},
        "timeout": 15,
    }


def test_a_destination_s_url_may_be_a_secret(tmp_path: Path) -> None:
    text = GOOD.replace('"https://example.com/hook"', '{env = "WHSEC"}')
    (found,) = load(tmp_path, text).destinations()
    assert (found.url, found.url_in_file) == ("whsec_1", False)


def test_a_destination_s_url_may_be_left_to_its_type(tmp_path: Path) -> None:
    (found,) = load(tmp_path, GOOD.replace('url = "https://example.com/hook"\n', "")).destinations()
    assert found.url == ""


def test_the_sha256_is_of_what_the_project_says_and_not_of_how_it_is_written(
    tmp_path: Path,
) -> None:
    first = load(tmp_path).project
    swapped = GOOD.replace(
        'bundle_id = "com.example.yoga"\napp_apple_id = 1',
        '# the same\napp_apple_id = 1\nbundle_id = "com.example.yoga"',
    )
    other = GOOD.replace("app_apple_id = 1", "app_apple_id = 2")
    assert re.fullmatch("[0-9a-f]{64}", first.sha256)
    assert load(tmp_path, swapped).project == first
    assert load(tmp_path, other).project.sha256 != first.sha256


def test_an_app_needs_neither_stores_nor_keys_nor_tokens(tmp_path: Path) -> None:
    found = load(tmp_path, '[project]\nname = "x"\n[[apps]]\nid = "a"\n')
    assert (found.tokens(), found.backend_keys(), found.destinations()) == ({}, {}, ())


@pytest.mark.parametrize(
    ("old", "new", "path", "remedy"),
    [
        ('name = "Fitness"', "", "project", "keys are name, restore"),
        ('plan = "grow"', 'plan = "growth"', "apps[0].plan", "analyze or grow"),
        ('plan = "grow"', 'plam = "grow"', "apps[0]", "`plam`"),
        ("demo = true", 'demo = "yes"', "apps[0].demo", "true or false, without quotes"),
        ('"keep"', '"all"', "project.restore_sandbox", "transfer_if_inactive"),
        ('id = "yoga"', 'id = "Yoga"', "apps[0].id", "a-z, 0-9"),
        ('id = "yoga"', 'id = "yo/ga"', "apps[0].id", "a-z, 0-9"),
        ('id = "yoga"', 'id = "-"', "apps[0].id", "another id"),
        ('[[apps]]\nid = "yoga"', '[[apps]]\nid = "a"\n[[apps]]\nid = "a"', "apps[1].id", "twice"),
        ('store = "app_store"', 'store = "itunes"', "apps[0].stores[1].store", "app_store"),
        ('store = "app_store"', 'store = "stripe"', "apps[0].stores[1].store", "twice"),
        ('["PRODUCTION"]', "[]", "apps[0].stores[1].environments", "PRODUCTION"),
        (
            '["PRODUCTION"]',
            '["PRODUCTION", "PRODUCTION"]',
            "apps[0].stores[1].environments",
            "once",
        ),
        ('["PRODUCTION"]', '["LIVE"]', "apps[0].stores[1].environments[", "SANDBOX"),
        ('"metadata.user_id"', '"metadata"', "apps[0].stores[0].track_new", "metadata.<key>"),
        (
            'forward = "https://old.example.com/stripe"',
            'forward = "x"',
            "apps[0].stores[0].forward",
            'write "https://..."',
        ),
        ('{env = "T1"}', '"tok"', "apps[0].stores[0].tokens[0]", "{env ="),
        ('[{env = "T1"}, {env = "T2"}]', '"tok"', "apps[0].stores[0].tokens", "{env ="),
        ('{env = "T1"}', '{env = "T1", file = "x"}', "apps[0].stores[0].tokens[0]", "{env ="),
        ('{env = "T1"}', '{env = "T2"}', "apps[0].stores[0].tokens[1]", "its own"),
        ('{env = "T1"}', '{env = "K1"}', "apps[0].backend_keys[0]", "its own"),
        ('{env = "T1"}', '{env = "WHSEC"}', "apps[0].stores[0].tokens[0]", "new-token"),
        ('{env = "T1"}', '{env = "NONE"}', "apps[0].stores[0].tokens[0]", "variable NONE"),
        ('{env = "WHSEC_NEXT"}', '{env = "EMPTY"}', "apps[0].stores[0].secrets[0]", "EMPTY"),
        ('{env = "WHSEC_NEXT"}', '{file = "none"}', "apps[0].stores[0].secrets[0]", "file none"),
        ('{env = "WHSEC_NEXT"}', '"whsec_literal"', "apps[0].stores[0].secrets[0]", "{env ="),
        (
            "app_apple_id = 1",
            'shared_secret = "x"',
            "apps[0].stores[1].options.shared_secret",
            "{env =",
        ),
        (
            "app_apple_id = 1",
            'p8 = {env = "WHSEC"}',
            "apps[0].stores[1].options.p8",
            "`secrets` of the store",
        ),
        ('"small_business"', '"full_fee"', "apps[0].stores[1].programs[0].name", "small_business"),
        ("2025-01-01", "2024-01-01", "apps[0].stores[1].programs[0].until", "not after since"),
        ("2025-01-01", '"soon"', "apps[0].stores[1].programs[0].until", "date"),
        ('store = "stripe"\nent', 'store = "paypal"\nent', "products[0].store", "play_store"),
        ('duration = "P1M"', 'duration = "1 month"', "products[0].duration", "P1M"),
        ('duration = "P1M"', 'duration = "P"', "products[0].duration", "P1M"),
        ('["pro"]', '[""]', "products[0].entitlements", "name it"),
        ('id = "pro_monthly"', 'id = ""', "products[0].id", "the product's id"),
        ('name = "backend"', 'name = "Back end"', "destinations[0].name", "a-z, 0-9"),
        ('type = "webhook"', "", "destinations[0]", "`type`"),
        ('"https://example.com/hook"', '"example.com"', "destinations[0].url", "https://"),
        *(
            (
                "[[apps.stores.programs]]",
                f'[apps.stores.api]\n{key} = "whsec_literal"\n[[apps.stores.programs]]',
                f"apps[0].stores[1].api.{key}",
                "{env =",
            )
            for key in ("private_key", "service_account_key", "test_api_key")
        ),
        (
            'secrets = [{env = "WHSEC"}]\nh',
            'secrets = ["x"]\nh',
            "destinations[0].secrets",
            "{env =",
        ),
        (
            'Authorization = {file = "authorization.txt"}',
            'X-Api-Token = "x"',
            "destinations[0].headers.X-Api-Token",
            "{env =",
        ),
        ("[project]", "[[project]]", "project", "[project], with one pair of brackets"),
        ("[project]", "[project", "", "not TOML"),
        ("[[products]]", "[products]", "products", "write [[products]], with two brackets"),
        ("[project]", "[colors]\n[project]", "top level", "`colors`"),
    ],
)
def test_what_is_wrong_is_named_with_file_path_and_remedy(
    tmp_path: Path, old: str, new: str, path: str, remedy: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, GOOD.replace(old, new, 1)).check_secrets()
    told = str(raised.value)
    assert told.startswith(f"{tmp_path / 'project.toml'}: {path}")
    assert remedy in told
    assert "whsec_literal" not in told


def test_two_destinations_of_one_name_are_refused(tmp_path: Path) -> None:
    again = '\n[[destinations]]\nname = "backend"\ntype = "slack"\nurl = "https://x"\n'
    with pytest.raises(ConfigError, match=r"destinations\[1\].name.*twice"):
        load(tmp_path, GOOD + again)


def test_the_same_product_may_be_mapped_for_one_store_and_for_all_but_each_once(
    tmp_path: Path,
) -> None:
    every = '\n[[products]]\nid = "pro_monthly"\nentitlements = ["lite"]\n'
    assert len(load(tmp_path, GOOD + every).project.products) == 2
    with pytest.raises(ConfigError, match=r"products\[2\].id.*twice"):
        load(tmp_path, GOOD + every + every)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SN_PROJECT"):
        load_project(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="SN_PROJECT"):
        load_project(tmp_path, {})
