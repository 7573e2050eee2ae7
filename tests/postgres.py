"""A PostgreSQL server of one's own: stopped hard, started again, made slow or unreachable, as no shared one may be."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

import pytest

#: Where Debian keeps the programs of each version.
_PROGRAMS = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return the folder of the newest server's programs; None where there is none, or nobody to run it as."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    path = found[-1] if found else Path(shutil.which("initdb") or "nowhere")
    if not path.exists():
        return None
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return None
    return path.parent


class Postgres:
    """A server that ends with its ``with`` block; its data is in a temporary folder.

    Parameters
    ----------
    **settings
        Of the server, such as ``max_connections=5``.
    """

    def __init__(self, **settings: object) -> None:
        found = programs()
        if found is None:
            pytest.skip("there is no PostgreSQL server to start: apt-get install postgresql")
        self._bin, self._settings = found, {"fsync": "off", **settings}
        self.runs = False
        self._password = secrets.token_hex(16)
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Postgres:
        self.folder = Path(tempfile.mkdtemp(prefix="seral-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        (self.folder / "password").write_text(self._password)
        (self.folder / "password").chmod(0o644)  # in a folder that nobody else may enter
        words = ("-U", "seral", "--pwfile", str(self.folder / "password"), "--auth=scram-sha-256", "--no-sync")
        self._run("initdb", "-D", self._data, "-E", "UTF8", "--locale=C", *words)
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        if self.runs:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, port: int = 0, database: str = "postgres") -> str:
        """Return the address of a database; ``port`` is that of something in between."""
        return f"postgresql://seral:{self._password}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it, unless it runs; return once it takes connections."""
        if self.runs:
            return
        given = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder}
        options = " ".join(f"-c {name}={value}" for name, value in {**given, **self._settings}.items())
        self._run("pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-t", "60", "-o", options, "start")
        self.runs = True

    def stop(self) -> None:
        """Stop it hard, as a crash would: all connections break, and what was not committed is gone."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        self.runs = False

    def new(self) -> str:
        """Return the address of a new, empty database."""
        name = f"seral_{secrets.token_hex(6)}"
        self.say(f"CREATE DATABASE {name}")
        return self.address(database=name)

    def say(self, *statements: str, address: str = "") -> None:
        """Carry out statements as a superuser, each by itself."""
        import psycopg

        with psycopg.connect(address or self.address(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *words: str) -> None:
        as_other = (shutil.which("runuser") or "/usr/sbin/runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        with (self.folder / "out").open("ab") as out:
            subprocess.run(
                [*as_other, str(self._bin / program), *words],
                check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip


class Between:
    """A way to a server on which everything can be late, get lost without a word, or be refused.

    Parameters
    ----------
    port : int
        Of the server.

    Attributes
    ----------
    late_s : float
        How much later than it was sent everything arrives there.
    silent, deaf : bool
        Whether nothing arrives, as where a cable is pulled; whether no reply does.
    connections : int
        How many were tried.
    """

    def __init__(self, port: int) -> None:
        self._to, self.late_s, self.silent, self.deaf, self.connections = port, 0.0, False, False, 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Between:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Break all connections."""
        broken, self._open = self._open, []
        for one in broken:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                self.connections += 1
                try:
                    there = socket.create_connection(("127.0.0.1", self._to), 5)
                except OSError:
                    here.close()
                    continue
                self._open += [here, there]
                for ends in ((here, there, False), (there, here, True)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(65536):
                time.sleep(0.0 if back else self.late_s)
                while self.silent or (self.deaf and back):
                    time.sleep(0.02)
                other.sendall(content)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
