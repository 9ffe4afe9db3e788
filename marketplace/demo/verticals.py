"""The demo's three verticals. Aliases are the names that forms and platforms elsewhere give the same fields."""

from dataclasses import dataclass

from marketplace.verticals.editing import create_vertical
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical

AUTO, MORTGAGE, BANK = "auto-insurance", "mortgage", "bank-deposit"
TIMEFRAMES = ("today", "this week", "within 30 days", "within 3 months", "just looking")
CREDIT = ("excellent", "good", "fair", "poor")
UNSURE = ("yes", "no", "unknown")

FIRST_NAME = Field(
    "first_name", "First name", "text", required=True, personal=True, example="Ada",
    aliases=("firstname", "fname", "first", "given_name"),
)  # fmt: skip
LAST_NAME = Field(
    "last_name", "Last name", "text", required=True, personal=True, example="Lane",
    aliases=("lastname", "lname", "last", "surname", "family_name"),
)  # fmt: skip
EMAIL = Field(
    "email", "E-mail", "email", personal=True, example="ada.lane@example.com",
    aliases=("email_address", "emailaddress", "e_mail", "contact_email"),
)  # fmt: skip
PHONE = Field(
    "phone", "Phone", "phone", required=True, personal=True, example="(202) 555-0143",
    aliases=("phone_number", "phonenumber", "home_phone", "primary_phone", "phone_home", "phone1", "mobile",
             "mobile_phone", "cell_phone", "telephone"),
)  # fmt: skip
ADDRESS = Field(
    "address", "Street address", "text", personal=True, example="12 Harbor Street",
    aliases=("address1", "address_1", "street", "street_address"),
)  # fmt: skip
CITY = Field("city", "City", "text", example="Washington", aliases=("town",))
ZIP = Field("zip", "ZIP code", "zip", required=True, example="20001",
            aliases=("zip_code", "zipcode", "postal_code", "postalcode", "postcode"))  # fmt: skip
STATE = Field("state", "State", "state", required=True, example="DC",
              aliases=("state_code", "us_state", "region", "province"))  # fmt: skip
