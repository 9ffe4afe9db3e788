"""the house

Revision ID: 0001
Revises:
Create Date: 2026-11-22 15:10:43.890002

"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add a correcting row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$"""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix__audit_event__object", ["object_kind", "object_id"], unique=False)
        batch_op.create_index(batch_op.f("ix__audit_event_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "contact_claim",
        sa.Column("vertical_id", sa.Uuid(), nullable=False),
        sa.Column("contact_hash", sa.LargeBinary(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vertical_id", "contact_hash", name=op.f("pk__contact_claim")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "sale_id", "number", name=op.f("pk__delivery_attempt")),
    )
    op.create_table(
        "idempotent_request",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "key", name=op.f("pk__idempotent_request")),
    )
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__idempotent_request_at"), ["at"], unique=False)

    op.create_table(
        "journal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("about", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["reverses_id"], ["journal.id"], name=op.f("fk__journal__reverses_id__journal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix__journal__kind", ["kind", "id"], unique=False)
        batch_op.create_index(
            "uq__journal__reverses_id", ["reverses_id"], unique=True, postgresql_where="reverses_id IS NOT NULL"
        )

    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('publisher', 'advertiser', 'network')", name=op.f("ck__organisation__kind")),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck__organisation__status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq__organisation__slug")),
    )
    op.create_table(
        "version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk__version")),
    )
    op.create_table(
        "vertical",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'retired')", name=op.f("ck__vertical__status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__vertical")),
        sa.UniqueConstraint("slug", name=op.f("uq__vertical__slug")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk__account__owner_id__organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__account")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq__account__id")),
        sa.UniqueConstraint(
            "kind", "owner_id", "currency", name=op.f("uq__account__kind"), postgresql_nulls_not_distinct=True
        ),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__account_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck__api_key__mode")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk__api_key__organisation_id__organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq__api_key__digest")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__api_key_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "commission",
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("publisher_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('held', 'approved', 'paid', 'reversed')", name=op.f("ck__commission__status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck__commission__amount")),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["organisation.id"], name=op.f("fk__commission__publisher_id__organisation")
        ),
        sa.PrimaryKeyConstraint("sale_id", name=op.f("pk__commission")),
    )
    with op.batch_alter_table("commission", schema=None) as batch_op:
        batch_op.create_index("ix__commission__due", ["release_at"], unique=False, postgresql_where="status = 'held'")
        batch_op.create_index("ix__commission__publisher", ["publisher_id", "sale_id"], unique=False)

    op.create_table(
        "delivery_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advertiser_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck__delivery_endpoint__status")),
        sa.ForeignKeyConstraint(
            ["advertiser_id"], ["organisation.id"], name=op.f("fk__delivery_endpoint__advertiser_id__organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__delivery_endpoint")),
    )
    with op.batch_alter_table("delivery_endpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__delivery_endpoint_advertiser_id"), ["advertiser_id"], unique=False)

    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('invited', 'active', 'disabled')", name=op.f("ck__member__status")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk__member__organisation_id__organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__member_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("uq__member__email", [sa.literal_column("lower(email)")], unique=True)

    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advertiser_id", sa.Uuid(), nullable=False),
        sa.Column("vertical_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("landing_url", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused')", name=op.f("ck__offer__status")),
        sa.ForeignKeyConstraint(
            ["advertiser_id"], ["organisation.id"], name=op.f("fk__offer__advertiser_id__organisation")
        ),
        sa.ForeignKeyConstraint(["vertical_id"], ["vertical.id"], name=op.f("fk__offer__vertical_id__vertical")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__offer_advertiser_id"), ["advertiser_id"], unique=False)

    op.create_table(
        "order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advertiser_id", sa.Uuid(), nullable=False),
        sa.Column("vertical_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column("used_day", sa.Date(), nullable=True),
        sa.Column("day_leads", sa.Integer(), nullable=False),
        sa.Column("day_spend", sa.BigInteger(), nullable=False),
        sa.Column("total_leads", sa.Integer(), nullable=False),
        sa.Column("total_spend", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused', 'closed')", name=op.f("ck__order__status")),
        sa.CheckConstraint("LEAST(day_leads, day_spend, total_leads, total_spend) >= 0", name=op.f("ck__order__used")),
        sa.ForeignKeyConstraint(
            ["advertiser_id"], ["organisation.id"], name=op.f("fk__order__advertiser_id__organisation")
        ),
        sa.ForeignKeyConstraint(["vertical_id"], ["vertical.id"], name=op.f("fk__order__vertical_id__vertical")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__order")),
        postgresql_with={"fillfactor": 50},
    )
    with op.batch_alter_table("order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix__order_advertiser_id"), ["advertiser_id"], unique=False)

    op.create_table(
        "publisher_terms",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("share_bps", sa.Integer(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 365", name=op.f("ck__publisher_terms__hold_days")),
        sa.CheckConstraint("share_bps BETWEEN 0 AND 10000", name=op.f("ck__publisher_terms__share_bps")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk__publisher_terms__organisation_id__organisation")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk__publisher_terms")),
    )
    op.create_table(
        "vertical_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vertical_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("max_buyers", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("max_buyers BETWEEN 1 AND 20", name=op.f("ck__vertical_version__max_buyers")),
        sa.CheckConstraint("window_days BETWEEN 0 AND 3650", name=op.f("ck__vertical_version__window_days")),
        sa.ForeignKeyConstraint(
            ["vertical_id"], ["vertical.id"], name=op.f("fk__vertical_version__vertical_id__vertical")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__vertical_version")),
        sa.UniqueConstraint("vertical_id", "number", name=op.f("uq__vertical_version__vertical_id")),
    )
    op.create_table(
        "balance",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=True),
        sa.Column("legs", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("debit >= 0 AND credit >= 0 AND pending >= 0", name=op.f("ck__balance__positive")),
        sa.CheckConstraint("floor IS NULL OR credit - debit - pending >= floor", name=op.f("ck__balance__floor")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__balance__account_id__account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk__balance")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("publisher_id", sa.Uuid(), nullable=False),
        sa.Column("vertical_version_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("warmth", sa.String(), nullable=False),
        sa.Column("score_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("tracking", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.BigInteger(), nullable=False),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("decision", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("status IN ('sold', 'held', 'duplicate', 'rejected')", name=op.f("ck__lead__status")),
        sa.CheckConstraint("warmth IN ('cold', 'warm', 'hot')", name=op.f("ck__lead__warmth")),
        sa.CheckConstraint("price >= payout AND payout >= 0", name=op.f("ck__lead__payout")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck__lead__score")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk__lead__offer_id__offer")),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["organisation.id"], name=op.f("fk__lead__publisher_id__organisation")
        ),
        sa.ForeignKeyConstraint(
            ["vertical_version_id"],
            ["vertical_version.id"],
            name=op.f("fk__lead__vertical_version_id__vertical_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__lead")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix__lead__publisher", ["publisher_id", "id"], unique=False)

    op.create_table(
        "order_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("day_leads_cap", sa.Integer(), nullable=True),
        sa.Column("day_spend_cap", sa.BigInteger(), nullable=True),
        sa.Column("total_leads_cap", sa.Integer(), nullable=True),
        sa.Column("total_spend_cap", sa.BigInteger(), nullable=True),
        sa.Column("endpoint_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("LEAST(day_leads_cap, total_leads_cap) > 0", name=op.f("ck__order_revision__leads_caps")),
        sa.CheckConstraint("LEAST(day_spend_cap, total_spend_cap) > 0", name=op.f("ck__order_revision__spend_caps")),
        sa.CheckConstraint("price > 0", name=op.f("ck__order_revision__price")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["delivery_endpoint.id"], name=op.f("fk__order_revision__endpoint_id__delivery_endpoint")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk__order_revision__order_id__order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__order_revision")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq__order_revision__order_id")),
    )
    op.create_table(
        "transfer",
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck__transfer__amount")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck__transfer__two_accounts")),
        sa.ForeignKeyConstraint(
            ["credit_account_id", "currency"], ["account.id", "account.currency"], name="fk__transfer__credit"
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id", "currency"], ["account.id", "account.currency"], name="fk__transfer__debit"
        ),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk__transfer__journal_id__journal")),
        sa.PrimaryKeyConstraint("journal_id", "position", name=op.f("pk__transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index("ix__transfer__credit", ["credit_account_id", "journal_id"], unique=False)
        batch_op.create_index("ix__transfer__debit", ["debit_account_id", "journal_id"], unique=False)

    op.create_table(
        "sale",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advertiser_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("delivery IN ('portal', 'pending', 'delivered', 'failed')", name=op.f("ck__sale__delivery")),
        sa.CheckConstraint(
            "price > 0 AND price = commission + margin AND commission >= 0 AND margin >= 0",
            name=op.f("ck__sale__split"),
        ),
        sa.ForeignKeyConstraint(
            ["advertiser_id"], ["organisation.id"], name=op.f("fk__sale__advertiser_id__organisation")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["delivery_endpoint.id"], name=op.f("fk__sale__endpoint_id__delivery_endpoint")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk__sale__lead_id__lead")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["order_revision.id"], name=op.f("fk__sale__revision_id__order_revision")
        ),
        sa.PrimaryKeyConstraint("lead_id", "id", name=op.f("pk__sale")),
        sa.UniqueConstraint("lead_id", "advertiser_id", name="uq__sale__one_per_advertiser"),
    )
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.create_index("ix__sale__advertiser", ["advertiser_id", "id"], unique=False)
        batch_op.create_index("ix__sale__order", ["order_id", "id"], unique=False)
    op.execute(APPEND_ONLY)
    for table in ("journal", "transfer", "audit_event"):
        op.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    _jobs()


def _jobs() -> None:
    """The job queue's own schema, as the pinned procrastinate ships it; a newer one comes with its own migration.

    It holds several statements, so it goes to the driver as it is.
    """
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    """There is nothing below the house: drop the database instead."""
    raise NotImplementedError
