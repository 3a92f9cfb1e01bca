"""Machines, engines, the warm pool, hosts, the reaper."""
