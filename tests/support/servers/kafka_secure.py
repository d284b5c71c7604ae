"""What a broker needs to be spoken to over TLS with SCRAM: an authority, a certificate, a user."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MECHANISM = "SCRAM-SHA-512"
_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True, slots=True)
class Secure:
    """The secure listener of a cluster, and who may come in."""

    ca_file: Path
    keystore: Path
    username: str = "duibiao"
    password: str = "not-a-secret"

    @classmethod
    def made(cls, folder: Path) -> "Secure":
        """Make the files in a folder."""
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl is installed to make a certificate")
        folder.mkdir(parents=True)

        def run(*arguments: str) -> None:
            subprocess.run(
                [openssl, *arguments], cwd=folder, check=True, capture_output=True, timeout=60
            )

        new = ("-newkey", "rsa:2048", "-nodes")
        run("req", "-x509", *new, "-days", "2", "-subj", "/CN=tests", *_files("ca"))
        run("req", *new, "-subj", "/CN=broker", "-keyout", "broker.key", "-out", "broker.csr")
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        run(
            *("x509", "-req", "-in", "broker.csr", "-days", "2", "-extfile", "names"),
            *("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "broker.crt"),
        )
        keystore = folder / "keystore.pem"
        parts = ("broker.key", "broker.crt", "ca.crt")
        keystore.write_text("".join((folder / part).read_text() for part in parts))
        return cls(folder / "ca.crt", keystore)

    def format_arguments(self) -> tuple[str, str]:
        """Return what makes the user when the log is formatted."""
        return ("--add-scram", f"{MECHANISM}=[name={self.username},password={self.password}]")

    def settings(self) -> dict[str, object]:
        """Return the settings of the listener SECURE."""
        listener = "listener.name.secure."
        return {
            "sasl.enabled.mechanisms": MECHANISM,
            f"{listener}sasl.enabled.mechanisms": MECHANISM,
            f"{listener}{MECHANISM.lower()}.sasl.jaas.config": _LOGIN,
            f"{listener}ssl.keystore.type": "PEM",
            f"{listener}ssl.keystore.location": self.keystore,
        }


def _files(name: str) -> tuple[str, str, str, str]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.crt")
