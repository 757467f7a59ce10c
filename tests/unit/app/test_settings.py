"""Settings are read from the environment, and unsafe ones refuse to start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    def set_variables(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"DUOGUI_{name}", value)
        return Settings()

    return set_variables


def test_an_installation_is_production_on_loopback_unless_told_otherwise(environment):
    settings = environment()
    assert (settings.environment, settings.host, settings.on_loopback) == ("production", "127.0.0.1", True)
    assert settings.cors_origins == ()


def test_the_storage_crs_is_one_of_two(environment):
    assert [environment(STORAGE_SRID=srid).storage_srid for srid in ("4490", "4326")] == [4490, 4326]


def test_lists_are_separated_by_commas(environment):
    settings = environment(CORS_ORIGINS="https://a.example, https://b.example", TRUSTED_PROXIES="10.0.0.1")
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.trusted_proxies == ("10.0.0.1",)


@pytest.mark.parametrize("name", ["CORS_ORIGINS", "TRUSTED_PROXIES"])
def test_a_star_is_refused_outside_development(environment, name: str):
    with pytest.raises(ValidationError, match=f"DUOGUI_{name}"):
        environment(**{name: "*"})
    assert environment(**{name: "*", "ENVIRONMENT": "development"}).environment == "development"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("STORAGE_SRID", "4547"),
        ("POOL_SIZE", "0"),
        ("ENVIRONMENT", "test"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_value_out_of_range_is_refused(environment, name: str, value: str):
    with pytest.raises(ValidationError):
        environment(**{name: value})


def test_the_database_password_is_not_shown(environment):
    settings = environment(DATABASE_URL="postgresql://u:secret@db/x")
    assert "secret" not in repr(settings)
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://u:secret@db/x"


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("db", False)],  # noqa: S104  that is the point
)
def test_only_a_loopback_address_counts_as_this_machine(environment, host: str, is_loopback: bool):
    assert environment(HOST=host).on_loopback is is_loopback


def test_the_data_folder_can_be_anywhere(environment, tmp_path: Path):
    assert environment(DATA_DIR=str(tmp_path / "数据")).data_dir == tmp_path / "数据"
