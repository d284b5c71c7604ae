"""Errors of keys, parameters and headers, and of the state of the service."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

REQUEST: Final[Mapping[str, Wording]] = {
    "key-missing": Wording(
        "Send a key: Authorization: Bearer KEY.",
        "请在请求头中提供密钥，写法为“Authorization: Bearer 密钥”。",
    ),
    "key-malformed": Wording(
        "The key is malformed; a character may be mistyped.",
        "密钥格式不对，可能抄错了字符。",
    ),
    "key-unknown": Wording(
        "This key is unknown.",
        "密钥无效。",
    ),
    "key-revoked": Wording(
        "This key has been revoked.",
        "密钥已吊销。",
    ),
    "key-expired": Wording(
        "This key has expired.",
        "密钥已过期。",
    ),
    "role-not-allowed": Wording(
        "The role {role} may not do this; {allowed} may.",
        "{role}的密钥无权进行此操作，可进行此操作的为：{allowed}。",
    ),
    "scope-missing": Wording(
        "This requires the scope {scope}; this key has {scopes}.",
        "此操作需要{scope}权限，本密钥只有{scopes}权限。",
    ),
    "source-not-allowed": Wording(
        "This key may not be used from {address}.",
        "不得从该地址（“{address}”）使用本密钥。",
    ),
    "too-many-keys": Wording(
        "{org} already has {limit} live keys; revoke one first.",
        "“{org}”已有{limit}个有效密钥，请先吊销其中一个。",
    ),
    "key-not-live": Wording(
        "The key {value} is already revoked or expired.",
        "密钥“{value}”已吊销或已过期。",
    ),
    "not-visible": Wording(
        "This belongs to another org.",
        "该内容属于其他单位。",
    ),
    "not-found": Wording(
        "{value} does not exist.",
        "“{value}”不存在。",
    ),
    "method-not-allowed": Wording(
        "{method} is not supported here; use {allowed}.",
        "此处不支持“{method}”，可用{allowed}。",
    ),
    "bad-cursor": Wording(
        "The cursor was not returned by this list.",
        "“cursor”不是本列表给出的翻页标记。",
    ),
    "not-yet": Wording(
        "{field} is not supported yet, because periods cannot be closed; leave it out.",
        "本版本尚不能锁定各期数据，暂不支持“{field}”，请勿填写。",
    ),
    "invalid-value": Wording(
        "{field} is not valid: {reason}.",
        "“{field}”无效：{reason}。",
    ),
    "key-reused": Wording(
        "The Idempotency-Key was used with another request.",
        "该“Idempotency-Key”已用于另一请求。",
    ),
    "still-running": Wording(
        "The first request with this Idempotency-Key is still running.",
        "使用该“Idempotency-Key”的首个请求仍在处理中。",
    ),
    "too-many-requests": Wording(
        "More than {limit} {unit} in a short time; wait {seconds} s.",
        "短时间内超过{limit}{unit}，请等待{seconds}秒。",
    ),
    "too-many-bytes": Wording(
        "Concurrent bodies exceed {limit} bytes; wait {seconds} s.",
        "同时报送的正文超过{limit}字节，请等待{seconds}秒。",
    ),
    "backlog-full": Wording(
        "The backlog is full; try again in {seconds} s.",
        "待处理的报送过多，请在{seconds}秒后重试。",
    ),
    "not-ready": Wording(
        "Not ready: {reason}.",
        "尚未就绪：{reason}。",
    ),
    "unavailable": Wording(
        "The database is unavailable.",
        "暂时无法访问数据存储。",
    ),
    "uncertain": Wording(
        "The database did not confirm in time whether this was stored.",
        "数据存储未能及时确认是否已保存，结果未知。",
    ),
    "disk-full": Wording(
        "The disk of the database is full; nothing was stored. Retry once there is space.",
        "数据存储的磁盘已满，本次未保存任何数据；腾出空间后请重试。",
    ),
    "clock-skewed": Wording(
        "The clock of this server is wrong; nothing was stored. Retry: another server answers, "
        "or this one once its clock is corrected.",
        "服务器时钟有误，本次未保存任何数据；请稍后重试，由其他服务器或待时钟校正后受理。",
    ),
    "internal": Wording(
        "Internal error; the trace id finds it in the application log.",
        "系统内部出错，可凭“trace_id”在日志中查询。",
    ),
    "head-too-large": Wording(
        "The head of the request is larger than {limit} bytes.",
        "请求头超过{limit}字节。",
    ),
    "http-error": Wording(
        "The request cannot be served ({status}).",
        "无法处理该请求（{status}）。",
    ),
}
