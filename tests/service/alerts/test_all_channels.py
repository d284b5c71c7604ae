"""One breach, every channel: each receiver hears of it once, and the numbers say over which."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.service.alerts.mail_server import MailServer, mail_server
from tests.service.alerts.robot_server import SECRET, DingTalkRobot, FeishuRobot, WeComRobot
from tests.service.alerts.service import AlertsService, changed
from tests.support.product import free_port
from tests.support.receiver import SECRET_TEXT, Answer, LocalReceiver
from tests.support.registers import register, target
from tests.support.waiting import until

FILE = """
office: mail
receivers:
  - name: mail
    email: {{host: 127.0.0.1, port: {mail}, tls: none, from: a@b.invalid, to: c@d.invalid}}
  - {{name: wecom, wecom: {{url_file: wecom.url}}}}
  - {{name: dingtalk, dingtalk: {{url_file: dingtalk.url, secret_file: robot.secret}}}}
  - {{name: feishu, feishu: {{url_file: feishu.url, secret_file: robot.secret}}}}
  - {{name: sms, apprise: {{url_file: sms.url}}}}
  - {{name: hook, webhook: {{url: "{hook}", secret_file: hook.secret}}}}
  - {{name: gone, webhook: {{url: "{gone}", secret_file: hook.secret}}}}
  - {{name: nobody, wecom: {{url_file: nobody.url}}}}
routes:
"""
NAMES = ("mail", "wecom", "dingtalk", "feishu", "sms", "hook", "gone", "nobody")


def written(folder: Path, files: dict[str, str], **places: object) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    routes = "".join(f"  - receiver: {name}\n" for name in NAMES)
    file = folder / "receivers.yaml"
    file.write_text(FILE.format(**places) + routes, "utf-8")
    return file


def outcomes(service: AlertsService) -> dict[str, Any]:
    items = service.calls().get("/v1/notifications").json()["items"]
    return {
        row["receiver"]: (row["channel"], row["state"], row["outcome"])
        for row in items
        if row["alert"]
    }


def count(service: AlertsService, channel: str, result: str) -> float:
    name = f'duibiao_notifications_total{{channel="{channel}",result="{result}"}} '
    (line,) = [one for one in service.metrics().splitlines() if one.startswith(name)]
    return float(line.removeprefix(name))


def check_mails(server: MailServer) -> None:
    """The alert, and a notice that one receiver is gone."""
    alert, notice = sorted(
        map(server.mail, (0, 1)), key=lambda mail: mail["Subject"] == "对标系统通知"
    )
    assert alert["Subject"].startswith("【黄牌】黄〔")
    assert "通知对象“gone”答复410" in next(notice.iter_parts()).get_content()


SETTLED = {
    "mail": ("email", "sent", "sent"),
    "wecom": ("wecom", "sent", "sent"),
    "dingtalk": ("dingtalk", "sent", "sent"),
    "feishu": ("feishu", "sent", "sent"),
    "sms": ("apprise", "sent", "sent"),
    "hook": ("webhook", "sent", "sent"),
    "gone": ("webhook", "failed", "gone"),
    "nobody": ("wecom", "queued", "connection"),
}


def test_one_breach_over_every_channel(tmp_path: Path) -> None:
    with ExitStack() as stack:
        mail = stack.enter_context(mail_server())
        wecom, dingtalk, feishu = (
            stack.enter_context(one) for one in (WeComRobot(), DingTalkRobot(), FeishuRobot())
        )
        hook, sms = (stack.enter_context(LocalReceiver(Answer(200))) for _ in range(2))
        gone = stack.enter_context(LocalReceiver(Answer(410)))
        files = {
            "wecom.url": wecom.url,
            "dingtalk.url": dingtalk.url,
            "feishu.url": feishu.url,
            "robot.secret": SECRET,
            "hook.secret": SECRET_TEXT,
            "sms.url": f"json://127.0.0.1:{sms.port}/",
            "nobody.url": f"http://127.0.0.1:{free_port()}/",
        }
        file = written(tmp_path, files, mail=mail.port, hook=hook.url(), gone=gone.url())
        settings: dict[str, object] = {
            "receivers": file,
            "receiver_allow": "127.0.0.1",
            "public_url": "https://duibiao.example.invalid",
            "watch_from": "2021-01-01",
        }
        known = register(targets=[target("T01")])
        service = stack.enter_context(AlertsService(tmp_path, register=known, settings=settings))
        for robot in (dingtalk, feishu):
            robot.now = service.clock.now()
        service.start().tell(changed())

        until(
            lambda: count(service, "email", "sent") == 2,
            seconds=20,
            what="the alert and the notice are mailed",
        )
        until(lambda: outcomes(service) == SETTLED, seconds=20, what="everybody is told")

        for channel in ("dingtalk", "feishu", "apprise", "wecom", "webhook"):
            assert count(service, channel, "sent") == 1
        assert count(service, "email", "sent") == 2
        assert count(service, "webhook", "failed") == 1
        assert count(service, "wecom", "retried") >= 1

    check_mails(mail)
    for robot in (wecom, dingtalk, feishu):
        assert "【黄牌】黄〔" in robot.shown[0]["text"]
    assert "【黄牌】" in sms.got[0].content["title"]
