"""The wire vectors against another language: anyone can write the other end from these files."""

import hashlib
import json

from nacl.signing import VerifyKey
from peers import TOP


def test_wire_vectors_in_another_language():
    """The vector files hold against Python's own BLAKE2b and Ed25519: anyone can write the other end from them."""
    folder = TOP / "tests/vectors"
    chain = json.loads((folder / "chain.json").read_text())
    value = hashlib.blake2b(chain["store"].encode(), digest_size=32).digest()
    assert value.hex() == chain["chains"][0]
    for line, expected in zip(chain["lines"], chain["chains"][1:], strict=True):
        value = hashlib.blake2b(value + line.encode(), digest_size=32).digest()
        assert value.hex() == expected
    head, *lines = (folder / "batch.ndjson").read_text().splitlines()
    head = json.loads(head)
    value = bytes.fromhex(head["before"])
    for line in lines:
        value = hashlib.blake2b(value + line.encode(), digest_size=32).digest()
    assert value.hex() == head["after"] and len(lines) == head["count"]
    receipt = json.loads((folder / "receipt.json").read_text())
    document = json.loads(receipt["document"])
    assert receipt["words"] == "tapline-receipt-1\n{store}\n{epoch}\n{high_water}\n{chain}\n{now}\n".format(**document)
    VerifyKey(bytes.fromhex(receipt["public"])).verify(receipt["words"].encode(), bytes.fromhex(document["signature"]))
