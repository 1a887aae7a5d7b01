"""PlatformClient: sends requests to the platform of a messaging channel, and retries for a while when it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from weerbaar.observability.metrics import count_delivery

logger = logging.getLogger(__name__)

# Pauses between attempts, in seconds. A user in need waits for them; after the last one the channel starts over.
WAITS: Sequence[float] = (0.5, 1.5, 4.0, 10.0, 20.0)
TIMEOUT = aiohttp.ClientTimeout(total=8, connect=3)
# A platform that is too busy says how long to wait; the client waits no longer than this.
LONGEST_WAIT = 30.0
# Statuses that a retry does not change. All others can pass: a limit, a proxy under repair, a secret to be corrected.
FINAL = frozenset([400, 403, 410, 413, 422])
# Statuses that say nothing about the form of a request: our token, a limit, or the gateway of a platform that is away.
NOT_OF_THE_FORM = frozenset([401, 429, 502, 503, 504])


class PlatformAway(Exception):
    """The platform cannot be reached, fails, or does not accept our credentials.

    Attributes:
        of_form: Whether the form of this request may be all that the platform cannot handle.
    """

    def __init__(self, of_form: bool = True) -> None:
        """Creates the exception; the class describes `of_form`."""
        super().__init__()
        self.of_form = of_form


class PlatformRefused(Exception):
    """The platform refuses this request and always will, for example because the user blocked the assistant."""


class PlatformClient:
    """Sends requests to one platform.

    Creating it needs no network; a platform that is away keeps only its own users waiting.
    """

    def __init__(self, channel: str, passes: Callable[[dict[str, Any]], bool] = lambda answer: False) -> None:
        """Creates a client that is not open yet.

        Args:
            channel: Name of the channel, for logs and metrics.
            passes: Whether an answer that refuses a request does so only temporarily.
        """
        self._channel = channel
        self._passes = passes
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Opens the client; must run in the event loop that makes the requests."""
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)

    async def close(self) -> None:
        """Closes all connections."""
        if self._session:
            await self._session.close()

    async def ask(
        self,
        method: str,
        url: str,
        waits: Sequence[float] = WAITS,
        headers: dict[str, str] | None = None,
        json: Any = None,
        data: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Returns the JSON object that the platform answers; an empty one when the answer is not an object.

        Neither the address, which can hold a secret, nor an answer is logged or put in an exception.

        Args:
            method: HTTP method.
            url: Address of the request.
            waits: Pauses between attempts, in seconds; empty for a single attempt.
            headers: HTTP headers.
            json: Body, sent as JSON.
            data: Body, sent as a form.

        Raises:
            PlatformRefused: The platform refuses the request, and a retry is of no use.
            PlatformAway: The last attempt failed too, or the platform does not accept our credentials.
        """
        for wait in [*waits, None]:
            status, answer, pause = await self._attempt(method, url, headers=headers, json=json, data=data)
            if status is not None and status < 300 and answer.get("ok") is not False:
                count_delivery(self._channel, "delivered")
                return answer
            if status == 401:  # waiting does not make a token valid
                break
            if (status in FINAL or (status is not None and status < 300)) and not self._passes(answer):
                self._count_failure("refused", f"the platform refuses a request with status {status}")
                raise PlatformRefused
            if wait is not None:
                await asyncio.sleep(min(max(wait, pause), LONGEST_WAIT))
        self._count_failure("failed", f"the platform is away ({f'status {status}' if status else 'no answer'})")
        raise PlatformAway(of_form=status is not None and status not in NOT_OF_THE_FORM)

    def _count_failure(self, outcome: str, what: str) -> None:
        logger.error("%s: %s", self._channel, what)
        count_delivery(self._channel, outcome)

    async def _attempt(self, method: str, url: str, **request: Any) -> tuple[int | None, dict[str, Any], float]:
        """Returns the status (None without an answer), the answer, and the seconds that the platform asks to wait."""
        if self._session is None:
            return None, {}, 0.0
        try:
            async with self._session.request(method, url, allow_redirects=False, **request) as response:
                try:
                    answer = await response.json(content_type=None)
                except ValueError:
                    answer = {}
                answer = answer if isinstance(answer, dict) else {}
                pause = response.headers.get("Retry-After") or (answer.get("parameters") or {}).get("retry_after")
                return response.status, answer, float(pause) if pause is not None and str(pause).isdigit() else 0.0
        except Exception:  # the network failed, or the answer is invalid
            return None, {}, 0.0
