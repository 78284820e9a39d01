"""Writes golden.json: made-up log-odds of three members, outcomes, and what scikit-learn and scipy
fit to them.

    pip install scikit-learn==1.5.2 scipy==1.17.1 numpy==2.4.6 && python generate.py > golden.json

- `sklearn`: LogisticRegression on members a and b, whose coefficients come out positive, so that
  the bound at 0 does not matter. `penalty` is 1 / (C * rows).
- `bounded`: the same loss on all three, coefficients not below 0 and shrunk towards 1/3 each.
  Member c speaks against the truth, so that its bound binds where the penalty is weak.
- `simplex`: weights that are not negative and sum to 1, no intercept, no penalty.
"""

import json

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

ROWS = 240
rng = np.random.default_rng(20201015)
truth = rng.normal(size=ROWS)
outcomes = rng.random(ROWS) < 1 / (1 + np.exp(-truth))
said = np.stack(
    [0.8 * truth + rng.normal(size=ROWS) * 0.7, 0.5 * truth + rng.normal(size=ROWS) * 0.5, -truth + 0.6 * rng.normal(size=ROWS)],
    axis=1,
).round(4)


def loss(intercept, weights, penalty=0.0, toward=0.0):
    z = intercept + said @ weights
    fit = np.mean(np.logaddexp(0, np.where(outcomes, -z, z)))
    return fit + 0.5 * penalty * np.sum((weights - toward) ** 2)


def gradient(intercept, weights, penalty=0.0, toward=0.0):
    wrong = (1 / (1 + np.exp(-(intercept + said @ weights))) - outcomes) / ROWS
    return np.append(said.T @ wrong + penalty * (weights - toward), wrong.sum())


def sklearn(penalty):
    model = LogisticRegression(C=1 / (penalty * ROWS), solver="newton-cholesky", tol=1e-14, max_iter=1000)
    model.fit(said[:, :2], outcomes)
    return {"penalty": penalty, "intercept": model.intercept_[0], "weights": model.coef_[0].tolist()}


def bounded(penalty):
    found = minimize(
        lambda x: loss(x[3], x[:3], penalty, 1 / 3),
        np.array([1 / 3] * 3 + [0.0]),
        jac=lambda x: gradient(x[3], x[:3], penalty, 1 / 3),
        bounds=[(0, None)] * 3 + [(None, None)],
        method="L-BFGS-B",
        options={"ftol": 0, "gtol": 1e-12, "maxiter": 10_000},
    )
    return {"penalty": penalty, "intercept": found.x[3], "weights": found.x[:3].tolist()}


def simplex():
    found = minimize(
        lambda w: loss(0.0, w),
        np.full(3, 1 / 3),
        jac=lambda w: gradient(0.0, w)[:3],
        bounds=[(0, 1)] * 3,
        constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(3)}],
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 10_000},
    )
    return {"weights": found.x.tolist(), "log_loss": loss(0.0, found.x)}


print(
    json.dumps(
        {
            "said": said.tolist(),
            "outcomes": outcomes.astype(int).tolist(),
            "sklearn": [sklearn(penalty) for penalty in (1e-4, 1e-2, 0.1, 1.0)],
            "bounded": [bounded(penalty) for penalty in (1e-4, 1e-2, 0.1, 1.0, 100.0)],
            "simplex": simplex(),
        }
    )
)
