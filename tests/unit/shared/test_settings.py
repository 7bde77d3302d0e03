from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from boatyard.shared.settings import ServiceSettings, SettingsError, check_environment


class FerrySettings(ServiceSettings):
    """A service for these tests."""

    service: ClassVar[str] = "harbour-ferry"

    seats: int = Field(default=4, ge=1, description="How many fit in.")
    key: SecretStr = Field(default=SecretStr(""), description="A secret.")


def test_a_services_own_variable_wins_over_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATYARD_NATS_URL", "nats://common:4222")
    monkeypatch.setenv("BOATYARD_HARBOUR_FERRY_NATS_URL", "nats://own:4222")
    assert FerrySettings.load().nats_url == "nats://own:4222"
    monkeypatch.delenv("BOATYARD_HARBOUR_FERRY_NATS_URL")
    assert FerrySettings.load().nats_url == "nats://common:4222"


def test_what_the_caller_gives_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATYARD_HARBOUR_FERRY_SEATS", "9")
    assert FerrySettings.load(seats=2).seats == 2


def test_a_wrong_value_is_explained_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOATYARD_HARBOUR_FERRY_SEATS", "none")
    with pytest.raises(
        SettingsError, match="BOATYARD_HARBOUR_FERRY_SEATS: Input should be a valid integer"
    ):
        FerrySettings.load()


def test_a_misspelt_variable_is_refused_and_the_likely_one_named() -> None:
    with pytest.raises(SettingsError, match="did you mean BOATYARD_HARBOUR_FERRY_SEATS"):
        check_environment([FerrySettings], {"BOATYARD_HARBOUR_FERRY_SEAT": "3"})
    check_environment([FerrySettings], {"BOATYARD_SEATS": "3", "OTHER_THING": "1"})


def test_a_needed_secret_that_is_missing_is_asked_for_by_its_variable() -> None:
    with pytest.raises(SettingsError, match="set BOATYARD_HARBOUR_FERRY_KEY"):
        FerrySettings.load().secret("key")
    assert FerrySettings.load(key="s3cret").secret("key") == "s3cret"


def test_a_secret_does_not_show_when_settings_are_printed() -> None:
    assert "s3cret" not in repr(FerrySettings.load(key="s3cret"))


def test_the_database_is_a_file_named_after_the_service_unless_told_otherwise() -> None:
    assert FerrySettings.load().url_of_database == "sqlite+aiosqlite:///var/harbour-ferry.db"
    given = FerrySettings.load(database_url="postgresql+asyncpg://db/ferry")
    assert given.url_of_database == "postgresql+asyncpg://db/ferry"


def test_a_file_in_the_folder_of_secrets_stands_for_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "BOATYARD_NATS_URL").write_text("nats://common-file:4222\n")
    monkeypatch.setenv("BOATYARD_SECRETS_DIR", str(tmp_path))
    assert FerrySettings.load().nats_url == "nats://common-file:4222"
    (tmp_path / "BOATYARD_HARBOUR_FERRY_NATS_URL").write_text("nats://own-file:4222")
    monkeypatch.setenv("BOATYARD_NATS_URL", "nats://common:4222")
    assert FerrySettings.load().nats_url == "nats://own-file:4222"
    monkeypatch.setenv("BOATYARD_HARBOUR_FERRY_NATS_URL", "nats://own:4222")
    assert FerrySettings.load().nats_url == "nats://own:4222"


def test_a_misspelt_file_in_the_folder_of_secrets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "BOATYARD_HARBOUR_FERRY_KEYS").write_text("s3cret")
    with pytest.raises(
        SettingsError, match=r"nothing reads the file .*did you mean .*_KEY"
    ) as said:
        check_environment([FerrySettings], {"BOATYARD_SECRETS_DIR": str(tmp_path)})
    assert "s3cret" not in str(said.value)
