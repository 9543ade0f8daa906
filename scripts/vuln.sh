#!/bin/sh
# Looks for known vulnerabilities, where the database of them can be reached.
out=$($1 govulncheck ./... 2>&1)
code=$?
case "$out" in
*"dial tcp"* | *"no such host"* | *"fetching vulnerabilities"* | *"connection refused"* | *"Forbidden"*)
	echo "govulncheck was left out: its database cannot be reached from here"
	exit 0
	;;
esac
echo "$out"
exit $code
