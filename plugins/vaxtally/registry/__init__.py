"""The registry: who was vaccinated, with what, when and where."""

from vaxtally.registry.apply import apply

__all__ = ["apply"]
