#!/usr/bin/env python3
"""SciPy's exact assignment of two point sets, for comparison: assignment_peer.py POINTS.f8

POINTS.f8: 2·n·3 little-endian doubles (rows, then columns). Prints one line of JSON; seconds of CPU. Exit status 3
where SciPy is missing.
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
start = time.process_time()
cost = cdist(rows, columns)
filled = time.process_time()
chosen_rows, chosen_columns = linear_sum_assignment(cost)
solved = time.process_time()
print(json.dumps({"cost": float(cost[chosen_rows, chosen_columns].sum()),
                  "matrix_cpu_seconds": filled - start, "cpu_seconds": solved - start}))
