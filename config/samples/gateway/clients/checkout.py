"""Sells units of a stock over HTTP: holds them, then keeps them, or gives them back. Whatever breaks on the way, it is
done once, for everything here may be sent again. Python 3.9 or newer, nothing else. With give-back the order has nothing
in the end, also where an earlier run has sold it: then the sale is brought back.

  GATEWAY=https://gateway.example.com/api/v1 TOKEN_FILE=shop.token python3 checkout.py STOCK QUANTITY ORDER [give-back]

Exit code 0: done. 3: the books refuse it, nothing is held. 1: not known; run it again with the same ORDER. 2: called
wrongly, nothing was sent.
"""

import json
import os
import random
import sys
import time
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

MOST_TRIES = 7
MOST_LOOKS = 100
OVER = ("Released", "Expired", "Rejected")


class NotKnown(Exception):
    """No answer, or none that decides anything."""


def send(method, path, order=None, body=None):
    """Status, JSON, Location and seconds to wait of one answer, whatever its status is."""
    gateway = os.environ["GATEWAY"]
    token = Path(os.environ["TOKEN_FILE"]).read_text().strip()  # each time: it may be renewed meanwhile
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=5"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": order}
    url = urljoin(gateway, path) if path.startswith("/api/") else gateway + path
    request = Request(url, json.dumps(body).encode() if body is not None else None, headers, method=method)
    try:
        response = urlopen(request, timeout=30)
    except HTTPError as refusal:  # an answer, too
        response = refusal
    with response:
        retry_after = response.headers.get("Retry-After", "")
        pause = int(retry_after) if retry_after.isdigit() else 0
        return response.status, json.load(response), response.headers.get("Location"), pause


def ask(method, path, order=None, body=None):
    """Asks until there is an answer. None at all, half of one, 429 and 5xx mean: the same again, a little later."""
    for tried in range(1, MOST_TRIES + 1):
        pause = 0
        try:
            status, content, place, pause = send(method, path, order, body)
            if status < 500 and status not in (408, 429):
                return status, content, place, pause
            why = content.get("detail")
        except (OSError, HTTPException, ValueError) as error:
            why = error
        if tried < MOST_TRIES:
            time.sleep(max(2**tried * 0.1 * random.uniform(0.5, 1.5), pause))
    raise NotKnown(why)


def until(wanted, post):
    """Sends what is wanted, and looks at where the answer says until it is so, or never will be."""
    ends = (wanted, "Confirmed", *OVER) if wanted == "Reserved" else (wanted, *OVER)
    status, content, place, pause = post()
    for _ in range(MOST_LOOKS):
        if status != 202 and (status >= 300 or content["phase"] in ends):
            return status, content
        time.sleep(pause)
        status, content, *_ = ask("GET", place)
        if status == 404:  # it was never stored
            status, content, place, pause = post()
    raise NotKnown(content.get("message"))


def must(wanted, status, content):
    """Ends when the books say no. Who is not let in, or asks for what there isn't, knows nothing of an earlier try."""
    phase, reason, detail = content.get("phase"), content.get("reason"), content.get("detail")
    if status >= 300 and ("reservationId" not in content or reason == "KeyReused"):  # that order may hold
        raise NotKnown(f"{reason}: {detail}")
    if status < 300 and (phase == wanted or phase not in OVER):
        print(f"{phase}: {content.get('message')}")
        return
    print(f"refused: {reason}: {detail or content.get('message')}", file=sys.stderr)
    sys.exit(3)


def checkout(stock, quantity, order, give_back=None):
    wish = {"quantityToReserve": int(quantity), "consumer": order, "ttl": "15m"}
    status, held = until("Reserved", lambda: ask("POST", f"/virtual-stock/stocks/{stock}/reserve", order, wish))
    must("Reserved", status, held)
    # Here a shop takes the money. If it gets none, it gives the units back.
    verb, wanted = ("release", "Released") if give_back else ("confirm", "Confirmed")
    must(wanted, *until(wanted, lambda: ask("POST", f"/reservations/{held['reservationId']}/{verb}")))


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5) or not sys.argv[2].isdecimal() or not {"GATEWAY", "TOKEN_FILE"} <= os.environ.keys():
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        checkout(*sys.argv[1:])
    except NotKnown as error:
        print(f"not known: {error}", file=sys.stderr)
        sys.exit(1)
