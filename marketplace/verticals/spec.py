"""A vertical's version as the pipeline uses it: fields by every name they go by."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from marketplace.verticals.fields import CONTACT_TYPES, Field
from marketplace.verticals.models import VerticalVersion


@dataclass(frozen=True)
class VerticalSpec:
    """The fields and rules that a lead is judged by. `window_days` is how long a contact stays a duplicate."""

    vertical_id: UUID
    version_id: UUID
    slug: str
    name: str
    fields: tuple[Field, ...]
    window_days: int
    max_buyers: int

    @classmethod
    def from_version(cls, version: VerticalVersion) -> "VerticalSpec":
        """The version as stored."""
        return cls(
            version.vertical_id,
            version.id,
            version.vertical.slug,
            version.vertical.name,
            tuple(Field.from_json(stored) for stored in version.fields),
            version.window_days,
            version.max_buyers,
        )

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Each field under its name and its aliases, case folded."""
        return {name.casefold(): field for field in self.fields for name in (field.name, *field.aliases)}

    @cached_property
    def contact_fields(self) -> tuple[Field, ...]:
        """The fields by which the person can be reached."""
        return tuple(field for field in self.fields if field.type in CONTACT_TYPES)

    @cached_property
    def zip_and_state(self) -> tuple[Field, Field] | None:
        """The first ZIP and the first state field, where the vertical has both."""
        zips = [field for field in self.fields if field.type == "zip"]
        states = [field for field in self.fields if field.type == "state"]
        return (zips[0], states[0]) if zips and states else None
