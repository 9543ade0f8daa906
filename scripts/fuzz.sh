#!/bin/sh
# Fuzzes what reads the bytes of strangers: every target of mail and its parts,
# each for FUZZTIME, two at a time. An input that fails is written to testdata/fuzz
# of its package, where go test tries it from then on.
set -u
export FUZZTIME="${FUZZTIME:-30s}"
targets=$(go test -list '^Fuzz' ./mail/... | awk '
	/^Fuzz/ { list[n++] = $1 }
	/^ok/   { for (i = 0; i < n; i++) print $2, list[i]; n = 0 }')
[ -n "$targets" ] || { echo "fuzz: no targets were found" >&2; exit 1; }
# An input of interest is made smaller by 100 tries only: by the 60 s that are usual
# it would take all the time. Where the time ends while an input is tried, go test
# fails with these words and no input (go.dev/issue/75804).
echo "$targets" | xargs -P 2 -n 2 sh -c '
	out=$(go test -run "^$" -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 100x -parallel 1 "$1" 2>&1)
	if [ $? != 0 ] && [ "$(echo "$out" | grep "^    ")" != "    context deadline exceeded" ]; then
		echo "$1 $2: FAIL"
		echo "$out"
		exit 1
	fi
	echo "$1 $2: $(echo "$out" | grep "^fuzz: " | tail -n 1)"' fuzz
