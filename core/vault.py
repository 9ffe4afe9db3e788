"""Personal data at rest: sealed with AES-256-GCM under a data key of its own, wrapped by the master key.

To forget a person it is enough to destroy the wrapped data key. Contact hashes are keyed, so a copy of the
database does not tell whose phone numbers are in it.
"""

import hmac
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

_NONCE = 12


class Vault:
    """Seals and opens; holds the keys and nothing else."""

    def __init__(self, master_key: bytes, hash_key: bytes) -> None:
        """Both keys are 32 bytes."""
        self._master = AESGCM(master_key)
        self._hash_key = hash_key

    def seal(self, values: dict[str, Any], bound_to: bytes) -> tuple[bytes, bytes]:
        """Encrypt `values` under a fresh data key; returns (sealed, wrapped data key).

        `bound_to` (a row's identifier) is authenticated with it: sealed data moved to another row does not open.
        """
        data_key = os.urandom(32)
        nonces = os.urandom(2 * _NONCE)
        first, second = nonces[:_NONCE], nonces[_NONCE:]
        sealed = first + AESGCM(data_key).encrypt(first, json.dumps(values).encode(), bound_to)
        wrapped = second + self._master.encrypt(second, data_key, bound_to)
        return sealed, wrapped

    def open(self, sealed: bytes, wrapped: bytes, bound_to: bytes) -> dict[str, Any]:
        """Decrypt what `seal` gave. Raises cryptography's InvalidTag where anything was altered."""
        data_key = self._master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound_to)
        opened: dict[str, Any] = json.loads(AESGCM(data_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to))
        return opened

    def digest(self, kind: str, value: str) -> bytes:
        """A keyed hash (HMAC-SHA256, 16 bytes) of a normalised contact; `kind` keeps phones and e-mails apart."""
        return hmac.digest(self._hash_key, f"{kind}:{value}".encode(), "sha256")[:16]


def vault() -> Vault:
    """The application's vault."""
    held: Vault = current_app.extensions["vault"]
    return held
