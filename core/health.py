"""Whether this process can serve: for load balancers and the launcher."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from core.database import db

pages = Blueprint("health", __name__)


@pages.get("/health")
def health() -> Response:
    """200 when the database answers and is migrated; a fault otherwise."""
    version = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return jsonify(status="ok", schema=version)
