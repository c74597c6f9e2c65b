"""The platform and a shop on it, simulated: for the demo, the tests and the benchmarks."""
