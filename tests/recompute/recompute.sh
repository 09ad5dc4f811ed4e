#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# recompute.sh TEND EPISODES DIR [SUITE.json...] - plays EPISODES of each kind below and of each suite
# into DIR and holds every column of their rows against their traces.
set -eu
tend=$1 episodes=$2 dir=$3
shift 3
here=$(dirname "$0")
n=0
suites=$*
set --
play() { # OPTION...: one table and its traces
    n=$((n + 1))
    mkdir -p "$dir/$n/noop"
    "$tend" eval --episodes "$episodes" --quiet --traces "$dir/$n" --out "$dir/$n.csv" "$@"
    "$tend" eval --episodes "$episodes" --quiet --traces "$dir/$n/noop" "$@" --policy noop
}
play --preset calm --policy ucb
play --preset calm --agent seed --compound 1
play --preset rough --policy rules --system shop
play --preset real --policy noop --system shop --compound 0.5
play --preset real --policy random --family two
play --preset rough --policy rules --family two --system shop
play --preset real --policy rules --family twice
play --preset rough --policy random --family twice --system shop
play --preset rough --policy ucb --family crowd
play --preset real --policy ucb --family strange --system shop
play --preset rough --policy rules --family strange --system shop
play --preset rough --policy ucb --family quiet --system shop
play --preset real --policy rules --detector threshold --diagnoser impact --set guard.escalate=2
for k in $(seq "$n"); do
    set -- "$@" "$dir/$k.csv" "$dir/$k"
done
for suite in $suites; do # of a few systems and episodes each
    name=$dir/suite-$(basename "$suite" .json)
    mkdir -p "$name/noop"
    "$here/thin.py" "$episodes" "$suite" >"$name.json"
    "$tend" eval --suite "$name.json" --policy ucb --quiet --traces "$name" --out "$name.csv"
    "$tend" eval --suite "$name.json" --policy noop --quiet --traces "$name/noop"
    set -- "$@" --by-row "$name.csv" "$name"
done
python3 "$here/recompute.py" --filled "$@"
