"""What states and steps of an alert are called in Chinese, as offices say it."""

from collections.abc import Mapping
from typing import Final

from services.alerts.domain.alert import State, Step

STATES: Final[Mapping[State, str]] = {
    State.PENDING: "待发送",
    State.FIRING: "已发出",
    State.ACKNOWLEDGED: "已签收",
    State.REPLIED: "已回复",
    State.CLOSED: "已销号",
    State.RESOLVED: "已自行解除",
    State.REVOKED: "已撤销",
}
STEPS: Final[Mapping[Step, str]] = {
    Step.OPENED: "触发",
    Step.FIRED: "发出",
    Step.ESCALATED: "升级",
    Step.RENEWED: "新增期间",
    Step.ACKNOWLEDGED: "签收",
    Step.REPLIED: "回复",
    Step.RETURNED: "退回",
    Step.EXTENDED: "延期",
    Step.ASSIGNED: "转办",
    Step.APPEALED: "申诉",
    Step.APPEAL_REJECTED: "驳回申诉",
    Step.RECOVERED: "数据恢复",
    Step.RELAPSED: "恢复撤回",
    Step.CLOSED: "销号",
    Step.REOPENED: "重新打开",
    Step.RESOLVED: "自行解除",
    Step.REVOKED: "撤销",
}
