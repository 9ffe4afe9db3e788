"""The demo's known logins: one member and one live API key for each role, kept in `instance/demo.json`."""

import base64
import hmac
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from core.database import db
from core.identity.accounts import member_with_password, slug_of
from core.identity.api_keys import issue_key
from core.identity.models import Organisation
from core.settings import Settings
from marketplace.demo.cast import DEMO_ADVERTISER, DEMO_PUBLISHER, NETWORK

ROLES = {"publisher": DEMO_PUBLISHER, "advertiser": DEMO_ADVERTISER, "admin": NETWORK}


@dataclass(frozen=True, slots=True)
class Login:
    """How to get in as one role. `api_key` is empty where it is not known (any more)."""

    role: str
    organisation: str
    email: str
    password: str
    api_key: str = ""


def new_logins() -> list[Login]:
    """The logins of this installation, before their API keys are issued.

    Passwords follow from the installation's secret key, so that they can be written down again when
    `demo.json` is lost, and are different everywhere.
    """
    secret = _settings().secret_key
    return [
        Login(role, organisation, f"{role}@example.com", _password(secret, role))
        for role, organisation in ROLES.items()
    ]


def issue_keys(logins: list[Login]) -> list[Login]:
    """The same logins with a new live API key each, in the session's transaction."""
    return [replace(login, api_key=issue_key(_organisation(login).id, "Demo", "live")[1]) for login in logins]


def recovered_logins() -> list[Login]:
    """The logins as far as they can still be told: API keys never, passwords unless they were changed."""
    return [
        login if member_with_password(login.email, login.password) else replace(login, password="")
        for login in new_logins()
    ]


def path() -> Path:
    """Where the logins are written down."""
    return _settings().instance / "demo.json"


def read() -> list[Login]:
    """The logins as they are written down; what is written follows where the installation is reached by now."""
    content = json.loads(path().read_text())
    written = [Login(role, organisation, **content[role]) for role, organisation in ROLES.items()]
    if content["base_url"] != _settings().base_url:
        write_down(written)
    return written


def write_down(logins: list[Login]) -> None:
    """Write the logins to `instance/demo.json`, readable by its owner only, whole or not at all."""
    content: dict[str, Any] = {"base_url": _settings().base_url}
    for login in logins:
        content[login.role] = {"email": login.email, "password": login.password, "api_key": login.api_key}
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=1) + "\n")
    fresh.replace(target)


def _settings() -> Settings:
    settings: Settings = current_app.config["FAIRLEAD"]
    return settings


def _organisation(login: Login) -> Organisation:
    return db.session.scalars(select(Organisation).where(Organisation.slug == slug_of(login.organisation))).one()


def _password(secret: bytes, role: str) -> str:
    digest = hmac.digest(secret, f"demo password: {role}".encode(), "sha256")
    return base64.b32encode(digest[:10]).decode().lower()
