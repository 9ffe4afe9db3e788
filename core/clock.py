"""The time, in one place, so that tests and replays can set it."""

from datetime import UTC, datetime

from flask import current_app


def now() -> datetime:
    """The present moment in UTC, or what `app.extensions["clock"]` says where a test has set one."""
    clock = current_app.extensions.get("clock")
    return clock() if clock else datetime.now(UTC)
