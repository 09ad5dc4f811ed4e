#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# results.sh TEND - makes results/README.md anew: every policy on every suite in every world. KEEP=1:
# what is in build/results/suites is not played again.
set -eu
tend=$1
work=build/results/suites
page=$work/README.md
# shellcheck source=tools/results_page.sh
. tools/results_page.sh
[ -n "${KEEP:-}" ] || rm -f "$work"/*.csv "$work"/*.json "$work"/*.compare
say "# Results"
say ""
say "What each policy makes of systems, worlds and incidents frozen as suites (\`examples/suites\`), beside those"
say "that know nothing: intervals are 95 %, of means and shares, over systems drawn anew. What it tells is in"
say "[findings.md](findings.md); the systems tend was made on have a page of their own, [home.md](home.md), and what"
say "could have been done with the truth at hand another, [oracle.md](oracle.md)."
say ""
say "- **rules** is a playbook of static thresholds, with a hold of 8 s and of 16 s between two actions;"
say "- **blind** scales the suspect up at every alarm: of the policies with one action for everything the best on"
say "  systems of abroad-dev ([oracle.md](oracle.md));"
say "- **recipe** is the original one (examples/agents/seed.json): fitted once, correlated with itself. It learns by"
say "  the names of services, so that nothing of it can be taken to another system; **recipe, playbook** learns by"
say "  symptoms, with the playbook as its prior;"
say "- **ucb** is the default agent before any training, **trained** after 2,000 episodes on the default system in"
say "  the real world, **trained calm** in the calm one."
say ""
tools/standings.py "$tend" "$work" >>"$page"
say ""
say "Made by \`make results\`: tend $("$tend" --version | head -n 1 | sed 's/^tend //') on"
say "$(machine)."
mv "$page" results/README.md
echo "results/README.md is made anew" >&2
