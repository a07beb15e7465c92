from __future__ import annotations

import pytest

from connectors.http.redaction import Redactor


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "api_key",
        "apikey",
        "API-Key",
        "access_token",
        "token",
        "auth",
        "secret",
        "client_secret",
        "password",
        "signature",
        "sig",
        "api%5Fkey",
    ],
)
def test_parameters_that_look_secret_are_hidden(name: str) -> None:
    assert Redactor()(f"see https://a.example/x?q=1&{name}=abc&page=2.") == f"see https://a.example/x?q=1&{name}=***&page=2."


@pytest.mark.parametrize("name", ["q", "author", "keyword", "tags", "max_id", "pageToken", "design", "monkey"])
def test_other_parameters_are_shown(name: str) -> None:
    assert Redactor()(f"https://a.example/?{name}=abc") == f"https://a.example/?{name}=abc"


@pytest.mark.parametrize("text", ["a/b c", "a%2Fb%20c", "a%2Fb+c"])
def test_known_secrets_are_hidden_in_each_spelling(text: str) -> None:
    assert Redactor(["a/b c", "", "a/b"])(f"https://a.example/bot{text}/x") == "https://a.example/bot***/x"


def test_users_in_addresses_are_hidden() -> None:
    assert Redactor()("https://me:pw@a.example/u@v") == "https://***@a.example/u@v"
