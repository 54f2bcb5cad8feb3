"""Measures scikit-learn's k-means on files of points: the same line as main.go's.

peer.py POINTS START DIM ITERATIONS THREADS ROUNDS
"""

import resource
import sys
import time
import warnings

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

points, start = (np.fromfile(path, "<f4").reshape(-1, int(sys.argv[3])) for path in sys.argv[1:3])
iterations, threads, rounds = map(int, sys.argv[4:7])
warnings.filterwarnings("ignore", message="Number of distinct clusters")
best = busy = 1e9
with threadpool_limits(limits=threads):
    for i in range(rounds + 1):
        began, used = time.perf_counter(), time.process_time()
        # a tolerance of 0: as many iterations as ours
        fit = KMeans(len(start), init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(points)
        if i > 0:
            best, busy = min(best, time.perf_counter() - began), min(busy, time.process_time() - used)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(f"fit {best:.3f} s ({busy:.3f} s of CPU), {fit.n_iter_} iterations, inertia {fit.inertia_:.6g}, peak {peak} MB")
