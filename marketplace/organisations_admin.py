"""The admins' organisation pages: the list, opening one, and all that belongs to one."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select, tuple_
from werkzeug.wrappers import Response

from affiliates.forms import TermsForm
from affiliates.models import PublisherTerms
from billing.forms import TopUpForm
from billing.ledger import JournalConflict
from billing.models import Account
from billing.statements import Holding, owned_accounts
from billing.wallets import top_up
from core import clock
from core.audit import AuditEvent
from core.audit_views import shown
from core.database import db
from core.errors import Conflict, DomainError, FieldError, Invalid
from core.forms import show_errors
from core.identity import accounts, api_keys
from core.identity.forms import InviteForm, OrganisationForm
from core.identity.members import member_of, set_member_status
from core.identity.models import ApiKey, Member, Organisation
from core.identity.principal import ADVERTISER, PUBLISHER, ROLES, principal
from core.ids import parse_id, public_id
from core.money import shown as money_shown
from core.pages import listing
from marketplace.admin_figures import DAYS
from marketplace.organisations import Terms, open_organisation, organisation_by_id, set_terms
from marketplace.organisations_figures import trade_of, traders

Answer = str | Response | tuple[str, int]
EVENTS = 12


def add_pages(portal: Blueprint) -> None:
    """Put the organisation pages into the portal."""
    one = "/organisations/<organisation_name>"
    portal.add_url_rule("/organisations", "organisations", organisations)
    portal.add_url_rule("/organisations/new", "new_organisation", new_organisation, methods=["GET", "POST"])
    portal.add_url_rule(one, "organisation", organisation)
    for rule, endpoint, view in (
        (f"{one}/status", "organisation_status", change_status),
        (f"{one}/members", "invite_member", invite),
        (f"{one}/members/<member_name>/status", "member_status", change_member),
        (f"{one}/keys/<key_name>/revoke", "revoke_key", revoke_key),
        (f"{one}/terms", "publisher_terms", change_terms),
        (f"{one}/top-up", "top_up", top_up_wallet),
    ):
        portal.add_url_rule(rule, endpoint, view, methods=["POST"])


def organisations() -> str:
    """All organisations with what they traded over the last days."""
    asked = request.args
    query, sorts = traders(clock.now().date())
    if asked.get("kind") in ROLES:
        query = query.where(Organisation.kind == asked["kind"])
    if asked.get("status") in ("active", "suspended"):
        query = query.where(Organisation.status == asked["status"])
    if asked.get("name"):
        query = query.where(Organisation.name.icontains(asked["name"].strip(), autoescape=True))
    page = listing(query, sorts, "name", scalars=False)
    return render_template("admin/organisations.html", page=page, kinds=[(kind, kind) for kind in ROLES], days=DAYS)


def new_organisation() -> Answer:
    """Open an organisation and invite its first member."""
    form = OrganisationForm()
    if not form.validate_on_submit():
        page = render_template("admin/new_organisation.html", form=form)
        return (page, 422) if form.is_submitted() else page
    try:
        opened = open_organisation(form.kind.data, form.name.data)
        _add_first_member(opened, form)
    except DomainError as error:
        db.session.rollback()
        show_errors(form, error)
        return render_template("admin/new_organisation.html", form=form), 422
    db.session.commit()
    flash(f"{opened.name} is open. {form.email.data} has been invited by e-mail.", "success")
    return _to(opened)


def _add_first_member(opened: Organisation, form: OrganisationForm) -> None:
    """Raises DomainError with the errors under this form's names."""
    try:
        accounts.add_member(opened, form.email.data, form.member_name.data)
    except DomainError as error:
        for place, fault in enumerate(error.errors):
            if fault.field == "name":
                error.errors[place] = FieldError("member_name", fault.code, fault.message, fault.allowed)
        raise


def organisation(organisation_name: str) -> str:
    """One organisation: members, keys, terms, money, trade, and what was changed about it."""
    return _page(_asked(organisation_name))


def change_status(organisation_name: str) -> Response:
    """Suspend or activate."""
    found, status = _asked(organisation_name), request.form.get("status", "")
    if status not in ("active", "suspended"):
        raise Invalid(errors=[FieldError("status", "choice", "must be active or suspended", ["active", "suspended"])])
    if found.id == principal().organisation_id:
        raise Conflict("You cannot suspend your own organisation.")
    accounts.set_status(found, status)
    db.session.commit()
    flash(f"{found.name} is {status}.", "success")
    return _to(found)


