"""Sealed data: opens only with its keys, in its place."""

import os

import pytest
from cryptography.exceptions import InvalidTag

from core.vault import Vault


def test_what_is_sealed_opens_and_does_not_show() -> None:
    vault = Vault(os.urandom(32), os.urandom(32))
    sealed, key = vault.seal({"name": "Zebulon"}, b"row")
    assert b"Zebulon" not in sealed
    assert vault.open(sealed, key, b"row") == {"name": "Zebulon"}
    assert vault.seal({"name": "Zebulon"}, b"row") != (sealed, key)


@pytest.mark.parametrize("what", ["sealed", "key", "row", "master"])
def test_anything_altered_does_not_open(what: str) -> None:
    vault = Vault(os.urandom(32), os.urandom(32))
    sealed, key = vault.seal({"a": 1}, b"row")
    row = b"row"
    if what == "sealed":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    elif what == "key":
        key = key[:-1] + bytes([key[-1] ^ 1])
    elif what == "row":
        row = b"other"
    else:
        vault = Vault(os.urandom(32), os.urandom(32))
    with pytest.raises(InvalidTag):
        vault.open(sealed, key, row)


def test_contact_hashes_are_keyed_and_tell_kinds_apart() -> None:
    one, other = Vault(bytes(32), b"1" * 32), Vault(bytes(32), b"2" * 32)
    assert one.digest("phone", "+1402") == one.digest("phone", "+1402")
    assert len({one.digest("phone", "x"), one.digest("email", "x"), other.digest("phone", "x")}) == 3
