"""The simulated platform, made from the registry of endpoints."""
