"""The verticals with their newest versions and what was traded in them. Test leads are never among it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from core.database import db
from core.periods import start_of

DAYS = 30

_FIGURES = text("""
WITH traded AS (
    SELECT vertical_version_id, count(*) AS received, count(*) FILTER (WHERE status = 'sold') AS sold
    FROM lead WHERE id >= :lowest AND received_at >= :since AND NOT is_test GROUP BY 1)
SELECT v.id, v.name, v.slug, v.status, n.number, jsonb_array_length(n.fields), n.window_days, n.max_buyers,
       (SELECT count(*) FROM "order" o WHERE o.vertical_id = v.id AND o.status = 'active'),
       COALESCE(t.received, 0)::bigint, COALESCE(t.sold, 0)::bigint
FROM vertical v
JOIN LATERAL (SELECT * FROM vertical_version WHERE vertical_id = v.id ORDER BY number DESC LIMIT 1) AS n ON true
LEFT JOIN (SELECT w.vertical_id, sum(received) AS received, sum(sold) AS sold
           FROM traded JOIN vertical_version w ON w.id = traded.vertical_version_id GROUP BY 1) AS t
  ON t.vertical_id = v.id
ORDER BY v.name""")


@dataclass(frozen=True, slots=True)
class VerticalFigures:
    """A vertical, its newest version, its open orders, and its leads over the last DAYS days."""

    vertical_id: UUID
    name: str
    slug: str
    status: str
    version: int
    fields: int
    window_days: int
    max_buyers: int
    orders: int
    received: int
    sold: int


def vertical_figures(today: date) -> list[VerticalFigures]:
    """Every vertical by name."""
    since = start_of(today - timedelta(days=DAYS - 1))
    lowest = UUID(int=int(since.timestamp() * 1000) << 80)
    return [VerticalFigures(*row) for row in db.session.execute(_FIGURES, {"since": since, "lowest": lowest})]
