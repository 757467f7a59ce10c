"""Settings of an installation, read from ``DUOGUI_*`` environment variables.

Legal numbers are not settings: they are rows of the parameter table (``gis/rules/catalog``).
"""

import ipaddress
import os
import re
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_data_path
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT_DATA_DIR = Path("/var/lib/duogui")
BASE_MAP_URL = re.compile(r"(https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)/[!-~]{1,2000}")
StorageSRID = Literal[4490, 4326]


def default_data_dir() -> Path:
    """Return the user's data folder; for root one that the ``postgres`` user can reach.

    A home folder of mode 0700 would shut ``postgres`` out, and the database server never runs as root.
    """
    return ROOT_DATA_DIR if os.geteuid() == 0 else user_data_path("duogui")


class Settings(BaseSettings):
    """All settings, validated once at start.

    ``DUOGUI_DATABASE_URL`` unset means the private PostGIS cluster under ``DUOGUI_DATA_DIR``.
    """

    model_config = SettingsConfigDict(env_prefix="DUOGUI_", extra="ignore", frozen=True)

    environment: Literal["production", "development"] = "production"
    data_dir: Path = Field(default_factory=default_data_dir)

    database_url: SecretStr | None = None
    storage_srid: StorageSRID = 4490
    pool_size: Annotated[int, Field(ge=1, le=200)] = 16
    statement_timeout_s: Annotated[int, Field(ge=1, le=3600)] = 60

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: AnyHttpUrl | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    public_reads: bool = False
    # After this long a browser that signed in to the map page has to do so again.
    session_hours: Annotated[int, Field(ge=1, le=720)] = 12

    # A base map below the layers of the map page: an address of pictures with {z}, {x} and {y}. None unless set.
    base_map_url: str | None = None
    base_map_attribution: str = ""

    default_items_limit: Annotated[int, Field(ge=1, le=10_000)] = 10
    max_items_limit: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    max_body_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024 * 1024
    max_upload_files: Annotated[int, Field(ge=1, le=1000)] = 50
    max_open_imports: Annotated[int, Field(ge=1, le=1000)] = 50
    # A delivery that has this much less than the version in force is published only when somebody says that this is right.
    max_loss_percent: Annotated[float, Field(ge=0, le=100)] = 10.0

    # Hosts, addresses and networks that an execution may name to be told how its job goes.
    remote_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    # A job that ended is deleted after this long, with what it found and the files that it wrote.
    job_retention_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    # An execution that is waited for and takes longer goes on as a job.
    wait_for_execution_s: Annotated[int, Field(ge=1, le=600)] = 20

    # CSV or XLSX of the counties that codes may name; without it only the provinces of codes are looked up.
    county_table: Path | None = None

    max_tile_features: Annotated[int, Field(ge=1000)] = 200_000
    tile_cache_bytes: Annotated[int, Field(ge=0)] = 64 * 1024 * 1024

    # Time of day in China at which the worker starts the scans of land. Off when unset.
    nightly_scan: time | None = None

    @field_validator("trusted_proxies", "cors_origins", "remote_hosts", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("base_map_url")
    @classmethod
    def _name_one_host(cls, value: str | None) -> str | None:
        # The page's content security policy is extended by this host: it must be one, and nothing that adds to the policy.
        if value is not None and not BASE_MAP_URL.fullmatch(value):
            raise ValueError(
                "expected https://HOST/... with {z}, {x} and {y} in the path, such as a WMTS address of Tianditu"
            )
        if value is not None and not all(name in value for name in ("{z}", "{x}", "{y}")):
            raise ValueError("the address must have {z}, {x} and {y}")
        return value

    @field_validator("storage_srid", mode="before")
    @classmethod
    def _read_number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
            raise ValueError("expected a URL such as postgresql://user:password@host:5432/database")
        return SecretStr(f"postgresql+psycopg://{rest}")

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.default_items_limit > self.max_items_limit:
            raise ValueError("DUOGUI_DEFAULT_ITEMS_LIMIT must not be above DUOGUI_MAX_ITEMS_LIMIT")
        if self.environment == "production" and "*" in self.cors_origins:
            raise ValueError("DUOGUI_CORS_ORIGINS=* lets every web page call this service; name the origins")
        if self.environment == "production" and "*" in self.trusted_proxies:
            raise ValueError("DUOGUI_TRUSTED_PROXIES=* lets every client forge its address; name the proxies")
        return self

    @property
    def base_map_origin(self) -> str | None:
        """Where the pictures of the base map come from: scheme and host."""
        found = BASE_MAP_URL.fullmatch(self.base_map_url or "")
        return None if found is None else found.group(1)

    @property
    def on_loopback(self) -> bool:
        """Whether the service listens only to this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@lru_cache
def get_settings() -> Settings:
    """Read the environment once."""
    return Settings()