def invite(organisation_name: str) -> Answer:
    """Invite a member by e-mail."""
    found, form = _asked(organisation_name), InviteForm()
    if form.validate_on_submit():
        try:
            accounts.add_member(found, form.email.data, form.name.data)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            show_errors(form, error)
        else:
            flash(f"{form.email.data} has been invited by e-mail.", "success")
            return _to(found)
    return _page(found, invite=form), 422


def change_member(organisation_name: str, member_name: str) -> Response:
    """Disable a member or let them in again."""
    found = _asked(organisation_name)
    member = member_of(found.id, parse_id("member", member_name))
    set_member_status(member, request.form.get("status", ""))
    db.session.commit()
    flash(f"{member.name} is {member.status}.", "success")
    return _to(found)


def revoke_key(organisation_name: str, key_name: str) -> Response:
    """Revoke an API key."""
    found = _asked(organisation_name)
    api_keys.revoke_key(found.id, parse_id("api_key", key_name))
    db.session.commit()
    flash("The key is revoked.", "success")
    return _to(found)


def change_terms(organisation_name: str) -> Answer:
    """Set a publisher's terms for sales from now on."""
    found, form = _asked(organisation_name, PUBLISHER), TermsForm()
    if not form.validate_on_submit():
        return _page(found, terms=form), 422
    set_terms(found, Terms(form.share_bps, form.hold_days.data))
    db.session.commit()
    flash("The new terms hold for sales from now on.", "success")
    return _to(found)


def top_up_wallet(organisation_name: str) -> Answer:
    """Book money received into an advertiser's wallet."""
    found, form = _asked(organisation_name, ADVERTISER), TopUpForm()
    if not form.validate_on_submit():
        return _page(found, top_up=form), 422
    try:
        top_up(found.id, form.micros, form.note.data.strip(), form.journal_id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, JournalConflict):
            error = Conflict("This form was sent before, with another amount. Load the page and see the wallet first.")
        show_errors(form, error)
        return _page(found, top_up=form), 422
    flash(f"{money_shown(form.micros)} has been booked into the wallet.", "success")
    return _to(found)


def _asked(name: str, kind: str | None = None) -> Organisation:
    """The organisation in the address. Raises NotFound, or Conflict where it is not of that kind."""
    found = organisation_by_id(parse_id("organisation", name))
    if kind and found.kind != kind:
        raise Conflict(f"{found.name} is not a {kind}.")
    return found


def _to(found: Organisation) -> Response:
    return redirect(url_for("admin.organisation", organisation_name=public_id("organisation", found.id)))


def _page(found: Organisation, **forms: FlaskForm) -> str:
    """The organisation's page; forms not given are fresh."""
    terms = db.session.get(PublisherTerms, found.id)
    fresh_terms = {"share": f"{terms.share_bps / 100:g}", "hold_days": terms.hold_days} if terms else {}
    return render_template(
        "admin/organisation.html",
        organisation=found,
        organisation_name=public_id("organisation", found.id),
        own=found.id == principal().organisation_id,
        keys=api_keys.keys_of(found.id),
        holdings=_holdings(found.id),
        trade=trade_of(found.id, clock.now().date()),
        days=DAYS,
        since=clock.now().date() - timedelta(days=DAYS - 1),
        events=shown(_events(found.id)),
        invite_form=forms.get("invite") or InviteForm(formdata=None),
        terms_form=forms.get("terms") or TermsForm(formdata=None, data=fresh_terms),
        top_up_form=forms.get("top_up") or TopUpForm(formdata=None),
    )


def _holdings(organisation_id: UUID) -> list[Holding]:
    query = owned_accounts().where(Account.owner_id == organisation_id).order_by(Account.kind)
    return [Holding(*row) for row in db.session.execute(query)]


def _events(organisation_id: UUID) -> list[AuditEvent]:
    """What was changed about it, its members, keys and money, or by them; newest first."""
    name = public_id("organisation", organisation_id)
    members = db.session.scalars(select(Member.id).where(Member.organisation_id == organisation_id))
    keys = db.session.scalars(select(ApiKey.id).where(ApiKey.organisation_id == organisation_id))
    objects = [
        ("organisation", name),
        *(("member", public_id("member", member)) for member in members),
        *(("api_key", public_id("api_key", key)) for key in keys),
    ]
    about = tuple_(AuditEvent.object_kind, AuditEvent.object_id).in_(objects)
    money = AuditEvent.after["organisation"].astext == name
    found = select(AuditEvent).where(about | money | (AuditEvent.organisation_id == organisation_id))
    return list(db.session.scalars(found.order_by(AuditEvent.id.desc()).limit(EVENTS)))
