"""Reach a partner's SSH server: only a known host key, only modern algorithms, and no wait without an end."""

from __future__ import annotations

import base64
import binascii
import io
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko

from hub.channels.watchdog import WATCHDOG
from hub.domain.problems import HostKeyRefused, LoginRefused, Misconfigured, Unreachable

_WEAK = re.compile(r"cbc|3des|md5|sha1(?!\d)|-96|arcfour|ssh-dss|^ssh-rsa$|group1-|^none$", re.ASCII)
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
_KEEPALIVE = 30
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in where, and how the server is known.

    `secret` reads the key or the password only when it is needed. `pinned` is a public key as `ssh-keyscan` prints it;
    `known_hosts` a file of them.
    """

    host: str
    port: int
    username: str
    secret: Callable[[], str]
    by_key: bool
    pinned: str | None = None
    known_hosts: Path | None = None

    @property
    def where(self) -> str:
        """The server as people name it."""
        return self.host if self.port == 22 else f"{self.host}:{self.port}"


def connect(login: Login, seconds: float) -> paramiko.Transport:
    """A connection that is logged in. Every step takes at most `seconds`, all of them together three times that.

    Raises Unreachable, HostKeyRefused and LoginRefused; each message says what was seen, none of them a secret.
    """
    known = _known_keys(login)
    with _told(login, "does not answer"):
        link = socket.create_connection((login.host, login.port), timeout=seconds)
    transport = paramiko.Transport(link)
    try:
        with WATCHDOG.within(3 * seconds, transport.close):
            _greet(login, transport, known, seconds)
            _log_in(login, transport, seconds)
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(_KEEPALIVE)
    return transport


@contextmanager
def _told(login: Login, what: str) -> Iterator[None]:
    """Any trouble with the network or the protocol, as one that says where."""
    try:
        yield
    except Unreachable:
        raise
    except (paramiko.SSHException, OSError, EOFError, ValueError, IndexError) as error:
        raise Unreachable(f"{login.where} {what}: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "there is no machine of that name"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _greet(login: Login, transport: paramiko.Transport, known: Sequence[paramiko.PKey], seconds: float) -> None:
    """Agree on modern algorithms and see that the server is the pinned one."""
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = seconds
    options = transport.get_security_options()
    options.ciphers = _modern(options.ciphers)
    options.digests = _modern(options.digests)
    options.kex = _modern(options.kex)
    options.key_types = _types_of(known)
    try:
        transport.start_client(timeout=seconds)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        if "host key" in str(error):
            raise HostKeyRefused(f"{login.where} has no host key of the pinned kind ({', '.join(_kinds(known))})") from error
        raise Unreachable(f"{login.where} offers only algorithms that are not safe any more: {error}") from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise Unreachable(f"{login.where} does not speak SSH as it should: {_reason(error)}") from error
    shown = transport.get_remote_server_key()
    if not any(each.asbytes() == shown.asbytes() for each in known):
        raise HostKeyRefused(f"{login.where} shows another host key than the pinned one: {shown.get_name()} {fingerprint(shown)}")


def _modern(offered: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in offered if not _WEAK.search(each))


def _kinds(known: Sequence[paramiko.PKey]) -> list[str]:
    return sorted({each.get_name() for each in known})


def _types_of(known: Sequence[paramiko.PKey]) -> tuple[str, ...]:
    """The kinds of host key to ask for: those that are pinned, so that the server shows the one that can be compared."""
    found: list[str] = []
    for name in _kinds(known):
        found += _RSA if name == "ssh-rsa" else [name]
    return tuple(found)


def fingerprint(key: paramiko.PKey) -> str:
    """A key's fingerprint as `ssh-keygen -l` prints it."""
    return str(key.fingerprint)


def _known_keys(login: Login) -> list[paramiko.PKey]:
    """The keys by which the server is known. Raises HostKeyRefused when there is none."""
    if login.pinned is not None:
        return [_public_key(login.pinned)]
    path = login.known_hosts
    try:
        hosts = paramiko.HostKeys(str(path))
    except (OSError, paramiko.SSHException, ValueError) as error:
        raise HostKeyRefused(f"known_hosts cannot be read: {_reason(error)}") from error
    found = hosts.lookup(login.host if login.port == 22 else f"[{login.host}]:{login.port}")
    keys = [key for key in (found.values() if found else ()) if key is not None]
    if not keys:
        raise HostKeyRefused(f"{login.where} is not in known_hosts")
    return keys


def _public_key(text: str) -> paramiko.PKey:
    kind, body = text.split()[:2]
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(body, validate=True))
    except (paramiko.SSHException, binascii.Error, ValueError, IndexError) as error:
        raise HostKeyRefused(f"host_key is no {kind} key that can be used") from error


def _log_in(login: Login, transport: paramiko.Transport, seconds: float) -> None:
    try:
        secret = login.secret()
    except Misconfigured as error:
        raise LoginRefused(str(error)) from error
    key = _private_key(secret) if login.by_key else None
    try:
        if key is not None:
            left = transport.auth_publickey(login.username, key)
        else:
            left = transport.auth_password(login.username, secret, fallback=True)
    except paramiko.BadAuthenticationType as error:
        raise LoginRefused(f"{login.where} wants another way to log in: {', '.join(error.allowed_types)}") from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            raise Unreachable(f"{login.where} does not answer to the login within {seconds:.0f} s") from error
        way = "key" if login.by_key else "password"
        raise LoginRefused(f"{login.where} refuses the {way} of {login.username}") from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise Unreachable(f"{login.where} broke off the login: {_reason(error)}") from error
    if left:
        raise LoginRefused(f"{login.where} wants more to log in: {', '.join(left)}")


def _private_key(text: str) -> paramiko.PKey:
    """A private key of any kind; what it says about a key that cannot be read never holds a part of it."""
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException:
            raise LoginRefused("the key is locked by a passphrase; give the hub one without") from None
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise LoginRefused("the key cannot be read; it must be a private key as ssh-keygen writes it")
