"""Rate limits, counted in each process (so a limit holds per worker process)."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from core.identity.principal import principal_or_none


def _who() -> str:
    """Count by organisation for programs, by address for pages."""
    found = principal_or_none()
    return found.organisation_id.hex if found else get_remote_address()


limiter = Limiter(_who, storage_uri="memory://", strategy="fixed-window", headers_enabled=False)


def register_limits(app: Flask) -> None:
    """Start counting; API calls share one limit per organisation (setting API_RATE_LIMIT)."""
    app.config["RATELIMIT_APPLICATION"] = app.config["FAIRLEAD"].api_rate_limit
    app.config["RATELIMIT_APPLICATION_EXEMPT_WHEN"] = lambda: not request.path.startswith("/v1/")
    limiter.init_app(app)
