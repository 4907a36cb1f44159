"""
Rules that JSON Schema cannot say. Each value that fits its schema and breaks one of them is replaced by one that keeps it, so that what
schemathesis sends as valid is valid. What it sends as invalid stays as it is: that has to be refused.
"""

import os
import re

import schemathesis
from schemathesis.generation import GenerationMode

# Refused in every text (invalid_characters): in the schema they would make a pattern of each description.
REFUSED = re.compile("[\u0000\u001e\u001f\ud800-\udfff]")

# Those that the connector declares.
CREDENTIALS = {"api_key": "sandbox_of_schemathesis", "webhook_secret": "hooks-of-schemathesis"}

# The least, what is suggested, and the most.
AMOUNTS = {"minimum": 100, "suggested": 500, "maximum": 900}

# The check digit, the list of test cards, and a date in the future.
CARD = {"number": "4111111111111111", "expiry_year": 2035, "expiry_month": 12, "cvv": "123"}


def kept(name, value):
    """The value of a member, or one beside it that keeps all rules."""
    if isinstance(value, dict):
        if name == "card":
            return CARD
        if name == "open_amount":
            # Bounds in their order.
            return {each: AMOUNTS[each] for each in value}
        if value.get("confirm") is True and "method" not in value:
            # To be charged at once, it needs a method.
            value = {**value, "confirm": False}
        if name == "credentials":
            return CREDENTIALS
        if name == "refund_limits":
            # Codes that ISO 4217 has.
            return {"INR": 5_000_000} if value else value
        if name == "headers":
            # Names are tokens of HTTP, and not those that we send ourselves.
            return {"X-Shop": "1"} if value else value
        return {REFUSED.sub("x", each): kept(each, inner) for each, inner in value.items()}
    if name == "rules" and isinstance(value, list):
        # One of accounts and weights, of accounts that are there, and an amount beside one currency.
        return [{"name": "Own", "accounts": [os.environ["OWN_ACCOUNT_ID"]]}] if value else value
    if isinstance(value, list):
        return [kept(name, each) for each in value]
    if name == "amount" and isinstance(value, (int, float)):
        # What is left to capture or to refund is no matter of a schema.
        return 1
    if not isinstance(value, str):
        return value
    if name == "connector":
        return "sandbox"
    if name == "bank":
        # One that a gateway of the account takes: others are refused, with 422.
        return "SANDBOX"
    if name == "currency":
        # A code that ISO 4217 has.
        return "INR"
    if name in ("url", "return_url", "cancel_url"):
        # A host that exists, and in no private network.
        return "https://shop.example/webhooks"
    if name == "logo":
        # With the bytes of a picture.
        return "data:image/png;base64,iVBORw0KGgo="
    if name == "origins":
        # A scheme and a host, and no path.
        return "https://shop.example"
    if name == "ip":
        # Digits, colons and points are not yet an address.
        return "203.0.113.7"
    if name in ("created_from", "created_before"):
        # A day that the calendar has.
        return {"created_from": "2026-01-31T12:00:00Z", "created_before": "2026-02-28T12:00:00Z"}[name]
    if name == "expires_at":
        # In the future.
        return "2035-01-31T12:00:00Z"
    if name == "time_zone":
        # A place that the list of time zones has.
        return "Asia/Kolkata"
    if name in ("from", "before", "to"):
        return "2026-01-31T12:00:00Z" if name == "from" else "2026-02-28T12:00:00Z"
    return REFUSED.sub("x", value)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path.startswith("/v1/keys/") and (case.path_parameters or {}).get("id") == os.environ["OWN_KEY_ID"]:
        # The key that it walks with: changed, rotated or revoked, it would end the walk.
        case.path_parameters = {**case.path_parameters, "id": "key_00000000000000000000000000"}
    if case.operation.path.startswith("/v1/connector-accounts/") and (case.path_parameters or {}).get("id") == os.environ["OWN_ACCOUNT_ID"]:
        # The account that takes its payments: without it none of them would succeed.
        case.path_parameters = {**case.path_parameters, "id": "acc_00000000000000000000000000"}
    if case.operation.path.startswith("/v1/gateways/") and case.path_parameters:
        # Only the gateway signs what an account that is there takes.
        case.path_parameters = {**case.path_parameters, "account": "acc_00000000000000000000000000"}
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.body, (dict, list)):
        case.body = kept("", case.body)
    if case.operation.path.endswith("/confirm") and not (isinstance(case.body, dict) and "method" in case.body):
        # A payment that was created without a method is confirmed with one.
        body = case.body if isinstance(case.body, dict) else {}
        case.body = {**body, "method": "upi", "upi": {"vpa": "success@sandbox"}}
    if isinstance(case.query, dict):
        # A cursor names a row that is there, and only one of the two is sent.
        cursors = ("starting_after", "ending_before")
        case.query = {name: kept(name, value) for name, value in case.query.items() if name not in cursors}
