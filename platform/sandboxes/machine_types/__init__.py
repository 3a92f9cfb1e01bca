"""Describe what machines there are: one module a type, and one registry that finds them.

A new type is a module in this folder with a `MACHINE_TYPE`. What the rest of the platform needs to
know of it, the type's capabilities say; no other module lists types by their names.
"""
