"""How files travel to and from a partner: the `channel:` of his file."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hub.config.scalars import Int, Secret, Section, Text
from hub.config.wording import Saw, see

SERVER = "sftp://"
"""How the place of claimed files begins that lie on a server."""


class After(StrEnum):
    """What becomes of a file on the partner's server once the hub has it."""

    REMOVE = "remove"
    MOVE = "move"
    KEEP = "keep"


class LocalChannel(Section):
    """Two folders that the hub reaches as files; `inbox/<partner>` and `outbox/<partner>` unless named."""

    type: Literal["local"]
    inbox: Text | None = Field(None, description="where the partner drops files")
    outbox: Text | None = Field(None, description="where he collects them")


def _port(number: int) -> int:
    if not 1 <= number <= 65535:
        raise Saw(f"saw {see(str(number))}", "a port is a number from 1 to 65535")
    return number


def _host(name: str) -> str:
    if re.search(r"[\s/@]|://", name):
        raise Saw(f"saw {see(name)}", "write the name of the machine alone, such as sftp.partner.test")
    return name


def _host_key(key: str) -> str:
    """Refuse what is no public key of a server: its kind and its base64 text, as `ssh-keyscan` prints them."""
    if not re.fullmatch(r"(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]{40,}={0,3}( .*)?", key):
        raise Saw("is no public key of a server", 'write it as "ssh-ed25519 AAAA…", as ssh-keyscan prints it')
    return key


def _after(text: Any) -> Any:
    if not isinstance(text, str) or not re.fullmatch(r"remove|keep|move:/?[^:]+", text):
        raise Saw(f"saw {see(text)}", "write remove, keep or move:/folder")
    return text


class SftpChannel(Section):
    """A partner's SFTP server; the hub is its client and never trusts an unknown host key."""

    type: Literal["sftp"]
    host: Annotated[Text, AfterValidator(_host)] = Field(examples=["sftp.partner.test"])
    port: Annotated[Int, AfterValidator(_port)] = 22
    username: Text = Field(examples=["hub"])
    key: Secret | None = None
    password: Secret | None = None
    host_key: Annotated[Text, AfterValidator(_host_key)] | None = None
    known_hosts: Text | None = None
    inbox: Text | None = None
    outbox: Text | None = None
    after: Annotated[Text, BeforeValidator(_after)] = "remove"

    @model_validator(mode="after")
    def _whole(self) -> SftpChannel:
        """Refuse a channel without one way to log in, one way to know the server, or a folder."""
        if (self.key is None) == (self.password is None):
            raise Saw(
                "names both key and password" if self.key else "has no way to log in",
                "write key: file:PATH or password: env:NAME",
            )
        if (self.host_key is None) == (self.known_hosts is None):
            seen = "names both host_key and known_hosts" if self.host_key else "does not say how to know the server"
            raise Saw(seen, 'write host_key: "ssh-ed25519 AAAA…" or known_hosts: PATH')
        if self.inbox is None and self.outbox is None:
            raise Saw("names no folder", "write inbox: /to-hub, outbox: /from-hub or both")
        return self

    @property
    def afterwards(self) -> tuple[After, str]:
        """What becomes of a file that was taken, and the folder that it moves to (else empty)."""
        word, _, folder = self.after.partition(":")
        return After(word), folder

    @property
    def claims_at(self) -> str:
        """The inbox on the server, as an admin names it, where claimed files wait; empty when they are read where they lie."""
        return (
            ""
            if self.inbox is None or self.after == After.KEEP
            else f"{SERVER}{self.username}@{self.host}:{self.port}:{self.inbox}"
        )


Channel = Annotated[LocalChannel | SftpChannel, Field(discriminator="type")]
