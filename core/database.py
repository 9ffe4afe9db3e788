"""The database: one declarative base, constraint names, column types. Imports nothing of ours."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

NAMING = {
    "ix": "ix__%(column_0_label)s",
    "uq": "uq__%(table_name)s__%(column_0_name)s",
    "ck": "ck__%(table_name)s__%(constraint_name)s",
    "pk": "pk__%(table_name)s",
    "fk": "fk__%(table_name)s__%(column_0_name)s__%(referred_table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the house derives from here (not from db.Model, which mypy cannot type)."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: DateTime(timezone=True), UUID: Uuid(), dict[str, Any]: JSONB},
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

Micros = Annotated[int, mapped_column(BigInteger)]
Key = Annotated[UUID, mapped_column(primary_key=True)]


def driver(connection: Connection | None = None) -> "psycopg.Connection[Any]":
    """The psycopg connection under the session's open transaction, for array statements in pipeline mode."""
    connection = connection or db.session.connection()
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw
