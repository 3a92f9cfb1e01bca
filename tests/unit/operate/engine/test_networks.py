"""Choose subnets of the uplink and of machines that meet nothing which the host uses.

They differ between clones.
"""

import ipaddress
from itertools import islice
from pathlib import Path

from operate.engine import network_namespace
from operate.engine.network_namespace import Uplink, first_free, uplink_candidates
from operate.stack.layout import Layout

Network = ipaddress.IPv4Network


def test_the_first_candidate_that_overlaps_nothing_is_taken():
    candidates = [Network("10.0.0.0/24"), Network("10.0.1.0/24"), Network("10.0.2.0/24")]
    assert first_free(candidates, [Network("10.0.0.0/23")]) == Network("10.0.2.0/24")


def test_nothing_free_is_none():
    assert first_free([Network("10.0.0.0/24")], [Network("0.0.0.0/1")]) is None


def test_two_clones_begin_at_different_subnets():
    here, there = Layout(Path("/a/var")).tag, Layout(Path("/b/var")).tag
    assert here != there
    assert next(uplink_candidates(here)) != next(uplink_candidates(there))


def test_candidates_go_round_and_stay_in_the_range():
    last = list(islice(uplink_candidates("003fff"), 2))
    assert [str(net) for net in last] == ["10.213.255.252/30", "10.213.0.0/30"]


def test_link_and_namespace_names_fit_the_kernel():
    layout = Layout(Path("/a/var"))
    assert len(f"ddock-{layout.tag}") <= 15  # IFNAMSIZ less its zero
    assert network_namespace.namespace_name(layout).endswith(layout.tag)


def test_every_rule_names_the_link_or_its_subnet():
    link = Uplink(link="ddock-abcdef", subnet="10.213.0.0/30", forwarding="1")
    assert all("ddock-abcdef" in rule for rule in link.rules())
