"""What the demo signs is what Apple's own library accepts, chain and claims."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from appstoreserverlibrary.models.Environment import Environment
from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier, VerificationException

from deploy.demo.payloads import app_store
from deploy.demo.signers.apple import AppleChain, AppleSigner

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUNDLE_ID = "com.example.tidepool"
CHAIN = AppleChain.create(NOW)


def signed_payload(signer: AppleSigner) -> str:
    transaction = app_store.transaction(
        transaction_id="1002",
        original_transaction_id="1001",
        product_id="pro.monthly",
        purchased_at=NOW,
        signed_at=NOW,
        expires_at=NOW + timedelta(days=30),
        bundle_id=BUNDLE_ID,
        price_micros=9_990_000,
        currency="EUR",
    )
    renewal = app_store.renewal(
        original_transaction_id="1001", product_id="pro.monthly", signed_at=NOW
    )
    notification = app_store.notification(
        "DID_RENEW",
        uuid="uuid-1",
        signed_at=NOW,
        bundle_id=BUNDLE_ID,
        app_apple_id=1,
        transaction=transaction,
        renewal=renewal,
        status=app_store.ACTIVE,
    )
    payload: str = orjson.loads(signer.body(notification))["signedPayload"]
    return payload


def library(chain: AppleChain) -> SignedDataVerifier:
    return SignedDataVerifier(
        [chain.root.der],
        enable_online_checks=False,
        environment=Environment.PRODUCTION,
        bundle_id=BUNDLE_ID,
        app_apple_id=1,
    )


def test_apples_library_accepts_and_reads_it() -> None:
    verifier = library(CHAIN)

    outer = verifier.verify_and_decode_notification(signed_payload(AppleSigner(CHAIN)))
    transaction = verifier.verify_and_decode_signed_transaction(outer.data.signedTransactionInfo)
    renewal = verifier.verify_and_decode_renewal_info(outer.data.signedRenewalInfo)

    assert outer.rawNotificationType == "DID_RENEW"
    assert (transaction.transactionId, transaction.price) == ("1002", 9990)
    assert (renewal.originalTransactionId, renewal.rawAutoRenewStatus) == ("1001", 1)


def test_apples_library_refuses_another_root() -> None:
    with pytest.raises(VerificationException):
        library(AppleChain.create(NOW)).verify_and_decode_notification(
            signed_payload(AppleSigner(CHAIN))
        )


def test_all_tokens_of_a_notification_carry_the_same_header() -> None:
    signer = AppleSigner(CHAIN)

    tokens = [signer.sign({"n": n}) for n in range(2)]

    assert {token.split(".")[0] for token in tokens} == {signer.header}


def test_a_chain_is_made_once_and_kept(tmp_path: Path) -> None:
    made = AppleChain.kept(tmp_path / "keys", NOW)
    kept = AppleChain.kept(tmp_path / "keys", NOW + timedelta(days=1))

    assert kept.root_fingerprint == made.root_fingerprint
    verifier = library(made)
    assert verifier.verify_and_decode_notification(signed_payload(AppleSigner(kept)))
