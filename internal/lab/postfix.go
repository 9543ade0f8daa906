package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const mainCF = `
compatibility_level = 3.6
queue_directory = {dir}/postfix/queue
data_directory = {dir}/postfix/data
maillog_file = {dir}/postfix/log
maillog_file_prefixes = {dir}
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = texthash:{dir}/postfix/users
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
message_size_limit = 20480000
smtpd_tls_cert_file = {dir}/cert.pem
smtpd_tls_key_file = {dir}/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
smtpd_client_connection_rate_limit = 0
smtputf8_enable = yes
`

const masterCF = `
127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

func (s *Servers) startPostfix() error {
	dir := filepath.Join(s.Dir, "postfix")
	for _, sub := range []string{"", "queue", "data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	var users strings.Builder
	for _, u := range Users() {
		fmt.Fprintf(&users, "%s@%s ok\n", u, Domain)
	}
	fill := strings.NewReplacer("{dir}", s.Dir, "{domain}", Domain, "{lmtp}", strconv.Itoa(s.LMTP),
		"{submission}", strconv.Itoa(s.Submission), "{submissions}", strconv.Itoa(s.Submissions))
	for name, text := range map[string]string{"main.cf": mainCF, "master.cf": masterCF, "users": users.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o644); err != nil {
			return err
		}
	}
	if err := run("chown", "postfix", filepath.Join(dir, "data")); err != nil {
		return err
	}
	if err := s.postfix("start"); err != nil {
		return err
	}
	return answers(s.Submission)
}

func (s *Servers) postfix(command string) error {
	return run("postfix", "-c", filepath.Join(s.Dir, "postfix"), command)
}
