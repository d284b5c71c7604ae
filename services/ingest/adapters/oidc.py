"""Who somebody is, as an OpenID provider says: authorization code with PKCE, state and nonce.

The provider's description and keys are read for every sign-in, so keys may rotate at any time. Who
somebody is is told by issuer and subject, never by an e-mail address.
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import quote

import structlog

from duibiao.register import Register
from duibiao.web.access import ROLE_OF
from duibiao.web.people import NAME_AT_MOST, NewPerson
from duibiao.web.problems import Problem, error_detail
from services.ingest.settings import IngestSettings

_SECONDS: Final = 10  # for each answer of the provider
_LEEWAY: Final = 60  # seconds by which its clock may differ
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
_log = structlog.get_logger(__name__)


class OidcProvider:
    """The provider of the settings. Waits for its answers; what goes wrong is a Problem."""

    def __init__(
        self,
        settings: IngestSettings,
        register: Register,
        now: Callable[[], datetime],
        transport: Any = None,  # noqa: ANN401 - httpx.BaseTransport, imported when it is needed
    ) -> None:
        """`transport` is how it is reached, if not over the network."""
        self.public_url = settings.public_url
        self._settings = settings
        self._now = now
        self._register = register
        self._transport = transport

    def begin(self, callback: str, back: str) -> tuple[str, str]:
        """Return where the browser signs in, and the flow that it keeps until then."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415 - large

        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = create_s256_code_challenge(verifier)
        asked = {"response_type": "code", "client_id": self._settings.oidc_client_id}
        asked |= {"redirect_uri": callback, "scope": "openid profile"}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        asked |= {"state": state, "nonce": nonce}
        with self._talking() as (client, about):
            address = client.build_request("GET", about["authorization_endpoint"], params=asked).url
        return str(address), f"{state}.{nonce}.{verifier}.{back}"

    def finish(self, callback: str, sent: Mapping[str, str], flow: str) -> tuple[NewPerson, str]:
        """Return who has signed in, and where they wanted to go.

        `sent` is the query of the callback, `flow` what `begin` gave the browser.
        """
        client_id, file = self._settings.oidc_client_id, self._settings.oidc_client_secret_file
        with self._talking() as (client, about):
            state, nonce, verifier, back = flow.split(".", 3)
            _expect(state, sent["state"])
            asked = {"grant_type": "authorization_code", "code": sent["code"]}
            asked |= {"redirect_uri": callback, "code_verifier": verifier, "client_id": client_id}
            keys = client.get(about["jwks_uri"]).raise_for_status().json()
            if file is not None:
                client.auth = quote(client_id), quote(file.read_text("utf-8").strip(), safe="")
            answer = client.post(about["token_endpoint"], data=asked)
            if answer.is_client_error:
                raise ValueError(f"no token: {answer.text[:200]}")
            tokens = answer.raise_for_status().json()
            return self._person(self._claims(tokens, keys, nonce)), back

    def _claims(self, tokens: Mapping[str, str], keys: Any, nonce: str) -> Mapping[str, object]:  # noqa: ANN401 - JSON
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - large
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        client_id = self._settings.oidc_client_id
        read = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), _ALGORITHMS)
        wanted = {"iss": {"value": self._settings.oidc_issuer}, "aud": {"value": client_id}}
        given = {"nonce": nonce, "client_id": client_id, "access_token": tokens["access_token"]}
        claims: Any = CodeIDToken(read.claims, read.header, wanted, given)
        claims.validate(int(self._now().timestamp()), _LEEWAY)
        return dict(claims)

    def _person(self, claims: Mapping[str, object]) -> NewPerson:
        position = _claim(claims, self._settings.oidc_position_claim, ROLE_OF)
        of_unit = ROLE_OF[position] == "org"
        orgs = self._register.orgs
        org = _claim(claims, self._settings.oidc_org_claim, orgs) if of_unit else None
        name = str(claims.get("name") or claims["sub"])[:NAME_AT_MOST]
        subject = f"{self._settings.oidc_issuer} {claims['sub']}"
        return NewPerson(name, position, org, subject=subject)

    @contextmanager
    def _talking(self) -> Iterator[tuple[Any, Mapping[str, str]]]:
        """Yield a client and the provider's description."""
        import httpx  # noqa: PLC0415 - not every process needs it
        from joserfc.errors import JoseError  # noqa: PLC0415

        issuer = self._settings.oidc_issuer
        place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with httpx.Client(timeout=_SECONDS, transport=self._transport) as client:
                about = client.get(place).raise_for_status().json()
                _expect(issuer, about["issuer"])
                yield client, about
        except httpx.HTTPError as error:
            _log.warning("sign-in by OpenID not possible", reason=repr(error))
            raise Problem("unavailable", [error_detail("oidc-unavailable")]) from error
        except (JoseError, LookupError, TypeError, ValueError) as error:
            _log.warning("sign-in by OpenID refused", reason=repr(error))
            raise Problem("forbidden", [error_detail("oidc-refused")]) from error


def _expect(known: str, sent: str) -> None:
    if not compare_digest(known.encode(), sent.encode()):
        raise ValueError("another state or issuer")


def _claim(claims: Mapping[str, object], name: str, known: Collection[str]) -> Any:  # noqa: ANN401 - one of `known`
    value = claims.get(name)
    if not isinstance(value, str) or value not in known:
        said = ("nothing", "无") if value is None else str(value)
        raise Problem("forbidden", [error_detail("oidc-unknown", field=name, value=said)])
    return value
