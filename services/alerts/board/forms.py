"""A card and its forms: what the reader may do with the alert now, and what became of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from duibiao.web.access import Caller, check
from duibiao.web.board.faults import errors_of_form, read_body
from duibiao.web.board.language import Language, name_of
from duibiao.web.board.rendering import Pages, frame_of
from duibiao.web.bodies import TEXT_AT_MOST, Strict
from duibiao.web.files import KINDS
from duibiao.web.forms import Form, texts
from duibiao.web.problems import ErrorDetail, Problem, error_detail
from duibiao.web.signing_in import signed_in
from services.alerts.adapters import queries
from services.alerts.adapters.acting import ACTIONS, Acting, person_of
from services.alerts.board.card import measured, sayings
from services.alerts.board.lines import SHOWN, Lines
from services.alerts.board.words import ACTION, FIELD, SAID

Signed = Annotated[Caller, Depends(signed_in())]
Office = Annotated[Caller, Depends(signed_in("office"))]
Texts = Mapping[str, str]

SEE_OTHER: Final = 303
CLOSE: Final = "/board/alerts/close"
# Bytes of a comment and a reason in Chinese for each card, as forms send them.
_CARDS: Final = SHOWN * (2 * 9 * TEXT_AT_MOST + 1000)
# The statuses that are told on the page of the form.
_SHOWN: Final = frozenset({409, 412, 413, 415, 422})
_TOGETHER: Final = 4  # times the largest file: what one form may bring
_TEXTS: Final = 64 << 10  # bytes of the other fields
_SUFFIXES: Final = {suffix: kind for kind, about in KINDS.items() for suffix in about["suffixes"]}


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent by the form of an action: its texts, and the digests of files kept."""

    name: str
    typed: Mapping[str, str]
    files: list[str] = field(default_factory=list)
    faults: list[ErrorDetail] = field(default_factory=list)


