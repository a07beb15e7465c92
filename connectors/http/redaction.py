"""Keeps secrets out of what is shown or stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_plus

# fmt: off
_SECRET_NAMES = frozenset({
    "accesskey", "accesstoken", "apikey", "apisecret", "apitoken", "appkey", "appsecret", "auth", "authkey", "authorization", "authtoken",
    "bearer", "clientsecret", "credential", "hmac", "idtoken", "jwt", "key", "oauthtoken", "passphrase", "passwd", "password",
    "privatetoken", "pwd", "refreshtoken", "secret", "sessionid", "sig", "signature", "token", "xamzcredential", "xamzsecuritytoken",
    "xamzsignature",
})
# fmt: on
_PARAMETER = re.compile(r"(?<=[?&;#])([^\s?&;#=\"'<>]+)=([^\s&;#\"'<>]+)")
_USER = re.compile(r"(?<=://)[^\s/@?#\"'<>]+@")


class Redactor:
    """Replaces a source's secrets, and query parameters that look like secrets, by ***.

    `secrets` are those of the source, in every spelling that a URL gives them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets: frozenset[str] = frozenset()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """One more secret, such as a token that was just issued."""
        if secret:
            self.secrets |= {secret, quote(secret, safe=""), quote_plus(secret)}

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return _PARAMETER.sub(lambda found: f"{found[1]}=***" if _is_secret(found[1]) else found[0], _USER.sub("***@", text))

    def secrets_in(self, url: str) -> frozenset[str]:
        """The values of a URL's parameters that look like secrets."""
        return frozenset(found[2] for found in _PARAMETER.finditer(url) if _is_secret(found[1]))


def _is_secret(name: str) -> bool:
    return re.sub(r"[^a-z]", "", unquote_plus(name).lower()) in _SECRET_NAMES
