"""Give students machines: engines, hosts, the pool, provisioning and repair."""
