"""Sales as their buyer's pages and exports show them: opened, with the person's contact and the delivery's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from marketplace.advertiser_figures import Try, last_tries
from marketplace.leads.models import Lead
from marketplace.leads.person import full_values
from marketplace.orders.models import OrderRevision
from marketplace.sales.contacts import Contact, contact_of
from marketplace.sales.models import Sale
from marketplace.verticals.fields import Field


@dataclass(frozen=True, slots=True)
class ShownSale:
    """One sale, its lead's values by field, the contact in them, and the last try to deliver it."""

    sale: Sale
    fields: list[Field]
    values: dict[str, Any]
    contact: Contact
    last_try: Try | None = None

    @property
    def forgotten(self) -> bool:
        """Whether the person's data was erased."""
        return self.sale.lead.data_key is None

    @property
    def delivery_reason(self) -> str:
        """Why the delivery is where it is, in words."""
        if self.last_try is None or self.sale.delivery == "delivered":
            return ""
        tries = f"{self.last_try.number} {'try' if self.last_try.number == 1 else 'tries'}"
        return f"{tries}, last: {self.last_try.result}"


def for_lists(sales: Select[Any]) -> Select[Any]:
    """The same sales without what no list shows: orders' filters and leads' decisions, which can be long."""
    return sales.options(
        joinedload(Sale.revision).defer(OrderRevision.filter), joinedload(Sale.lead).defer(Lead.decision)
    )


def opened(sale: Sale, last_try: Try | None = None) -> ShownSale:
    """The sale with its lead's personal data, for its buyer."""
    fields = [Field.from_json(stored) for stored in sale.lead.vertical_version.fields]
    values = full_values(sale.lead)
    return ShownSale(sale, fields, values, contact_of(fields, values), last_try)


def shown_sales(sales: Sequence[Sale]) -> list[ShownSale]:
    """These sales, opened, each with its last try."""
    tries = last_tries(sales)
    return [opened(sale, tries.get(sale.id)) for sale in sales]
