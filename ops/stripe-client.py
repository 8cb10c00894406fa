"""Stripe's own client against our stand-in. Started by ops/stripe-client; see there."""

import json
import subprocess
import time
import urllib.error
import urllib.request

import stripe

passed = failed = 0


def check(condition, words):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {words}")


def refuses(error, words, act):
    try:
        act()
    except error as caught:
        check(True, words)
        return caught
    except Exception as other:  # noqa: BLE001, another kind of refusal is a failure with its name
        check(False, f"{words}: {type(other).__name__}: {other}")
    else:
        check(False, f"{words}: accepted")


def post(address, body=b""):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(address, data=body)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("location", "").encode()


server = subprocess.Popen(["node", "ops/stripe-stand-in.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
try:
    site = json.loads(server.stdout.readline())

    def client(key):
        return stripe.StripeClient(key, base_addresses={"api": site["url"]}, max_network_retries=0)

    api = client(site["key"]).v1
    # What the program sends, field by field (web/src/payments/stripe/mod.rs).
    params = {
        "mode": "payment",
        "client_reference_id": "01900000-0000-7000-8000-000000000000",
        "success_url": "http://localhost:1/back?back=paid&session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:1/back?back=left",
        "line_items": [{
            "quantity": 1,
            "price_data": {"currency": "usd", "unit_amount": 4000, "product_data": {"name": "Dues"}},
        }],
        "metadata": {"payment": "01900000-0000-7000-8000-000000000000"},
        "payment_intent_data": {"metadata": {"payment": "01900000-0000-7000-8000-000000000000"}},
        "customer_email": "ann@people.example",
    }
    once = {"idempotency_key": "payment-1"}
    session = api.checkout.sessions.create(params, once)
    check(session.object == "checkout.session" and session.id.startswith("cs_test_"), "a session is made")
    check((session.amount_total, session.currency) == (4000, "usd"), "with the amount in minor units")
    check((session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None), "open and unpaid")
    check(api.checkout.sessions.create(params, once).id == session.id, "the same key gives the same session")
    refuses(stripe.IdempotencyError, "the same key with other parameters",
            lambda: api.checkout.sessions.create({**params, "customer_email": "bo@people.example"}, once))
    refuses(stripe.InvalidRequestError, "a session without items",
            lambda: api.checkout.sessions.create({"mode": "payment", "success_url": "http://localhost:1/"}))
    error = refuses(stripe.InvalidRequestError, "an unknown session", lambda: api.checkout.sessions.retrieve("cs_test_none"))
    check(error is not None and error.code == "resource_missing", "with its code")
    refuses(stripe.AuthenticationError, "a wrong key", lambda: client("sk_test_wrong").v1.charges.list())

    status, back = post(session.url)
    check(status == 303 and session.id.encode() in back, f"paying leads back with the session's name: {status} {back}")
    paid = api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    check((paid.status, paid.payment_status) == ("complete", "paid"), "paid and complete")
    charge = paid.payment_intent.latest_charge
    check(charge.amount == 4000 and charge.paid and charge.metadata["payment"] == params["client_reference_id"], "the charge is expanded")
    check(isinstance(api.checkout.sessions.retrieve(session.id).payment_intent, str), "and is a name otherwise")
    listed = api.charges.list({"created": {"gte": int(time.time()) - 60, "lt": int(time.time()) + 60}, "limit": 1})
    check([c.id for c in listed.auto_paging_iter()] == [charge.id], "charges are listed by their time")

    # Notices.
    asked = json.dumps({"type": "checkout.session.completed", "session": session.id}).encode()
    notice = json.loads(post(site["url"] + "/_event", asked)[1])
    body, header = notice["body"].encode(), notice["header"]
    event = stripe.Webhook.construct_event(body, header, site["secret"])
    check((event.type, event.data.object.id) == ("checkout.session.completed", session.id), "construct_event accepts a notice")
    check(event.data.object.payment_intent == paid.payment_intent.id, "and reads it")
    bad = stripe.SignatureVerificationError
    refuses(bad, "another secret", lambda: stripe.Webhook.construct_event(body, header, "whsec_other"))
    refuses(bad, "another body", lambda: stripe.Webhook.construct_event(body + b" ", header, site["secret"]))
    old = json.dumps({"type": "checkout.session.completed", "session": session.id, "time": int(time.time()) - 360}).encode()
    notice = json.loads(post(site["url"] + "/_event", old)[1])
    refuses(bad, "six minutes old", lambda: stripe.Webhook.construct_event(notice["body"], notice["header"], site["secret"]))

    # Refunds.
    name = paid.payment_intent.id
    refund = api.refunds.create({"payment_intent": name, "amount": 1500}, {"idempotency_key": "refund-1"})
    again = api.refunds.create({"payment_intent": name, "amount": 1500}, {"idempotency_key": "refund-1"})
    check(refund.status == "succeeded" and refund.id == again.id, "a refund is made once")
    check(api.charges.list().data[0].amount_refunded == 1500, "the charge says how much in all")
    refuses(stripe.InvalidRequestError, "more than is left", lambda: api.refunds.create({"payment_intent": name, "amount": 2501}))
    second = api.checkout.sessions.create(params)
    check(api.checkout.sessions.expire(second.id).status == "expired", "a session is expired")
finally:
    server.stdin.close()
    server.wait(10)
print(f"{passed} passed, {failed} failed")
raise SystemExit(0 if failed == 0 and passed > 0 else 1)
