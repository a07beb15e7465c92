"""Keeps requests away from addresses that are not public, whatever a name resolves to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
import httpx

from connectors.http.errors import Refused

Resolve = Callable[[str], Awaitable[list[str]]]
_NAT64 = IPv6Network("64:ff9b::/96")
_DOCUMENTATION = tuple(ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
"""Set aside for examples: nobody's, so nothing private is behind them, though Python counts them as such."""


async def resolve(host: str) -> list[str]:
    """All addresses of a host, in the order the system prefers. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an address is on the public internet; an IPv4 address inside an IPv6 one is what counts."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = _embedded(found) or found
    if any(found in block for block in _DOCUMENTATION):
        return True
    local = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback or found.is_link_local
    return found.is_global and not local and not getattr(found, "is_site_local", False)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


class AddressGuard:
    """Resolves a host once, checks every address found, and remembers them, so that the address checked is the one connected to."""

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._checked: dict[str, list[str]] = {}

    async def addresses(self, host: str) -> list[str]:
        """The host's addresses.

        Raises:
            Refused: one of them is not public.
            httpx.ConnectError: it has none.
        """
        if host not in self._checked:
            self._checked[host] = self._check(host, await self._find(host))
        return self._checked[host]

    def forget(self, host: str) -> None:
        """Resolves the host anew the next time."""
        self._checked.pop(host, None)

    async def _find(self, host: str) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            found = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"the name {host} was not found ({error})") from error
        if not found:
            raise httpx.ConnectError(f"the name {host} has no address")
        return found

    def _check(self, host: str, found: list[str]) -> list[str]:
        for address in found:
            if not self._allow_private and not is_public(address):
                raise Refused(f"{host} is at {address}, not on the public internet. If that is meant, set `allow_private: true` for it.")
        return found


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to no address that the guard has not checked."""

    def __init__(self, guard: AddressGuard) -> None:
        self._pool = httpcore.AsyncConnectionPool(ssl_context=_ssl_context(), network_backend=_GuardedBackend(guard))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _errors_of_httpx():
            response = await self._pool.handle_async_request(
                httpcore.Request(request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions)
            )
        stream = _Stream(response)
        return httpx.Response(response.status, headers=response.headers, stream=stream, extensions=response.extensions)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all sources of a process: to make one reads all authorities' certificates."""
    return httpx.create_ssl_context()


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._guard.addresses(host):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        self._guard.forget(host)
        assert failure is not None
        raise failure


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(f"{type(error).__name__} {error}".rstrip()) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.TransportError(f"{type(error).__name__} {error}".rstrip()) from error
