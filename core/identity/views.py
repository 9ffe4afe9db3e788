"""Pages of identity: sign in and out, passwords, members, API keys; the development mailbox."""

from email import message_from_bytes, policy
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from core.database import db
from core.errors import DomainError
from core.forms import show_errors
from core.identity import accounts, api_keys
from core.identity.forms import ApiKeyForm, ForgottenForm, InviteForm, NewPasswordForm, SignInForm
from core.limits import limiter

pages = Blueprint("identity", __name__)
HOMES = {"publisher": "publisher.overview", "advertiser": "advertiser.overview", "network": "admin.overview"}


@pages.get("/")
def home() -> Response:
    """The visitor's own portal, or the sign-in page."""
    if not current_user.is_authenticated:
        return redirect(url_for("identity.sign_in"))
    return redirect(url_for(HOMES[current_user.organisation.kind]))


@pages.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("20/minute;100/hour", methods=["POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """Sign in with e-mail and password."""
    if current_user.is_authenticated:
        return home()
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("identity/sign_in.html", form=form)
    member = accounts.member_with_password(form.email.data, form.password.data)
    if member is None:
        form.password.errors = ["This e-mail address and password do not belong together."]
        return render_template("identity/sign_in.html", form=form), 422
    login_user(member, remember=form.remember.data)
    db.session.commit()
    return redirect(_safe_next() or url_for("identity.home"))


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    logout_user()
    return redirect(url_for("identity.sign_in"))


@pages.route("/forgotten", methods=["GET", "POST"])
@limiter.limit("5/minute;20/hour", methods=["POST"])
def forgotten() -> Response | str:
    """Ask for a reset link; the answer is the same for every address."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("identity/forgotten.html", form=form)
    accounts.ask_for_reset(form.email.data)
    db.session.commit()
    flash("If that address has an account, a mail with a link is on its way.", "success")
    return redirect(url_for("identity.sign_in"))


@pages.route("/<any(invitation, reset):purpose>/<token>", methods=["GET", "POST"])
@limiter.limit("30/minute")
def new_password(purpose: str, token: str) -> Response | str:
    """Choose a password through a mailed link."""
    member = accounts.member_of_token(token, purpose)
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render_template("identity/new_password.html", form=form, member=member, purpose=purpose)
    accounts.set_password(member, form.password.data)
    login_user(member)
    db.session.commit()
    flash("Your password is set.", "success")
    return redirect(url_for("identity.home"))


@pages.route("/members", methods=["GET", "POST"])
@login_required  # type: ignore[untyped-decorator]
def members() -> Response | str:
    """The organisation's members; invites another."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            accounts.add_member(current_user.organisation, form.email.data, form.name.data)
            db.session.commit()
        except DomainError as error:
            show_errors(form, error)
        else:
            flash(f"{form.email.data} has been invited by e-mail.", "success")
            return redirect(url_for("identity.members"))
    return render_template("identity/members.html", form=form, members=current_user.organisation.members)


@pages.route("/keys", methods=["GET", "POST"])
@login_required  # type: ignore[untyped-decorator]
def keys() -> Response | str:
    """API keys: issue one (shown once) and revoke."""
    form, secret = ApiKeyForm(), None
    if form.validate_on_submit():
        _, secret = api_keys.issue_key(current_user.organisation_id, form.name.data, form.mode.data)
        db.session.commit()
        form = ApiKeyForm(formdata=None)
    found = api_keys.keys_of(current_user.organisation_id)
    return render_template("identity/keys.html", form=form, secret=secret, keys=found)


@pages.post("/keys/<uuid:key_id>/revoke")
@login_required  # type: ignore[untyped-decorator]
def revoke(key_id: UUID) -> Response:
    """Revoke one of the organisation's keys."""
    api_keys.revoke_key(current_user.organisation_id, key_id)
    db.session.commit()
    flash("The key is revoked.", "success")
    return redirect(url_for("identity.keys"))


@pages.get("/mailbox")
def mailbox() -> str:
    """In development without SMTP: the mails that would have been sent, newest first."""
    settings = current_app.config["FAIRLEAD"]
    if not settings.development or settings.smtp_host:
        abort(404)
    files = sorted(settings.mailbox.glob("*.eml"), reverse=True)[:50]
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return render_template("identity/mailbox.html", mails=mails)


def _safe_next() -> str | None:
    """Where the visitor was going, if that is a page of ours (never another host)."""
    to = request.args.get("next", "")
    parts = urlsplit(to)
    ours = to.startswith("/") and not to.startswith("//") and "\\" not in to
    return to if ours and not parts.scheme and not parts.netloc else None
