"""The users of the bench and their credentials."""

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
# Ids and session tokens consist of digits, because pgbench's variables are numbers.
FIRST_USER = 1_000_000_000_000_000_000
TOKEN_OFFSET = 1_000_000_000_000_000_000


@dataclass(frozen=True)
class People:
    """The number of users and of tasks per user. User n has the task ids n + 1, n + 1 + users, n + 1 + 2 * users and so on."""

    users: int = 100
    per_user: int = 1_000

    @property
    def tasks(self) -> int:
        return self.users * self.per_user

    def newest(self, number: int, count: int) -> list[int]:
        """Return the ids of a user's newest tasks, newest first."""
        last = number + 1 + self.users * (self.per_user - 1)
        return [last - self.users * back for back in range(min(count, self.per_user))]


def user_id(number: int) -> str:
    return str(FIRST_USER + number)


def session_token(number: int) -> str:
    return str(FIRST_USER + TOKEN_OFFSET + number)


def bearer(number: int) -> str:
    """Return the header line of an HS256 token."""
    return f"Authorization: Bearer {hs256(number, SECRET)}"


def forged(number: int) -> str:
    """Return the header line of an HS256 token with an invalid signature."""
    return f"Authorization: Bearer {hs256(number, SECRET[::-1])}"


def cookie(number: int, secret: str = SECRET) -> str:
    """Return the header line of a session cookie: token, dot, HMAC-SHA256 in base64, percent-encoded."""
    token = session_token(number)
    signature = base64.b64encode(mac(secret, token)).decode()
    return "Cookie: better-auth.session_token=" + urllib.parse.quote(f"{token}.{signature}", safe="")


class Signer:
    """Signs with a new Ed25519 key. Uses `openssl`, because Python's library has no Ed25519."""

    def __init__(self, folder: Path):
        self.key, self.message = folder / "ed25519.pem", folder / "message"
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.key))

    def key_set(self) -> str:
        public = openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")[-32:]
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "bench", "x": base64url(public)}
        return json.dumps({"keys": [key]})

    def bearer(self, number: int) -> str:
        """Return the header line of an EdDSA token."""
        message = unsigned(number, {"alg": "EdDSA", "kid": "bench"})
        self.message.write_text(message)
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(self.message))
        return f"Authorization: Bearer {message}.{base64url(signature)}"


def hs256(number: int, secret: str) -> str:
    message = unsigned(number, {"alg": "HS256", "typ": "JWT"})
    return f"{message}.{base64url(mac(secret, message))}"


def unsigned(number: int, header: dict) -> str:
    """Return header and claims of a JWT, with the claims of Better Auth's jwt plugin."""
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
