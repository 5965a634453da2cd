#!/usr/bin/python3
# Makes the vectors of child batches and documents, from docs/PROTOCOL.md alone; the others were made the same way.
# Run it in this folder; the result never changes. SPDX-License-Identifier: Apache-2.0
import hashlib
import json

import nacl.signing

STORE, PARENT = "5d0c2f0e-94a1-4c1f-8f57-0e6f3a0b7c11", "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
BOOT = "11111111-2222-4333-8444-555555555555"


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def line(**members):
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def child():
    """The parent's records 1 and 2 carried over, a tombstone for 3, and the fork's own record."""
    with open("chain.json") as file:
        lines = [text.encode() for text in json.load(file)["lines"][:2]]
    device = dict(n=1, type="fault", at=1763800011000, up=16000, boot=BOOT, channel="device")
    lines.append(line(visit="019aab30-86f8-7000-8000-000000000001", **device, fault="damaged",
                      detail="did not survive on the device", unsaved=0, store=PARENT, first=3, last=3))
    lines.append(line(visit="019aab30-86f8-7000-8000-000000000002", **device, fault="fork",
                      detail="row 3 does not fit its chain", unsaved=0, store=PARENT, why="damaged", purged=0, carried=3))
    before = chain = blake(STORE.encode())
    for text in lines:
        chain = blake(chain, text)
    head = line(tapline=1, store=STORE, first=1, count=len(lines), before=before.hex(), after=chain.hex(), last=len(lines),
                at=1763800012000, up=17000, boot=BOOT, version="0.1.0", parent=PARENT, lineage=PARENT)
    with open("batch-child.ndjson", "wb") as file:
        file.write(b"".join(text + b"\n" for text in [head, *lines]))


def envelope():
    seed = bytes(range(32))
    key = nacl.signing.SigningKey(seed)
    document = json.dumps({"format": 1, "notices": [{"id": "queue", "text": {"en": "Two more counters", "zh": "增开两个窗口"}}]},
                          ensure_ascii=False)
    words = "tapline-document-1\nnotices\n7\n1763800020000\n%s\n" % blake(document.encode()).hex()
    made = {"kind": "notices", "serial": 7, "issued": 1763800020000, "document": document,
            "signature": key.sign(words.encode()).signature.hex()}
    with open("envelope.json", "w") as file:
        json.dump({"about": "Ed25519 over words; seed is the private key's 32 bytes", "seed": seed.hex(),
                   "public": bytes(key.verify_key).hex(), "words": words,
                   "envelope": json.dumps(made, ensure_ascii=False, separators=(",", ":"))}, file, ensure_ascii=False, indent=1)
        file.write("\n")


child()
envelope()
