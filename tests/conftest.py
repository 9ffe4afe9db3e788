"""Fixtures. Every test that asks for `app` gets a database of its own, cloned from one that the migrations built."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from billing.books import check
from core.database import db
from core.limits import limiter
from core.local_postgres import LocalPostgres
from core.settings import Settings, load_settings
from marketplace.market import MarketKeeper
from tests.market import Market
from wsgi import create_app


@pytest.fixture(scope="session")
def instance() -> Iterator[Path]:
    """A directory for keys, mails and the like."""
    with tempfile.TemporaryDirectory(prefix="fairlead-test-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def server_url(instance: Path) -> Iterator[str]:
    """A PostgreSQL server to make databases on: DATABASE_URL's, else a throwaway one of ours."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with LocalPostgres(instance / "postgres", durable=False) as postgres:
        yield postgres.url


def run_sql(url: str, *statements: str) -> None:
    """Run statements outside any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def database(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return url.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(scope="session")
def names(worker_id: str) -> tuple[str, str]:
    """The names of the template and of the test database, for this test process."""
    return f"fairlead_template_{worker_id}", f"fairlead_test_{worker_id}"


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, or one of our own (so that runs on one server do not meet)."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main") + str(os.getpid())


@pytest.fixture(scope="session")
def settings(instance: Path, server_url: str, names: tuple[str, str]) -> Settings:
    """Development settings pointing at the test database."""
    environ = {"INSTANCE_PATH": str(instance), "DATABASE_URL": database(server_url, names[1])}
    return load_settings(environ)


@pytest.fixture(scope="session")
def template(server_url: str, names: tuple[str, str], settings: Settings) -> Iterator[str]:
    """The name of a database that the migrations have built, to clone tests' databases from."""
    run_sql(server_url, f"DROP DATABASE IF EXISTS {names[0]} WITH (FORCE)", f"CREATE DATABASE {names[0]}")
    builder = create_app(replace(settings, database_url=database(server_url, names[0])))
    with builder.app_context():
        upgrade()
        db.engine.dispose()
    yield names[0]
    run_sql(server_url, f"DROP DATABASE IF EXISTS {names[0]} WITH (FORCE)")


@pytest.fixture(scope="session")
def one_app(settings: Settings, template: str) -> Flask:
    """The application, made once; its database is made anew for each test."""
    app = create_app(settings)
    app.test_client_class = OwnContextClient
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def app(one_app: Flask, server_url: str, names: tuple[str, str], template: str) -> Iterator[Flask]:
    """The application on a fresh database; at the end of the test the books must be in order."""
    fresh = (
        f"DROP DATABASE IF EXISTS {names[1]} WITH (FORCE)",
        f"CREATE DATABASE {names[1]} TEMPLATE {template} STRATEGY FILE_COPY",
    )
    run_sql(server_url, *fresh)
    one_app.extensions["market"] = MarketKeeper()
    one_app.extensions.pop("clock", None)
    limiter.reset()
    yield one_app
    with one_app.app_context():
        db.session.rollback()
        findings = check()
        db.session.remove()
        db.engine.dispose()
    run_sql(server_url, fresh[0])
    assert findings == []


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed, for tests that call services."""
    with app.app_context():
        yield app
        db.session.rollback()


class OwnContextClient(FlaskClient):
    """A client whose requests do not share the test's session and `g`, as in a process of their own."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that asks the application directly."""
    return app.test_client()


@pytest.fixture
def market(context: Flask) -> Market:
    """A small market: a vertical, a publisher and builders for more."""
    return Market()
