"""Change counters: how a process learns that a cached picture of the database is out of date.

Whoever changes what others cache bumps the counter in the same transaction; whoever caches compares.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, db, driver

BUMP_SQL = """INSERT INTO version (name, value) VALUES ({name}, 1)
ON CONFLICT (name) DO UPDATE SET value = version.value + 1"""


class Version(Base):
    """One counter."""

    __tablename__ = "version"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def bump(name: str) -> None:
    """Say that what `name` stands for has changed, in the session's transaction."""
    db.session.execute(text(BUMP_SQL.format(name=":name")), {"name": name})


def current() -> Mapping[str, int]:
    """Every counter as it now stands; a name not there was never bumped."""
    # Asked for every API request and every batch of leads, hence straight to the driver; in a pipeline the BEGIN
    # that may come first costs no round trip of its own.
    connection = driver()
    with connection.pipeline():
        found = connection.execute("SELECT name, value FROM version", prepare=True)
    return dict(found.fetchall())
