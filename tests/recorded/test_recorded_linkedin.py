"""The LinkedIn connector on the refusals that the real servers gave; no post was recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.social_networks.linkedin.source import SOURCE
from connectors.source import SourceError

Make = Callable[..., Extraction]

REFUSALS = {
    "linkedin-v2_organization_data__00.json": "does not accept the token .Invalid access token",
    "linkedin-oauth2_invalid_access_token__00.json": "does not accept the token .Invalid access token",
    "linkedin-oauth2_unauthorized__00.xml": "does not accept the token .no reason given",
    "linkedin-v2_people_profile_lang_spanish__00.json": "may not be read .Unpermitted fields present in PARAMETER",
    "linkedin-v2_people_profile_own_secure__00.json": "may not be read .Unpermitted fields present in PARAMETER",
    "linkedin-v2_people_picture_urls__00.json": "nothing is there, or nothing that this token may see .Resource me does not exist",
    "linkedin-v2_people_profile_connections_other__00.json": "nothing is there",
    "linkedin-v2_people_profile_multiple_fields__00.json": "nothing is there",
    "linkedin-oauth2_not_found__00.html": "nothing is there, or nothing that this token may see .no reason given",
    "linkedin-v2_people_profile_fields_complex__00.json": r"answered 400 .Illegal field name '\['",
    "linkedin-v2_people_profile_other_url__00.json": "answered 500 .*INTERNAL SERVER ERROR",
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_each_recorded_refusal_is_one_clear_sentence(payloads: Path, extraction: Make, name: str) -> None:
    path = payloads / "linkedin" / name
    if not path.is_file():
        pytest.skip(f"no recorded answer at {path}")
    index = map(json.loads, (path.parent / "INDEX.jsonl").read_text().splitlines())
    status = {entry["file"]: entry["status"] for entry in index}[name]
    answer = httpx.Response(status, content=path.read_bytes())
    with pytest.raises(SourceError, match=REFUSALS[name]):
        await SOURCE.check(extraction(SOURCE, lambda request: answer, pages=("11571530",), secret_values={"token": SecretStr("a-token")}))
