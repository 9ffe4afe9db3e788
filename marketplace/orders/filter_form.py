"""The form that builds an order's filter: one control for each field that may be asked about. Pure.

Inputs are named after the field: `filter-<field>` (checkboxes, or any/yes/no), `filter-<field>-mode` (in, not_in),
`filter-<field>-list` (text), `filter-<field>-min` and `-max`. Conditions that the form has no control for (set
through the API) are listed in words and kept or dropped as a whole: `filter-extra` holds the numbers to keep.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from core.errors import FieldError
from core.ids import parse_id
from marketplace.orders.filters import COMMON, filterable, in_words
from marketplace.verticals.fields import Field
from marketplace.verticals.geography import STATES

CHOICES, RANGE, YES_NO, LIST = "choices", "range", "yes_no", "list"
_KINDS = {"choice": CHOICES, "state": CHOICES, "number": RANGE, "date": RANGE, "boolean": YES_NO}
_COMMON_NAMES = frozenset(common.name for common in COMMON)
# Every lead has these; a lead may come without the others, and then passes no condition on them.
_ALWAYS_THERE = frozenset({"publisher", "warmth", "score"})
_MODES = ("in", "not_in")
_MOST_MESSAGES = 4


@dataclass(slots=True)
class Control:
    """How the form asks about one field, with what was chosen or typed there, and what is wrong with it."""

    about: Field
    mode: str = "in"
    chosen: list[str] = field(default_factory=list)
    text: str = ""
    low: str = ""
    high: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which inputs are shown."""
        return _KINDS.get(self.about.type, LIST)

    @property
    def name(self) -> str:
        """The name of its inputs, or how their names begin."""
        return f"filter-{self.about.name}"

    @property
    def common(self) -> bool:
        """Whether every vertical's leads have it."""
        return self.about.name in _COMMON_NAMES

    @property
    def options(self) -> list[tuple[str, str]]:
        """Value and label of each checkbox; a chosen value that is no longer offered stays to be seen."""
        if self.about.type == "state":
            offered = {code: f"{name} ({code})" for code, name in STATES.items()}
        else:
            offered = {choice: choice.replace("_", " ") for choice in self.about.choices}
        return list((offered | {value: value for value in self.chosen if value not in offered}).items())

    @property
    def in_use(self) -> bool:
        """Whether it puts a condition on the lead."""
        return bool(self.chosen or self.text.strip() or self.low or self.high)

    @property
    def condition(self) -> dict[str, Any] | None:
        """The condition in its JSON form, or None where nothing is asked."""
        asked: dict[str, Any] = {"field": self.about.name}
        if not self.in_use:
            return None
        if self.kind == RANGE:
            return asked | {end: value for end, value in (("min", self.low), ("max", self.high)) if value}
        if self.kind == LIST:
            return asked | {self.mode: _listed(self.text, self.about)}
        return asked | {self.mode: list(self.chosen)}

    def take(self, condition: Mapping[str, Any]) -> bool:
        """Show a stored condition, if this control can and is still free."""
        if self.in_use:
            return False
        if self.kind == RANGE:
            self.low, self.high = _text(condition.get("min")), _text(condition.get("max"))
            return self.in_use
        mode = next((mode for mode in _MODES if mode in condition), "")
        values = condition.get(mode, [])
        if self.kind == YES_NO:
            if mode == "in" and len(values) == 1:
                self.chosen = ["yes" if values[0] else "no"]
        elif self.kind == CHOICES and mode:
            self.mode, self.chosen = mode, [str(value) for value in values]
        elif mode and _listed("\n".join(values), self.about) == values:
            self.mode, self.text = mode, ", ".join(values) if self.about.type == "zip" else "\n".join(values)
        return self.in_use


