"""A certificate of its own authority for a name that leads nowhere."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of its own authority for hooks.example.invalid."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on this machine")
    key, file = folder / "key.pem", folder / "cert.pem"
    name = "hooks.example.invalid"
    asked = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {file}"
    asked += f" -subj /CN={name} -addext subjectAltName=DNS:{name}"
    subprocess.run([openssl, *asked.split()], check=True, capture_output=True)
    return key, file


def server_side(key: Path, file: Path) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file, key)
    return tls
