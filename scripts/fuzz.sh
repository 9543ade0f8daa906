#!/bin/sh
# Fuzzes what reads the bytes of strangers: every target of mail, account and their
# parts, each for FUZZTIME, two at a time. Those that read first what comes from
# anybody are fuzzed for FUZZFIRST. An input that fails is written to testdata/fuzz
# of its package, where go test tries it from then on.
set -u
export FUZZTIME="${FUZZTIME:-30s}" FUZZFIRST="${FUZZFIRST:-${FUZZTIME:-30s}}"
first='posthorn/mail/message FuzzParse
posthorn/mail/message FuzzHeader
posthorn/mail/message FuzzBlocks
posthorn/mail/render FuzzHTML
posthorn/mail/render FuzzCalendar
posthorn/mail/archive FuzzList
posthorn/mail/tnef FuzzParse'
targets=$(go test -list '^Fuzz' ./mail/... ./account/... | awk '
	/^Fuzz/ { list[n++] = $1 }
	/^ok/   { for (i = 0; i < n; i++) print $2, list[i]; n = 0 }')
[ -n "$targets" ] || { echo "fuzz: no targets were found" >&2; exit 1; }
echo "$first" | while read -r target; do
	echo "$targets" | grep -Fqx "$target" || { echo "fuzz: there is no $target" >&2; exit 1; }
done || exit 1
# An input of interest is made smaller by 100 tries only: by the 60 s that are usual
# it would take all the time. Where the time ends while an input is tried, go test
# fails with these words and no input (go.dev/issue/75804).
{
	echo "$first" | sed "s/\$/ $FUZZFIRST/"
	echo "$targets" | grep -Fvx "$first" | sed "s/\$/ $FUZZTIME/"
} | xargs -P 2 -n 3 sh -c '
	out=$(go test -run "^$" -fuzz "^$2\$" -fuzztime "$3" -fuzzminimizetime 100x -parallel 1 "$1" 2>&1)
	if [ $? != 0 ] && [ "$(echo "$out" | grep "^    ")" != "    context deadline exceeded" ]; then
		echo "$1 $2: FAIL"
		echo "$out"
		exit 1
	fi
	echo "$1 $2: $(echo "$out" | grep "^fuzz: " | tail -n 1)"' fuzz
