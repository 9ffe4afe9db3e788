"""Pages through HTTP as a browser without scripts sees them: forms are fetched first, for their token."""

import re
from typing import Any

from flask.testing import FlaskClient

from tests.market import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


def token_of(client: FlaskClient, path: str) -> str:
    """The form token that a page (or any page of the session) carries."""
    for page in (path, "/keys", "/sign-in"):
        found = _TOKEN.search(client.get(page).text)
        if found:
            return found[1] or found[2]
    raise AssertionError(f"no form at {path}")


def post(client: FlaskClient, path: str, **values: Any) -> Any:
    """Post a form to a page, with its token."""
    return client.post(path, data={"csrf_token": token_of(client, path), **values})


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, path: str = "/sign-in") -> Any:
    """Sign in through the page."""
    return post(client, path, email=email, password=password)
