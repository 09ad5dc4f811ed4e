#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""scikit-learn's isolation forest on the data of `tend bench --only forest`, one thread.

10,000 rows of ten standard normal features, one row in twenty spread four times as wide;
100 trees of 256 rows. Median CPU time over repetitions, as tend bench takes it.
"""
import statistics
import sys
import time

try:
    import numpy
    import sklearn
    from sklearn.ensemble import IsolationForest
except ImportError:
    print("  scikit-learn is not installed (Debian: python3-sklearn): nothing to compare with")
    sys.exit(0)

ROWS, WIDTH, TREES = 10000, 10, 100
rng = numpy.random.default_rng(1)
rows = rng.standard_normal((ROWS, WIDTH))
rows[::20] *= 4


def median_seconds(work, repetitions=5):
    work()
    taken = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


model = IsolationForest(n_estimators=TREES, max_samples=256, random_state=1, n_jobs=1)
fit = median_seconds(lambda: model.fit(rows))
score = median_seconds(lambda: model.score_samples(rows))
print(f"  scikit-learn {sklearn.__version__}, fit 100 trees, 10k x 10   {1e3 * fit:8.2f} ms")
print(f"  scikit-learn {sklearn.__version__}, score 10k x 10            "
      f"{1e9 * score / ROWS / TREES:8.2f} ns/point/tree")
