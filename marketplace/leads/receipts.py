"""Receipts: a signed proof of every submission, which anybody can verify with the network's public key.

A receipt is `v1.<payload>.<signature>`, both base64url without padding; the payload is JSON, the signature Ed25519
(RFC 8032) over the payload's text. It binds the lead's id, the publisher, the moment, a hash of what was sent,
and the verdict with its payout.
"""

import base64
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.ids import public_id


class ReceiptSigner:
    """Signs and verifies; holds the network's receipt key."""

    def __init__(self, seed: bytes) -> None:
        """`seed` is the key's 32 bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key()

    @property
    def public_key(self) -> str:
        """The public key, base64 of its 32 bytes, for publishers to keep."""
        return base64.b64encode(self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, lead_id: UUID, publisher_id: UUID, at: datetime, body_hash: bytes, status: str, payout: str) -> str:
        """The receipt of one submission. `payout` is a decimal text."""
        payload = {
            "lead": public_id("lead", lead_id),
            "publisher": public_id("organisation", publisher_id),
            "at": at.isoformat(),
            "sha256": body_hash.hex(),
            "status": status,
            "payout": payout,
        }
        text = _encode(json.dumps(payload, separators=(",", ":")).encode())
        return f"v1.{text}.{_encode(self._key.sign(text.encode()))}"

    def verify(self, receipt: str) -> dict[str, Any] | None:
        """The payload of a receipt that this network signed, or None for any other text."""
        return verify_receipt(receipt, self._public)


def verify_receipt(receipt: str, key: Ed25519PublicKey) -> dict[str, Any] | None:
    """The payload of a receipt signed by the owner of `key`, or None."""
    version, _, rest = receipt.partition(".")
    text, _, signature = rest.partition(".")
    try:
        key.verify(_decode(signature), text.encode())
        payload: dict[str, Any] = json.loads(_decode(text))
    except (InvalidSignature, ValueError):
        return None
    return payload if version == "v1" else None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
