"""The receipts API: the network's public key, and a check of a receipt."""

from typing import Any

from flask import current_app
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core.identity.principal import principal
from marketplace.leads.receipts import ReceiptSigner

api = Blueprint("Receipts", __name__, url_prefix="/v1", description="Receipts: signed proofs of submissions")


class PublicKeySchema(Schema):
    """The key that receipts are verified with."""

    algorithm = fields.String(required=True)
    public_key = fields.String(required=True, metadata={"description": "base64 of 32 bytes"})


class ReceiptSchema(Schema):
    """A receipt to be checked."""

    receipt = fields.String(required=True, validate=validate.Length(1, 4_000))


class CheckedReceiptSchema(Schema):
    """Whether this network signed the receipt, and what it says."""

    valid = fields.Boolean(required=True)
    payload = fields.Dict(required=True, allow_none=True)


@api.get("/receipts/key")
@api.response(200, PublicKeySchema)
@api.doc(summary="The public key of receipts")
def public_key() -> dict[str, Any]:
    """Keep this key to verify receipts without asking us: Ed25519 over the receipt's middle part."""
    principal()
    signer: ReceiptSigner = current_app.extensions["receipts"]
    return {"algorithm": "Ed25519", "public_key": signer.public_key}


@api.post("/receipts/verify")
@api.arguments(ReceiptSchema)
@api.response(200, CheckedReceiptSchema)
@api.doc(summary="Verify a receipt")
def verify(given: dict[str, str]) -> dict[str, Any]:
    """Check a receipt's signature. Nothing is stored, so no Idempotency-Key is needed."""
    principal()
    signer: ReceiptSigner = current_app.extensions["receipts"]
    payload = signer.verify(given["receipt"])
    return {"valid": payload is not None, "payload": payload}
