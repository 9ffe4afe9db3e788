"""`flask import-leads`: a CSV file, plain or gzip, through the one pipeline.

Each row is sent under an idempotency key made of the file's contents, the vertical, the mapping and the row's
number, so an import that was cut off can be started again, and a second import changes nothing.
"""

import csv
import gzip
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from core import clock
from core.database import db
from core.errors import DomainError, Invalid
from core.identity.accounts import slug_of
from core.identity.models import Organisation
from core.identity.principal import PUBLISHER
from marketplace.leads.pipeline import submit_all
from marketplace.leads.submission import ENVELOPE, Submission, parse_submission
from marketplace.leads.verdicts import Verdict
from marketplace.market import Market, current_market
from marketplace.organisations import open_organisation, organisation_by_slug

PUBLISHER_COLUMN = "publisher"
GOOD = ("sold", "held")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: its columns, how many rows it has, and the hash of its contents."""

    path: Path
    encoding: str
    delimiter: str
    columns: list[str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows become submissions: vertical, columns' names, each publisher's id ("" for all rows), the key's mark."""

    source: Source
    vertical: str
    names: Mapping[str, str]
    publishers: Mapping[str, UUID]

    @property
    def mark(self) -> str:
        """What makes a row's idempotency key this import's own."""
        parts = f"{self.source.sha256}|{self.vertical}|{sorted(self.names.items())}"
        return f"import:{hashlib.sha256(parts.encode()).hexdigest()[:32]}"

    def submission(self, row: list[str], number: int, market: Market) -> Submission | DomainError:
        """The row as a submission, or the refusal it met."""
        if len(row) != len(self.source.columns):
            return Invalid(f"row {number} has {len(row)} values for {len(self.source.columns)} columns")
        named = dict(zip(self.source.columns, row, strict=True))
        publisher_id = self.publishers.get("") or self.publishers.get(named.pop(PUBLISHER_COLUMN))
        if publisher_id is None:
            return Invalid(f"row {number} names no publisher")
        body = {self.names.get(column, column): value for column, value in named.items()}
        body["vertical"] = self.vertical
        key = f"{self.mark}:{number}"
        try:
            return parse_submission(body, publisher_id, market.verticals, market.offer_verticals, clock.now(), key=key)
        except DomainError as error:
            return error


@dataclass(slots=True)
class Tally:
    """What became of the rows so far."""

    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    replayed: int = 0


@click.command("import-leads")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vertical", required=True, help="The kind of leads, by its slug.")
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="A column under another name.")
@click.option("--publisher", help="The publisher (slug) all rows are from. Default: the column 'publisher'.")
@click.option("--create-publishers/--no-create-publishers", default=True, help="Create publishers not known yet.")
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected rows are written.")
@with_appcontext
def import_leads(
    file: Path,
    vertical: str,
    mapping: tuple[str, ...],
    publisher: str | None,
    create_publishers: bool,
    rejected: Path | None,
) -> None:
    """Import leads from a CSV file (comma, semicolon or tab; plain or gzip), safely repeatable."""
    try:
        source = inspect(file)
        names = read_mapping(mapping, source, vertical)
        publishers = _publishers(source, publisher, create_publishers)
    except DomainError as error:
        click.echo(error.detail or error.title, err=True)
        for fault in error.errors:
            accepted = f" (accepted: {fault.allowed})" if fault.allowed else ""
            click.echo(f"  {fault.field}: {fault.message}{accepted}", err=True)
        sys.exit(1)
    out = rejected or Path(f"{file.name.removesuffix('.gz').removesuffix('.csv')}.rejected.csv")
    _summarise(carry_out(Plan(source, vertical, names, publishers), out), out)


