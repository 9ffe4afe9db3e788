"""The forms of signing in and of people."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length

from core.identity.accounts import SHORTEST_PASSWORD
from core.identity.principal import ROLES


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = EmailField("E-mail", [DataRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [DataRequired("Enter your password.")])
    remember = BooleanField("Stay signed in on this device")


class ForgottenForm(FlaskForm):
    """Asks for a reset link."""

    email = EmailField("E-mail", [DataRequired("Enter your e-mail address.")])


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        "New password",
        [
            DataRequired("Choose a password."),
            Length(SHORTEST_PASSWORD, 200, f"At least {SHORTEST_PASSWORD} characters."),
        ],
        description=f"At least {SHORTEST_PASSWORD} characters. A few unrelated words are easy to remember.",
    )
    again = PasswordField("The same again", [EqualTo("password", "The two do not match.")])


class InviteForm(FlaskForm):
    """A colleague to invite."""

    name = StringField("Name", [DataRequired("Enter a name."), Length(max=120)])
    email = EmailField("E-mail", [DataRequired("Enter an e-mail address."), Length(max=254)])


class ApiKeyForm(FlaskForm):
    """A new API key."""

    name = StringField(
        "What is it for?", [DataRequired("Give the key a name."), Length(max=80)], description="Such as: website form"
    )
    mode = SelectField(
        "Mode",
        choices=[SelectChoice("live", "Live: leads are sold"), SelectChoice("test", "Test: nothing is sold or sent")],
    )


class OrganisationForm(FlaskForm):
    """A new organisation with its first member."""

    kind = SelectField("Kind", choices=[SelectChoice(kind, kind.capitalize()) for kind in ROLES])
    name = StringField("Organisation", [DataRequired("Enter a name."), Length(max=120)])
    member_name = StringField("First member's name", [DataRequired("Enter a name."), Length(max=120)])
    email = EmailField("First member's e-mail", [DataRequired("Enter an e-mail address."), Length(max=254)])
