"""What the demo's business sells. Prices in micros by currency; all invented."""

from deploy.demo.happening import APP_STORE, PLAY_STORE, STRIPE, Product

CURRENCIES = ("USD", "EUR", "GBP", "JPY")
_SHARES = (60, 20, 12, 8)
CURRENCY_SHARES = dict(zip(CURRENCIES, _SHARES, strict=True))


def _prices(usd: str, eur: str, gbp: str, jpy: str) -> dict[str, int]:
    whole = dict(zip(CURRENCIES, (usd, eur, gbp, jpy), strict=True))
    return {currency: _micros(amount) for currency, amount in whole.items()}


def _micros(amount: str) -> int:
    units, _, cents = amount.partition(".")
    return int(units) * 1_000_000 + int(cents.ljust(2, "0")) * 10_000


_PLUS = _prices("4.99", "5.49", "4.49", "700")
_PLUS_YEAR = _prices("39.99", "44.99", "34.99", "5800")
_PRO = _prices("9.99", "10.99", "8.99", "1400")
_PRO_WEEK = _prices("2.99", "3.49", "2.49", "400")
_LIFETIME = _prices("99.99", "109.99", "89.99", "14800")

PLUS = Product(
    product_id="tidepool.plus.monthly",
    store=APP_STORE,
    name="Tidepool Plus",
    months=1,
    trial_days=7,
    prices=_PLUS,
)
PLUS_YEAR = Product(
    product_id="tidepool.plus.yearly",
    store=APP_STORE,
    name="Tidepool Plus, a year",
    months=12,
    trial_days=14,
    prices=_PLUS_YEAR,
)
PRO = Product(
    product_id="tidepool.pro.monthly", store=APP_STORE, name="Tidepool Pro", months=1, prices=_PRO
)
PRO_WEEK = Product(
    product_id="tidepool.pro.weekly",
    store=APP_STORE,
    name="Tidepool Pro, a week",
    days=7,
    prices=_PRO_WEEK,
)
LIFETIME = Product(
    product_id="tidepool.lifetime", store=APP_STORE, name="Tidepool for ever", prices=_LIFETIME
)
WEB_PLUS = Product(
    product_id="prod_TidepoolPlus",
    store=STRIPE,
    name="Tidepool Plus, web",
    months=1,
    trial_days=14,
    prices=_PLUS,
)
WEB_PRO = Product(
    product_id="prod_TidepoolPro", store=STRIPE, name="Tidepool Pro, web", months=1, prices=_PRO
)
WEB_PRO_YEAR = Product(
    product_id="prod_TidepoolProYear",
    store=STRIPE,
    name="Tidepool Pro, web, a year",
    months=12,
    prices=_prices("79.99", "84.99", "69.99", "11800"),
)
WEB_PRO_WEEK = Product(
    product_id="prod_TidepoolProWeek",
    store=STRIPE,
    name="Tidepool Pro, web, a week",
    days=7,
    prices=_PRO_WEEK,
)
# Google's products are a subscription and its base plan.
PLAY_PLUS = Product(
    product_id="tidepool_plus:monthly",
    store=PLAY_STORE,
    name="Tidepool Plus, Android",
    months=1,
    trial_days=7,
    prices=_PLUS,
)
PLAY_PRO = Product(
    product_id="tidepool_pro:monthly",
    store=PLAY_STORE,
    name="Tidepool Pro, Android",
    months=1,
    prices=_PRO,
)
PLAY_PLUS_YEAR = Product(
    product_id="tidepool_plus:yearly",
    store=PLAY_STORE,
    name="Tidepool Plus, Android, a year",
    months=12,
    prices=_PLUS_YEAR,
)
PLAY_LIFETIME = Product(
    product_id="tidepool_lifetime",
    store=PLAY_STORE,
    name="Tidepool for ever, Android",
    prices=_LIFETIME,
)

ALL = (
    *(PLUS, PLUS_YEAR, PRO, PRO_WEEK, LIFETIME),
    *(WEB_PLUS, WEB_PRO, WEB_PRO_YEAR, WEB_PRO_WEEK),
    *(PLAY_PLUS, PLAY_PRO, PLAY_PLUS_YEAR, PLAY_LIFETIME),
)
MONTHLY = {APP_STORE: PLUS, STRIPE: WEB_PLUS, PLAY_STORE: PLAY_PLUS}
DEARER = {APP_STORE: PRO, STRIPE: WEB_PRO, PLAY_STORE: PLAY_PRO}
WEEKLY = {APP_STORE: PRO_WEEK, STRIPE: WEB_PRO_WEEK}
YEARLY = {APP_STORE: PLUS_YEAR, STRIPE: WEB_PRO_YEAR, PLAY_STORE: PLAY_PLUS_YEAR}
FOR_EVER = {APP_STORE: LIFETIME, PLAY_STORE: PLAY_LIFETIME}
