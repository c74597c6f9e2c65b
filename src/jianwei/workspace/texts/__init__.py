"""Texts in files, without a workspace: what stands behind `jianwei text`."""
