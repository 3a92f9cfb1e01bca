"""Print which protections hold on the engine in use: `manage.py hostcheck`."""

import json
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from operate.checks.boot_check import boot_each, format_boots
from operate.checks.host_check import check_host, format_report
from operate.console.shell import is_root
from operate.engine.private_engine import choose_engine, choose_transport, connect
from operate.errors import OperateError
from operate.stack.stack import open_layout
from sandboxes.errors import EngineError
from sandboxes.hosts import engine_for
from sandboxes.machine_types.images import image_tag
from sandboxes.models import Host
from sandboxes.pool.kvm import trial_type, try_kvm


class Command(BaseCommand):
    help = (
        "Print which protections the engine in use has, and what is switched off without the rest."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it as JSON")
        parser.add_argument(
            "--boot", action="store_true", help="start one machine of each kind, too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            layout = open_layout(settings.VAR_DIR)
            choice = choose_engine(layout, os.environ, root=is_root())
            client = connect(choice.docker_url, timeout=10)
            transport = choose_transport(
                choice.docker_url,
                client.info()["DockerRootDir"],
                settings.TRANSPORT,
                root=is_root(),
            )
            engine = engine_for(Host(docker_url=choice.docker_url))
            tried = try_kvm(engine, image_tag(trial_type().name)) if settings.KVM_KINDS else None
            report = check_host(client, choice, tried=tried, resources=engine.resources())
            boots = boot_each(engine, transport) if options["boot"] else []
        except (OperateError, EngineError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            results = {**report.as_dict(), "boots": [boot.as_dict() for boot in boots]}
            self.stdout.write(json.dumps(results, indent=2))
        else:
            self.stdout.write("\n".join([*format_report(report), *format_boots(boots)]))
