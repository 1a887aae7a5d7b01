"""Lets only the desk's own page talk to the desk: any website in the same browser can send requests to it."""

from __future__ import annotations

from aiohttp import web

# The page loads nothing from elsewhere, and no other page may show it or read it.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NAMES = ("127.0.0.1", "localhost")


def is_own(request: web.BaseRequest, port: int) -> bool:
    """Returns whether a request comes from the desk's own page, or from somebody who types its address.

    The `Host` keeps out a site whose name was made to lead here (DNS rebinding); `Origin` and `Sec-Fetch-Site` keep out
    pages of other sites. A request that changes something needs an `Origin`, which every browser sends then.
    """
    hosts = [f"{name}:{port}" for name in NAMES]
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    if host not in hosts or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return False
    if origin is None:
        return request.method in ("GET", "HEAD")
    return origin == f"http://{host}"


def guard(port: int) -> web.Application:
    """Returns the middleware that refuses what is not `is_own`, and sends `HEADERS` with every answer."""

    @web.middleware
    async def only_own(request: web.Request, handler: web.Handler) -> web.StreamResponse:
        if not is_own(request, port):
            return web.Response(status=403, text="Alleen de bladzijde van het redactiebureau zelf mag dit.")
        return await handler(request)

    return only_own


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Adds `HEADERS` to an answer."""
    response.headers.update(HEADERS)
