#!/bin/sh
# count.sh: passes TAP on and ends it with the line that .ci/run adds up; fails when a test did, or none ran.
awk '{ print } /^ok / { p++ } /^not ok / { f++ } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }'
