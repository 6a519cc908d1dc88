"""The same count with Python's csv module: rows by event, deliveries by domain and protocol, duplicates by hash."""

import csv
import sys
from collections import Counter

events, protocols, seen, duplicates = Counter(), Counter(), set(), 0
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = csv.reader(file)
    header = next(rows)
    event, recipient, tls = (header.index(name) for name in ("Mail Event", "Recipient", "TLS_Cipher"))
    for row in rows:
        key = hash(tuple(row))
        if key in seen:
            duplicates += 1
            continue
        seen.add(key)
        events[row[event]] += 1
        if row[event] == "D":
            domain = row[recipient].rpartition("@")[2].lower()
            protocols[domain, row[tls].partition(":")[0] or "plaintext"] += 1
print(sum(events.values()) + duplicates)
