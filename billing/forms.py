"""Forms about money."""

from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from core.ids import new_id
from core.money import AmountError, parse_amount


class TopUpForm(FlaskForm):
    """Money received for a wallet. `key` is made with the page, so that sending it twice books it once."""

    amount = StringField("Amount", [DataRequired("Enter an amount, such as 500.00.")])
    note = StringField(
        "Note", [DataRequired("Say where the money came from."), Length(max=200)],
        description="Stands in the journal, such as: wire of 3 March, reference 4711",
    )  # fmt: skip
    key = HiddenField(default=lambda: new_id().hex)

    def validate_amount(self, field: Field) -> None:
        """An amount of money."""
        try:
            parse_amount(field.data)
        except AmountError as error:
            raise ValidationError(str(error).capitalize()) from None

    def validate_key(self, field: Field) -> None:
        """The identifier that the page was made with."""
        try:
            UUID(hex=field.data)
        except (ValueError, TypeError):
            raise ValidationError("This page is not whole. Load it again.") from None

    @property
    def micros(self) -> int:
        """The amount in micros."""
        return parse_amount(self.amount.data)

    @property
    def journal_id(self) -> UUID:
        """The key as the journal's id."""
        return UUID(hex=self.key.data)
