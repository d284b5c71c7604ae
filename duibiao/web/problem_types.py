"""The problem types: one row per slug of /problems/{slug}, with its status and title.

Only data. A type says what kind of thing went wrong with the request as a whole; the faults
inside it (`duibiao.web.codes`) say what to mend. Every row stands in docs/errors.md too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of failed request.

    Attributes:
        status: the HTTP status it is always sent with.
        title, title_zh: the short name, the same on every occurrence.
        advice, advice_zh: what a caller can do about it, for the type's own page.

    """

    status: int
    title: str
    title_zh: str
    advice: str
    advice_zh: str


PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = {
    "bad-request": ProblemType(
        400,
        "The request cannot be parsed",
        "请求无法读取",
        "Correct the request and send it again.",
        "请更正请求后重新发送。",
    ),
    "unauthenticated": ProblemType(
        401,
        "A valid key is needed",
        "需要有效的密钥",
        "Send the header Authorization: Bearer KEY with a valid key.",
        "请在请求头中提供有效密钥（“Authorization: Bearer 密钥”）；失效的请向牵头办公室申领。",
    ),
    "forbidden": ProblemType(
        403,
        "This key may not do that",
        "该密钥无此权限",
        "Use a key of the org, the role or the scope that the errors name.",
        "请使用错误信息中所列单位、角色或权限范围的密钥。",
    ),
    "not-found": ProblemType(
        404,
        "Not found",
        "内容不存在",
        "Check the address; /docs lists all of them.",
        "请核对地址，全部接口见“/docs”。",
    ),
    "method-not-allowed": ProblemType(
        405,
        "Method not allowed",
        "不支持该请求方法",
        "Use one of the methods in the Allow header.",
        "请改用“Allow”响应头中列出的方法。",
    ),
    "not-acceptable": ProblemType(
        406,
        "The requested format is not available",
        "不提供所要求的格式",
        "Request another format in the Accept header.",
        "请在“Accept”请求头中改用其他格式。",
    ),
    "timeout": ProblemType(
        408,
        "The request took too long to arrive",
        "请求接收超时",
        "Send it again, in smaller parts on a slow network.",
        "请重新发送；网络较慢时请分批发送。",
    ),
    "conflict": ProblemType(
        409,
        "Conflict with a request in progress",
        "与正在进行的操作冲突",
        "Wait until the other request is answered, then retry.",
        "请等待前一请求完成后再试。",
    ),
    "too-large": ProblemType(
        413,
        "The body is too large",
        "正文过大",
        "Split the submission, or compress it with gzip.",
        "请分批报送，或使用gzip压缩。",
    ),
    "unsupported-media-type": ProblemType(
        415,
        "Unsupported media type",
        "不接受该正文类型",
        "Send one of the media types and encodings named in the errors.",
        "请使用错误信息中所列的类型和编码。",
    ),
    "invalid": ProblemType(
        422,
        "The content is invalid",
        "内容有误",
        "Nothing was stored. Correct every error listed and send the request again.",
        "请逐条更正“errors”中列出的问题后重新发送；本次未保存任何数据。",
    ),
    "idempotency-key-reused": ProblemType(
        422,
        "The Idempotency-Key belongs to another request",
        "“Idempotency-Key”已用于其他请求",
        "Use a new Idempotency-Key for every new request.",
        "每个新请求请使用新的“Idempotency-Key”。",
    ),
    "too-many-requests": ProblemType(
        429,
        "Too many requests",
        "请求过于频繁",
        "Wait as long as Retry-After says, then retry.",
        "请按“Retry-After”响应头等待后重试。",
    ),
    "client-error": ProblemType(
        400,
        "The request cannot be served",
        "无法处理该请求",
        "Check the request against /docs.",
        "请对照“/docs”核对请求。",
    ),
    "internal": ProblemType(
        500,
        "Internal error",
        "系统内部错误",
        "Retry later; report it with its trace_id.",
        "请稍后重试；反馈时请附“trace_id”。",
    ),
    "not-ready": ProblemType(
        503,
        "Not ready",
        "尚未就绪",
        "The errors name the reason; it usually resolves by itself.",
        "“errors”中列明了原因，通常会自行恢复。",
    ),
    "backlog-full": ProblemType(
        503,
        "The backlog is full",
        "待处理的报送过多",
        "Nothing was stored. Wait as long as Retry-After says, then retry.",
        "本次未保存任何数据，请按“Retry-After”响应头等待后重新发送。",
    ),
    "unavailable": ProblemType(
        503,
        "The database is unavailable",
        "暂时无法访问数据存储",
        "Nothing was stored. Wait as long as Retry-After says, then retry.",
        "本次未保存任何数据，请按“Retry-After”响应头等待后重试。",
    ),
    "uncertain": ProblemType(
        503,
        "The database did not confirm in time",
        "数据存储未及时确认",
        "It may or may not have been stored. Wait as long as Retry-After says, then resend it: "
        "with the same Idempotency-Key it counts once.",
        "数据可能已保存，也可能未保存。请按“Retry-After”响应头等待后原样重发："
        "使用同一“Idempotency-Key”不会重复计算。",
    ),
}
