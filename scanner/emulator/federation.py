"""Federated credentials of an application, and what Microsoft Entra says of an assertion that does not fit them.

Numbers, words and their order: answers of Entra that users of azure/login, azure-workload-identity and azurerm have
published, 2023-03 to 2026-02. AADSTS50013 is known from other flows than the exchange of a federated token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""The client_assertion_type of a federated token (RFC 7523)."""

AUDIENCES: Final = {
    "AzureCloud": "api://AzureADTokenExchange",
    "AzureUSGovernment": "api://AzureADTokenExchangeUSGov",
    "AzureChinaCloud": "api://AzureADTokenExchangeChina",
}
"""The audience of an assertion by cloud (learn.microsoft.com, workload identity federation, 2024-12)."""

_COMPARE = (
    " Check your federated identity credential Subject, Audience and Issuer against the presented assertion. "
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
)
_OTHER_CASE = " The subject matches with case-insensitive comparison, but not with case-sensitive comparison."

Keys = Callable[[str], Mapping[str, RSAPublicKey]]
"""From an issuer to the keys that it publishes, by key id."""


@dataclass(frozen=True, slots=True)
class FederatedCredential:
    """Whose tokens an application takes for its own secret; all three are compared exactly, with case."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Objection:
    """The number and the text of an AADSTS error; Entra sends these with 401 `invalid_client`."""

    number: int
    text: str


def objection(
    assertion: str, credentials: tuple[FederatedCredential, ...], keys: Keys, now: datetime
) -> Objection | None:
    """What Entra has against an assertion, at a moment (aware UTC); None when it takes it."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return Objection(50027, "JWT token is invalid or malformed.")
    if not credentials:
        return Objection(70025, "Client application has no configured federated identity credentials.")
    issuer = str(claims.get("iss"))
    return (
        _mismatch(issuer, str(claims.get("sub")), str(claims.get("aud")), credentials)
        or _bad_signature(assertion, str(header.get("kid")), issuer, keys(issuer))
        or _out_of_time(claims.get("nbf", claims.get("iat")), claims.get("exp"), now)
    )


def _mismatch(
    issuer: str, subject: str, audience: str, credentials: tuple[FederatedCredential, ...]
) -> Objection | None:
    said = "No matching federated identity record found for presented assertion"
    of_issuer = [one for one in credentials if one.issuer == issuer]
    if not of_issuer:
        return Objection(700211, f"{said} issuer '{issuer}'.{_COMPARE}")
    of_subject = [one for one in of_issuer if one.subject == subject]
    if not of_subject:
        if any(one.subject.lower() == subject.lower() for one in of_issuer):
            return Objection(7002138, f"{said} subject '{subject}'.{_OTHER_CASE}{_COMPARE}")
        return Objection(700213, f"{said} subject '{subject}'.{_COMPARE}")
    if not any(audience in one.audiences for one in of_subject):
        return Objection(700212, f"{said} audience '{audience}'.{_COMPARE}")
    return None


def _bad_signature(assertion: str, key_id: str, issuer: str, published: Mapping[str, RSAPublicKey]) -> Objection | None:
    key = published.get(key_id)
    if key is None:
        text = (
            f"The certificate with identifier {key_id} used to sign the federated credential could not be found in the "
            f"metadata of identity provider {issuer}. Please validate that your Identity Provider's metadata exposes "
            "the key used to sign the incoming token."
        )
        return Objection(7000272, text)
    try:
        jwt.PyJWS().decode(assertion, key, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        reason = "[Reason - Key was found, but use of the key to verify the signature failed.]"
        return Objection(50013, f"Assertion failed signature validation. {reason}")
    return None


def _out_of_time(begins: object, ends: object, now: datetime) -> Objection | None:
    if isinstance(begins, int) and isinstance(ends, int) and begins <= now.timestamp() < ends:
        return None
    text = (
        f"Client assertion is not within its valid time range. Current time: {now:%Y-%m-%dT%H:%M:%S}.{now:%f}0Z, "
        f"assertion valid from {_time(begins)}, expiry time of assertion {_time(ends)}. Review the documentation at "
        "https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
    )
    return Objection(700024, text)


def _time(epoch: object) -> str:
    moment = datetime.fromtimestamp(epoch if isinstance(epoch, int) else 0, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z"
