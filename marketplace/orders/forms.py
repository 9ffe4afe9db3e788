"""The form of an order's terms. What the filter asks is in `filter_form.py`."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core.ids import parse_id, public_id
from core.money import decimal_text, parse_amount
from marketplace.orders.editing import OrderTerms
from marketplace.sales.models import DeliveryEndpoint

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_LARGEST_COUNT = 2**31 - 1


def _plain(valuelist: Sequence[str]) -> str:
    """What was typed, without the commas between thousands; other commas stay and are refused."""
    text = valuelist[0].strip() if valuelist else ""
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


class AmountField(StringField):
    """An amount of money as people type it; in Python integer micros, None where left empty."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else decimal_text(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the amount. Raises ValueError."""
        self.data = None
        text = _plain(valuelist)
        if text:
            self.data = parse_amount(text)


class CountField(StringField):
    """A whole number as people type it; None where left empty."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number. Raises ValueError."""
        self.data = None
        text = _plain(valuelist)
        if text:
            if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) > _LARGEST_COUNT:
                raise ValueError("must be a whole number, such as 50")
            self.data = int(text)


class OrderForm(FlaskForm):
    """Name, price, caps and delivery of an order."""

    name = StringField(
        "Name",
        [DataRequired("Give the order a name."), Length(max=120)],
        description="Only you see it, such as “Hot leads, Texas”.",
    )
    price = AmountField(
        "Price per lead",
        [InputRequired("Enter what you pay for a lead.")],
        description="The highest prices are served first. You pay exactly this for each lead you get.",
    )
    day_leads_cap = CountField("Leads per day", [Optional()])
    day_spend_cap = AmountField("Spend per day", [Optional()])
    total_leads_cap = CountField("Leads in total", [Optional()])
    total_spend_cap = AmountField("Spend in total", [Optional()])
    endpoint_id = SelectField("Deliver to", default="")
    paused = BooleanField("Create it paused: it buys nothing until you activate it")
    revision = HiddenField()

    def __init__(self, endpoints: Sequence[DeliveryEndpoint], **values: Any) -> None:
        super().__init__(**values)
        named = [
            (public_id("endpoint", one.id), one.name + ("" if one.status == "active" else " (disabled)"))
            for one in endpoints
        ]
        self.endpoint_id.choices = [("", "These pages only (read and export here)"), *named]

    @classmethod
    def showing(cls, endpoints: Sequence[DeliveryEndpoint], terms: OrderTerms, revision: int) -> "OrderForm":
        """The form with an order's terms in it (what was sent goes before them)."""
        return cls(
            endpoints,
            name=terms.name,
            price=terms.price,
            day_leads_cap=terms.day_leads_cap,
            day_spend_cap=terms.day_spend_cap,
            total_leads_cap=terms.total_leads_cap,
            total_spend_cap=terms.total_spend_cap,
            endpoint_id=public_id("endpoint", terms.endpoint_id) if terms.endpoint_id else "",
            revision=str(revision),
        )

    def terms(self, filter_json: dict[str, Any]) -> OrderTerms:
        """The terms as filled in, once the form is valid."""
        return OrderTerms(
            name=self.name.data or "",
            price=self.price.data or 0,
            filter=filter_json,
            day_leads_cap=self.day_leads_cap.data,
            day_spend_cap=self.day_spend_cap.data,
            total_leads_cap=self.total_leads_cap.data,
            total_spend_cap=self.total_spend_cap.data,
            endpoint_id=self._endpoint(),
        )

    def _endpoint(self) -> UUID | None:
        return parse_id("endpoint", self.endpoint_id.data or "")
