"""The hash of a statement and the installation's signature under it."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.extracts.errors import SigningKeyError

KEY_FILE = "signing-key.pem"


def hash_statement(statement: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a statement's canonical JSON (RFC 8785), as 64 hexadecimal digits.

    Examples
    --------
    >>> from app.extracts.signing import hash_statement
    >>> hash_statement({"b": 1.0, "a": "宗地"}) == hash_statement({"a": "宗地", "b": 1})
    True
    """
    return hashlib.sha256(rfc8785.dumps(dict(statement))).hexdigest()


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs hashes with the installation's own Ed25519 key (RFC 8032)."""

    key: Ed25519PrivateKey

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Read the key of an installation; the first time it is made.

        Raises
        ------
        SigningKeyError
            The file cannot be read or holds something else.
        """
        path = data_dir / KEY_FILE
        try:
            if not path.exists():
                _make_key(path)
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise SigningKeyError(
                f"The signing key {path} cannot be used: {error}. Restore it from a backup; if there is none, move the file "
                "away, and a new key is made. Sheets signed before can still be verified."
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyError(f"The signing key {path} is no Ed25519 key in PEM form.")
        return cls(key)

    def sign(self, sheet_hash: str) -> str:
        """Return the signature of a hash, which is signed as the 64 characters that it is written with, in base64."""
        return base64.b64encode(self.key.sign(sheet_hash.encode())).decode()

    @property
    def public_key(self) -> str:
        """The public key as PEM."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_signed(sheet_hash: str, signature: str, public_key: str) -> bool:
    """Whether a signature is that of a hash.

    Examples
    --------
    >>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    >>> from app.extracts.signing import Signer, is_signed
    >>> signer = Signer(Ed25519PrivateKey.generate())
    >>> signature = signer.sign("ab" * 32)
    >>> is_signed("ab" * 32, signature, signer.public_key), is_signed("ac" * 32, signature, signer.public_key)
    (True, False)
    """
    key = load_pem_public_key(public_key.encode())
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(base64.b64decode(signature), sheet_hash.encode())
    except InvalidSignature:
        return False
    return True


def _make_key(path: Path) -> None:
    """Write a new key where there is none; of several processes that try, the first one's key is everybody's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # The file is made whole, readable by its owner alone, before it has its name.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".signing-key-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
