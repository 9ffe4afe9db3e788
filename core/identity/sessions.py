"""Signing in with Flask-Login, and the doors between the portals."""

from uuid import UUID

from flask import Flask, abort, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from core.database import db
from core.identity.models import Member


def register_sessions(app: Flask) -> None:
    """Set up Flask-Login; a signed-in member becomes the request's principal."""
    manager = LoginManager(app)
    manager.login_view = "identity.sign_in"
    manager.login_message = "Please sign in first."

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(session_name: str) -> Member | None:
        identifier, _, mark = session_name.partition(".")
        try:
            member = db.session.get(Member, UUID(hex=identifier))
        except ValueError:
            return None
        return member if member and member.is_active and member.get_id().partition(".")[2] == mark else None

    @app.before_request
    def identify() -> None:
        if request.endpoint == "static" or request.path.startswith(("/v1/", "/health")):
            return
        if current_user.is_authenticated:
            request.environ["fairlead.principal"] = current_user.as_principal()


def only_for(role: str) -> None:
    """A blueprint's before_request: sign in first, and only members of that kind of organisation come in.

    A member of another kind gets 404, as if the portal were not there.
    """
    if not current_user.is_authenticated:
        abort_to_sign_in()
    if current_user.organisation.kind != role:
        abort(404)


def abort_to_sign_in() -> None:
    """Send a visitor to the sign-in page and back afterwards."""
    to: Response = redirect(url_for("identity.sign_in", next=request.full_path.rstrip("?")))
    abort(to)
