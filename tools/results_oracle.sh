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
episodes=${EPISODES:-40}

# NAME WORD...: what policies make of the same episodes. Where steps are lost is searched for two of
# them; the others are held against the best plan that is known by then.
against() {
    rows="$work/oracle-$1"
    shift
    show eval "$@" --policy noop --oracle --oracle-cache "$cache" --out "$rows-noop.csv"
    show eval "$@" --oracle --oracle-cache "$cache" --out "$rows-ucb.csv"
    quiet eval "$@" --policy rules --out "$rows-rules.csv"
    quiet eval "$@" --policy rules --set policy.hold=16 --out "$rows-rules16.csv"
    quiet eval "$@" --policy-in "$work/policy-real.json" --out "$rows-trained.csv"
    quiet eval "$@" --policy random --out "$rows-random.csv"
    names="rules rules16 ucb trained random"
    for arm in 1 2 3 4 5 6; do
        for hold in 5 20 60; do
            quiet eval "$@" --policy fixed --set policy.arm=$arm --set policy.hold=$hold \
                --out "$rows-fixed$arm-$hold.csv"
            names="$names fixed$arm-$hold"
        done
    done
    # shellcheck disable=SC2086 # a list of names
    closed $names
}

# NAME...: of each what `tend compare` says of the gap it closes, and of plans it shows to be poor
closed() {
    say "\`tend compare $rows-noop.csv $rows-NAME.csv | grep -A 1 gap_closed\`, of each NAME; fixedA-H is one action A"
    say "for everything, at most every H seconds:"
    say ""
    say '```'
    for name in "$@"; do
        say "$name"
        "$tend" compare "$rows-noop.csv" "$rows-$name.csv" | grep -A 1 gap_closed >>"$page"
    done
    say '```'
    say ""
}

say "# Against the oracle"
say ""
say "How much of what could have been won was won: the best plan that a beam search with the truth at hand finds"
say "([docs/simulator.md](../docs/simulator.md), 10), from the onset on, in the world \`real\`. Made by \`make results-oracle\` on"
say "$(machine), with tend $("$tend" --version | head -n 1 | sed 's/^tend //')."
say ""
quiet eval --preset real --seed0 1 --episodes 2000 --learn --policy-out "$work/policy-real.json"
say "## Twenty systems nobody saw"
say ""
against suite --suite oracle
for system in default shop; do
    say "## $system"
    say ""
    against "$system" --system $system --seed0 200001 --episodes "$episodes"
done
mv "$page" results/oracle.md
echo "results/oracle.md is made anew" >&2
