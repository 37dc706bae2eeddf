"""The figures of docs/benchmarks.md. `python -m benchmarks` prints all of them, `python -m benchmarks.NAME` one."""