@dataclass(slots=True)
class Extra:
    """A condition without a control: its JSON form, in words, and whether it stays."""

    condition: dict[str, Any]
    words: str
    kept: bool = True
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FilterForm:
    """All controls of a vertical, and the conditions they do not cover."""

    controls: list[Control]
    extras: list[Extra]

    @classmethod
    def stored(cls, filter_json: Mapping[str, Any], fields: Sequence[Field]) -> "FilterForm":
        """The form as it shows a stored filter."""
        controls = {field.name: Control(field) for field in filterable(fields)}
        extras = []
        for condition in filter_json.get("all", ()):
            control = controls.get(condition["field"])
            if control is None or not control.take(condition):
                extras.append(Extra(condition, in_words({"all": [condition]}, fields)[0]))
        return cls(list(controls.values()), extras)

    @classmethod
    def sent(cls, form: "MultiDict[str, str]", fields: Sequence[Field], filter_json: Mapping[str, Any]) -> "FilterForm":
        """The form as it was filled in; `filter_json` is the filter it started from."""
        made = cls.stored(filter_json, fields)
        kept = form.getlist("filter-extra")
        for number, extra in enumerate(made.extras):
            extra.kept = str(number) in kept
        made.controls = [_sent_control(form, control.about) for control in made.controls]
        return made

    @property
    def groups(self) -> list[tuple[str, list[Control]]]:
        """The controls under two headings."""
        return [
            ("About the person", [control for control in self.controls if not control.common]),
            ("About the lead", [control for control in self.controls if control.common]),
        ]

    @property
    def not_always_given(self) -> list[str]:
        """The labels of those fields asked about that a lead may come without, and then does not pass."""
        used = (control.about for control in self.controls if control.in_use)
        return [field.label for field in used if not field.required and field.name not in _ALWAYS_THERE]

    @property
    def has_errors(self) -> bool:
        """Whether anything in it is marked as wrong."""
        return any(control.errors for control in self.controls) or any(extra.errors for extra in self.extras)

    @property
    def _parts(self) -> list[tuple[Control | Extra, dict[str, Any]]]:
        asked = [(control, control.condition) for control in self.controls]
        kept = [(extra, extra.condition) for extra in self.extras if extra.kept]
        return [(part, condition) for part, condition in asked if condition is not None] + list(kept)

    def as_json(self) -> dict[str, Any]:
        """The filter in its JSON form, not yet checked."""
        return {"all": [condition for _, condition in self._parts]}

    def own_faults(self) -> list[FieldError]:
        """What the form knows to be wrong beyond the filter's rules: publishers that are no publisher's id."""
        return [
            FieldError(f"filter.all.{place}.{mode}.{number}", "publisher", "is no publisher's id, such as org_0192…")
            for place, condition in enumerate(self.as_json()["all"])
            if condition["field"] == "publisher"
            for mode in _MODES
            for number, value in enumerate(condition.get(mode, ()))
            if parse_id("organisation", value) is None
        ]

    def show(self, errors: Sequence[FieldError]) -> list[FieldError]:
        """Put the filter's errors beside their controls; returns those that are not the filter's."""
        parts = self._parts
        others = []
        for error in errors:
            path = error.field.split(".")
            if path[:2] == ["filter", "all"] and len(path) > 2 and path[2].isdigit() and int(path[2]) < len(parts):
                part, condition = parts[int(path[2])]
                part.errors.append(_message(error.message, condition, path[3:]))
            else:
                others.append(error)
        for part, _ in parts:
            more = len(part.errors) - _MOST_MESSAGES
            if more > 0:
                part.errors[_MOST_MESSAGES:] = [f"And {more} more."]
        return others


def _sent_control(form: "MultiDict[str, str]", asked: Field) -> Control:
    control = Control(asked)
    mode = form.get(f"{control.name}-mode", "in")
    control.mode = mode if mode in _MODES else "in"
    if control.kind in (CHOICES, YES_NO):
        control.chosen = [value for value in form.getlist(control.name) if value]
    elif control.kind == RANGE:
        control.low = form.get(f"{control.name}-min", "").strip()
        control.high = form.get(f"{control.name}-max", "").strip()
    else:
        control.text = form.get(f"{control.name}-list", "")
    return control


def _listed(text: str, asked: Field) -> list[str]:
    """The values in a text: one per line or comma separated; those without spaces in them also by spaces."""
    between = r"[\s,;]+" if asked.type == "zip" or asked.name == "publisher" else r"[,;\r\n]+"
    return [value for part in re.split(between, text) if (value := part.strip())]


def _text(bound: Any) -> str:
    return "" if bound is None else str(bound)


def _message(said: str, condition: Mapping[str, Any], rest: Sequence[str]) -> str:
    """The error as a sentence that names the value or the end of the range it is about."""
    sentence = f"{said[:1].upper()}{said[1:]}."
    if len(rest) == 2 and rest[1].isdigit():
        return f"“{condition[rest[0]][int(rest[1])]}” {said}."
    if rest and rest[-1] in ("min", "max"):
        return f"{'From' if rest[-1] == 'min' else 'To'}: {said.replace('than min', 'than “from”')}."
    return sentence
