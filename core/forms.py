"""What pages' forms share: the decisions' errors shown beside the fields."""

from flask import flash
from flask_wtf import FlaskForm

from core.errors import DomainError


def show_errors(form: FlaskForm, error: DomainError) -> None:
    """Put each error of a refused operation beside its field; what has no field there is shown above the form."""
    loose = [] if error.errors else [error.detail or error.title]
    for fault in error.errors:
        if fault.field in form:
            field = form[fault.field]
            field.errors = [*field.errors, fault.message]
        else:
            loose.append(f"{fault.field}: {fault.message}")
    for said in loose:
        flash(said, "danger")
