"""E-mail: real SMTP where a host is set, else files in `instance/mail/` that `/mailbox` shows in development."""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from flask import current_app, render_template

from core.ids import new_id
from core.settings import Settings


def send_mail(to: str, template: str, **values: object) -> None:
    """Send the mail `templates/mail/<template>.txt`, whose first line is the subject. Call it from a job.

    Raises smtplib.SMTPException or OSError where the server cannot be reached; the job is then retried.
    """
    settings: Settings = current_app.config["FAIRLEAD"]
    subject, _, body = render_template(f"mail/{template}.txt", base_url=settings.base_url, **values).partition("\n")
    message = EmailMessage()
    message["Subject"] = subject.strip()
    message["From"] = settings.mail_from
    message["To"] = to
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain="fairlead")
    message.set_content(body.lstrip("\n"))
    if settings.smtp_host:
        _over_smtp(settings, message)
    else:
        settings.mailbox.mkdir(parents=True, exist_ok=True)
        (settings.mailbox / f"{new_id().hex}.eml").write_bytes(bytes(message))


def _over_smtp(settings: Settings, message: EmailMessage) -> None:
    assert settings.smtp_host
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20) as server:
        if settings.smtp_starttls:
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(message)
