# SPDX-License-Identifier: GPL-3.0-or-later
"""Systems, observations and setups of tend.py."""
import array
import csv
import ctypes as c
import json
import operator
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import _tend_c as _c
from _tend_c import Error, f64, p

try:
    import numpy
except ImportError:  # observations are array.array then
    numpy = None


def text(call, *args):
    """A text that the library allocates."""
    out = p()
    call(*args, c.byref(out))
    try:
        return c.string_at(out).decode()
    finally:
        _c.lib.free(out)


def bytes_of(value):
    """A text or a path for C, where a NUL would silently end it."""
    if value is None:
        return None
    data = os.fsencode(value)
    if b"\0" in data:
        raise ValueError(f"{value!r} has a NUL in it")
    return data


def whole(what, value, most=2**31 - 1):
    """An integer from 0 on: ctypes would cut a larger one to its lower bits."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} {value!r}, expected an integer") from None
    if not 0 <= number <= most:
        raise ValueError(f"{what} {number}, expected 0 to {most}")
    return number


def seed_of(value):
    try:
        return whole("seed", value, 2**64 - 1)
    except ValueError:
        raise ValueError(f"seed {value}, expected 0 to 2^64 - 1") from None


def settings(given):
    """The items of a `set` argument."""
    if not isinstance(given or {}, Mapping) or not all(isinstance(x, str) for x in given or ()):
        raise TypeError(f"set: {given!r}, expected a dict of names and values")
    return (given or {}).items()


def row(call, *args):
    """A line of eval's CSV as a dict; numbers as such, several as a list, an empty cell as None."""
    names = next(csv.reader([text(_c.lib.tend_row_header)]))
    cells = next(csv.reader([text(call, *args)]))
    return {name: number(name, cell) for name, cell in zip(names, cells)}


_WORDS = {"system", "fault_type", "fault_service", "fault2_service", "root_cause", "policy",
          "detector", "diagnoser", "state_hash", "config_hash", "preset", "family"}


def number(name, cell):
    if name in _WORDS:
        return cell
    if not cell:
        return None
    if " " in cell:
        return [int(word) for word in cell.split()]
    return int(cell) if cell.lstrip("-").isdigit() else float(cell)


class System:
    """What is watched: names of services, metrics, edges and actions. Made by Env and VecEnv."""

    def __init__(self, pointer, memory):
        self._pointer, self._memory = pointer, memory  # as long as one of them is held
        s = pointer.contents
        self.name, self.step_s = s.name.decode(), s.step_s
        self.S, self.M, self.E, self.A = s.S, s.M, s.E, s.A
        self.services = tuple(s.services[i].name.decode() for i in range(s.S))
        self.metrics = tuple(s.metrics[i].name.decode() for i in range(s.M))
        self.edges = tuple(
            f"{self.services[s.edges[i].caller]}>{self.services[s.edges[i].callee]}"
            for i in range(s.E))
        self.actions = tuple(s.actions[i].name.decode() for i in range(s.A))
        self.entry = self.services[s.entry]

    def __repr__(self):
        return f"<tend.System {self.name}: {self.S} services, {self.A} actions>"


class Obs(Sequence):
    """One tick as numbers, by position or by the name of a column; NAN is missing."""

    def __init__(self, system, tick, columns, values, receipts=()):
        self.system, self.tick, self.columns = system, tick, columns
        self.receipts = list(receipts)
        self._values = array.array("d", values)
        width = system.S * system.M + 2 * system.E + 2 * system.S + 4
        if not len(self._values) == len(columns) == width:
            raise ValueError(f"{len(self._values)} numbers in {len(columns)} columns, "
                             f"expected {width}")

    def __len__(self):
        return len(self._values)

    def __getitem__(self, at):
        return self._values[self.columns.index(at) if isinstance(at, str) else at]

    def __array__(self, dtype=None, copy=None):
        return numpy.array(self._values, dtype=dtype or float)

    def __repr__(self):
        return f"<tend.Obs of {self.system.name} at tick {self.tick}>"

    def _struct(self):
        """A tend_obs over the numbers; valid as long as it and this object."""
        s, at = self.system, c.addressof(f64.from_buffer(self._values))

        def part(offset):
            return c.cast(at + 8 * offset, _c.f64s)
        edge = s.S * s.M
        ready = edge + 2 * s.E
        last = ready + 2 * s.S
        v = self._values
        told = (_c.tend_receipt * len(self.receipts))(
            *[(r["id"], r["action"], r["_state"]) for r in self.receipts])
        return _c.tend_obs(c.sizeof(_c.tend_obs), self.tick, part(0), part(edge), part(ready),
                        part(ready + s.S), v[last], v[last + 1], v[last + 2],
                        v[last + 3] > 0, told, len(self.receipts))


