"""POST of rows, one path for each kind: bare ASGI, taken before the framework."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from duibiao.web.access import Admission, admitted
from duibiao.web.refusals import on_behalf_of, org_of
from services.ingest.adapters.answers import answer_of, problem_of, status_of
from services.ingest.adapters.bodies import Bodies
from services.ingest.adapters.quotas import PostingQuotas
from services.ingest.adapters.requests import headers_of, read_head, sender_of
from services.ingest.domain.terms import Kind
from services.ingest.ports import Counters
from services.ingest.usecases.accept_submission import Accepted, AcceptSubmission, Refused

PATHS: Final[Mapping[Kind, str]] = {
    "observation": "/v1/observations",
    "case": "/v1/cases",
    "progress_report": "/v1/progress-reports",
    "approval": "/v1/approvals",
}
_CONTENT_TYPE: Final = (b"content-type", b"application/json")
_REPLAYED: Final = (b"idempotency-replayed", b"true")


class PostRows:
    """The route of one kind of rows."""

    def __init__(
        self,
        kind: Kind,
        admission: Admission,
        quotas: PostingQuotas,
        bodies: Bodies,
        accept: AcceptSubmission,
        counters: Counters,
    ) -> None:
        self._kind = kind
        self._admission = admission
        self._quotas = quotas
        self._bodies = bodies
        self._accept = accept
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is wrong with it is raised as a Problem."""
        try:
            accepted = await self._accepted(scope, receive)
        except ClientDisconnect:
            raise
        except Exception:
            self._counters.submission(org_of(scope), "refused")
            raise
        await _answer(accepted, send)

    async def _accepted(self, scope: Scope, receive: Receive) -> Accepted:
        headers = headers_of(scope)
        caller = await admitted(self._admission, headers.get(b"authorization"), scope)
        who = self._quotas.enter(caller, scope)
        sender = sender_of(caller)
        caller.must("submit", "dry_run")  # whoever may submit may try first
        head = read_head(scope, headers)
        if not head.dry_run:
            caller.must("submit")
        with self._bodies.room(head.length, who) as place:
            body = await self._bodies.read(receive, place)
            # It may have taken its time, and the key may have been revoked meanwhile.
            await self._admission.admit(headers.get(b"authorization"))
            try:
                return await self._accept(head.request(self._kind, caller, sender, body))
            except Refused as refused:
                on_behalf_of(scope, sender.org or refused.org)
                raise problem_of(refused) from None


async def _answer(accepted: Accepted, send: Send) -> None:
    body = answer_of(accepted.receipt)
    headers = [_CONTENT_TYPE, (b"content-length", str(len(body)).encode("ascii"))]
    if accepted.replayed:
        headers.append(_REPLAYED)
    status = status_of(accepted)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
