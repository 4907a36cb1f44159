"""A receiver with `standardwebhooks` of PyPI. Flask, Django and FastAPI differ only in how the raw body is read (see ../../README.md)."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError

PORT = int(os.environ.get("PORT", "4000"))
SECRET = os.environ.get("TILLWAY_WEBHOOK_SECRET")
if not SECRET:
    raise SystemExit("TILLWAY_WEBHOOK_SECRET is not set: the whsec_… of your endpoint, shown when it was made, or by `tillway listen` at its start.")
WEBHOOK = Webhook(SECRET)
BODY_MAX_BYTES = 1 << 20  # far more than any event has
ALREADY_PARSED = (
    "The body was already parsed, and what was signed are its exact bytes. "
    "Read it raw: request.get_data() in Flask, request.body in Django, await request.body() in FastAPI."
)


def verified(body, headers):
    """The event. Raises WebhookVerificationError or ValueError if it is not proven."""
    if not isinstance(body, bytes):
        raise ValueError(ALREADY_PARSED)
    WEBHOOK.verify(body, dict(headers))
    return json.loads(body)  # not what verify returns: that differs between versions and libraries


# In a real shop: a table whose primary key is the event's id, written in the transaction that does the work.
DONE = {}
DONE_MAX = 10_000
LOCK = Lock()


def on_event(event):
    """The same event may come more than once, and events may come out of order."""
    with LOCK:
        if event["id"] in DONE:
            return
        act(event)
        DONE[event["id"]] = True
        if len(DONE) > DONE_MAX:
            del DONE[next(iter(DONE))]


def act(event):
    if event["type"] == "webhook.test":  # its data is empty
        print("webhook.test arrived", flush=True)
        return
    verb = "ship" if event["type"] == "payment.succeeded" else event["type"]
    print(f"{verb} {event['data']['id']}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers.get("content-length") or 0)
        if size > BODY_MAX_BYTES:
            return self.answer(413, "the body is too large")
        body = self.rfile.read(size)
        try:
            if self.path == "/parsed":  # how not to do it: the message says what to change
                body = json.loads(body)
            on_event(verified(body, self.headers))
        except (WebhookVerificationError, ValueError) as error:  # a header that is no base64 is a ValueError
            return self.answer(400, str(error))
        return self.answer(204, "")

    def answer(self, status, text):
        self.send_response(status)
        if text:
            self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    print(f"listening on http://127.0.0.1:{PORT}/webhooks", flush=True)
    server.serve_forever()
