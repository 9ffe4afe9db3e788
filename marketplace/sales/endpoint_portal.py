"""The advertiser's pages about delivery endpoints."""

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.database import db
from core.errors import DomainError
from core.forms import show_errors
from core.identity.principal import ADVERTISER, principal
from core.ids import parse_id
from marketplace import advertiser_figures
from marketplace.access import endpoint_for, endpoints_of, orders_of
from marketplace.advertiser_portal import pages
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.delivery import BACK_OFF
from marketplace.sales.endpoints import create_endpoint, orders_using, set_endpoint_status
from marketplace.sales.forms import EndpointForm
from marketplace.sales.models import DeliveryEndpoint

VERIFYING = """\
import base64, hmac, time

def is_genuine(secret, headers, body):
    # the body as the bytes that arrived, before any parsing
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = headers["webhook-timestamp"]
    signed = headers["webhook-id"].encode() + b"." + stamp.encode() + b"." + body
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    fresh = abs(time.time() - int(stamp)) < 300
    given = headers["webhook-signature"].split()
    return fresh and any(hmac.compare_digest(f"v1,{expected}", one) for one in given)
"""


@pages.route("/endpoints", methods=["GET", "POST"])
def endpoints() -> str | tuple[str, int]:
    """The delivery endpoints; makes another, whose secret is shown once."""
    me = principal(ADVERTISER)
    form, secret, status = EndpointForm(), None, 200
    if form.validate_on_submit():
        try:
            _, secret = create_endpoint(me.organisation_id, form.name.data, form.url.data)
            db.session.commit()
            form = EndpointForm(formdata=None)
        except DomainError as error:
            db.session.rollback()
            show_errors(form, error)
    if form.errors:
        status = 422
    found = db.session.scalars(endpoints_of(me).order_by(DeliveryEndpoint.status, DeliveryEndpoint.id.desc())).all()
    page = render_template(
        "advertiser/endpoints.html",
        form=form,
        secret=secret,
        endpoints=[(one, orders_using(one)) for one in found],
        verifying=VERIFYING,
        timeout=current_app.config["FAIRLEAD"].webhook_timeout,
        tries=len(BACK_OFF) + 1,
        days=round(sum(BACK_OFF) / 86_400),
    )
    return page, status


@pages.get("/endpoints/<endpoint_name>")
def endpoint(endpoint_name: str) -> str:
    """One endpoint: the orders that deliver to it, and its latest tries."""
    me = principal(ADVERTISER)
    found = endpoint_for(me, parse_id("endpoint", endpoint_name))
    using = (
        orders_of(me)
        .join(OrderRevision, OrderRevision.id == Order.revision_id)
        .where(OrderRevision.endpoint_id == found.id, Order.status != "closed")
        .order_by(OrderRevision.name)
    )
    return render_template(
        "advertiser/endpoint.html",
        endpoint=found,
        orders=db.session.scalars(using).all(),
        tries=advertiser_figures.recent_tries(me.organisation_id, found.id),
    )


@pages.post("/endpoints/<endpoint_name>/status")
def endpoint_status(endpoint_name: str) -> Response:
    """Disable or enable an endpoint."""
    found = endpoint_for(principal(ADVERTISER), parse_id("endpoint", endpoint_name))
    set_endpoint_status(found, request.form.get("status", ""))
    db.session.commit()
    said = (
        "receives leads again" if found.status == "active" else "is disabled: deliveries to it wait and are tried again"
    )
    flash(f"“{found.name}” {said}.", "success")
    return redirect(url_for("advertiser.endpoint", endpoint_name=endpoint_name))
