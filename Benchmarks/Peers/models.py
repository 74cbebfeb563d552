"""The peers: each takes one value after another and forecasts some steps ahead of the last one taken."""

import collections
import math

import numpy
from river import forest, linear_model, optim, preprocessing, time_series
from statsforecast import models as batch


def scaled(regressor):
    """A regression whose inputs and target are standardised; without the latter river's are far off."""
    return preprocessing.StandardScaler() | preprocessing.TargetStandardScaler(regressor=regressor)


class HoltWinters:
    """river's Holt-Winters, additive, with the season given and the parameters that foretail's own has."""

    def __init__(self, season, steps):
        self.steps = steps
        self.model = time_series.HoltWinters(alpha=0.6, beta=0.005, gamma=0.15, seasonality=season)
        # The level and the season's values come from the first season; before that there is no forecast.
        self.least = season + 1

    def learn(self, value):
        self.model.learn_one(value)

    def forecast(self):
        every = self.model.forecast(horizon=max(self.steps))
        return [every[step - 1] for step in self.steps]


class Snarimax:
    """river's SNARIMAX: eight lags and two of the season, on a linear regression.

    Faster gradients, or lags of the errors, are better on some series and run away to infinity on others.
    """

    def __init__(self, season, steps):
        self.steps = steps
        self.model = time_series.SNARIMAX(
            p=8, d=0, q=0, m=season, sp=2, sd=0, sq=0, regressor=scaled(linear_model.LinearRegression(optim.SGD(0.001))))
        self.least = 2 * season + 8

    def learn(self, value):
        self.model.learn_one(value)

    def forecast(self):
        every = self.model.forecast(horizon=max(self.steps))
        return [every[step - 1] for step in self.steps]


class Lags:
    """One river regression per step, on eight lags and seven values around the target one season and seven seasons back."""

    def __init__(self, season, steps, regressor):
        self.season, self.steps = season, steps
        self.models = [regressor() for _ in steps]
        self.waiting = [collections.deque() for _ in steps]
        self.values = []
        self.least = season + 8

    def inputs(self, step):
        values, count = self.values, len(self.values)
        target = count + step - 1
        back = math.ceil(step / self.season) * self.season
        week = math.ceil(step / (7 * self.season)) * 7 * self.season
        places = [count - lag for lag in range(1, 9)]
        places += [min(target - back + around, count - 1) for around in (-1, 0, 1)]
        places += [count - self.season]
        places += [min(target - week + around, count - 1) for around in (-1, 0, 1)]
        return {number: values[place] if place >= 0 else values[max(target - back, 0)]
                for number, place in enumerate(places)}

    def learn(self, value):
        for step, model, waiting in zip(self.steps, self.models, self.waiting):
            # What was seen when this value lay `step` ahead.
            if len(waiting) == step:
                model.learn_one(waiting.popleft(), value)
        self.values.append(value)
        if len(self.values) >= self.least:
            for step, waiting in zip(self.steps, self.waiting):
                waiting.append(self.inputs(step))

    def forecast(self):
        return [model.predict_one(waiting[-1]) for model, waiting in zip(self.models, self.waiting)]


class Refitted:
    """A statsforecast model, fitted to a window every so many values; between, its states follow with parameters fixed."""

    def __init__(self, steps, make, window, every):
        self.steps, self.make, self.window, self.every = steps, make, window, every
        self.values, self.model, self.fitted = [], None, 0
        self.least = 32

    def learn(self, value):
        self.values.append(value)

    def forecast(self):
        recent = numpy.array(self.values[-self.window:])
        if self.model is None or len(self.values) - self.fitted >= self.every:
            self.model, self.fitted = self.make(), len(self.values)
            self.model.fit(recent)
            every = self.model.predict(h=max(self.steps))["mean"]
        else:
            every = self.model.forward(y=recent, h=max(self.steps))["mean"]
        return [float(every[step - 1]) for step in self.steps]


class SeasonalNaive:
    """statsforecast's seasonal naive, refitted at every origin: that is all there is to it."""

    def __init__(self, season, steps):
        self.season, self.steps, self.values, self.least = season, steps, [], season

    def learn(self, value):
        self.values.append(value)

    def forecast(self):
        model = batch.SeasonalNaive(season_length=self.season)
        every = model.forecast(y=numpy.array(self.values[-self.season:]), h=max(self.steps))["mean"]
        return [float(every[step - 1]) for step in self.steps]


def all_models(options):
    """Names and makers: each maker takes the season and the steps."""

    def refitted(make):
        return lambda season, steps: Refitted(
            steps, lambda: make(season), max(options.window, 3 * season), options.every)

    def short(season):
        # Exponential smoothing in statsforecast is for two dozen phases at most.
        return season if season <= 24 else 1

    return {
        "statsforecast SeasonalNaive": SeasonalNaive,
        "statsforecast AutoETS": refitted(lambda season: batch.AutoETS(season_length=short(season))),
        "statsforecast AutoTheta": refitted(lambda season: batch.AutoTheta(season_length=season)),
        "statsforecast DynamicOptimizedTheta": refitted(
            lambda season: batch.DynamicOptimizedTheta(season_length=season)),
        # With a season one fit takes minutes.
        "statsforecast AutoARIMA": refitted(lambda season: batch.AutoARIMA(season_length=1)),
        "river HoltWinters": HoltWinters,
        "river SNARIMAX": Snarimax,
        "river BayesianLinearRegression on lags": lambda season, steps: Lags(
            season, steps, lambda: scaled(linear_model.BayesianLinearRegression())),
        "river ARFRegressor on lags": lambda season, steps: Lags(
            season, steps, lambda: forest.ARFRegressor(n_models=5, seed=1)),
    }
