"""The JSON Schema of a webhook's body, made from the shapes that the payload itself is made from.

Shipped as `webhook.schema.json` beside this file; a test compares both and validates every event
type. It is open: a field may be added without a new api_version, as RevenueCat adds them.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from sinks.destinations.payload import (
    ADDITIONS,
    API_VERSION,
    LEFT_OUT,
    NULL_ON_INVOICE,
    SHAPES,
    Fields,
)
from streams.contracts.event import EventType
from streams.contracts.words import Environment, Origin, PeriodType, Reason, Signal

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_FILLED: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_WHOLE: Schema = {"type": "integer"}
_MS: Schema = {"type": "integer", "minimum": 0, "description": "unix milliseconds"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_TEXTS: Schema = {"type": "array", "items": _FILLED}


def _null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def _one_of(words: type[Environment | Origin | PeriodType | Reason | Signal]) -> Schema:
    return {"enum": [word.value for word in words]}


_ATTRIBUTE: Schema = {
    "type": "object",
    "properties": {"value": _TEXT, "updated_at_ms": _MS},
    "required": ["value", "updated_at_ms"],
}
_PRICE: Schema = {"type": ["number", "null"]}
FIELDS: Mapping[str, Schema] = {
    "id": {**_FILLED, "description": "the same in every retry and replay: dedupe on it"},
    "app_id": _FILLED,
    "event_timestamp_ms": _MS,
    "app_user_id": _FILLED,
    "original_app_user_id": _FILLED,
    "aliases": _TEXTS,
    "subscriber_attributes": {"type": "object", "additionalProperties": _ATTRIBUTE},
    "experiments": {"type": "array"},
    "product_id": _null(_TEXT),
    "entitlement_id": {"type": "null"},
    "entitlement_ids": {"type": ["array", "null"], "items": _FILLED, "minItems": 1},
    "period_type": _one_of(PeriodType),
    "purchased_at_ms": _null(_MS),
    "expiration_at_ms": _null(_MS),
    "grace_period_expiration_at_ms": _null(_MS),
    "auto_resume_at_ms": _null(_MS),
    "store": _FILLED,
    "environment": _one_of(Environment),
    "is_trial_conversion": _FLAG,
    "cancel_reason": _one_of(Reason),
    "expiration_reason": _one_of(Reason),
    "new_product_id": _FILLED,
    "presented_offering_id": _null(_TEXT),
    "price": {**_PRICE, "description": "USD, negative for a refund; null: not known"},
    "currency": _null({"type": "string", "pattern": "^[A-Z]{3}$"}),
    "price_in_purchased_currency": _PRICE,
    "tax_percentage": _null(_SHARE),
    "commission_percentage": _null(_SHARE),
    "takehome_percentage": {"type": ["number", "null"]},
    "transaction_id": _null(_TEXT),
    "original_transaction_id": _null(_TEXT),
    "is_family_share": _FLAG,
    "country_code": _null(_TEXT),
    "offer_code": _null(_TEXT),
    "renewal_number": _null({"type": "integer", "minimum": 1}),
    "metadata": {"type": ["object", "null"]},
    "transferred_from": _TEXTS,
    "transferred_to": _TEXTS,
}
_OURS: Mapping[str, Schema] = {
    "fact": _FILLED,
    "sequence": _WHOLE,
    "origin": _one_of(Origin),
    "late": _FLAG,
    "extension": _FLAG,
    "affects_access": _FLAG,
    "environment": _one_of(Environment),
    "subscription_id": _FILLED,
    "purchase_key": _FILLED,
    "customer_id": _FILLED,
    "occurred_at_ms": _MS,
    "received_at_ms": _MS,
    "receipt_id": _TEXT,
    "notification_id": _TEXT,
    "notification_type": _TEXT,
    "signal": _one_of(Signal),
    "price_micros": _null(_WHOLE),
    "price_usd_micros": _null(_WHOLE),
    "rate_usd_micros": _null(_WHOLE),
    "rate_day": _null(_TEXT),
    "quantity": {"type": "integer", "minimum": 1},
    "refund_id": _null(_TEXT),
    "offer_type": _null(_TEXT),
    "product_duration": _null(_TEXT),
    "new_product_id": _null(_TEXT),
    "project_sha256": _TEXT,
}


def payload_schema() -> Schema:
    """Of the whole body; `$defs` has one schema for each event type."""
    types = {type_.value: _event(type_, fields) for type_, fields in SHAPES.items()}
    refs = [_ref(name) for name in types]
    return {
        "$schema": _DIALECT,
        "title": "A webhook of Store Notifications",
        "description": "Field-compatible with RevenueCat's webhooks; ours is store_notifications.",
        **_object({"api_version": {"const": API_VERSION}, "event": {"oneOf": refs}}),
        "$defs": {**FIELDS, ADDITIONS: _object(dict(_OURS)), **types},
    }


def schema_text() -> str:
    """As it is shipped."""
    indented = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(payload_schema(), option=indented).decode()


def _event(type_: EventType, fields: Fields) -> Schema:
    properties = {name: _field(type_, name) for name in fields}
    properties[ADDITIONS] = _ref(ADDITIONS)
    schema = _object(properties)
    schema["required"] = [name for name in properties if name not in LEFT_OUT]
    return schema


def _field(type_: EventType, name: str) -> Schema:
    if name == "type":
        return {"const": type_.value}
    if type_ is EventType.INVOICE_ISSUANCE and name in NULL_ON_INVOICE:
        return {"type": "null"}
    return _ref(name)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
