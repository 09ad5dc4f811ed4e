#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_oracle.sh TEND - makes results/oracle.md anew: policies against the best plan that a search
# with the truth at hand finds. Plans are kept in build/results/oracle.cache: most of the time is theirs.
set -eu
tend=$1
work=build/results
page=$work/oracle.md
# shellcheck source=tools/results_page.sh
. tools/results_page.sh
cache=$work/oracle.cache
episodes=${EPISODES:-100}

# what a policy makes of the same episodes, one after the other
against() { # NAME WORD...: of the worlds
    name=$1
    shift
    rows="$work/oracle-$name"
    show eval "$@" --policy noop --oracle --oracle-cache "$cache" --out "$rows-noop.csv"
    show eval "$@" --policy rules --oracle --oracle-cache "$cache" --out "$rows-rules.csv"
    show eval "$@" --policy rules --set policy.hold=16 --oracle --oracle-cache "$cache" \
        --out "$rows-rules16.csv"
    show eval "$@" --oracle --oracle-cache "$cache" --out "$rows-ucb.csv"
    show eval "$@" --policy-in "$work/policy-real.json" --oracle --oracle-cache "$cache" \
        --out "$rows-trained.csv"
}

say "# Against the oracle"
say ""
say "How much of what could have been won was won: the best plan that a beam search with the truth at hand finds"
say "([docs/simulator.md](../docs/simulator.md), 10), from the onset on. Made by \`make results-oracle\` on"
say "$(machine), with tend $("$tend" --version | head -n 1 | sed 's/^tend //')."
say ""
quiet eval --preset real --seed0 1 --episodes 2000 --learn --policy-out "$work/policy-real.json"
say "## Twenty systems nobody saw"
say ""
against suite --suite oracle
for world in calm real; do
    for system in default shop; do
        say "## $system, $world"
        say ""
        against "$system-$world" --system $system --preset $world --seed0 200001 --episodes "$episodes"
    done
done
mv "$page" results/oracle.md
echo "results/oracle.md is made anew" >&2
