# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of gymnasium as its check_env looks at, put in its place, and the checks it makes.

gymnasium is not packaged for Debian. What it asks of an environment is written down in its
documentation: Env as a base class, reset(seed, options) that seeds np_random, spaces that contain
what is shown, a step of five, reproducible episodes.
"""
import sys
import types

import numpy

gymnasium = types.ModuleType("gymnasium")


class Env:
    _np_random = None

    def reset(self, *, seed=None, options=None):
        if seed is not None:
            self._np_random = numpy.random.Generator(numpy.random.PCG64(seed))

    @property
    def unwrapped(self):
        return self


class Box:
    def __init__(self, low, high, shape, dtype):
        self.low, self.high = numpy.full(shape, low), numpy.full(shape, high)
        self.shape, self.dtype = shape, numpy.dtype(dtype)

    def contains(self, x):
        return bool(isinstance(x, numpy.ndarray) and numpy.can_cast(x.dtype, self.dtype)
                    and x.shape == self.shape and numpy.all(x >= self.low)
                    and numpy.all(x <= self.high))

    def __contains__(self, x):
        return self.contains(x)


class Discrete:
    def __init__(self, n):
        self.n = n

    def sample(self):
        return numpy.int64(self.n - 1)


gymnasium.Env = Env
gymnasium.spaces = types.SimpleNamespace(Box=Box, Discrete=Discrete)
sys.modules["gymnasium"] = gymnasium
import tend  # noqa: E402

for system, options in (("default", {}), ("shop", {"missing": -1}),
                        ("default", {"set": {"world.missing": 0.5}})):
    env = tend.Env(system, **options)
    assert isinstance(env, Env) and env.unwrapped is env
    assert env.render_mode is None and env.metadata["render_modes"] == []
    obs, info = env.reset()
    assert obs in env.observation_space and isinstance(info, dict)
    assert obs.dtype == numpy.float64
    assert numpy.zeros(3) not in env.observation_space and "text" not in env.observation_space
    first, _ = env.reset(seed=123)
    state = env._np_random.bit_generator.state
    second, _ = env.reset(seed=123, options={})
    assert numpy.array_equal(first, second, equal_nan=True)
    assert env._np_random.bit_generator.state == state
    third, _ = env.reset(seed=456)
    assert env._np_random.bit_generator.state != state
    obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
    assert obs in env.observation_space
    assert isinstance(reward, float) and not numpy.isnan(reward)
    assert isinstance(terminated, bool) and isinstance(truncated, bool)
    assert info["action_mask"].dtype == numpy.int8
    assert env.action_space.n == len(env.actions)
    env.close()
    env.close()