def receipts(obs):
    return [{"id": r.id, "action": r.action, "state": _c.lib.tend_receipt_name(r.state).decode(),
             "_state": r.state} for r in obs.receipt[:obs.receipts]]


class _Memory:
    """Of a tend_sim_setup: freed with the last System that leads into it, and in no circle."""

    def __init__(self, pointer):
        self._pointer = pointer

    def __del__(self):
        if _c and _c.lib:
            _c.lib.tend_sim_setup_close(self._pointer)


class Setup:
    """A tend_sim_setup and what is asked of it again and again."""

    def __init__(self, system, scenario, steps, set, draw):
        options = _c.lib.tend_sim_usual()
        if system is None:
            raise TypeError("system None, expected a file or an example's name")
        options.steps = steps = whole("steps", steps)
        if scenario is not None:
            text = scenario_text(scenario)
            options.scenario, options.scenario_length = text, len(text)
            named = "scenario" if isinstance(scenario, dict) else scenario
            options.scenario_name = bytes_of(named)
        for name in ("fault", "target", "family", "preset"):
            setattr(options, name, bytes_of(draw.pop(name, None)))
        for name in ("severity", "healthy", "compound"):
            value = draw.pop(name, None)
            setattr(options, name, float("nan") if value is None else value)
        if draw:
            raise TypeError(f"unknown argument {sorted(draw)[0]!r}")
        words = [world(k, v) for k, v in settings(set)]
        options.set = (c.c_char_p * (len(words) + 1))(*words, None)
        out = p()
        _c.lib.tend_sim_setup_open(bytes_of(system), c.byref(options), c.byref(out))
        self.pointer, memory = out, _Memory(out)
        self.system = System(_c.lib.tend_sim_system(out), memory)
        self.steps = steps
        self.columns = tuple(self._column(i) for i in range(_c.lib.tend_vec_columns(out)))

    def _column(self, i):
        room = _c.lib.tend_vec_column(self.pointer, i, None, 0) + 1
        name = c.create_string_buffer(room)
        _c.lib.tend_vec_column(self.pointer, i, name, room)
        return name.value.decode()


def scenario_text(scenario):
    if isinstance(scenario, dict):
        return json.dumps(scenario).encode()
    places = [Path(scenario)]
    if "/" not in str(scenario):
        places += [folder / "scenarios" / f"{scenario}.json" for folder in examples()]
    path = next((place for place in places if place.is_file()), places[0])
    try:
        return path.read_bytes()
    except OSError as error:
        raise Error(f"{scenario}: {error.strerror}", 6) from error


def examples():
    yield Path("examples")
    for folder in Path(__file__).resolve().parents:
        yield folder / "examples"
        yield folder / "share" / "tend" / "examples"


def world(name, value):
    if not name.startswith("world."):
        raise ValueError(f"set: {name!r}, expected world.PARAMETER (tend params sim)")
    return bytes_of(f"{name[6:]}={float(value)!r}")


def action_of(given, actions, where="env.actions"):
    """The number that was given for an action; a name is not one."""
    try:
        return operator.index(given)
    except TypeError:
        hint = f": {where}.index({given!r}) is one" if given in actions else ""
        raise TypeError(f"action {given!r}, expected an integer, an index of {where}, 0 to "
                        f"{len(actions) - 1}{hint}") from None


def of(names, index):
    return names[index] if index >= 0 else None
