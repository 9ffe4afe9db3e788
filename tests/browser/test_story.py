"""One story through all three portals: an order is placed, a lead is posted, sold, seen, delivered and audited."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LEAD = {
    "vertical": "mortgage", "first_name": "Philippa", "last_name": "Storey", "phone": "(503) 555-0187",
    "email": "philippa.storey@example.com", "zip": "97205", "state": "OR", "sub1": "story",
}  # fmt: skip


def post_lead(platform: Platform, key: str, **values: Any) -> dict[str, Any]:
    """Post a lead over HTTP with a publisher's key; the fields the vertical wants come from its examples."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{platform.url}/v1/verticals", headers=headers)) as answer:
        fields = next(v["fields"] for v in json.load(answer)["data"] if v["slug"] == "mortgage")
    examples = {field["name"]: field["example"] for field in fields if field["example"]}
    body = json.dumps({**examples, **LEAD, **values}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{platform.url}/v1/leads", body, headers)) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_from_order_to_audit(visit: Any, platform: Platform, logins: dict[str, Any]) -> None:
    advertiser = visit().sign_in(logins["advertiser"]).page
    advertiser.goto("/advertiser/orders")
    advertiser.get_by_role("link", name="New order").first.click()
    advertiser.get_by_role("link", name="Buy Mortgage leads").click()
    advertiser.fill("[name=name]", "Oregon story")
    advertiser.fill("[name=price]", "ninety")
    advertiser.locator("summary", has_text="Any: choose some").first.click()
    advertiser.check("input[name='filter-state'][value='OR']")
    advertiser.fill("[name='filter-score-min']", "20")
    advertiser.get_by_role("button", name="Save the order").click()
    expect(advertiser.locator("[name=price]")).to_have_attribute("aria-invalid", "true")
    expect(advertiser.locator("[name=name]")).to_have_value("Oregon story")
    expect(advertiser.locator("input[name='filter-state'][value='OR']")).to_be_checked()
    advertiser.fill("[name=price]", "199.50")
    advertiser.fill("[name=day_leads_cap]", "3")
    advertiser.get_by_role("button", name="Save the order").click()
    expect(advertiser.locator("h1")).to_contain_text("Oregon story")
    expect(advertiser.locator("main")).to_contain_text("State is OR")

    sold = post_lead(platform, logins["publisher"]["api_key"])
    assert sold["status"] == "sold", sold
    again = post_lead(platform, logins["publisher"]["api_key"], phone="1-503-555-0187", email="")
    assert again["status"] == "duplicate"

    advertiser.goto("/advertiser/sales")
    expect(advertiser.locator("main")).to_contain_text("+15035550187")
    expect(advertiser.locator("main")).to_contain_text("199.50")

    publisher = visit(390).sign_in(logins["publisher"]).page
    publisher.goto(f"/publisher/leads/{sold['lead_id']}")
    expect(publisher.locator("main")).to_contain_text("Philippa")
    expect(publisher.locator("main")).to_contain_text("Sold to")
    publisher.goto(f"/publisher/leads/{again['lead_id']}")
    expect(publisher.locator("main")).to_contain_text("was submitted within the last")

    admin = visit().sign_in(logins["admin"]).page
    admin.goto(f"/admin/leads/{sold['lead_id']}")
    expect(admin.locator("main")).to_contain_text("Oregon story")
    expect(admin.locator("main")).to_contain_text("199.50")
    expect(admin.locator("main")).not_to_contain_text("Philippa")
    admin.locator("a[href*='/admin/ledger/journals/jrn_']").first.click()
    expect(admin.locator("main")).to_contain_text("199.50")

    other = visit().sign_in(logins["advertiser"]).page
    assert other.goto(f"/publisher/leads/{sold['lead_id']}").status == 404


def test_an_order_is_paused_and_buys_no_more(visit: Any, platform: Platform, logins: dict[str, Any]) -> None:
    page = visit(390).sign_in(logins["advertiser"]).page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/advertiser/orders?status=active")
    page.locator("main table a[href*='/orders/ord_']").first.click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("paused")
    page.get_by_role("button", name="Activate").click()
    expect(page.locator("main")).to_contain_text("active")


def test_an_admin_opens_an_organisation_and_its_member_comes_in(visit: Any, logins: dict[str, Any]) -> None:
    admin = visit().sign_in(logins["admin"]).page
    admin.goto("/admin/organisations/new")
    admin.select_option("[name=kind]", "advertiser")
    admin.fill("[name=name]", "Story Lenders")
    admin.fill("[name=member_name]", "Stella Storey")
    admin.fill("[name=email]", "stella@example.com")
    admin.locator("main form button[type=submit]").last.click()
    expect(admin.locator("h1")).to_contain_text("Story Lenders")
    admin.fill("[name=amount]", "1250.00")
    admin.fill("[name=note]", "wire of today")
    admin.get_by_role("button", name="Book the money").click()
    expect(admin.locator("main")).to_contain_text("1,250.00")

    guest = visit(390).page
    for _ in range(40):
        guest.goto("/mailbox")
        if "stella@example.com" in guest.content():
            break
        guest.wait_for_timeout(500)
    link = re.search(r"/invitation/[^\s\"<]+", guest.locator("main", has_text="stella@example.com").inner_text())
    assert link
    guest.goto(link[0])
    guest.fill("[name=password]", "a good long password")
    guest.fill("[name=again]", "a good long password")
    guest.press("[name=again]", "Enter")
    guest.wait_for_url(re.compile("/advertiser/"))
    expect(guest.locator("main")).to_contain_text("1,250.00")


def test_an_admin_changes_a_vertical_and_the_posting_page_shows_it(visit: Any, logins: dict[str, Any]) -> None:
    admin = visit().sign_in(logins["admin"]).page
    admin.goto("/admin/verticals")
    admin.get_by_role("link", name=re.compile("Mortgage")).first.click()
    if admin.locator("[name=window_days]").count() == 0:
        admin.get_by_role("link", name=re.compile("Change|Edit")).first.click()
    admin.fill("[name=window_days]", "99999")
    admin.locator("main form button[type=submit]").last.click()
    expect(admin.locator("[name=window_days]")).to_have_attribute("aria-invalid", "true")
    admin.fill("[name=window_days]", "45")
    admin.locator("main form button[type=submit]").last.click()
    expect(admin.locator("main")).to_contain_text("45")
    publisher = visit().sign_in(logins["publisher"]).page
    publisher.goto("/publisher/posting")
    expect(publisher.locator("main")).to_contain_text("curl")
