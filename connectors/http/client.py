"""The one way to the web: polite, bounded in every direction, and silent about secrets."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from types import TracebackType
from typing import Any, Self

import httpx

from connectors.http.addresses import AddressGuard, GuardedTransport, Resolve, resolve
from connectors.http.answers import Answer, Validators, sendable
from connectors.http.bodies import read_body
from connectors.http.errors import (
    HttpError,
    Refused,
    Unreachable,
    rejection,
)
from connectors.http.rate_limits import Pace, asked_wait, clock_ahead
from connectors.http.redaction import Redactor
from connectors.settings import SourceSettings

# Both libraries log whole URLs and headers, secrets included.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

_log = logging.getLogger(__name__)

_USUAL_RATE = 5.0
_LONGEST_BACK_OFF = 60.0
_EXCERPT = 200
_HIGHEST_PORT = 65_535
_CROSSING = frozenset({"accept", "accept-encoding", "accept-language", "host", "if-modified-since", "if-none-match", "user-agent"})
"""The only headers that follow a redirect to another origin."""


class Http:
    """The requests of one configured source, made and closed by `async with`.

    `requests` counts all sent, retries and redirects too. `clock_ahead`: seconds by which the last server that told the time is ahead of
    this machine; None where none did, or where a cache answered.
    """

    def __init__(
        self,
        settings: SourceSettings,
        *,
        requests_per_second: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resolve: Resolve = resolve,
    ) -> None:
        self.requests = 0
        self.clock_ahead: float | None = None
        self._limits = settings.limits
        self._rate = settings.limits.requests_per_second or requests_per_second or _USUAL_RATE
        self._wait = wait
        self._paces: dict[str, Pace] = {}
        self._redact = Redactor(value.get_secret_value() for value in settings.secret_values.values())
        self._guard = AddressGuard(resolve, allow_private=settings.allow_private)
        self._client = httpx.AsyncClient(
            transport=transport or GuardedTransport(self._guard),
            headers={"user-agent": _user_agent(), "accept-encoding": "gzip, deflate"},
            timeout=httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds, pool=None),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.aclose()

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        absent: frozenset[int] = frozenset(),
        is_asked_once: bool = False,
    ) -> Answer:
        """The answer to a GET; `params` are added to those of the URL, and `absent` are statuses that the caller reads as data.

        is_asked_once: nothing is sent again where it fails, for what has another turn another night.

        Raises:
            HttpError: any other status than 2xx (or 304 where `validators` are given), or no answer at all.
        """
        request = self._request("GET", url, params=params, headers={**(validators.to_headers() if validators else {}), **(headers or {})})
        return await self._answer(request, absent, validators=validators, attempts=1 if is_asked_once else None)

    async def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        absent: frozenset[int] = frozenset(),
        transient: Callable[[Answer], bool] | None = None,
    ) -> Answer:
        """Like `get`, for an answer (unless `absent`) that is one JSON document: a body that is none is broken, and asked for again.

        So is an answer that `transient` finds to be an error that passes, which some APIs send as a success; the last one is returned.
        """

        def is_passing_error(answer: Answer) -> bool:
            answer.json()
            return transient is not None and transient(answer)

        request = self._request("GET", url, params=params, headers={"accept": "application/json", **(headers or {})})
        return await self._answer(request, absent, is_passing_error=is_passing_error)

    async def post(
        self,
        url: str,
        *,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        absent: frozenset[int] = frozenset(),
    ) -> Answer:
        """The answer to a POST of a form or of JSON that only reads: it is sent again like a GET. Raises as `get` does."""
        return await self._answer(self._request("POST", url, data=data, json=json, headers=headers), absent)

    def keep_secret(self, secret: str) -> None:
        """Never shows this from now on: a token that a server has issued."""
        self._redact.add(secret)

    def hold(self, url: str, seconds: float) -> None:
        """Sends the host of `url` nothing for so long: for servers that ask for it in a body."""
        self._pace(httpx.URL(url)).hold(seconds)

    def _request(self, method: str, url: str, *, params: Mapping[str, str | int] | None = None, **parts: Any) -> httpx.Request:
        try:
            asked = httpx.URL(url)
            return self._client.build_request(method, asked.copy_merge_params(dict(params)) if params else asked, **parts)
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise Refused(f"{self._redact(url)} cannot be asked for: {self._redact(str(error))}.") from None

    async def _answer(
        self,
        request: httpx.Request,
        absent: frozenset[int],
        *,
        validators: Validators | None = None,
        is_passing_error: Callable[[Answer], bool] = lambda answer: False,
        attempts: int | None = None,
    ) -> Answer:
        """Sends the request until it succeeds, cannot succeed, or the attempts, limits.attempts by default, are spent."""
        for attempt in count(1):
            is_last = attempt >= (attempts or self._limits.attempts)
            try:
                answer = await self._follow(request, absent, validators)
                if answer.status in absent or not is_passing_error(answer) or is_last:
                    return answer
                _log.info("%s answered with an error that passes (attempt %d)", answer.url, attempt)
            except HttpError as error:
                if not error.is_passing:
                    raise
                if is_last:
                    error.args = (f"{error} (attempts: {attempt})",)
                    raise
                _log.info("%s (attempt %d)", error, attempt)
            back_off = min(2.0 ** (attempt - 1), _LONGEST_BACK_OFF) * random.uniform(0.5, 1.5)  # noqa: S311
            self._pace(request.url).hold(back_off)
        raise AssertionError("count() does not end")

    async def _follow(self, request: httpx.Request, absent: frozenset[int], validators: Validators | None) -> Answer:
        """One attempt, over all redirects."""
        first, is_permanent, permanent = str(request.url), True, None
        for _ in range(self._limits.max_redirects + 1):
            response, body = await self._send(request)
            if response.next_request is None:
                return self._judged(response, body, absent, validators, permanent)
            is_permanent = is_permanent and response.status_code in {httpx.codes.MOVED_PERMANENTLY, httpx.codes.PERMANENT_REDIRECT}
            request = self._redirected(request, response.next_request, first)
            permanent = str(request.url) if is_permanent else permanent
        raise Refused(
            f"{self._redact(first)} redirects more than {self._limits.max_redirects} times, at last to {self._redact(str(request.url))}."
        )

    def _redirected(self, request: httpx.Request, following: httpx.Request, first: str) -> httpx.Request:
        """The next request, without what must not reach another origin."""
        if _is_same_origin(request.url, following.url):
            return following
        target = str(following.url)
        secrets = self._redact.secrets | self._redact.secrets_in(first)
        if following.method != "GET" or any(secret in target for secret in secrets):
            raise Refused(
                f"{self._redact(first)} redirects to another server, {following.url.host}, with what may be a secret: it is not sent."
            )
        for name in following.headers.keys() - _CROSSING:
            del following.headers[name]
        return following

    async def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """One request, and the body of its answer unless that is a redirect."""
        where = self._redact(str(request.url))
        if request.url.scheme not in {"http", "https"} or not request.url.host or (request.url.port or 0) > _HIGHEST_PORT:
            raise Refused(f"{where} is not an http:// or https:// address.")
        pace = self._pace(request.url)
        await pace.turn(where)
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                await self._guard.addresses(request.url.raw_host.decode("ascii"))
                self.requests += 1
                response = await self._client.send(request, stream=True)
                try:
                    pace.hold(asked_wait(response.status_code, response.headers))
                    self.clock_ahead = clock_ahead(response.headers)
                    limit = int(self._limits.max_body_mb * 1_000_000)
                    return response, b"" if response.next_request else await read_body(response, limit, where)
                finally:
                    await response.aclose()
        except Refused as error:
            raise Refused(f"{where} is not asked: {error}") from None
        except httpx.InvalidURL as error:
            raise Refused(f"{where} redirects to what is no address: {self._redact(str(error))}.") from None
        except TimeoutError:
            raise Unreachable(f"{where} did not end its answer within limits.total_seconds ({self._limits.total_seconds:g}).") from None
        except httpx.TimeoutException as error:
            raise Unreachable(
                f"{where} did not answer in time ({self._redact(str(error))}): see limits.connect_seconds, read_seconds."
            ) from None
        except httpx.TransportError as error:
            raise Unreachable(f"{where} cannot be read: {self._redact(str(error))}. Check the address and the network.") from None

    def _judged(
        self, response: httpx.Response, body: bytes, absent: frozenset[int], validators: Validators | None, permanent: str | None
    ) -> Answer:
        status, where = response.status_code, self._redact(str(response.url))
        is_unchanged = status == httpx.codes.NOT_MODIFIED and validators is not None
        if not (response.is_success or is_unchanged or status in absent):
            raise rejection(where, status, httpx.codes.get_reason_phrase(status), self._excerpt(body))
        sent = validators if validators and is_unchanged else Validators()
        return Answer(
            status=status,
            url=where,
            headers=response.headers,
            body=body,
            permanent_url=permanent if permanent and self._redact(permanent) == permanent else None,
            validators=Validators(
                sendable(response.headers.get("etag")) or sent.etag, sendable(response.headers.get("last-modified")) or sent.last_modified
            ),
        )

    def _pace(self, url: httpx.URL) -> Pace:
        return self._paces.setdefault(url.host, Pace(self._rate, self._wait))

    def _excerpt(self, body: bytes) -> str:
        text = " ".join(body[: 4 * _EXCERPT].decode("utf-8", "replace").split())
        return self._redact("".join(letter for letter in text if letter.isprintable()))[:_EXCERPT]


def _is_same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether what one may know the other may know: the same server, or the same made safer by https."""
    if one.host != other.host:
        return False
    is_upgrade = (one.scheme, one.port, other.scheme, other.port) == ("http", None, "https", None)
    return is_upgrade or (one.scheme, one.port) == (other.scheme, other.port)


def _user_agent() -> str:
    try:
        release = version("groundswell")
    except PackageNotFoundError:  # run from its folder, without an installation
        release = "unreleased"
    contact = sendable(os.environ.get("GROUNDSWELL_CONTACT"))
    return f"groundswell/{release} (+nightly reader of a warehouse for social influence{f'; contact {contact}' if contact else ''})"