def inspect(path: Path) -> Source:
    """Read the file once: hash, encoding, delimiter, columns and number of rows. Raises Invalid."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with _opened(path, encoding) as stream:
                first = stream.readline()
                delimiter = max(",;\t", key=first.count)
                columns = next(csv.reader([first], delimiter=delimiter), [])
                rows = sum(1 for _ in csv.reader(stream, delimiter=delimiter))
        except UnicodeDecodeError:
            continue
        except (OSError, EOFError, csv.Error) as error:
            raise Invalid(f"{path} cannot be read: {error}") from None
        if not columns or len(set(columns)) < len(columns):
            raise Invalid(f"{path} needs a first line with a different name for each column.")
        return Source(path, encoding, delimiter, columns, rows, digest)
    raise Invalid(f"{path} is neither UTF-8 nor Windows-1252 text.")


def read_mapping(mapping: tuple[str, ...], source: Source, vertical: str) -> dict[str, str]:
    """Column to field, from `column=field` texts. Raises Invalid, listing what is accepted."""
    spec = current_market().verticals.get(vertical)
    if spec is None:
        known = ", ".join(sorted(current_market().verticals))
        raise Invalid(f"There is no vertical '{vertical}'; there are: {known}.")
    names = {}
    for text in mapping:
        column, _, name = text.partition("=")
        if column not in source.columns:
            raise Invalid(f"--map {text}: the file has no column '{column}'; it has: {', '.join(source.columns)}.")
        if name.casefold() not in spec.by_name and name.casefold() not in ENVELOPE:
            accepted = ", ".join(f.name for f in spec.fields)
            raise Invalid(f"--map {text}: '{name}' is no field of {vertical}; its fields are: {accepted}.")
        names[column] = name
    return names


def carry_out(plan: Plan, rejected: Path) -> Tally:
    """Send every row through the pipeline, batch by batch, with a progress bar; rejected rows go to `rejected`."""
    tally, source = Tally(), plan.source
    size = current_app.config["FAIRLEAD"].batch_size
    with (
        rejected.open("w", newline="", encoding="utf-8") as out,
        click.progressbar(length=source.rows, label=f"Importing {source.rows:,} rows", file=sys.stderr) as bar,
    ):
        writer = csv.writer(out)
        writer.writerow([*source.columns, "status", "reasons"])
        rows = enumerate(_rows(source), 1)
        while batch := list(islice(rows, size)):
            market = current_market()
            read = [plan.submission(row, number, market) for number, row in batch]
            results = iter(submit_all([s for s in read if isinstance(s, Submission)]))
            for (_, row), submission in zip(batch, read, strict=True):
                _count(row, submission if isinstance(submission, DomainError) else next(results), tally, writer)
            bar.update(len(batch))
    return tally


def _opened(path: Path, encoding: str) -> TextIOWrapper:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    binary: IO[bytes] = cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")  # noqa: SIM115
    return TextIOWrapper(binary, encoding, newline="")


def _rows(source: Source) -> Iterator[list[str]]:
    with _opened(source.path, source.encoding) as stream:
        reader = csv.reader(stream, delimiter=source.delimiter)
        next(reader)
        yield from reader


def _publishers(source: Source, slug: str | None, create: bool) -> dict[str, UUID]:
    """The organisation id for each value of the publisher column, or for "" where one publisher sent all rows."""
    if slug is not None:
        return {"": organisation_by_slug(PUBLISHER, slug).id}
    if PUBLISHER_COLUMN not in source.columns:
        raise Invalid("Say whose leads these are: --publisher SLUG, or a column 'publisher' in the file.")
    place = source.columns.index(PUBLISHER_COLUMN)
    values = sorted({row[place] for row in _rows(source) if len(row) > place} - {""})
    query = select(Organisation.slug, Organisation.id).where(Organisation.kind == PUBLISHER)
    known: dict[str, UUID] = dict(db.session.execute(query).all())
    missing = [value for value in values if slug_of(value) not in known]
    if missing and not create:
        raise Invalid(f"These publishers are not known: {', '.join(missing)}.")
    for value in missing:
        known[slug_of(value)] = open_organisation(PUBLISHER, value).id
    db.session.commit()
    if missing:
        click.echo(f"Created {len(missing)} publishers: {', '.join(missing)}", err=True)
    return {value: known[slug_of(value)] for value in values}


def _count(row: list[str], result: Any, tally: Tally, writer: Any) -> None:
    """Count one row's result, and write the row down where it was not accepted."""
    if isinstance(result, Verdict):
        answer = result.answer
        status, reasons = answer["status"], answer["reasons"]
        tally.replayed += result.replayed
    else:
        detail = str(result) if isinstance(result, DomainError) else "failed; start the import again"
        status = "malformed" if isinstance(result, Invalid) else "failed"
        reasons = [{"code": fault.code, "message": fault.message} for fault in getattr(result, "errors", [])]
        reasons = reasons or [{"code": status, "message": detail}]
    tally.verdicts[status] += 1
    if status not in GOOD:
        tally.reasons[status, reasons[0]["code"]] += 1
        writer.writerow([*row, status, "; ".join(f"{r['code']}: {r['message']}" for r in reasons)])


def _summarise(tally: Tally, rejected: Path) -> None:
    total = sum(tally.verdicts.values())
    click.echo(f"\n{total:,} rows")
    for status, count in tally.verdicts.most_common():
        click.echo(f"  {status:12}{count:>9,}  {count / total:6.1%}")
        for (of, code), part in tally.reasons.most_common():
            if of == status:
                click.echo(f"    {code:24}{part:>7,}")
    if tally.replayed:
        click.echo(f"{tally.replayed:,} rows had been imported before and were not changed.")
    if total > sum(tally.verdicts[status] for status in GOOD):
        click.echo(f"Rows that were not accepted are in {rejected}")
