"""Uploads by Python's own clients: of known length, in chunks, and refused half-way. Prints what each of them got, as JSON."""
import http.client
import json
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

base = sys.argv[1]
at = urlsplit(base)
payload = bytes(range(256)) * 4_000
agent = {"User-Agent": "py-upload/1.0", "Content-Type": "application/octet-stream"}


def chunks():
    for start in range(0, len(payload), 70_000):
        yield payload[start : start + 70_000]


def by_urllib(path, body):
    request = urllib.request.Request(base + path, data=body, headers=agent, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as refusal:
        return [refusal.code, refusal.read().decode()]


def by_client(path, body, **options):
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    connection.request("PUT", path, body=body, headers=agent, **options)
    answer = connection.getresponse()
    got = [answer.status, answer.read().decode()]
    connection.request("GET", "/again", headers={"User-Agent": "py-upload/1.0"})
    again = connection.getresponse()
    again.read()
    connection.close()
    return got + [again.status]


print(
    json.dumps(
        {
            "urllib": by_urllib("/store", payload),
            "urllib chunked": by_urllib("/store", chunks()),
            "client": by_client("/store", payload),
            "client chunked": by_client("/store", chunks(), encode_chunked=True),
            "refused": by_urllib("/refuse", payload),
            "refused chunked": by_urllib("/refuse", chunks()),
        }
    )
)
