#!/bin/bash
# one.sh TEST: runs one test program and keeps what it printed in $TAP_LOGS; its status is the test's.
set -o pipefail
name=${1#"$PWD/"}
"$@" | tee "$TAP_LOGS/${name//\//_}.tap"
