"""Faults of the request around the body: keys, parameters, headers, our own state. Only data."""

from collections.abc import Mapping
from typing import Final

from duibiao.web.codes.wording import Wording

REQUEST: Final[Mapping[str, Wording]] = {
    "key-missing": Wording(
        "Send a key: Authorization: Bearer KEY.",
        "请在请求头中提供密钥，写法为“Authorization: Bearer 密钥”。",
    ),
    "key-malformed": Wording(
        "This is no key of this product, or a character of it is mistyped.",
        "密钥格式不对，可能抄错了字符。",
    ),
    "key-unknown": Wording(
        "This key is not known here.",
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
        "This needs a key with the scope {scope}; this key has {scopes}.",
        "此操作需要{scope}权限，本密钥只有{scopes}权限。",
    ),
    "source-not-allowed": Wording(
        "This key may not be used from {address}.",
        "不得从该地址（“{address}”）使用本密钥。",
    ),
    "too-many-keys": Wording(
        "{org} has {limit} live keys already; revoke one of them first.",
        "“{org}”已有{limit}个有效密钥，请先吊销其中一个。",
    ),
    "key-not-live": Wording(
        "The key {value} is revoked or expired already.",
        "密钥“{value}”已吊销或已过期。",
    ),
    "not-visible": Wording(
        "This belongs to another org.",
        "该内容属于其他单位。",
    ),
    "not-found": Wording(
        "There is nothing at {value}.",
        "“{value}”不存在。",
    ),
    "method-not-allowed": Wording(
        "{method} is not possible here; {allowed} is.",
        "此处不支持“{method}”，可用{allowed}。",
    ),
    "bad-cursor": Wording(
        "The cursor is not one that this list gave out.",
        "“cursor”不是本列表给出的翻页标记。",
    ),
    "not-yet": Wording(
        "{field} is not available until periods can be closed; leave it out.",
        "本版本尚不能锁定各期数据，暂不支持“{field}”，请勿填写。",
    ),
    "invalid-value": Wording(
        "{field} is not valid: {reason}.",
        "“{field}”无效：{reason}。",
    ),
    "key-reused": Wording(
        "The Idempotency-Key was used before with another request.",
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
        "Bodies of more than {limit} bytes are on their way at once; wait {seconds} s.",
        "同时报送的正文超过{limit}字节，请等待{seconds}秒。",
    ),
    "backlog-full": Wording(
        "Too much waits to be taken in; try again in {seconds} s.",
        "待处理的报送过多，请在{seconds}秒后重试。",
    ),
    "not-ready": Wording(
        "Not ready: {reason}.",
        "尚未就绪：{reason}。",
    ),
    "unavailable": Wording(
        "The store cannot be reached at the moment.",
        "暂时无法访问数据存储。",
    ),
    "uncertain": Wording(
        "The store did not confirm in time whether this was saved.",
        "数据存储未能及时确认是否已保存，结果未知。",
    ),
    "disk-full": Wording(
        "The disk of the store is full; nothing was stored. Try again once there is space.",
        "数据存储的磁盘已满，本次未保存任何数据；腾出空间后请重试。",
    ),
    "clock-skewed": Wording(
        "The clock of this server is wrong; nothing was stored. Try again: another server answers, "
        "or this one once its clock is right.",
        "服务器时钟有误，本次未保存任何数据；请稍后重试，由其他服务器或待时钟校正后受理。",
    ),
    "internal": Wording(
        "Something went wrong here; the trace id finds it in our log.",
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
