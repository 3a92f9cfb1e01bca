"""Serve SandboxEngine from a Docker engine, with the SDK's low-level client."""

from pathlib import Path

from sandboxes.engine.docker.connections import DockerConnector
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.docker.files import DockerHomes
from sandboxes.engine.docker.inspector import DockerInspector
from sandboxes.engine.docker.inventory import DockerInventory
from sandboxes.engine.docker.machines import DockerMachines
from sandboxes.engine.docker.network_manager import DockerNetworks
from sandboxes.engine.docker.probes import DockerProbes


class DockerEngine:
    """Compose the parts of an engine: each of its methods is one of a part's.

    Made without a call to the engine; every method connects when it has to.
    """

    def __init__(
        self,
        docker_url: str,
        *,
        installation: str,
        sockets_dir: Path,
        tools_dir: Path,
        use_host: bool = True,
    ) -> None:
        context = EngineContext(
            docker_url,
            installation=installation,
            sockets_dir=sockets_dir,
            tools_dir=tools_dir,
            use_host=use_host,
        )
        self.is_local = context.is_local
        self.info = context.info
        self.cached_info = context.cached_info
        self.resources = context.resources
        self.image = context.image
        self.ensure_tools = context.ensure_tools

        connector = DockerConnector(context)
        self.open_connection = connector.open_connection
        self.ask_files = connector.ask_files

        networks = DockerNetworks(context)
        self.join_machines = networks.join_machines
        self.remove_shared_network = networks.remove_shared_network
        self.remove_duplicate_networks = networks.remove_duplicate_networks

        machines = DockerMachines(context, networks)
        self.create_machine = machines.create_machine
        self.start_machine = machines.start_machine
        self.name_machine = machines.name_machine
        self.wait_for_shell = machines.wait_for_shell
        self.wait_until_ready = machines.wait_until_ready
        self.run_script = machines.run_script
        self.unpause_machine = machines.unpause_machine
        self.share_disk = machines.share_disk
        self.stop_machine = machines.stop_machine
        self.remove_machine = machines.remove_machine

        inspector = DockerInspector(context)
        self.facts = inspector.facts
        self.processes = inspector.processes
        self.usage = inspector.usage
        self.process_tree = inspector.process_tree
        self.resource_use = inspector.resource_use
        self.processor_seconds = inspector.processor_seconds
        self.nested_usage = inspector.nested_usage
        self.read_file = inspector.read_file
        self.open_attested = inspector.open_attested
        self.genuine_processes = inspector.genuine_processes
        self.ask_guest = inspector.ask_guest

        probes = DockerProbes(context)
        self.probe_snapshot = probes.probe_snapshot
        self.probe_network = probes.probe_network
        self.run_isolated = probes.run_isolated
        self.smoke_test = probes.smoke_test

        inventory = DockerInventory(context, probes)
        self.find_owned = inventory.find_owned
        self.remove_leftover = inventory.remove_leftover
        self.events = inventory.events

        homes = DockerHomes(context)
        self.export_home = homes.export_home
        self.import_home = homes.import_home
