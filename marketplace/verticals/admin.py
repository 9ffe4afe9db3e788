"""The admins' vertical pages: the list, a new one, and one with its fields to change and its history."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core import clock
from core.database import db
from core.differences import Difference, differences
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.ids import parse_id, public_id
from marketplace.verticals.editing import add_version, create_vertical, faults
from marketplace.verticals.fields import Field
from marketplace.verticals.figures import vertical_figures
from marketplace.verticals.forms import NewVerticalForm, VerticalForm
from marketplace.verticals.models import Vertical, VerticalVersion

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A version with what it changed in the one before."""

    version: VerticalVersion
    changes: list[Difference]


def add_pages(portal: Blueprint) -> None:
    """Put the vertical pages into the portal."""
    portal.add_url_rule("/verticals", "verticals", verticals)
    portal.add_url_rule("/verticals/new", "new_vertical", new_vertical, methods=["GET", "POST"])
    portal.add_url_rule("/verticals/<vertical_name>", "vertical", vertical, methods=["GET", "POST"])


def verticals() -> str:
    """All verticals with their newest versions and trade."""
    return render_template("admin/verticals.html", rows=vertical_figures(clock.now().date()))


def new_vertical() -> Answer:
    """Create a vertical with its first version."""
    form = NewVerticalForm(data=None if request.method == "POST" else _FIRST)
    if request.method == "POST":
        fields = _read(form)
        if fields is not None:
            try:
                made = create_vertical(
                    form.name.data, form.slug.data.strip(), fields, form.window_days.data, form.max_buyers.data
                )
                db.session.commit()
            except DomainError as error:
                db.session.rollback()
                form.show_faults(error)
            else:
                flash(f"{made.name} is open: publishers can send leads of it now.", "success")
                return _to(made)
    form.add_blank_rows()
    page = render_template("admin/new_vertical.html", form=form)
    return (page, 422) if request.method == "POST" else page


def vertical(vertical_name: str) -> Answer:
    """One vertical; saving it makes a new version."""
    found = _asked(vertical_name)
    newest = found.versions[0]
    form = VerticalForm(data=None if request.method == "POST" else _as_data(newest))
    if request.method == "POST" and _save(found, newest, form):
        return _to(found)
    form.add_blank_rows()
    page = render_template(
        "admin/vertical.html", vertical=found, vertical_name=vertical_name, newest=newest, form=form,
        history=_history(found),
    )  # fmt: skip
    return (page, 422) if request.method == "POST" else page


def _save(found: Vertical, newest: VerticalVersion, form: VerticalForm) -> bool:
    """Make the new version; False where the form is to be shown again."""
    fields = _read(form)
    if fields is None:
        return False
    if form.base.data != str(newest.number):
        form.show_faults(Conflict("Somebody saved another version meanwhile. Compare it below, then save again."))
        form.base.data = str(newest.number)
        return False
    as_it_is = (newest.fields, newest.window_days, newest.max_buyers)
    if as_it_is == ([field.as_json() for field in fields], form.window_days.data, form.max_buyers.data):
        flash("Nothing was changed, so there is no new version.", "info")
        return True
    try:
        made = add_version(found, fields, form.window_days.data, form.max_buyers.data)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        form.show_faults(error)
        return False
    flash(f"Version {made.number} is saved; leads from now on are judged by it.", "success")
    return True


def _read(form: VerticalForm) -> list[Field] | None:
    """The rows as fields; None where the form itself is wrong, with every fault beside its cell at once."""
    valid = form.validate()
    rows = form.rows()
    fields = [row.read() for row in rows]
    numbers_wrong = any(row.lowest.errors or row.highest.errors for row in rows)
    if valid and not numbers_wrong:
        return fields
    window_days = form.window_days.data if form.window_days.data is not None else 0
    max_buyers = form.max_buyers.data if form.max_buyers.data is not None else 1
    wrong = faults(fields, window_days, max_buyers)
    if wrong:
        form.show_faults(Invalid(errors=wrong))
    return None


def _asked(name: str) -> Vertical:
    found = db.session.scalar(select(Vertical).where(Vertical.id == parse_id("vertical", name)))
    if found is None:
        raise NotFound()
    return found


def _to(found: Vertical) -> Response:
    return redirect(url_for("admin.vertical", vertical_name=public_id("vertical", found.id)))


def _as_data(version: VerticalVersion) -> dict[str, Any]:
    """A version as the form's data."""
    rows = []
    for field in (Field.from_json(stored) for stored in version.fields):
        row: dict[str, Any] = {part: getattr(field, part) for part in ("name", "label", "type", "required", "personal")}
        row |= {"example": field.example, "aliases": ", ".join(field.aliases), "choices": "\n".join(field.choices)}
        row |= {end: "" if (value := getattr(field, end)) is None else f"{value:.15g}" for end in ("lowest", "highest")}
        rows.append(row)
    rules = {"window_days": version.window_days, "max_buyers": version.max_buyers, "base": str(version.number)}
    return {**rules, "fields": rows}


def _history(found: Vertical) -> list[Change]:
    """Every version, newest first, with what it changed."""
    versions = found.versions
    older: list[VerticalVersion | None] = [*versions[1:], None]
    return [
        Change(one, differences(_snapshot(before), _snapshot(one))) for one, before in zip(versions, older, strict=True)
    ]


def _snapshot(version: VerticalVersion | None) -> dict[str, Any]:
    if version is None:
        return {}
    rules = {"window (days)": version.window_days, "most buyers": version.max_buyers}
    return {**rules, "fields": version.fields}


_FIRST: dict[str, Any] = {
    "window_days": 30,
    "max_buyers": 3,
    "fields": [
        {"name": "first_name", "label": "First name", "type": "text", "required": True, "personal": True},
        {"name": "last_name", "label": "Last name", "type": "text", "required": True, "personal": True},
        {"name": "email", "label": "E-mail", "type": "email", "required": True, "personal": True},
        {"name": "phone", "label": "Phone", "type": "phone", "required": True, "personal": True},
        {"name": "zip", "label": "ZIP code", "type": "zip", "required": True},
    ],
}
