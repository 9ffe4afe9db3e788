"""The API documentation's page: a short guide, and every call from the OpenAPI document."""

from flask import Blueprint, current_app, render_template

pages = Blueprint("docs", __name__)

# Every stable code of the API's problem documents, with its usual status and what to do about it.
ERRORS = (
    ("bad_request", "400", "The request is not well formed. The detail says how."),
    ("unauthenticated", "401", "No key, or one that is unknown, revoked, or of a suspended organisation."),
    ("forbidden", "403", "The key is known, but this call is for another kind of organisation."),
    ("not_found", "404", "There is no such thing, or it is not yours. The answer does not tell which."),
    ("method_not_allowed", "405", "This address takes other methods."),
    ("conflict", "409", "True in itself, but at odds with what is already recorded, such as a name that is taken."),
    ("idempotency_key_reused", "409", "The Idempotency-Key was used before with another body. Use a new key."),
    (
        "idempotency_in_progress",
        "409",
        "The first request with this key is still being carried out. Ask again shortly.",
    ),
    ("insufficient_funds", "409", "There is not enough money in the wallet."),
    ("journal_conflict", "409", "The key already belongs to another journal."),
    ("link_expired", "410", "A mailed link is too old or was used already."),
    ("too_large", "413", "The body is larger than 32 MiB. Send smaller batches."),
    ("unsupported_media_type", "415", "Send JSON, NDJSON or a form, and say so in Content-Type."),
    ("invalid", "422", "Fields are missing or wrong. errors lists every one of them with what is accepted."),
    ("rate_limited", "429", "Too many requests. Wait for as many seconds as Retry-After says."),
    ("internal", "500", "Something broke on our side. It is logged; send the request again with the same key."),
)


@pages.get("/docs")
def guide() -> str:
    """The guide and the reference; for everybody, signed in or not."""
    settings = current_app.config["FAIRLEAD"]
    return render_template(
        "docs.html",
        base_url=settings.base_url,
        errors=ERRORS,
        public_key=current_app.extensions["receipts"].public_key,
    )
