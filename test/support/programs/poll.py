"""Polls Freshdesk with nothing but Python's standard library: pages by the Link header, over one kept connection."""
import base64
import http.client
import json
import re
import sys
import urllib.parse
import urllib.request

base = sys.argv[1]
headers = {"Authorization": "Basic " + base64.b64encode(b"python-key:X").decode(), "User-Agent": "py-sync/3.1 (stdlib)"}

# urllib: a connection a request, following Link.
url = base + "/api/v2/tickets?per_page=30"
tickets = 0
while url:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        tickets += len(json.load(response))
        link = re.search(r'<([^>]+)>; *rel="next"', response.headers.get("Link") or "")
        url = link and link.group(1)

# http.client: one connection for all.
parts = urllib.parse.urlsplit(base)
connection = http.client.HTTPConnection(parts.hostname, parts.port)
for page in range(1, 4):
    connection.request("GET", f"{parts.path}/api/v2/contacts?per_page=10&page={page}", headers=headers)
    answer = connection.getresponse()
    json.load(answer)
connection.request("POST", parts.path + "/api/v2/contacts", body=json.dumps({"name": "Py", "email": "py@example.com"}),
                   headers={**headers, "Content-Type": "application/json"})
created = connection.getresponse()
created.read()
print(json.dumps({"tickets": tickets, "created": created.status}))
