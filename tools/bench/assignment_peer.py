#!/usr/bin/env python3
"""SciPy's exact assignment of two point sets, for comparison: assignment_peer.py POINTS.f8

POINTS.f8: 2·n·3 little-endian doubles (rows, then columns). Prints one line of JSON. Exit status 3 where
SciPy is missing.
"""
import json
import sys
import time

try:
    import numpy
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

rows, columns = numpy.fromfile(sys.argv[1], dtype="<f8").reshape(2, -1, 3)
start = time.perf_counter()
cost = cdist(rows, columns)
filled = time.perf_counter()
chosen_rows, chosen_columns = linear_sum_assignment(cost)
solved = time.perf_counter()
print(json.dumps({"cost": float(cost[chosen_rows, chosen_columns].sum()),
                  "matrix_seconds": filled - start, "seconds": solved - start}))
