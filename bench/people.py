"""The users of the bench, and what they present to be let in."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

SECRET = "oQ4vXn2sLr8bTfZy1kWmC7dJh3PgEuA6"
# Ids and session tokens are digits, because pgbench's variables are numbers: so it can send the service's own statements.
FIRST = 1_000_000_000_000_000_000
TO_TOKEN = 1_000_000_000_000_000_000


@dataclass(frozen=True)
class People:
    """So many users with so many tasks each. User n has the ids n + 1, n + 1 + users, n + 1 + 2 * users and so on."""

    users: int = 100
    per_user: int = 1_000

    @property
    def tasks(self) -> int:
        return self.users * self.per_user

    def newest(self, number: int, count: int) -> list[int]:
        """The ids of a user's newest tasks, newest first."""
        last = number + 1 + self.users * (self.per_user - 1)
        return [last - self.users * back for back in range(min(count, self.per_user))]


def user_id(number: int) -> str:
    return str(FIRST + number)


def session_token(number: int) -> str:
    return str(FIRST + TO_TOKEN + number)


def bearer(number: int) -> str:
    """An HS256 token's header line."""
    return f"Authorization: Bearer {hs256(number, SECRET)}"


def forged(number: int) -> str:
    """The same, signed with a secret that is not the service's."""
    return f"Authorization: Bearer {hs256(number, SECRET[::-1])}"


def cookie(number: int, secret: str = SECRET) -> str:
    """Better Auth's signed session cookie: the token, a dot, and its HMAC-SHA256 in base64, percent-encoded."""
    token = session_token(number)
    signature = base64.b64encode(mac(secret, token)).decode()
    return "Cookie: better-auth.session_token=" + urllib.parse.quote(f"{token}.{signature}", safe="")


class Signer:
    """An Ed25519 key of its own; `openssl` does what Python's library cannot."""

    def __init__(self, folder: Path):
        self.key, self.message = folder / "ed25519.pem", folder / "message"
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.key))

    def key_set(self) -> str:
        public = openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")[-32:]
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "bench", "x": base64url(public)}
        return json.dumps({"keys": [key]})

    def bearer(self, number: int) -> str:
        """An EdDSA token's header line."""
        message = unsigned(number, {"alg": "EdDSA", "kid": "bench"})
        self.message.write_text(message)
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(self.message))
        return f"Authorization: Bearer {message}.{base64url(signature)}"


def hs256(number: int, secret: str) -> str:
    message = unsigned(number, {"alg": "HS256", "typ": "JWT"})
    return f"{message}.{base64url(mac(secret, message))}"


def unsigned(number: int, header: dict) -> str:
    """Header and claims of a JWT; the claims are those of Better Auth's jwt plugin."""
    now, user = int(time.time()), user_id(number)
    claims = {
        "iat": now - 60, "name": f"User {number}", "email": f"user{number}@example.com", "emailVerified": True,
        "image": None, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "id": user,
        "sub": user, "exp": now + 24 * 60 * 60, "iss": "http://localhost:3000", "aud": "http://localhost:3000",
    }  # fmt: skip
    return ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))


def mac(secret: str, message: str) -> bytes:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout
