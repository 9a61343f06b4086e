"""The figures of `docs/benchmarks.md`: `python -m benchmarks` measures all, `python -m benchmarks F6` one."""
