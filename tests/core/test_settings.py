"""Settings: typed, checked together, with every fault named."""

import base64
from pathlib import Path

import pytest

from core.settings import KEY_NAMES, SettingsError, load_settings

GOOD = {"DATABASE_URL": "postgresql://u:p@h/d"}
KEYS = {name: base64.b64encode(bytes(32)).decode() for name in KEY_NAMES}


def test_development_makes_its_keys_once(tmp_path: Path) -> None:
    environ = {**GOOD, "INSTANCE_PATH": str(tmp_path)}
    first, second = load_settings(environ), load_settings(environ)
    assert first == second and len(first.master_key) == 32 and first.development
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_production_needs_every_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"FAIRLEAD_ENV": "production", "INSTANCE_PATH": str(tmp_path)})
    for name in ("DATABASE_URL", *KEY_NAMES):
        assert name in str(caught.value)
    assert not (tmp_path / "keys.json").exists()
    made = load_settings({"FAIRLEAD_ENV": "production", "INSTANCE_PATH": str(tmp_path), **GOOD, **KEYS})
    assert not made.private_webhooks


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    bad = {"FAIRLEAD_ENV": "staging", "DATABASE_URL": "mysql://x", "SMTP_PORT": "0", "CURRENCY": "dollars",
           "API_RATE_LIMIT": "lots", "MASTER_KEY": "short", "BATCH_SIZE": "x"}  # fmt: skip
    with pytest.raises(SettingsError) as caught:
        load_settings({**KEYS, **bad, "INSTANCE_PATH": str(tmp_path)})
    assert all(f"{name}:" in str(caught.value) for name in bad)


def test_the_local_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "url").write_text("postgresql://local/x\n")
    assert load_settings({"INSTANCE_PATH": str(tmp_path)}).database_url == "postgresql://local/x"
