#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# data.sh DIR NAME... - unpacks data archives into DIR, once; prints DIR when something is there.
#
# The archives live beside the checkout (../shared/data/NAME.tar.xz); without them nothing is
# printed, and tests that need them say so.
set -eu
dir=$1
shift
from=$(dirname "$0")/../../shared/data
for name; do
    [ -d "$dir/$name" ] && continue
    [ -f "$from/$name.tar.xz" ] || continue
    mkdir -p "$dir"
    rm -rf "$dir/.$name"
    mkdir "$dir/.$name"
    tar xJf "$from/$name.tar.xz" -C "$dir/.$name" --no-same-owner
    mv "$dir/.$name/$name" "$dir/$name"
    rmdir "$dir/.$name"
done
if [ -d "$dir" ]; then
    cd "$dir" && pwd
fi
