"""The form of a delivery endpoint."""

from flask_wtf import FlaskForm
from wtforms import StringField, URLField
from wtforms.validators import DataRequired, Length


class EndpointForm(FlaskForm):
    """A new delivery endpoint."""

    name = StringField(
        "Name", [DataRequired("Give the endpoint a name."), Length(max=80)], description="Such as: our CRM"
    )
    url = URLField(
        "Address",
        [DataRequired("Enter the address that receives leads.")],
        description="Such as https://crm.example.com/leads",
    )
