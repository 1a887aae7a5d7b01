"""What the pages for those who take the code over say, against where it comes from."""

from __future__ import annotations

import re

import pytest
import yaml
from chat import ROOT

from weerbaar.contacts import load_register

PUBLIC_CODE = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
OPENAPI = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))
PAGES = ["publiccode.yml", "SECURITY.md", "CODE_OF_CONDUCT.md", "GOVERNANCE.md", "docs/overnemen.md"]
NUMBER = re.compile(r"(?<![\w.-])(0\d{2,3}-\d{4,7}|11[23])(?![\w-])")
MAIL = re.compile(r"[\w.]+@[\w.]+\w")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_numbers_and_addresses_that_we_know(page):
    """Nobody is sent to an address that was made up."""
    text, register = read(page), load_register()
    assert set(NUMBER.findall(text)) <= set(register.numbers.values())
    known = {*MAIL.findall(read("data/contacts.yml")), *MAIL.findall(read("deploy/well-known/security.txt"))}
    assert set(MAIL.findall(text)) <= known


def test_the_address_for_leaks_is_that_of_security_txt():
    """Also once the owner has put a real one there."""
    [address] = re.findall(r"^Contact: mailto:(.+)$", read("deploy/well-known/security.txt"), re.M)
    assert f"`{address}`" in read("SECURITY.md")


def test_all_name_one_licence():
    [of_readme] = re.findall(r"SPDX: `([^`]+)`", read("README.md"))
    licences = {of_readme, PUBLIC_CODE["legal"]["license"], OPENAPI["info"]["license"]["name"]}
    assert licences == {"EUPL-1.2"}
    assert read("LICENSES/EUPL-1.2.txt") == read("LICENSE")


def test_the_version_is_that_of_the_changelog():
    """Before the first release there is none."""
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]?(?: - (\d{4}-\d{2}-\d{2}))?", read("CHANGELOG.md"), re.M)
    version, date = released[0] if released else (None, None)
    assert PUBLIC_CODE.get("softwareVersion") == version
    assert str(PUBLIC_CODE.get("releaseDate") or "") == (date or "")


def test_what_it_runs_on_and_where_is_so():
    python = {each["name"]: each.get("version") for each in PUBLIC_CODE["dependsOn"]["open"]}["Python"]
    assert read(".python-version").strip().startswith(python)
    languages = set(OPENAPI["components"]["schemas"]["Message"]["properties"]["lang"]["enum"]) - {"nl"}
    assert len(languages) == 8
    for language, word in (("nl", "acht andere talen"), ("en", "eight other languages")):
        features = " ".join(PUBLIC_CODE["description"][language]["features"])
        assert word in features
        for app in ("Telegram", "WhatsApp", "Teams", "Slack"):
            assert app in features
            assert f"apps.{app.lower()}." in read("deploy/credentials.yml")
        assert all((ROOT / picture).exists() for picture in PUBLIC_CODE["description"][language]["screenshots"])
