"""Settings from the environment: typed, checked together, with one clear message for all that is wrong."""

import base64
import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

ROOT = Path(__file__).resolve().parent.parent
KEY_NAMES = ("SECRET_KEY", "MASTER_KEY", "HASH_KEY", "RECEIPT_KEY")


class SettingsError(Exception):
    """The environment does not describe a working installation; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the operator decides. Keys are 32 random bytes each; times are in seconds."""

    environment: str
    instance: Path
    database_url: str
    base_url: str
    secret_key: bytes
    master_key: bytes
    hash_key: bytes
    receipt_key: bytes
    currency: str
    smtp_host: str | None
    smtp_port: int
    smtp_user: str | None
    smtp_password: str | None
    smtp_starttls: bool
    mail_from: str
    private_webhooks: bool
    webhook_timeout: float
    stalled_worker_timeout: float
    api_rate_limit: str
    batch_size: int
    trusted_proxies: int

    @property
    def development(self) -> bool:
        """Whether this is a developer's or a trial installation, without real people's data."""
        return self.environment == "development"

    @property
    def mailbox(self) -> Path:
        """Where mails are written as files when no SMTP host is set."""
        return self.instance / "mail"

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address with the driver named, as SQLAlchemy wants it."""
        return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]


class _Key(fields.String):
    """32 bytes, written as base64."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise ValidationError("must be 32 bytes written as base64 (openssl rand -base64 32)")
        return key


class _Environment(Schema):
    """The variables read, by name; what is not named here is somebody else's."""

    class Meta:
        unknown = EXCLUDE

    environment = fields.String(
        data_key="FAIRLEAD_ENV", load_default="development", validate=validate.OneOf(["development", "production"])
    )
    database_url = fields.String(
        data_key="DATABASE_URL",
        required=True,
        validate=validate.Regexp(r"^postgres(ql)?://", error="must start with postgresql://"),
        error_messages={"required": "is not set and no local PostgreSQL has been started yet: try 'make run'"},
    )
    base_url = fields.URL(data_key="BASE_URL", require_tld=False, schemes={"http", "https"})
    secret_key = _Key(data_key="SECRET_KEY", required=True)
    master_key = _Key(data_key="MASTER_KEY", required=True)
    hash_key = _Key(data_key="HASH_KEY", required=True)
    receipt_key = _Key(data_key="RECEIPT_KEY", required=True)
    currency = fields.String(
        data_key="CURRENCY",
        load_default="USD",
        validate=validate.Regexp("^[A-Z]{3}$", error="must be three capitals, as ISO 4217 has them"),
    )
    smtp_host = fields.String(data_key="SMTP_HOST", load_default=None)
    smtp_port = fields.Integer(data_key="SMTP_PORT", load_default=587, validate=validate.Range(1, 65535))
    smtp_user = fields.String(data_key="SMTP_USER", load_default=None)
    smtp_password = fields.String(data_key="SMTP_PASSWORD", load_default=None)
    smtp_starttls = fields.Boolean(data_key="SMTP_STARTTLS", load_default=True)
    mail_from = fields.String(data_key="MAIL_FROM", load_default="Fairlead <fairlead@localhost>")
    private_webhooks = fields.Boolean(data_key="ALLOW_PRIVATE_WEBHOOKS")
    webhook_timeout = fields.Float(data_key="WEBHOOK_TIMEOUT", load_default=10.0, validate=validate.Range(0.1, 120))
    stalled_worker_timeout = fields.Float(
        data_key="STALLED_WORKER_TIMEOUT", load_default=30.0, validate=validate.Range(1, 3600)
    )
    api_rate_limit = fields.String(
        data_key="API_RATE_LIMIT",
        load_default="1000/second",
        validate=validate.Regexp(r"^\d+/(second|minute|hour)$", error="must look like 1000/second"),
    )
    batch_size = fields.Integer(data_key="BATCH_SIZE", load_default=250, validate=validate.Range(1, 2000))
    trusted_proxies = fields.Integer(data_key="TRUSTED_PROXIES", load_default=0, validate=validate.Range(0, 5))


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's environment).

    In development, keys that are not set are generated once and kept in `instance/keys.json`, and the
    database started by `make run` is found by itself; in production everything must be given.
    Raises SettingsError naming every variable that is missing or malformed.
    """
    given = dict(os.environ if environ is None else environ)
    instance = Path(given.get("INSTANCE_PATH") or ROOT / "instance").resolve()
    given.setdefault("BASE_URL", f"http://127.0.0.1:{given.get('PORT', '8000')}")
    if given.get("FAIRLEAD_ENV", "development") == "development":
        given = _development_keys(instance) | {"ALLOW_PRIVATE_WEBHOOKS": "true"} | given
        local = instance / "postgres" / "url"
        if "DATABASE_URL" not in given and local.exists():
            given["DATABASE_URL"] = local.read_text().strip()
    given.setdefault("ALLOW_PRIVATE_WEBHOOKS", "false")
    try:
        values = _Environment().load(given)
    except ValidationError as error:
        faults = "\n".join(
            f"  {name}: {' '.join(map(str, said))}" for name, said in sorted(error.messages_dict.items())
        )
        raise SettingsError(f"These settings are missing or wrong:\n{faults}") from error
    return Settings(instance=instance, **values)


def _development_keys(instance: Path) -> dict[str, str]:
    """The keys of this development installation, made at first use, readable by its owner only."""
    path = instance / "keys.json"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in KEY_NAMES}
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(keys, indent=1))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # whoever comes first wins; web and worker may start together
        fresh.unlink()
    stored: dict[str, str] = json.loads(path.read_text())
    return stored
