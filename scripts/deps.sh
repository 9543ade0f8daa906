#!/bin/sh
# Installs the servers that the end-to-end tests run, where they are missing
# and this machine is a Debian one that lets us. Elsewhere it says what is
# missing, and those tests say that they were left out.
set -u
missing=
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd dovecot-pop3d dovecot-lmtpd"
for p in dovecot-pop3d dovecot-lmtpd; do
	case "$missing" in *"$p"*) continue ;; esac
	command -v dpkg >/dev/null && ! dpkg -s "$p" >/dev/null 2>&1 && missing="$missing $p"
done
command -v postfix >/dev/null || [ -x /usr/sbin/postfix ] || missing="$missing postfix"
command -v openssl >/dev/null || missing="$missing openssl"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "deps: not installed, and cannot be from here:$missing (the end-to-end tests will say that they were left out)" >&2
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# The packages start system-wide servers when they are installed; the tests run
# private ones, so nothing is to be started.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy
	trap 'rm -f $policy' EXIT
fi
apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 ||
	{ apt-get update >/dev/null 2>&1 && apt-get install -y --no-install-recommends $missing >/dev/null; }
