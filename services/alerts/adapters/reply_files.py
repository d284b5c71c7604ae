"""Files of replies: uploaded to an alert by a lead unit or the office, then named in a reply."""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from duibiao.web.access import Caller
from duibiao.web.files import EvidenceFiles
from duibiao.web.problems import Problem, error_detail
from services.alerts.domain.alert import Alert, ReplyFile

NAMED_AT_MOST: Final = 100  # orgs that uploaded one file
_UPLOADED: Final = re.compile(r"(?:/v1/alerts/([^/]+)/files/)?([0-9a-f]{64})")


class ReplyFiles:
    """The files of all alerts. Waits for the disk: not for the event loop."""

    def __init__(self, files: EvidenceFiles) -> None:
        self.files = files

    def named(self, caller: Caller, alert_id: str, names: Sequence[str]) -> tuple[ReplyFile, ...]:
        """Return the files that a reply names: by digest, by address, or by name or address alone.

        Raises:
            Problem: 422 for a digest or an address of which the sender has uploaded no file.

        """
        named, faults = list[ReplyFile](), []
        for index, name in enumerate(names):
            uploaded = _UPLOADED.fullmatch(name)
            if uploaded is None:
                named.append(ReplyFile(name))
                continue
            of_alert, sha256 = uploaded.groups()
            found = self._of(alert_id, sha256, caller.org or "")
            if found and of_alert in (None, alert_id):
                named.append(ReplyFile(found[0].name, sha256, found[0].type, found[0].size))
            else:
                reason = "no such file was uploaded to this alert", "本预警没有上传过该文件"
                at = f"/files/{index}"
                faults.append(
                    error_detail("invalid-value", pointer=at, field="files", reason=reason)
                )
        if faults:
            raise Problem("invalid", faults)
        return tuple(named)

    def visible(self, caller: Caller, alert: Alert, sha256: str) -> Row[Any] | None:
        """Return a file that the caller has uploaded, or reads a reply with; None where none is."""
        read = any(
            file.sha256 == sha256
            for reply in alert.replies
            if caller.sees(reply.org)
            for file in reply.files
        )
        whose = None if read or caller.org is None else caller.org
        return next(iter(self._of(alert.id, sha256, whose)), None)

    def _of(self, alert_id: str, sha256: str, org: str | None) -> Sequence[Row[Any]]:
        """Return a file as its orgs named it; the first to upload it is the last."""
        table = self.files.table
        which = table.c.about == alert_id, table.c.sha256 == sha256
        return self.files.newest(org, NAMED_AT_MOST, *which)
