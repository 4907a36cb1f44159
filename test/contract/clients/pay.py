"""A payment by card through the generated Python client. Arguments: address, key, secret."""

import sys

import tillway_client
from tillway_client.models import CreatePaymentRequest, CreatePaymentRequestCard

url, key, secret = sys.argv[1:]
configuration = tillway_client.Configuration(host=url, api_key={"apiKey": key, "apiSecret": secret})
with tillway_client.ApiClient(configuration) as client:
    card = CreatePaymentRequestCard(number="4242424242424242", expiry_month=12, expiry_year=2035, cvv="123")
    # More than 32 bits hold.
    body = CreatePaymentRequest(amount=3_000_000_000, currency="INR", method="card", card=card, confirm=True)
    payments = tillway_client.PaymentsApi(client)
    payment = payments.get_payment(payments.create_payment(body, idempotency_key="generated-python").id)
    assert payment.status == "succeeded" and payment.amount == 3_000_000_000, payment
print(payment.id)
