"""The form of a vertical: its rules, and its fields as rows of a table."""

import math

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)  # fmt: skip
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from core.errors import DomainError
from core.forms import show_errors
from marketplace.verticals.fields import TYPES, Field

BLANK_ROWS = 3
MOST_FIELDS = 200


class FieldRow(Form):
    """One field. A row without name and label stands for no field."""

    name = StringField("Name")
    label = StringField("Label")
    type = SelectField("Type", choices=[SelectChoice(name, known.title) for name, known in TYPES.items()])
    required = BooleanField("Required")
    personal = BooleanField("Personal data")
    example = StringField("Example")
    aliases = StringField("Other names")
    choices = TextAreaField("Values, one per line")
    lowest = StringField("Lowest")
    highest = StringField("Highest")

    @property
    def blank(self) -> bool:
        """Whether the row stands for no field."""
        return not (self.name.data or "").strip() and not (self.label.data or "").strip()

    def read(self) -> Field:
        """The row as a field; ends that are no numbers are left out, with an error beside them."""
        lines = (line.strip() for line in (self.choices.data or "").splitlines())
        aliases = (alias.strip() for alias in (self.aliases.data or "").split(","))
        return Field(
            name=(self.name.data or "").strip(),
            label=(self.label.data or "").strip(),
            type=self.type.data or "",
            required=self.required.data,
            personal=self.personal.data,
            example=(self.example.data or "").strip(),
            aliases=tuple(dict.fromkeys(filter(None, aliases))),
            choices=tuple(dict.fromkeys(filter(None, lines))),
            lowest=_number(self.lowest),
            highest=_number(self.highest),
        )


def _number(cell: StringField) -> float | None:
    text = (cell.data or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        cell.errors = [*cell.errors, "Must be a number."]
        return None
    return int(value) if value.is_integer() else value


class VerticalForm(FlaskForm):
    """A version of a vertical. `base` is the number of the version that was being looked at."""

    window_days = IntegerField(
        "Duplicate window", [InputRequired("Enter a number of days.")],
        description="For how long the same phone or e-mail counts as a duplicate.",
    )  # fmt: skip
    max_buyers = IntegerField(
        "Most buyers", [InputRequired("Enter a number.")],
        description="To how many advertisers one lead may be sold.",
    )  # fmt: skip
    base = HiddenField()
    fields = FieldList(FormField(FieldRow), max_entries=MOST_FIELDS)

    def rows(self) -> list[FieldRow]:
        """The rows that stand for a field."""
        return [entry.form for entry in self.fields.entries if not entry.form.blank]

    def add_blank_rows(self) -> None:
        """Let the table end with blank rows, to be filled in."""
        blank = 0
        for entry in reversed(self.fields.entries):
            if not entry.form.blank:
                break
            blank += 1
        for _ in range(min(BLANK_ROWS - blank, MOST_FIELDS - len(self.fields.entries))):
            self.fields.append_entry()

    def show_faults(self, error: DomainError) -> None:
        """Put each fault `fields.N.part` beside its cell and the others where every form shows them."""
        rows, rest = self.rows(), []
        for fault in error.errors:
            _, _, path = fault.field.partition("fields.")
            place, _, part = path.partition(".")
            if place.isdigit() and int(place) < len(rows) and part in rows[int(place)]:
                cell = rows[int(place)][part]
                message = fault.message[0].upper() + fault.message[1:]
                cell.errors = [*cell.errors, f"{message}."]
            elif fault.field == "fields":
                self.table_errors.append(f"The fields {fault.message}.")
            else:
                rest.append(fault)
        if rest or not error.errors:
            error.errors = rest
            show_errors(self, error)

    @property
    def table_errors(self) -> list[str]:
        """What is wrong with the table as a whole."""
        if not hasattr(self, "_table_errors"):
            self._table_errors: list[str] = []
        return self._table_errors


class NewVerticalForm(VerticalForm):
    """A new vertical with its first version."""

    name = StringField("Name", [InputRequired("Enter a name, such as Auto insurance.")])
    slug = StringField(
        "Short name", [InputRequired("Enter a short name, such as auto-insurance.")],
        description="What publishers name in each lead; it never changes.",
    )  # fmt: skip
