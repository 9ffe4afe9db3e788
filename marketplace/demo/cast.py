"""Who takes part in the demo: the network, publishers of every quality, advertisers. All names are invented."""

from dataclasses import dataclass, field

from marketplace.demo.verticals import AUTO, BANK, MORTGAGE

NETWORK = "Fairlead Demo Network"
DEMO_PUBLISHER, DEMO_ADVERTISER = "Brightwater Media", "Harborline Financial"

# How often a lead of that quality has each flaw, in thousandths, and how often it was sent before.
Quality = dict[str, int]
CLEAN: Quality = {"bad_phone": 7, "bad_email": 9, "mismatch": 6, "missing": 4, "wrong": 2, "empty": 3, "repeat": 40}
FAIR: Quality = {"bad_phone": 20, "bad_email": 22, "mismatch": 16, "missing": 11, "wrong": 8, "empty": 13,
                 "disposable": 11, "repeat": 80}  # fmt: skip
MIXED: Quality = {"bad_phone": 44, "bad_email": 38, "mismatch": 32, "missing": 27, "wrong": 17, "empty": 35,
                  "disposable": 30, "repeat": 130}  # fmt: skip
DIRTY: Quality = {"bad_phone": 82, "bad_email": 56, "mismatch": 50, "missing": 38, "wrong": 24, "empty": 80,
                  "disposable": 72, "repeat": 250}  # fmt: skip

# The names under which a publisher posts fields: few rewrite their forms for one network.
Dialect = dict[str, str]
OURS: Dialect = {}
PLATFORM: Dialect = {"phone": "phone_home", "zip": "zip_code", "email": "email_address", "sub1": "s1", "sub2": "s2",
                     "sub3": "s3", "source": "src"}  # fmt: skip
SHORT: Dialect = {"first_name": "fname", "last_name": "lname", "phone": "primary_phone", "zip": "postal_code",
                  "sub1": "aff_sub1", "sub2": "aff_sub2", "sub3": "aff_sub3"}  # fmt: skip
FORM: Dialect = {"first_name": "firstname", "last_name": "lastname", "phone": "phone_number", "zip": "zipcode",
                 "email": "contact_email", "channel": "utm_medium", "source": "utm_source"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher: its part of all leads, its terms, what it sends, and the day of its first lead."""

    name: str
    weight: int
    share_bps: int
    hold_days: int
    quality: Quality
    channels: tuple[str, ...]
    verticals: dict[str, int]
    dialect: Dialect = field(default_factory=dict)
    first_day: int = 0
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Advertiser:
    """An advertiser: its member, what it pays in at the start and then every week (whole currency units)."""

    name: str
    member: str
    opening: int
    weekly: int


ALL = {AUTO: 45, MORTGAGE: 30, BANK: 25}
SEARCH, SOCIAL, MAIL = ("paid_search", "organic", "display"), ("social", "display"), ("email", "sms", "affiliate")

PUBLISHERS = (
    Publisher(DEMO_PUBLISHER, 230, 6500, 14, FAIR, ("paid_search", "organic", "email", "social", "referral"), ALL,
              OURS, 0, True),
    Publisher("Compass Quotes", 95, 6800, 10, CLEAN, SEARCH, {AUTO: 80, MORTGAGE: 20}, OURS, 0, True),
    Publisher("Rate Lantern", 80, 7000, 7, CLEAN, ("organic", "referral"), {MORTGAGE: 75, BANK: 25}, PLATFORM),
    Publisher("Northfield Search", 75, 6500, 14, CLEAN, SEARCH, ALL, PLATFORM, 0, True),
    Publisher("Pennywise Reader", 60, 6600, 14, CLEAN, ("email", "organic", "word_of_mouth"), {BANK: 80, MORTGAGE: 20}),
    Publisher("Milestone Comparison", 68, 6400, 10, FAIR, ("organic", "paid_search"), {AUTO: 100}, FORM),
    Publisher("Open Road Clicks", 55, 6000, 14, FAIR, SOCIAL, {AUTO: 100}, SHORT),
    Publisher("Keystone Partners", 50, 6200, 14, FAIR, ("affiliate", "referral"), ALL, SHORT),
    Publisher("Daybreak Mail", 55, 5800, 21, MIXED, MAIL, {BANK: 70, MORTGAGE: 30}, PLATFORM),
    Publisher("Hearth & Deed", 45, 6900, 7, CLEAN, ("referral", "organic"), {MORTGAGE: 100}, FORM),
    Publisher("Quick Quote Co", 55, 5500, 21, MIXED, ("display", "social", "paid_search"), {AUTO: 85, MORTGAGE: 15},
              SHORT),
    Publisher("Sunrise Social", 50, 5800, 14, MIXED, SOCIAL, {AUTO: 60, BANK: 40}),
    Publisher("Cedar Call Center", 35, 6200, 14, FAIR, ("call",), {AUTO: 55, BANK: 45}, OURS),
    Publisher("Lakeshore Affiliates", 35, 6000, 14, FAIR, ("affiliate", "email"), ALL, PLATFORM, 5),
    Publisher("First Door Digital", 30, 6300, 14, CLEAN, ("paid_search",), {MORTGAGE: 100}, FORM, 8),
    Publisher("Thrift Circle", 28, 6000, 14, FAIR, ("word_of_mouth", "email"), {BANK: 100}, OURS, 0),
    Publisher("Turbo Traffic", 50, 5000, 30, DIRTY, ("display", "other"), {AUTO: 70, BANK: 30}, SHORT),
    Publisher("Prize Parade", 46, 5000, 30, DIRTY, ("display", "social", "other"), {BANK: 60, AUTO: 40}, FORM, 3),
    Publisher("Metro Leads Direct", 40, 5200, 30, DIRTY, ("sms", "affiliate"), {MORTGAGE: 60, AUTO: 40}, PLATFORM),
    Publisher("Juniper Review", 22, 6600, 10, CLEAN, ("organic",), ALL, OURS, 16),
)  # fmt: skip

ADVERTISERS = (
    Advertiser(DEMO_ADVERTISER, "Marta Lindgren", 20_000, 16_000),
    Advertiser("Sentry Hill Insurance", "Paul Okafor", 10_000, 9_000),
    Advertiser("Blue Heron Auto", "Joyce Tanaka", 6_000, 5_400),
    Advertiser("Plainfield Mutual", "Victor Salazar", 6_000, 4_500),
    Advertiser("Tri-County Coverage", "Helen Marsh", 3_500, 2_500),
    Advertiser("Cobalt Lending", "Omar Whitaker", 15_000, 8_500),
    Advertiser("Granite State Home Loans", "Rachel Byrne", 10_000, 9_000),
    Advertiser("Veterans First Mortgage", "Samuel Reeves", 6_000, 4_000),
    Advertiser("Cornerstone Refinance", "Diana Petrov", 8_500, 7_000),
    Advertiser("Meridian Savings Bank", "Nina Castro", 5_000, 3_900),
    Advertiser("Old Mill Credit Union", "George Lambert", 2_500, 1_800),
    Advertiser("Kestrel Direct", "Trevor Knox", 4_000, 0),
)
