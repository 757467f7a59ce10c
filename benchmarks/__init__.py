"""The engine against its peers: one run, the same inputs, equal answers first and times after.

``python -m benchmarks`` makes a synthetic city, gives it to every contestant in a process of its own, refuses to print a time before the answers
are equal, and writes ``benchmarks/RESULTS.md``.
"""
