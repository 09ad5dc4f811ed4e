# SPDX-License-Identifier: GPL-3.0-or-later
"""bocpd.py - multivariate Bayesian online change point detection, as BARO uses it.

R. P. Adams and D. J. C. MacKay 2007, Bayesian Online Changepoint Detection: the posterior of the
run length, with a constant hazard. The predictive density is the multivariate Student t of a
normal model with a Normal-Wishart prior (K. P. Murphy 2007, Conjugate Bayesian analysis of the
Gaussian distribution, 9). Settings of L. Pham, H. Ha, H. Zhang 2024, BARO (FSE): columns scaled to
0..1, hazard 1/50, a change where a run of length 10 has probability .01 ten rows later.
"""
from math import lgamma, log, pi

import numpy as np

HAZARD = 1 / 50   # chance of a change at a row; larger: more changes
LAG = 10          # rows a change is looked back upon; larger: surer and blind near the end
THRESHOLD = 0.01  # of the posterior; larger: fewer changes
SKIPPED = 5       # first rows that are no change even when nothing passes the threshold


def run_lengths(rows):
    """Posterior [t + 1][r]: after t rows, the run is r rows long. rows [n][d] without gaps."""
    n, d = rows.shape
    posterior = np.zeros((n + 1, n + 1))
    posterior[0, 0] = 1
    # one hypothesis per run length: mean, inverse scale matrix and its determinant's logarithm
    mean, inverse, log_det = np.zeros((n + 1, d)), np.zeros((n + 1, d, d)), np.zeros(n + 1)
    for t, x in enumerate(rows):
        # a new run begins with the prior: mean 0, scale 1
        mean[1:t + 1], mean[0] = mean[:t].copy(), 0
        inverse[1:t + 1], inverse[0] = inverse[:t].copy(), np.eye(d)
        log_det[1:t + 1], log_det[0] = log_det[:t].copy(), 0
        seen = np.arange(t + 1)
        kappa, freedom = 1 + seen, 1 + seen + d
        m, v = mean[:t + 1], inverse[:t + 1]
        far = x - m
        along = np.einsum("rij,rj->ri", v, far)
        distance = np.einsum("ri,ri->r", far, along)
        nu = freedom - d + 1
        scale = kappa / (kappa + 1)
        gamma = np.array([lgamma((k + d) / 2) - lgamma(k / 2) for k in nu.tolist()])
        density = (gamma - d / 2 * log(pi) - 0.5 * log_det[:t + 1] + d / 2 * np.log(scale)
                   - (nu + d) / 2 * np.log1p(scale * distance))
        # weights relative to the best, or all would vanish in many dimensions
        weight = posterior[t, :t + 1] * np.exp(density - density.max())
        posterior[t + 1, 1:t + 2] = weight * (1 - HAZARD)
        posterior[t + 1, 0] = weight.sum() * HAZARD
        total = posterior[t + 1].sum()
        posterior[t + 1] = posterior[t + 1] / total if total > 0 else np.eye(1, n + 1, 0)[0]
        # the scale matrix grows by a rank of one: Sherman and Morrison
        grown = 1 + scale * distance
        inverse[:t + 1] = v - (scale / grown)[:, None, None] * along[:, :, None] * along[:, None, :]
        log_det[:t + 1] += np.log(grown)
        mean[:t + 1] = (kappa[:, None] * m + x) / (kappa + 1)[:, None]
    return posterior


def first_change(rows):
    """Row of the first change, of rows [n][d] with gaps as NAN; None when there are too few."""
    n = len(rows)
    if n < LAG + SKIPPED + 2 or rows.shape[1] == 0:
        return None
    low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    moves = high > low
    if not moves.any():
        return None
    scaled = (rows[:, moves] - low[moves]) / (high - low)[moves]
    for i in range(1, n):  # the last value stands for a gap
        gap = np.isnan(scaled[i])
        scaled[i, gap] = scaled[i - 1, gap]
    posterior = run_lengths(np.nan_to_num(scaled))
    # begun at row t, the run is LAG long LAG rows later
    begun = posterior[LAG:, LAG]
    for t in range(1, len(begun)):
        if begun[t] > THRESHOLD:
            return t
    return SKIPPED + int(np.argmax(begun[SKIPPED:])) if len(begun) > SKIPPED else None