BIRTH = Field(
    "date_of_birth", "Date of birth", "date", personal=True, example="1986-04-30",
    aliases=("dob", "birth_date", "birthdate", "birthday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """A vertical to be created: its name, fields and rules."""

    slug: str
    name: str
    fields: tuple[Field, ...]
    window_days: int
    max_buyers: int


AUTO_INSURANCE = Plan(
    AUTO,
    "Auto insurance",
    (
        FIRST_NAME, LAST_NAME, EMAIL, PHONE, ADDRESS, CITY, ZIP, STATE, BIRTH,
        Field("age", "Age", "number", required=True, lowest=16, highest=110, example="38", aliases=("driver_age",)),
        Field("currently_insured", "Insured at present", "boolean", required=True, example="yes",
              aliases=("insured", "is_insured", "current_insurance", "has_insurance")),
        Field("current_carrier", "Present insurer", "text", example="Northgate Mutual",
              aliases=("insurer", "insurance_company", "current_company", "current_insurer")),
        Field("coverage", "Coverage wanted", "choice", choices=("minimum", "standard", "full"), example="standard",
              aliases=("coverage_type", "coverage_level", "desired_coverage")),
        Field("vehicle_year", "Vehicle's model year", "number", lowest=1950, highest=2100, example="2019",
              aliases=("year", "car_year", "vehicle_1_year", "auto_year")),
        Field("vehicle_make", "Vehicle's make", "text", example="Toyota",
              aliases=("make", "car_make", "vehicle_1_make", "auto_make")),
        Field("vehicles", "Vehicles to insure", "number", lowest=1, highest=12, example="1",
              aliases=("vehicle_count", "number_of_vehicles", "num_vehicles")),
        Field("accidents", "Accidents in three years", "number", lowest=0, highest=20, example="0",
              aliases=("accident_count", "incidents", "num_accidents")),
        Field("home_owner", "Owns a home", "boolean", example="no",
              aliases=("homeowner", "own_home", "is_homeowner")),
        Field("credit", "Credit", "choice", choices=CREDIT, example="good",
              aliases=("credit_rating", "credit_profile", "credit_quality")),
        Field("timeframe", "Wants to buy", "choice", choices=TIMEFRAMES, example="this week",
              aliases=("when", "purchase_timeframe", "time_frame", "urgency")),
    ),
    30,
    3,
)  # fmt: skip

HOME_LOAN = Plan(
    MORTGAGE,
    "Mortgage",
    (
        FIRST_NAME, LAST_NAME, EMAIL, PHONE, ADDRESS, CITY, ZIP, STATE,
        Field("age", "Age", "number", lowest=18, highest=110, example="44", aliases=("borrower_age",)),
        Field("loan_purpose", "Purpose of the loan", "choice", required=True, example="purchase",
              choices=("purchase", "refinance", "home equity", "cash out"),
              aliases=("loan_type", "purpose", "mortgage_type", "product")),
        Field("property_type", "Property", "choice", example="single family",
              choices=("single family", "condominium", "townhouse", "multi family", "mobile home"),
              aliases=("property", "home_type", "prop_type")),
        Field("property_use", "Use of the property", "choice", example="primary residence",
              choices=("primary residence", "second home", "investment"),
              aliases=("occupancy", "property_usage", "usage")),
        Field("property_value", "Value of the property", "number", lowest=10_000, highest=50_000_000, example="420,000",
              aliases=("home_value", "est_home_value", "estimated_value", "purchase_price")),
        Field("loan_amount", "Loan wanted", "number", required=True, lowest=5_000, highest=50_000_000,
              example="310,000", aliases=("amount", "loan_value", "mortgage_amount", "requested_amount")),
        Field("credit", "Credit", "choice", required=True, choices=CREDIT, example="good",
              aliases=("credit_rating", "credit_profile", "credit_grade", "est_credit")),
        Field("income", "Yearly income", "number", lowest=0, highest=100_000_000, example="96,000",
              aliases=("annual_income", "yearly_income", "household_income", "gross_income")),
        Field("employment", "Employment", "choice", example="employed",
              choices=("employed", "self-employed", "retired", "unemployed"),
              aliases=("employment_status", "job_status", "income_source")),
        Field("veteran", "Served in the military", "boolean", example="no",
              aliases=("is_veteran", "military", "va_eligible", "va_loan")),
        Field("first_home", "First home", "boolean", example="yes",
              aliases=("first_time_buyer", "first_time_homebuyer", "ftb")),
        Field("timeframe", "Wants to close", "choice", choices=TIMEFRAMES, example="within 30 days",
              aliases=("when", "purchase_timeframe", "time_frame", "closing")),
    ),
    30,
    4,
)  # fmt: skip

# The fields of a bank's telephone campaign. Only the phone is required: lists of this kind have gaps elsewhere.
BANK_DEPOSIT = Plan(
    BANK,
    "Bank deposit",
    (
        Field("first_name", "First name", "text", personal=True, example="Ada", aliases=FIRST_NAME.aliases),
        Field("last_name", "Last name", "text", personal=True, example="Lane", aliases=LAST_NAME.aliases),
        EMAIL, PHONE,
        Field("zip", "ZIP code", "zip", example="20001", aliases=ZIP.aliases),
        Field("state", "State", "state", example="DC", aliases=STATE.aliases),
        Field("country", "Country", "text", example="US", aliases=("country_code",)),
        Field("age", "Age", "number", lowest=16, highest=120, example="41"),
        Field("job", "Occupation", "choice", example="technician", aliases=("occupation", "profession"),
              choices=("admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired", "self-employed",
                       "services", "student", "technician", "unemployed", "unknown")),
        Field("marital", "Marital status", "choice", example="married", aliases=("marital_status",),
              choices=("single", "married", "divorced", "unknown")),
        Field("education", "Education", "choice", example="university.degree", aliases=("education_level",),
              choices=("basic.4y", "basic.6y", "basic.9y", "high.school", "illiterate", "professional.course",
                       "university.degree", "unknown")),
        Field("credit_default", "Credit in default", "choice", choices=UNSURE, example="no",
              aliases=("default", "in_default")),
        Field("housing_loan", "Has a housing loan", "choice", choices=UNSURE, example="yes",
              aliases=("housing", "has_mortgage")),
        Field("personal_loan", "Has a personal loan", "choice", choices=UNSURE, example="no",
              aliases=("loan", "has_loan")),
        Field("contact_channel", "Reached by", "choice", choices=("cellular", "telephone"), example="cellular",
              aliases=("contact", "contact_type")),
        Field("month", "Month of the last contact", "choice", example="may", aliases=("contact_month",),
              choices=("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
        Field("weekday", "Weekday of the last contact", "choice", example="tue", aliases=("day_of_week",),
              choices=("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
        Field("contacts_this_campaign", "Contacts in this campaign", "number", lowest=0, highest=1_000, example="2",
              aliases=("campaign", "campaign_contacts")),
        Field("previous_contacts", "Contacts before it", "number", lowest=0, highest=1_000, example="0",
              aliases=("previous",)),
        Field("previous_outcome", "Outcome of the previous campaign", "choice", example="nonexistent",
              choices=("nonexistent", "failure", "success"), aliases=("poutcome",)),
    ),
    30,
    2,
)  # fmt: skip

PLANS = (AUTO_INSURANCE, HOME_LOAN, BANK_DEPOSIT)


def create_verticals() -> dict[str, Vertical]:
    """Create the demo's verticals; returns them by slug."""
    return {
        plan.slug: create_vertical(plan.name, plan.slug, list(plan.fields), plan.window_days, plan.max_buyers)
        for plan in PLANS
    }
