import contextlib
import secrets
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from billing_site import demo
from billing_site.core import api_keys
from billing_site.core.embedded_postgres.base import server
from billing_site.core.models import Organization


class Command(BaseCommand):
    help = "Set up what is missing, with a demo company, and run web server, worker and scheduler until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--setup-only", action="store_true", help="set up and stop there")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("This is for trying things out: production runs the processes of compose.yaml.")
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        if not Organization.objects.exists():
            self.stdout.write("Making a demo company and billing its last six months …")
            self.stdout.flush()
            demo.build(now=timezone.now())
        password, key = self._kept("staff_password", _staff_login), self._kept("api_key", _api_key)
        address = f"http://127.0.0.1:{options['port']}"
        self.stdout.write(
            f"\n  Staff    {address}/admin/   login admin, password {password}"
            f"\n  API      {address}/api/v1   key {key}"
            f"\n  API docs {address}/api/docs"
            f"\n  Mails    {settings.VAR_DIR / 'mail'}\n"
        )
        if not options["setup_only"]:
            self._serve(options["port"])

    def _kept(self, name: str, make: Any) -> str:
        """Return a secret of this development machine, made at first and kept in var/ to be printed again."""
        file: Path = settings.VAR_DIR / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(make())
        return file.read_text()

    def _serve(self, port: int) -> None:
        """Run the processes until one ends or we are told to stop, then stop all."""
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        granian = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
        web = [*granian, "--port", str(port), "--workers", "2", "--blocking-threads", "2", "--log-level", "warning"]
        commands = [[*web, "billing_site.wsgi:application"], [*manage, "qcluster"]]
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        running = [subprocess.Popen(command, start_new_session=True) for command in commands]
        try:
            self._wait_for_answer(f"http://127.0.0.1:{port}/livez", running)
            self.stdout.write("Ready. Ctrl-C stops everything.")
            self.stdout.flush()
            while all(process.poll() is None for process in running):
                time.sleep(0.5)
            raise CommandError("The web server or the worker ended by itself; what it said is above.")
        except KeyboardInterrupt:
            pass
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=30)
            self._stop_database()

    def _wait_for_answer(self, address: str, running: list[subprocess.Popen[bytes]]) -> None:
        while all(process.poll() is None for process in running):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(address, trust_env=False)
                return
            time.sleep(0.2)

    def _stop_database(self) -> None:
        """Stop the embedded server, which else waits for ever for workers that left without a word."""
        if settings.DATABASES["default"]["ENGINE"] == "billing_site.core.embedded_postgres":
            connection.close()
            server().stop()


def _staff_login() -> str:
    password = secrets.token_urlsafe(9)
    get_user_model().objects.create_superuser("admin", password=password)
    return password


def _api_key() -> str:
    return api_keys.create(name="demo", now=timezone.now())[1]
