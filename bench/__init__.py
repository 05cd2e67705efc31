"""How fast Clubroom is, beside what this machine can do at all: `make bench`, or `make bench ARGS=--quick`.

The real server is started on a free port with data of its own, filled by `clubroom seed`, and asked over HTTP. Where
there is a limit, a row stands beside it, had in the same run: the two take turns, and medians are compared, so that a
busy machine slows both. Nothing here fails for being slow; bytes that are not the same, or a refused request, do.
"""
