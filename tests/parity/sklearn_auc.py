#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/parity/sklearn_auc.csv: scikit-learn's IsolationForest on the tabular sets.

    TEND_DATA=... tests/parity/sklearn_auc.py > tests/parity/sklearn_auc.csv

Made once; tests/test_forest.c holds our forest against it. A hundred seeds per set; settings are
scikit-learn's defaults (100 trees, min(256, n) rows each), fitted and scored on the whole set.
"""
import csv
import os
import sys

import numpy
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score


SEEDS = 100  # one seed says little: on optdigits its AUC has a standard deviation of 0.045


def main():
    folder = os.path.join(os.environ["TEND_DATA"], "anomaly", "tab")
    names = sorted(f[:-4] for f in os.listdir(folder) if f.endswith(".csv"))
    out = csv.writer(sys.stdout, lineterminator="\n")
    print(f"scikit-learn {sklearn.__version__}", file=sys.stderr)
    out.writerow(["set", "rows", "features", "seed", "auc", "mean_score"])
    for name in names:
        rows = numpy.loadtxt(os.path.join(folder, name + ".csv"), delimiter=",", skiprows=1)
        labels = numpy.loadtxt(os.path.join(folder, name + ".labels"))
        for seed in range(1, SEEDS + 1):
            forest = IsolationForest(n_estimators=100, random_state=seed).fit(rows)
            score = -forest.score_samples(rows)
            out.writerow([name, *rows.shape, seed, f"{roc_auc_score(labels, score):.6f}",
                          f"{score.mean():.6f}"])


if __name__ == "__main__":
    main()
