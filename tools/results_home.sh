#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results_home.sh TEND - makes results/home.md anew: every figure with the command that printed it.
#
# Training draws seeds 1..100,000, reports 200,001 and up. EPISODES=100 gives a quick look. The
# CSVs stay in build/results; the page appears when every command has succeeded.
set -eu
tend=$1
episodes=${EPISODES:-1000}
training=${TRAINING:-2000}
work=build/results
page=$work/home.md
# shellcheck source=tools/results_page.sh
. tools/results_page.sh
test_seeds="--preset calm --seed0 200001 --episodes $episodes --steps 240"

say "# At home"
say ""
say "The systems tend was made on; of those it was not see [README.md](README.md)."
say "Made by \`make results-home\`: tend $("$tend" --version | head -n 1 | sed 's/^tend //'), $episodes test"
say "episodes of 240 steps from seed 200,001 on; training seeds start at 1. Files are in build/results."
say "Machine: $(machine)."
say ""

say "## Learning"
say ""
say "The default agent (iforest + blend + ucb), trained on $training episodes:"
say ""
show eval --preset calm --seed0 1 --episodes "$training" --steps 240 --learn --policy-out "$work/policy.json" \
    --out "$work/training.csv"

say "## Default system"
say ""
# shellcheck disable=SC2086
{
    show eval $test_seeds --policy-in "$work/policy.json" --out "$work/trained.csv"
    say "The same, before any training:"
    say ""
    show eval $test_seeds --out "$work/untrained.csv"
    for policy in rules noop random; do
        say "### $policy"
        say ""
        show eval $test_seeds --policy $policy --out "$work/$policy.csv"
    done
    say "### The original recipe (examples/agents/seed.json)"
    say ""
    show eval $test_seeds --agent examples/agents/seed.json --out "$work/seed.csv"
    say "The same, trained as the default agent was, and with the playbook as its prior:"
    say ""
    quiet eval --preset calm --seed0 1 --episodes "$training" --steps 240 --agent seed --learn \
        --policy-out "$work/seed_policy.json"
    show eval $test_seeds --agent seed --policy-in "$work/seed_policy.json" \
        --out "$work/seed_trained.csv"
    set -- --agent seed --set policy.raw=0 --set policy.prior=4
    quiet eval --preset calm --seed0 1 --episodes "$training" --steps 240 "$@" --learn \
        --policy-out "$work/seed_playbook_policy.json"
    show eval $test_seeds "$@" --policy-in "$work/seed_playbook_policy.json" \
        --out "$work/seed_playbook_trained.csv"
}
say "## Paired differences, default system"
say ""
for other in rules untrained seed noop; do
    show compare "$work/$other.csv" "$work/trained.csv"
done

say "## Headroom: one fixed action at every alarm"
say ""
for arm in 1 2 3 4 5 6; do
    # shellcheck disable=SC2086
    show eval $test_seeds --policy fixed --set policy.arm=$arm --out "$work/fixed$arm.csv"
done

say "## The same in a real world"
say ""
say "Noise of the instruments, life in the background, faint and growing faults, actions that fail:"
say "\`--preset real\`, which is what eval plays when nothing else is said. Nothing has been tuned on it."
say ""
real="--preset real --seed0 200001 --episodes $episodes --steps 240"
for system in default shop; do
    for policy in noop rules; do
        # shellcheck disable=SC2086
        show eval $real --system $system --policy $policy --out "$work/real-$system-$policy.csv"
    done
    # shellcheck disable=SC2086
    {
        show eval $real --system $system --out "$work/real-$system-ucb.csv"
        show eval $real --system $system --policy-in "$work/policy.json" \
            --out "$work/real-$system-trained.csv"
    }
    show compare "$work/real-$system-rules.csv" "$work/real-$system-trained.csv"
done

say "## Healthy episodes"
say ""
# shellcheck disable=SC2086
show eval $test_seeds --healthy 1 --policy-in "$work/policy.json" --out "$work/healthy.csv"

say "## Guard: 10,000 episodes of a random policy, audited action by action"
say ""
show eval --seed0 300001 --episodes $((episodes * 10)) --steps 240 --policy random \
    --gate 'violations==0' --out "$work/guard.csv"

say "## Root causes on larger systems, blend against correlation"
say ""
for system in default shop layered40; do
    share=$test_seeds
    file=examples/systems/$system.json
    for diagnoser in blend correlation; do
        # shellcheck disable=SC2086
        quiet eval $share --system "$file" --policy rules --diagnoser $diagnoser \
            --out "$work/$system-$diagnoser.csv"
    done
    show compare "$work/$system-correlation.csv" "$work/$system-blend.csv"
done

say "## The same incident at other scrape intervals"
say ""
say '```'
tools/same_incident.py --tend "$tend" --seed0 200001 --count 200 >>"$page" || [ $? = 1 ]
say '```'
say ""

say "## What learning brings"
say ""
say "Five learning runs of seeds of their own, on the same test seeds at each point:"
say ""
for world in calm real; do
    show learn --preset $world --episodes 300 --out "$work/curve-$world.csv"
done

say "## Speed"
say ""
say '```'
tools/bench.sh "$tend" >>"$page"
say '```'
{
    sed -n '1,/^## /p' "$page" | sed '$d'
    echo "## At a glance"
    echo
    echo "Every eval below in one row: shares in %, 95 % intervals in brackets."
    echo
    tools/headline.py "$page"
    echo
    sed -n '/^## /,$p' "$page"
} >"$page.whole"
mv "$page.whole" results/home.md
echo "results/home.md is made anew" >&2
