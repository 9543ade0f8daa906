package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// dovecotConf is the configuration of Dovecot 2.3. Its brace-delimited blocks
// must not be written on one line.
const dovecotConf = `
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
auth_username_format = %Ln
mail_location = maildir:{dir}/mail/%n
first_valid_uid = 1
mail_max_userip_connections = 100
mail_fsync = never
default_vsz_limit = 2G
login_trusted_networks = 127.0.0.0/8
auth_failure_delay = 0
passdb {
  driver = static
  args = password={plain}{password}
}
userdb {
  driver = static
  args = uid={uid} gid={gid} home={dir}/home/%n
}
namespace inbox {
  inbox = yes
  mailbox Drafts {
    special_use = \Drafts
    auto = create
  }
  mailbox Sent {
    special_use = \Sent
    auto = create
  }
  mailbox Trash {
    special_use = \Trash
    auto = create
  }
  mailbox Archive {
    special_use = \Archive
    auto = create
  }
  mailbox Junk {
    special_use = \Junk
    auto = create
  }
}
{plugins}
service imap-login {
  inet_listener imap {
    port = {imap}
  }
  inet_listener imaps {
    port = {imaps}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = {pop3}
  }
  inet_listener pop3s {
    port = {pop3s}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = {lmtp}
  }
}
service auth {
  unix_listener {dir}/auth {
    mode = 0666
  }
}
`

func (s *Servers) startDovecot() error {
	uid, gid, err := ids()
	if err != nil {
		return err
	}
	for _, sub := range []string{"run", "state", "mail", "home"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, sub), 0o755); err != nil {
			return err
		}
	}
	for _, sub := range []string{"mail", "home"} {
		if err := os.Chown(filepath.Join(s.Dir, sub), uid, gid); err != nil {
			return err
		}
	}
	plugins := ""
	if exists("/usr/lib/dovecot/modules/lib30_imap_zlib_plugin.so") { // for COMPRESS
		plugins = "protocol imap {\n  mail_plugins = $mail_plugins zlib imap_zlib\n}"
	}
	conf := strings.NewReplacer("{dir}", s.Dir, "{plugins}", plugins, "{password}", Password,
		"{uid}", strconv.Itoa(uid), "{gid}", strconv.Itoa(gid),
		"{imap}", strconv.Itoa(s.IMAP), "{imaps}", strconv.Itoa(s.IMAPS),
		"{pop3}", strconv.Itoa(s.POP3), "{pop3s}", strconv.Itoa(s.POP3S), "{lmtp}", strconv.Itoa(s.LMTP)).Replace(dovecotConf)
	if err := os.WriteFile(s.dovecotConf(), []byte(conf), 0o644); err != nil {
		return err
	}
	return s.StartDovecot()
}

func (s *Servers) dovecotConf() string { return filepath.Join(s.Dir, "dovecot.conf") }

// StartDovecot starts Dovecot again after [Servers.StopDovecot].
func (s *Servers) StartDovecot() error {
	if err := run("dovecot", "-c", s.dovecotConf()); err != nil {
		return err
	}
	return answers(s.IMAP)
}

// StopDovecot takes Dovecot down, with every connection to it, and returns when
// it is gone.
func (s *Servers) StopDovecot() error {
	b, err := os.ReadFile(filepath.Join(s.Dir, "run", "master.pid"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop dovecot: %w", err)
	}
	for deadline := time.Now().Add(15 * time.Second); syscall.Kill(pid, 0) == nil; {
		if time.Now().After(deadline) {
			return fmt.Errorf("stop dovecot: process %d stays", pid)
		}
		time.Sleep(10 * time.Millisecond) // it is not our child, so there is nothing to wait on
	}
	return nil
}
