"""The accurate tier: what characters, words and a small neural model say, weighed by how much each deserves."""

from jianwei.text.blend.model import BlendedModel, Encoder

__all__ = ["BlendedModel", "Encoder"]
