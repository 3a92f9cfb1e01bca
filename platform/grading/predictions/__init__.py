"""Compare what students predicted with what they measured."""
