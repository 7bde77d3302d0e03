"""The keys that sign the registry's tokens.

The registry trusts one root certificate, which it reads when it starts. The keys that sign are leaves of that
root and travel with each token (`x5c`), so they can be changed while the registry runs.
"""

from __future__ import annotations

import base64
import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from boatyard.shared.clock import Clock, SystemClock

ROOT_YEARS = 10
LEAF_DAYS = 365
RENEW_DAYS = 30
"""A leaf with less life left is replaced when the ring is opened or asked for its key."""


@dataclass(frozen=True)
class SigningKey:
    """A leaf: its private key, its certificate as `x5c` wants it, and when it ends."""

    id: str
    private: ec.EllipticCurvePrivateKey
    certificate: str
    ends_at: dt.datetime


class KeyRing:
    """The keys in one folder, shared by every process that can read it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._seen: int = -1
        self._key: SigningKey | None = None

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None) -> KeyRing:
        """The ring in a folder; made, with a root and a first key, if there is none."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = cls(folder, clock or SystemClock())
        with ring._locked():
            if not (folder / "root.pem").exists():
                ring._make_root()
            if ring._newest() is None:
                ring._make_leaf()
        return ring

    @property
    def root_pem(self) -> str:
        """The certificate that the registry is to trust."""
        return (self._folder / "root.pem").read_text()

    def key(self) -> SigningKey:
        """The key that signs now: the newest, also if another process made it."""
        changed = self._folder.stat().st_mtime_ns
        if self._key is None or changed != self._seen:
            self._key, self._seen = self._newest(), changed
        if self._key is None or self._key.ends_at < self._soon():
            return self.rotate()
        return self._key

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on."""
        with self._locked():
            self._key = self._make_leaf()
        self._seen = self._folder.stat().st_mtime_ns
        return self._key

    def _soon(self) -> dt.datetime:
        return self._clock.now() + dt.timedelta(days=RENEW_DAYS)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _newest(self) -> SigningKey | None:
        leaves = sorted(self._folder.glob("leaf-*.pem"))
        return _read_leaf(leaves[-1]) if leaves else None

    def _make_root(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(
            subject="boatyard registry root",
            key=key,
            issuer=None,
            lifetime=dt.timedelta(days=365 * ROOT_YEARS),
        )
        self._write("root-key.pem", _private_pem(key))
        self._write("root.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def _make_leaf(self) -> SigningKey:
        root_key = _load_private((self._folder / "root-key.pem").read_bytes())
        root = x509.load_pem_x509_certificate((self._folder / "root.pem").read_bytes())
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(
            subject="boatyard registry token key",
            key=key,
            issuer=(root, root_key),
            lifetime=dt.timedelta(days=LEAF_DAYS),
        )
        number = len(list(self._folder.glob("leaf-*.pem")))  # tells those of one moment apart
        name = f"leaf-{self._clock.now():%Y%m%dT%H%M%S%f}-{number:06d}.pem"
        pem = _private_pem(key) + certificate.public_bytes(serialization.Encoding.PEM)
        return _read_leaf(self._write(name, pem))

    def _certificate(
        self,
        *,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
        lifetime: dt.timedelta,
    ) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        now = self._clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer[0].subject if issuer else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + lifetime)
            .add_extension(
                x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
            )
        )
        return builder.sign(issuer[1] if issuer else key, hashes.SHA256())

    def _write(self, name: str, data: bytes) -> Path:
        draft, path = self._folder / f".{name}.new", self._folder / name
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path


def _read_leaf(path: Path) -> SigningKey:
    pem = path.read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return SigningKey(
        id=certificate.fingerprint(hashes.SHA256()).hex()[:16],
        private=_load_private(pem),
        certificate=base64.b64encode(der).decode(),
        ends_at=certificate.not_valid_after_utc,
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _load_private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the key is not an elliptic curve key")
    return key
