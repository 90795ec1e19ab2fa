"""Reads all tickets by the Link header, page by page, and one ticket, with Python's standard library."""
import base64
import json
import re
import sys
import urllib.request

base, key = sys.argv[1], sys.argv[2]
headers = {"Authorization": "Basic " + base64.b64encode((key + ":X").encode()).decode(), "User-Agent": "py-sync/3.1"}


def get(url):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        link = re.search(r'<([^>]+)>; *rel="next"', answer.headers.get("Link") or "")
        return json.load(answer), link and link.group(1), answer.headers.get("X-Cache")


url, ids, caches = base + "/api/v2/tickets?updated_since=" + sys.argv[3] + "&per_page=10", [], []
while url:
    page, url, cache = get(url)
    ids += [ticket["id"] for ticket in page]
    caches.append(cache)
ticket, _, cache = get("%s/api/v2/tickets/%d" % (base, ids[0]))
print(json.dumps({"ids": ids, "caches": caches, "ticket": ticket, "next": cache}))
