"""Writes golden.json: made-up probabilities with outcomes, and what scikit-learn makes of them.

    pip install scikit-learn==1.9.1 numpy && python generate.py > golden.json

Isotonic regression and Platt's sigmoid are scikit-learn's own. Beta calibration is its logistic
regression on ln p and -ln(1 - p), without a penalty to speak of, on Platt's targets (a row counts
once as true and once as false, by its target). The calibration error is counted by numpy.
"""

import json

import numpy as np
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(20201015)
raw = np.round(np.clip(rng.beta(2.0, 2.5, 400), 0.001, 0.999), 3)  # rounded: with ties
truth = 1.0 / (1.0 + np.exp(-(0.6 * np.log(raw) - 1.4 * np.log(1.0 - raw) - 0.4)))
labels = (rng.random(400) < truth).astype(int)
weights = np.round(rng.uniform(0.25, 2.0, 400), 3)
grid = np.round(np.linspace(0.0, 1.0, 51), 2)


def log_odds(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def columns(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.stack([np.log(p), -np.log(1 - p)], axis=1)


isotonic = IsotonicRegression(out_of_bounds="clip").fit(raw, labels, sample_weight=weights)
platt = _SigmoidCalibration().fit(log_odds(raw), labels, sample_weight=weights)
up = weights[labels == 1].sum()
down = weights[labels == 0].sum()
target = np.where(labels == 1, (up + 1) / (up + 2), 1 / (down + 2))
beta = LogisticRegression(C=1e9, tol=1e-12, max_iter=10_000).fit(
    np.concatenate([columns(raw)] * 2),
    np.concatenate([np.ones(400), np.zeros(400)]),
    sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
)

edges = np.linspace(0.0, 1.0, 16)
bins = np.digitize(raw, edges[1:-1])
error = sum(
    abs(raw[bins == b].mean() - labels[bins == b].mean()) * (bins == b).mean() for b in range(15) if (bins == b).any()
)

print(
    json.dumps(
        {
            "raw": raw.tolist(),
            "labels": labels.tolist(),
            "weights": weights.tolist(),
            "grid": grid.tolist(),
            "isotonic": isotonic.predict(grid).tolist(),
            "platt": platt.predict(log_odds(grid)).tolist(),
            "beta": beta.predict_proba(columns(grid))[:, 1].tolist(),
            "beta_coefficients": beta.coef_[0].tolist(),
            "expected_calibration_error": error,
        },
        indent=None,
        separators=(",", ":"),
    )
)
