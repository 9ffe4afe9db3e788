"""The forms of offers and of publishers' terms."""

from decimal import Decimal

from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, IntegerField, SelectField, StringField, URLField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange


class OfferForm(FlaskForm):
    """A new offer. The page sets the choices of `vertical`."""

    name = StringField(
        "Name", [DataRequired("Give the offer a name."), Length(max=120)], description="Publishers see it."
    )
    vertical = SelectField("Vertical")
    landing_url = URLField("Landing page", description="Such as https://example.com/quote")


class TermsForm(FlaskForm):
    """What a publisher earns on sales from now on."""

    share = DecimalField(
        "Share of each sale",
        [InputRequired("Enter a percentage, such as 60."), NumberRange(0, 100, "Must lie between 0 and 100 %.")],
        places=None,
    )
    hold_days = IntegerField(
        "Commissions are held for",
        [InputRequired("Enter a number of days."), NumberRange(0, 365, "Must lie between 0 and 365 days.")],
    )

    def validate_share(self, field: Field) -> None:
        """Whole basis points."""
        if field.data is not None and field.data.is_finite() and field.data * 100 % 1:
            raise ValidationError("Must have at most two decimals.")

    @property
    def share_bps(self) -> int:
        """The share in basis points."""
        return int(Decimal(self.share.data) * 100)
