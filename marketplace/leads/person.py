"""A lead's personal data, opened for those who own it: its delivery, its buyer's page, its publisher's page."""

from typing import Any

from core.vault import vault
from marketplace.leads.models import Lead
from marketplace.verticals.fields import Field


def open_person(lead: Lead) -> dict[str, Any]:
    """What was sealed with the lead: `fields`, `unread`, `unknown`, `traces`, each left out where empty.

    An empty dict where the data key was destroyed (the person was forgotten).
    """
    if lead.data_key is None:
        return {}
    return vault().open(lead.sealed, lead.data_key, lead.id.bytes)


def full_values(lead: Lead) -> dict[str, Any]:
    """Every field of the lead, personal ones included, in the vertical's order."""
    values = {**lead.attributes, **open_person(lead).get("fields", {})}
    names = [Field.from_json(stored).name for stored in lead.vertical_version.fields]
    return {name: values[name] for name in names if name in values}
