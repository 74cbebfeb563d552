"""Certificates for tests, and connections that look at them. Needs the program `openssl`."""

import hashlib
import os
import socket
import ssl
import subprocess
import time


def make(folder, name):
    """A certificate for localhost that signs itself, and its key; says the certificate's digest."""
    key, certificate = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    with open(certificate) as file:
        return key, certificate, hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


def connect(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30))


def digest(connection):
    return hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest()


def await_lasting(check, seconds=60):
    """Whether it comes to hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False
