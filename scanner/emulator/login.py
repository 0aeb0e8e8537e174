"""The open endpoints: cloud metadata, and as much of Microsoft Entra as a secret or a federated token needs."""

import base64
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, encode, guid
from scanner.emulator.federation import JWT_BEARER, FederatedCredential, Keys, objection

LIFETIME = 3599
"""Seconds for which an access token holds, as Entra's answer says."""

ERRORS = "https://login.microsoftonline.com/error?code="


class Login:
    """The one application of a tenant, and the tokens it was given; `logs` is where the cloud takes log queries.

    `federated` are its federated credentials; an assertion is judged by the issuer's `keys`, at the time of `now`.
    """

    def __init__(
        self, tenant_id: str, cloud: str, logs: str | None = None, *, keys: Keys, now: Callable[[], datetime]
    ) -> None:
        self.tenant_id = tenant_id
        self.cloud = cloud
        self.client_id = guid(tenant_id, "application")
        self.object_id = guid(tenant_id, "service principal")
        self.client_secret = secrets.token_urlsafe(24)
        self.federated: tuple[FederatedCredential, ...] = ()
        self.tokens: set[str] = set()
        self._logs = logs
        self._ended: set[str] = set()
        self._keys = keys
        self._now = now

    def issue(self, scope: str = "") -> str:
        """A new access token in the form of a JWT, with Entra's claims of an application; every endpoint takes it.

        Nobody verifies the signature, which is a random number: what counts is that it was issued here.
        """
        now = int(time.time())
        claims: Json = {
            "aud": scope.removesuffix("/.default"),
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "appid": self.client_id,
            "idtyp": "app",
            "oid": self.object_id,
            "sub": self.object_id,
            "tid": self.tenant_id,
            "ver": "1.0",
        }
        token = f"{_part({'typ': 'JWT', 'alg': 'RS256'})}.{_part(claims)}.{secrets.token_urlsafe(24)}"
        self.tokens.add(token)
        return token

    def authorize(self, header: str | None) -> None:
        """Raises RefusedError (401) unless the Authorization header holds a token that was issued here."""
        if not header:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise RefusedError(401, "AuthenticationFailed", message, headers=self._challenge())
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            message = "The access token is invalid."
            raise RefusedError(401, "InvalidAuthenticationToken", message, headers=self._challenge())
        if token in self._ended:
            message = "The access token expiry UTC time is earlier than current UTC time."
            raise RefusedError(401, "ExpiredAuthenticationToken", message, headers=self._challenge())

    def expire(self) -> None:
        """End every token that was issued so far."""
        self._ended |= self.tokens

    def _challenge(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}

    def token(self, call: Call) -> Answer:
        """The client credentials grant, with a secret or an assertion; every other one is refused in Entra's words."""
        form = {name: values[-1] for name, values in parse_qs(call.body.decode(errors="replace")).items()}
        tenant, client = call.names["tenant"], form.get("client_id", "")
        self._know(tenant)
        if form.get("grant_type") != "client_credentials":
            grant = form.get("grant_type", "")
            raise self._refuse(
                400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
            )
        if client.lower() != self.client_id:
            raise self._refuse(400, "unauthorized_client", 700016, _NO_APPLICATION.format(client=client, tenant=tenant))
        self._authenticate(form)
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            raise self._refuse(
                400,
                "invalid_scope",
                70011,
                f"The provided value for the input parameter 'scope' is not valid: {scope}.",
            )
        body = {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": self.issue(scope),
        }
        return Answer(body, {"Cache-Control": "no-store, no-cache"})

    def _know(self, tenant: str) -> None:
        if tenant.lower() != self.tenant_id:
            raise self._refuse(400, "invalid_request", 90002, _NO_TENANT.format(tenant=tenant))

    def _authenticate(self, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") == JWT_BEARER:
            found = objection(form.get("client_assertion", ""), self.federated, self._keys, self._now())
            if found is not None:
                raise self._refuse(401, "invalid_client", found.number, found.text)
        elif not secrets.compare_digest(form.get("client_secret", "").encode(), self.client_secret.encode()):
            raise self._refuse(401, "invalid_client", 7000215, _WRONG_CREDENTIAL.format(client=self.client_id))

    def _refuse(self, status: int, error: str, number: int, text: str) -> RefusedError:
        trace, correlation = guid(number, "trace"), guid(number, "correlation")
        body: Json = {
            "error": error,
            "error_description": f"AADSTS{number}: {text}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}",
            "error_codes": [number],
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{ERRORS}{number}",
        }
        return RefusedError(status, error, text, body=body)

    def configuration(self, call: Call) -> Answer:
        """OpenID Connect discovery for the tenant."""
        tenant = call.names["tenant"]
        self._know(tenant)
        authority = f"{call.base}/{tenant}"
        return Answer(
            {
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "jwks_uri": f"{authority}/discovery/v2.0/keys",
                "issuer": f"{authority}/v2.0",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "tenant_region_scope": None,
            }
        )

    def metadata(self, call: Call) -> Answer:
        """The clouds that this endpoint knows: a list of one, of which all parts live at this address."""
        authentication: Json = {
            "loginEndpoint": f"{call.base}/",
            "audiences": [f"{call.base}/", call.base],
            "tenant": "common",
            "identityProvider": "AAD",
        }
        return Answer(
            [
                {
                    "name": self.cloud,
                    "portal": f"{call.base}/portal",
                    "authentication": authentication,
                    "resourceManager": f"{call.base}/",
                    "logAnalyticsResourceId": self._logs or call.base,
                    "suffixes": {},
                }
            ]
        )

    def routes(self) -> tuple[Route, ...]:
        """The endpoints that need no token."""
        return (
            _open("GET", "/metadata/endpoints", self.metadata, ("2019-05-01", "2022-09-01")),
            _open("POST", "/{tenant}/oauth2/v2.0/token", self.token),
            _open("GET", "/{tenant}/v2.0/.well-known/openid-configuration", self.configuration),
        )


def _part(content: Json) -> str:
    return base64.urlsafe_b64encode(encode(content)).decode().rstrip("=")


_NO_TENANT: Final = (
    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct "
    "cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the "
    "tenant."
)
_NO_APPLICATION: Final = (
    "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the "
    "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
    "You may have sent your authentication request to the wrong tenant."
)
_WRONG_CREDENTIAL: Final = (
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
    "not the client secret ID, for a secret added to app '{client}'."
)


def _open(method: str, template: str, handler: Callable[[Call], Answer], versions: tuple[str, ...] = ()) -> Route:
    return Route(method, template, "", versions, handler, open=True)
