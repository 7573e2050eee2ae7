"""The container for a group is what SERAL's own commands understand, and starts where there is an engine."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from seral_core.cli import commands

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: pip install -e '.[dev]'")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Each instruction of the Containerfile and what it says."""
    parse = pytest.importorskip("dockerfile_parse", reason="it is not installed: pip install -e '.[dev]'")
    read = parse.DockerfileParser(fileobj=io.BytesIO((ROOT / "Containerfile").read_bytes()))
    return [(step["instruction"], step["value"]) for step in read.structure if step["instruction"] != "COMMENT"]


def understood(words: list[str]) -> click.Command | None:
    """The command that words are for; raises where one of them is wrong."""
    name, command, rest = commands.resolve_command(click.Context(commands), words)
    assert command is not None
    command.make_context(name, rest)
    return command


def test_the_image_is_of_named_versions_of_files_that_exist_and_runs_without_root(steps: list[tuple[str, str]]) -> None:
    named = [value for step, value in steps if step == "FROM"]
    assert named
    assert all(re.match(r"[\w./-]+:[\w.-]+", image) and ":latest" not in image for image in named)
    copied = [value.split()[:-1] for step, value in steps if step == "COPY" and "--from" not in value]
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{source}" for sources in copied for source in sources} <= set(kept)
    assert [value for step, value in steps if step == "USER"][-1] not in ("root", "0")


def test_the_image_starts_a_command_that_seral_has(steps: list[tuple[str, str]]) -> None:
    said = dict(steps)
    assert yaml.safe_load(said["ENTRYPOINT"]) == ["seral"]
    assert understood(yaml.safe_load(said["CMD"]))
    assert said["EXPOSE"] == "8501"


def test_the_group_has_a_proxy_that_encrypts_a_dashboard_that_only_it_reaches_and_a_database() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services.keys() == {"proxy", "dashboard", "postgres"}
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    dashboard = services["dashboard"]
    assert (ROOT / dashboard["build"]["dockerfile"]).exists()
    assert dashboard["network_mode"] == "service:proxy"
    assert understood(dashboard["command"].split())
    assert ":ro" in dashboard["volumes"][-1]
    secrets = [dashboard["environment"]["SERAL_PASSWORD"], services["postgres"]["environment"]["POSTGRES_PASSWORD"]]
    assert all(secret.startswith("${") for secret in secrets)


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_a_linter_of_container_files_has_nothing_to_say() -> None:
    done = subprocess.run(["hadolint", str(ROOT / "Containerfile")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def engine() -> str:
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True).returncode == 0:
            return name
    pytest.skip("no container engine runs here: podman or docker")


@pytest.fixture
def container(engine: str) -> Iterator[str]:
    """A container of the image that is built from this checkout."""
    name, image = f"seral-test-{uuid.uuid4().hex[:8]}", "localhost/seral-test"
    subprocess.run([engine, "build", "-q", "-f", "Containerfile", "-t", image, "."], cwd=ROOT, check=True)
    words = [engine, "run", "--rm", "-d", "--name", name, "-e", "SERAL_PASSWORD", image]
    subprocess.run(words, check=True, env={**os.environ, "SERAL_PASSWORD": "none of these words is a password"})
    yield name
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run([engine, "rm", "-f", name], check=True)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_container_serves_the_dashboard(engine: str, container: str) -> None:
    ask = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8501/_stcore/health').status)"
    for _ in range(120):
        done = subprocess.run([engine, "exec", container, "python", "-c", ask], capture_output=True, text=True)
        if done.stdout.strip() == "200":
            return
        time.sleep(1)
    pytest.fail(done.stderr)
