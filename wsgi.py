"""The composition root: the only file that knows every room. `flask` and granian both start here."""

import sys

import click
from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from billing.api import api as billing_api
from billing.commands import books
from core import docs, health
from core.api import register_api
from core.commands import worker
from core.database import db
from core.errors import register_error_handlers
from core.identity import views as identity_views
from core.identity.api_keys import register_api_authentication
from core.identity.sessions import register_sessions
from core.limits import register_limits
from core.pages import register_pages
from core.settings import Settings, SettingsError, load_settings
from core.vault import Vault
from marketplace import admin_portal, advertiser_portal, publisher_portal
from marketplace.commands import user
from marketplace.demo.command import demo
from marketplace.importing import import_leads
from marketplace.leads.api import api as leads_api
from marketplace.leads.pipeline import register_pipeline
from marketplace.leads.receipts import ReceiptSigner
from marketplace.leads.receipts_api import api as receipts_api
from marketplace.market import MarketKeeper
from marketplace.orders import form_portal, portal  # noqa: F401  (their pages belong to the advertiser's portal)
from marketplace.orders.api import api as orders_api
from marketplace.sales import delivery, endpoint_portal  # noqa: F401  (registers its jobs and pages)
from marketplace.sales import portal as sales_portal  # noqa: F401  (registers its pages)
from marketplace.sales.api import api as sales_api
from marketplace.verticals.api import api as verticals_api

LARGEST_BODY = 32 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """The application, with every room's pages, API, commands and jobs."""
    app = Flask(__name__)
    _configure(app, settings)
    db.init_app(app)
    Migrate(app, db, compare_type=True)
    csrf = CSRFProtect(app)
    app.extensions["vault"] = Vault(settings.master_key, settings.hash_key)
    app.extensions["receipts"] = ReceiptSigner(settings.receipt_key)
    app.extensions["market"] = MarketKeeper()
    register_sessions(app)
    register_api_authentication(app)
    register_limits(app)
    register_pages(app)
    register_pipeline(app)
    portals = (publisher_portal.pages, advertiser_portal.pages, admin_portal.pages)
    for blueprint in (health.pages, identity_views.pages, docs.pages, *portals):
        app.register_blueprint(blueprint)
    rooms = (leads_api, receipts_api, orders_api, sales_api, verticals_api, billing_api)
    register_api(app, *rooms)
    register_error_handlers(app)  # after flask-smorest, which would answer HTTP errors in its own form
    for room in rooms:
        csrf.exempt(room)  # programs carry a key in a header, which no other site can make a browser send
    for command in (books, demo, import_leads, user, worker):
        app.cli.add_command(command)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        FAIRLEAD=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 20, "max_overflow": 20, "pool_pre_ping": False},
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.base_url.startswith("https://"),
        REMEMBER_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _application() -> Flask:
    try:
        return create_app(load_settings())
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def __getattr__(name: str) -> Flask:
    """`app` is made when a server or `flask` asks for it, so that tests can import this file without one."""
    if name in ("app", "application"):
        application = globals()["app"] = _application()
        return application
    raise AttributeError(name)
