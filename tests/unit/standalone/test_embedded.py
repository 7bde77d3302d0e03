from pathlib import Path

import pytest

from boatyard.shared.settings import SettingsError
from boatyard.standalone.configuration import service_settings
from boatyard.standalone.folder import Secrets
from boatyard.standalone.settings import StandaloneSettings

SECRETS = Secrets.fresh()


def test_every_service_is_told_where_the_parts_are(tmp_path: Path) -> None:
    settings = StandaloneSettings.load(data_dir=tmp_path, port=9090, registry_port=5050)
    made = service_settings(settings, nats_url="nats://127.0.0.1:1", secrets=SECRETS)
    assert {each.public_url for each in made.values()} == {"http://localhost:9090"}
    assert {each.registry_host for each in made.values()} == {"localhost:5050"}
    assert len({each.url_of_database for each in made.values()}) == len(made)


def test_services_are_refused_a_database_in_common(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOATYARD_DATABASE_URL", "postgresql+asyncpg://db/boatyard")
    with pytest.raises(SettingsError, match="catalog and registry-notifier have the same database"):
        service_settings(StandaloneSettings.load(data_dir=tmp_path), nats_url="", secrets=SECRETS)


def test_a_wrong_value_is_told_by_the_variable_that_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOATYARD_PORT", "eighty")
    with pytest.raises(SettingsError, match=r"^BOATYARD_PORT: Input should be a valid integer"):
        StandaloneSettings.load()
