"""What operators are told about each store: what an app must set, and what to do when nothing comes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One option that a new app is asked for, by its name in [apps.stores.options]."""

    option: str
    text: str
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`send`: how to make the store send something now. `unproven`: what is set wrongly when nothing
    that comes can be proven, `other_app`: when it is genuine and of another app or environment.
    `unanswered`: which credentials its API wants. `secret`: what the store calls the secret that its
    notifications are signed with; "": they need none.
    """

    send: str
    unproven: str
    other_app: str
    unanswered: str = ""
    secret: str = ""
    questions: tuple[Question, ...] = ()


APP_STORE = Advice(
    send="buy a subscription in the app with a sandbox account, and wait for its renewal (minutes in the"
    " sandbox)",
    unproven="Apple did not sign it: something else posts to this URL (Xcode's local tests are signed by"
    " nobody), or what stands before port 8080 changes the body; let it pass untouched",
    other_app="compare bundle_id, app_apple_id and environments of this app with App Store Connect, App"
    " Information: the URL of one app stands in another's",
    questions=(
        Question(option="bundle_id", text="Bundle ID (App Store Connect, App Information)"),
        Question(option="app_apple_id", text="Apple ID, the number beside it", number=True),
    ),
)
PLAY_STORE = Advice(
    send="press Send test notification in Play Console, Monetize with Play, Monetization setup",
    unproven="audience and service_account must be those of the Pub/Sub push subscription, letter for"
    " letter (gcloud pubsub subscriptions describe), and its authentication must be on",
    other_app="compare package_name and subscription (projects/P/subscriptions/S) with Play Console and"
    " Pub/Sub: another app's topic leads here",
    unanswered="set service_account_key in [apps.stores.api], give that account its permissions in Play"
    " Console, and wait: new ones take up to 36 hours",
    questions=(
        Question(option="package_name", text="Application id, as in com.example.notes"),
        Question(
            option="subscription",
            text="Pub/Sub subscription to be made, as in projects/PROJECT/subscriptions/notes-play",
        ),
        Question(option="audience", text="Audience of its pushes, any text, as in notes-play"),
        Question(
            option="service_account",
            text="Account that signs them, as in pubsub-push@PROJECT.iam.gserviceaccount.com",
        ),
    ),
)
STRIPE = Advice(
    send="run stripe trigger customer.subscription.created, or start a subscription in the sandbox",
    unproven="the signing secret is another endpoint's: each endpoint has its own, the sandbox's and"
    " stripe listen's too; copy this endpoint's whsec_... to where `secrets` points, and restart verify",
    other_app="compare environments (live or sandbox) and account (Connect) of this app with the"
    " endpoint's",
    unanswered="set api_key and test_api_key in [apps.stores.api]",
    secret="signing secret (whsec_...)",  # noqa: S106 - a name
)
