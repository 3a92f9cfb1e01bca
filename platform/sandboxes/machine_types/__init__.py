"""Describe what machines there are: one module a type, and one registry that finds them.

A new type is a module in this folder with a `MACHINE_TYPE`. What the rest of the platform asks about
it, it asks of the type's capabilities; no other module lists types by their names.
"""
