"""Who is asking: one value for a signed-in member and for an API key, used by pages and API alike."""

from dataclasses import dataclass
from uuid import UUID

from flask import has_request_context, request

from core.errors import Forbidden, Unauthenticated

PUBLISHER, ADVERTISER, NETWORK = "publisher", "advertiser", "network"
ROLES = (PUBLISHER, ADVERTISER, NETWORK)


@dataclass(frozen=True, slots=True)
class Principal:
    """An organisation acting through a member or an API key. `test` keys never move money or deliver."""

    organisation_id: UUID
    role: str
    label: str
    member_id: UUID | None = None
    test: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether this is the network itself."""
        return self.role == NETWORK

    def owns(self, organisation_id: UUID | None) -> bool:
        """Whether this principal may see what belongs to that organisation."""
        return self.is_admin or organisation_id == self.organisation_id


def principal_or_none() -> Principal | None:
    """Whoever is asking in this request, if anybody."""
    if not has_request_context():
        return None
    found: Principal | None = request.environ.get("fairlead.principal")
    return found


def principal(*roles: str) -> Principal:
    """Whoever is asking, which must be of one of `roles` where any are given.

    Raises Unauthenticated, or Forbidden for another role.
    """
    found = principal_or_none()
    if found is None:
        raise Unauthenticated()
    if roles and found.role not in roles:
        raise Forbidden(f"This is for {' and '.join(roles)} accounts; yours is of the kind {found.role}.")
    return found
