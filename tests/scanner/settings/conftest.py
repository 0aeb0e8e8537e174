"""Settings as a file, and an estate judged with them."""

import pytest

from scanner.settings import read_settings

ENTRY = {"owner": '"ops"', "reason": '"old"', "ticket": '"T-1"', "expires": "2026-12-31"}


@pytest.fixture(name="entry")
def entry_of():
    """Write an [[accept]] entry; None leaves a key out."""

    def entry(**changes):
        keys = {name: value for name, value in (ENTRY | changes).items() if value is not None}
        return "[[accept]]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items())

    return entry


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read settings from their text, out of a file of the current directory."""
    monkeypatch.chdir(tmp_path)

    def settings(text):
        path = tmp_path / "hwaudit.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_settings(path.relative_to(tmp_path))

    return settings
