"""`flask import-leads`: the real file against its known truth, and the files people really have."""

import csv
import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from billing.books import check
from core.database import db
from marketplace.demo.verticals import create_verticals
from marketplace.leads.models import Lead
from marketplace.sales.models import Sale
from tests.market import Market, person

DATA = Path(os.environ.get("LEADS_DATA", Path(__file__).parents[3] / "shared" / "data"))
TRUTH_TO_CODE = {
    "empty_contact": "empty_contact", "bad_phone": "bad_phone", "bad_email": "bad_email",
    "disposable_email": "disposable_email", "zip_state_mismatch": "zip_state_mismatch", "duplicate": "duplicate",
}  # fmt: skip


def run(app: Flask, *arguments: Any) -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["import-leads", *map(str, arguments)])


def write(path: Path, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def counted() -> dict[str, int]:
    db.session.rollback()
    return dict(db.session.execute(select(Lead.status, func.count()).group_by(Lead.status)).all())


@pytest.mark.slow
@pytest.mark.skipif(
    not (DATA / "leads.csv.gz").exists(), reason=f"NO REAL LEADS in {DATA}: the import is not proven here"
)
def test_the_real_file_comes_out_as_its_truth_says(market: Market, context: Flask, tmp_path: Path) -> None:
    create_verticals()
    db.session.commit()
    for price in ("20", "15", "12"):
        buyer = market.advertiser("10000000")
        market.vertical = db.session.merge(market.vertical)
        bank_order(market, buyer, price)
    rejected = tmp_path / "rejected.csv"
    done = run(context, DATA / "leads.csv.gz", "--vertical", "bank-deposit", "--rejected", rejected)
    assert done.exit_code == 0, done.output
    truth = {r["source_lead_id"]: r["truth"] for r in rows_of(DATA / "leads_truth.csv.gz")}
    found = {r["source_lead_id"]: r["reasons"].split(":")[0] for r in csv.DictReader(rejected.open())}
    right = sum(found.get(name, "ok") == TRUTH_TO_CODE.get(kind, "ok") for name, kind in truth.items())
    wrong = {n: (k, found.get(n)) for n, k in truth.items() if found.get(n, "ok") != TRUTH_TO_CODE.get(k, "ok")}
    assert right >= 0.995 * len(truth), list(wrong.items())[:20]
    assert not [name for name, kind in truth.items() if kind == "ok" and name in found], "every ok row is accepted"
    before = counted()
    assert sum(before.values()) == 20_000 and before["sold"] > 15_000
    assert check() == []
    sums = db.session.execute(
        select(func.sum(Sale.price), func.sum(Sale.commission), func.sum(Sale.margin), func.sum(Lead.price), func.sum(Lead.payout))
        .select_from(Lead).outerjoin(Sale, Sale.lead_id == Lead.id)
    ).one()  # fmt: skip
    assert sums[0] == sums[1] + sums[2] > 0
    second = run(context, DATA / "leads.csv.gz", "--vertical", "bank-deposit", "--rejected", rejected)
    assert second.exit_code == 0 and "20,000 rows had been imported before" in second.output
    assert counted() == before


def bank_order(market: Market, advertiser: Any, price: str) -> None:
    from core.identity.principal import Principal
    from core.money import parse_amount
    from marketplace.orders.editing import OrderTerms, create_order
    from marketplace.verticals.editing import vertical_by_slug

    who = Principal(advertiser.id, "advertiser", "test")
    create_order(who, advertiser.id, vertical_by_slug("bank-deposit"), OrderTerms("all", parse_amount(price), {}))
    db.session.commit()


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-8")])
def test_files_as_people_have_them(
    market: Market, context: Flask, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [{**person(), "Tel": person()["phone"], "first_name": "José"} for _ in range(3)]
    for row in rows:
        del row["phone"]
    path = write(tmp_path / "leads.csv", rows, delimiter, encoding)
    done = run(
        context,
        path,
        "--vertical",
        "auto",
        "--publisher",
        "pub-one",
        "--map",
        "Tel=phone",
        "--rejected",
        tmp_path / "r.csv",
    )
    assert done.exit_code == 0, done.output
    assert counted() == {"held": 3}


def test_a_cut_off_import_goes_on_without_doubling(
    market: Market, context: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace import importing

    rows = [person() for _ in range(700)]
    path = write(tmp_path / "leads.csv", rows)
    real, calls = importing.submit_all, []

    def dying(batch: Any) -> Any:
        calls.append(len(batch))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(batch)

    monkeypatch.setattr(importing, "submit_all", dying)
    arguments = (path, "--vertical", "auto", "--publisher", "pub-one", "--rejected", tmp_path / "r.csv")
    assert run(context, *arguments).exit_code != 0
    assert counted() == {"held": 250}
    done = run(context, *arguments)
    assert done.exit_code == 0 and "250 rows had been imported before" in done.output
    assert counted() == {"held": 700}


def test_bad_rows_are_written_down_with_their_reasons(market: Market, context: Flask, tmp_path: Path) -> None:
    path = write(tmp_path / "leads.csv", [person(phone="call me", source="a"), person(source="b")])
    path.write_text(path.read_text() + "only,three,values\n")
    done = run(context, path, "--vertical", "auto", "--publisher", "pub-one", "--rejected", tmp_path / "r.csv")
    assert done.exit_code == 0, done.output
    kept = list(csv.reader((tmp_path / "r.csv").open()))
    assert kept[1][-2] == "rejected" and kept[1][-1].startswith("bad_phone")
    assert kept[2] == ["only", "three", "values", "malformed", "malformed: row 3 has 3 values for 8 columns"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vertical", "boats", "--publisher", "pub-one"], "there are: auto"),
        (["--vertical", "auto", "--publisher", "nobody"], "There is no publisher 'nobody'"),
        (["--vertical", "auto"], "--publisher SLUG"),
        (["--vertical", "auto", "--publisher", "pub-one", "--map", "x=phone"], "no column 'x'"),
        (["--vertical", "auto", "--publisher", "pub-one", "--map", "job=nose"], "its fields are: first_name"),
    ],
)
def test_a_wrong_call_says_what_is_accepted(
    market: Market, context: Flask, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = run(context, write(tmp_path / "leads.csv", [person()]), *arguments)
    assert done.exit_code == 1 and said in done.output + done.stderr


def test_what_is_no_csv_is_refused(market: Market, context: Flask, tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(b"\x1f\x8bnot gzip")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    for name in ("x.csv.gz", "empty.csv", "twice.csv"):
        done = run(context, tmp_path / name, "--vertical", "auto", "--publisher", "pub-one")
        assert done.exit_code == 1, name