class Forms:
    """The page of one alert, and where its forms are sent."""

    def __init__(self, acting: Acting, pages: Pages) -> None:
        self._acting, self._pages, self._files = acting, pages, acting.files.files
        self._room = BoundedSemaphore(_TOGETHER)  # files that are in memory at once

    def routers(self) -> list[APIRouter]:
        """Return the routes of the forms; one with files, or of many cards, may be larger."""
        path, most = "/board/alerts/{alert_id}", _TOGETHER * self._files.most + _TEXTS
        replies = APIRouter(prefix=f"{path}/reply", include_in_schema=False, max_body_size=most)
        others = APIRouter(prefix=path, include_in_schema=False)

        @replies.post("")
        def reply(request: Request, alert_id: str, caller: Signed, form: Form) -> Response:
            return self._take(request, caller, alert_id, "reply", form)

        @others.post("/{action}")
        def act(
            request: Request, alert_id: str, action: str, caller: Signed, form: Form
        ) -> Response:
            if action not in ACTIONS:
                raise Problem("not-found", [error_detail("not-found", value=request.url.path)])
            return self._take(request, caller, alert_id, action, form)

        closings = APIRouter(prefix=CLOSE, include_in_schema=False, max_body_size=_CARDS)

        @closings.get("")
        def open_cards(request: Request, caller: Office) -> Response:
            return self._open_cards(request, caller, {}, {}, 0)

        @closings.post("")
        def close_several(request: Request, caller: Office, form: Form) -> Response:
            return self._close_several(request, caller, form)

        return [closings, replies, others]

    def card(
        self,
        request: Request,
        caller: Caller,
        alert_id: str,
        sent: Sent | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """Return the page of an alert with one form: what was sent, or what the reader chose."""
        frame, context, store = (
            frame_of(request, "alerts"),
            self._acting.context,
            self._acting.store,
        )
        language, register = frame.language, context.register
        alert = queries.the_alert(store, alert_id)
        open_to = self._acting.open_to(caller, alert)
        doing = sent.name if sent else request.query_params.get("do")
        if doing not in open_to:
            first = next((name for name in open_to if name != "appeal"), None)
            doing = None if problem else first
        labels, lines = labels_of(doing, language), Lines(register, context.today(), language)
        faults = problem.faults if problem else sent.faults if sent else ()
        known = [(code, one) for code, one in register.orgs.items() if one.kind != "group"]
        units = [(code, name_of(one, language)) for code, one in known]
        return self._pages.answer(
            request,
            "card.html",
            frame,
            status=problem.status if problem else 200,
            alert=alert,
            document=queries.alert_with_history(store, self._acting.quiet, alert_id, caller),
            line=lines.line(alert),
            overdue=lines.overdue(alert),
            card={**sayings(register, language), **measured(alert, register, language)},
            actions=[(name, ACTION[name].say(language)) for name in open_to],
            doing=doing,
            typed={**dict.fromkeys(FIELD, ""), **(sent.typed if sent else {})},
            kept=self._acting.files.named(caller, alert_id, sent.files) if sent else (),
            errors={"": SAID["changed"].say(language)}
            if problem and problem.type == "precondition-failed"
            else errors_of_form(faults, language, labels),
            labels=labels,
            leads=[one for one in units if one[0] in alert.subject.leads],
            orgs=units,
            today=lines.today.isoformat(),
            accept=",".join(_SUFFIXES),
            mib=self._files.most >> 20,
        )

    def _take(
        self, request: Request, caller: Caller, alert_id: str, name: str, form: FormData
    ) -> Response:
        """Do what a form asks for and lead back to the card; or show the form with its faults."""
        action = ACTIONS[name]
        check(caller, action.access.roles, action.access.but)
        fields = [about.alias or part for part, about in action.body.model_fields.items()]
        sent = Sent(name, texts(form, *(part for part in fields if part != "files")))
        version = texts(form, "version")["version"]
        seen = frozenset({int(version)} if version.isdecimal() else ())
        try:
            if name == "reply":
                self._with_files(sent, caller, alert_id, form)
            if form.get("only"):
                return self.card(request, caller, alert_id, sent)
            body = _read(sent, frame_of(request, "alerts").language)
            self._acting.act(caller, alert_id, seen, name, body)
        except Problem as told:
            if told.status not in _SHOWN:
                raise
            if told.type != "precondition-failed" or not self._did(caller, alert_id, sent):
                return self.card(request, caller, alert_id, sent, told)
        return RedirectResponse(f"/board/alerts/{alert_id}", SEE_OTHER)

    def _close_several(self, request: Request, caller: Caller, form: FormData) -> Response:
        """Close each card with its own comment, in the version that was seen; tell what is left."""
        typed, done, errors = texts(form, *form), 0, dict[str, str]()
        language = frame_of(request, "alerts").language
        for card in map(str, form.getlist("card")):
            said = {name: typed.get(f"{name}.{card}", "") for name in ("comment", "reason")}
            sent, version = Sent("close", said), typed.get(f"version.{card}", "")
            seen = frozenset({int(version)} if version.isdecimal() else ())
            try:
                if any(said.values()):
                    self._acting.act(caller, card, seen, "close", _read(sent, language))
                    done += 1
            except Problem as told:
                if told.type != "precondition-failed" or not self._did(caller, card, sent):
                    wrong = errors_of_form(told.faults, language, labels_of("close", language))
                    errors |= {f"{name or 'comment'}.{card}": one for name, one in wrong.items()}
        if errors:
            return self._open_cards(request, caller, typed, errors, done)
        return RedirectResponse("/board/alerts", SEE_OTHER)

    def _open_cards(
        self, request: Request, caller: Caller, typed: Texts, errors: Texts, done: int
    ) -> Response:
        """Return the page of cards that may be closed: those written on, then recovered ones."""
        acting, frame = self._acting, frame_of(request, "alerts")
        lines = Lines(acting.context.register, acting.context.today(), frame.language)
        every = queries.open_alerts(acting.store)
        found = [one for one in every if "close" in acting.open_to(caller, one)]
        found.sort(key=lambda one: (f"comment.{one.id}" not in typed, one.recovered_at is None))
        cards = [(one.steps, lines.listed(one)) for one in found]
        labels, status = labels_of("close", frame.language), 422 if errors else 200
        shown = {"cards": cards, "labels": labels, "typed": typed, "errors": errors, "done": done}
        return self._pages.answer(
            request, "closing.html", frame, status=status, most=SHOWN, **shown
        )

    def _did(self, caller: Caller, alert_id: str, sent: Sent) -> bool:
        """Whether the last step is the very one that is asked for: the form was sent twice."""
        store, quiet = self._acting.store, self._acting.quiet
        last = queries.alert_with_history(store, quiet, alert_id, caller)["history"][-1]
        done = ACTIONS[sent.name].step, person_of(caller).actor
        said = [last[part] or "" for part in ("comment", "reason")]
        asked = [sent.typed.get(part, "") for part in ("comment", "reason")]
        return (last["step"], last["actor"]) == done and said == asked

    def _with_files(self, sent: Sent, caller: Caller, alert_id: str, form: FormData) -> None:
        """Keep the files that a form brings, beside those kept before."""
        self._acting.check_reply(caller, alert_id)
        sent.files.extend(one for one in form.getlist("kept") if isinstance(one, str))
        for upload in form.getlist("files"):
            if isinstance(upload, UploadFile) and upload.filename:
                name = re.split(r"[/\\]", upload.filename)[-1]
                try:
                    sent.files.append(self._stored(caller, alert_id, name, upload))
                except Problem as problem:
                    sent.faults.extend(_at_files(name, fault) for fault in problem.faults)

    def _stored(self, caller: Caller, alert_id: str, name: str, upload: UploadFile) -> str:
        media = next((kind for end, kind in _SUFFIXES.items() if name.lower().endswith(end)), None)
        if media is None:
            code, kinds = "unsupported-media-type", list(_SUFFIXES)
            raise Problem(code, [error_detail(code, value=(name, f"“{name}”"), allowed=kinds)])
        if (upload.size or 0) > self._files.most:
            raise Problem("too-large", [error_detail("too-large", limit=self._files.most)])
        with self._room:
            content = upload.file.read()
            return str(self._files.add(caller, name, media, content, alert_id).sha256)


def labels_of(action: str | None, language: Language) -> dict[str, str]:
    """Return what the fields of an action's form are called."""
    names = [name for name in FIELD if "." not in name]
    return {name: FIELD.get(f"{action}.{name}", FIELD[name]).say(language) for name in names}


def _read(sent: Sent, language: Language) -> Strict:
    """Return what was sent as the body of its action; Problem 422 names fields as the form does."""
    given: dict[str, object] = {name: value for name, value in sent.typed.items() if value}
    given |= {"files": sent.files} if sent.files else {}
    faults, body = list(sent.faults), None
    try:
        body = read_body(ACTIONS[sent.name].body, given, labels_of(sent.name, language))
    except Problem as problem:
        faults += problem.faults
    if body is None or faults:
        raise Problem("invalid", faults)
    return body


def _at_files(name: str, fault: ErrorDetail) -> ErrorDetail:
    en, zh = f"{name}: {fault.message}", f"“{name}”：{fault.message_zh}"
    return replace(fault, pointer="/files", message=en, message_zh=zh)
