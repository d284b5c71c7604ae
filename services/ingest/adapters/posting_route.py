"""POST of rows, one path for each kind: bare ASGI, taken before the framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from duibiao.core import Clock, new_id
from duibiao.web.access import Admission, Caller, admitted
from duibiao.web.body_room import Bodies
from duibiao.web.exchange import is_late, on_behalf_of, org_of
from services.ingest.adapters.answers import answer_of, problem_of, status_of
from services.ingest.adapters.metrics import IngestMetrics
from services.ingest.adapters.quotas import PostingQuotas
from services.ingest.adapters.requests import headers_of, length_of, read_head, sender_of
from services.ingest.domain.context import Kind
from services.ingest.domain.submission import IncomingRequest, Media
from services.ingest.usecases.accept_submission import Accepted, AcceptSubmission, Refused

PATHS: Final[Mapping[Kind, str]] = {
    "observation": "/v1/observations",
    "case": "/v1/cases",
    "progress_report": "/v1/progress-reports",
    "approval": "/v1/approvals",
}
_KINDS: Final = {path: kind for kind, path in PATHS.items()}
_PAGE: Final = b"/board/submit"
_CONTENT_TYPE: Final = (b"content-type", b"application/json")
_REPLAYED: Final = (b"idempotency-replayed", b"true")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRows:
    """The route of all kinds of rows."""

    admission: Admission
    clock: Clock
    quotas: PostingQuotas
    bodies: Bodies
    accept: AcceptSubmission
    metrics: IngestMetrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is wrong with it is raised as a Problem."""
        try:
            accepted = await self._accepted(scope, receive)
        except Exception as error:
            if not isinstance(error, ClientDisconnect) or is_late(scope):
                self.metrics.submissions.add(org_of(scope), "refused")
            raise
        self._count(accepted)
        await _answer(accepted, send)

    async def of_page(
        self, caller: Caller, kind: Kind, body: bytes, repeat_key: str | None = None
    ) -> Accepted:
        """Take all rows of a page's CSV, or none; without a key they are only checked.

        Raises:
            Refused: nothing was kept.

        """
        request = IncomingRequest(
            kind, sender_of(caller), caller.key_id, caller.actor, Media("csv", "utf-8"), "identity",
            partial=False, dry_run=repeat_key is None, repeat_key=repeat_key, address=_PAGE,
            id=new_id(self.clock), received=self.clock.now(), body=body,
        )  # fmt: skip
        try:
            accepted = await self.accept(request)
        except Refused as refused:
            self.metrics.submissions.add(request.sender.org or refused.org or "", "refused")
            raise
        self._count(accepted)
        return accepted

    def _count(self, accepted: Accepted) -> None:
        receipt, result = accepted.receipt, accepted.result
        self.metrics.submissions.add(receipt.org, result)
        if result == "partial":
            self.metrics.rows.add(receipt.org, "rejected", by=receipt.rejected)

    async def _accepted(self, scope: Scope, receive: Receive) -> Accepted:
        headers = headers_of(scope)
        key = headers.get(b"authorization")
        caller = await admitted(self.admission, key, scope)
        who = self.quotas.enter(caller, scope)
        request = read_head(scope, headers, _KINDS[scope["path"]], caller)
        with self.bodies.room(length_of(headers), who) as body:
            request.body = await body.read(receive)
            # It may have taken its time, and the key may have been revoked meanwhile.
            await self.admission.admit(key)
            request.received, request.id = self.clock.now(), new_id(self.clock)
            try:
                return await self.accept(request)
            except Refused as refused:
                on_behalf_of(scope, request.sender.org or refused.org)
                raise problem_of(refused) from None


async def _answer(accepted: Accepted, send: Send) -> None:
    body = answer_of(accepted.receipt)
    headers = [_CONTENT_TYPE, (b"content-length", str(len(body)).encode("ascii"))]
    if accepted.replayed:
        headers.append(_REPLAYED)
    status = status_of(accepted)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
