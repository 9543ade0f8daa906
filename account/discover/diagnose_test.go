package discover

import (
	"errors"
	"net"
	"strings"
	"testing"

	"posthorn/account"
)

func TestDiagnose(t *testing.T) {
	a := newAuthority(t)
	const host = "mail.example.org"
	cfg := a.issue(t, host)
	imap := port{cfg: cfg, greeting: "* OK ready"}
	for _, tt := range []struct {
		name     string
		protocol Protocol
		tls      account.TLS
		here     port
		others   portMap // of the usual ports
		problem  Problem
		kind     account.Kind
		says     string
		right    string
	}{
		{name: "well", protocol: IMAP, tls: account.Implicit, here: imap},
		{name: "well, STARTTLS", protocol: IMAP, tls: account.StartTLS, here: imapPort("STARTTLS")},
		{name: "well, STLS", protocol: POP3, tls: account.StartTLS, here: pop3Port("STLS")},
		{name: "well, submission", protocol: SMTP, tls: account.StartTLS, here: smtpPort("STARTTLS")},
		{name: "well, none wanted", protocol: IMAP, tls: account.Plain, here: imapPort("")},
		{name: "a greeting where TLS is set up", protocol: IMAP, tls: account.Implicit, here: imapPort("STARTTLS"),
			problem: SpeaksPlain, kind: account.NoTLS, says: "the server does not speak TLS on this port", right: "2143 starttls"},
		{name: "the same, which cannot begin TLS", protocol: SMTP, tls: account.Implicit, here: smtpPort("AUTH PLAIN"),
			others:  portMap{host + ":465": {cfg: cfg, greeting: "220 ready"}},
			problem: SpeaksPlain, kind: account.NoTLS, says: "the server does not speak TLS on this port", right: "465 implicit"},
		{name: "TLS where STARTTLS is set up", protocol: IMAP, tls: account.StartTLS, here: imap,
			problem: SpeaksTLS, kind: account.NoTLS, says: "speaks TLS from the first octet", right: "2143 implicit"},
		{name: "TLS, which says nothing", protocol: POP3, tls: account.Plain, here: port{cfg: cfg, greeting: "+OK ready"},
			problem: SpeaksTLS, kind: account.NoTLS, says: "speaks TLS from the first octet", right: "2143 implicit"},
		{name: "STARTTLS is not offered", protocol: IMAP, tls: account.StartTLS, here: imapPort(""), others: portMap{host + ":993": imap},
			problem: NoStartTLS, kind: account.NoTLS, says: "does not offer to begin TLS", right: "993 implicit"},
		{name: "SMTP where IMAP is wanted", protocol: IMAP, tls: account.Implicit, here: port{cfg: cfg, greeting: "220 mail ready"}, others: portMap{host + ":993": imap, host + ":143": imapPort("STARTTLS")},
			problem: OtherProtocol, kind: account.Garbled, says: "an SMTP server answers there, not an IMAP server", right: "993 implicit"},
		{name: "IMAP where SMTP is wanted", protocol: SMTP, tls: account.StartTLS, here: imapPort("STARTTLS"), others: portMap{host + ":587": smtpPort("STARTTLS")},
			problem: OtherProtocol, kind: account.Garbled, says: "an IMAP server answers there, not an SMTP server", right: "587 starttls"},
		{name: "POP3 where IMAP is wanted, TLS otherwise too", protocol: IMAP, tls: account.Implicit, here: pop3Port("STLS"), others: portMap{host + ":143": imapPort("STARTTLS")},
			problem: OtherProtocol, kind: account.Garbled, says: "a POP3 server answers there", right: "143 starttls"},
		{name: "a web server", protocol: IMAP, tls: account.Implicit, here: port{greeting: "HTTP/1.1 400 Bad Request"},
			problem: OtherProtocol, kind: account.Garbled, says: "something else than a mail server"},
		{name: "FTP", protocol: SMTP, tls: account.StartTLS, here: port{greeting: "220 (vsFTPd 3.0.5)"},
			problem: OtherProtocol, kind: account.Garbled, says: "something else than a mail server"},
		{name: "silence", protocol: IMAP, tls: account.StartTLS, here: port{},
			problem: Mute, kind: account.TimedOut, says: "the server says nothing"},
		{name: "another's certificate", protocol: IMAP, tls: account.Implicit, here: port{cfg: a.issue(t, "example.com"), greeting: "* OK ready"},
			problem: Untrusted, kind: account.Untrusted, says: "certificate is valid for example.com, not mail.example.org"},
		{name: "an authority nobody knows", protocol: IMAP, tls: account.Implicit, here: port{cfg: newAuthority(t).issue(t, host), greeting: "* OK ready"},
			problem: Untrusted, kind: account.Untrusted, says: "unknown authority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			servers := portMap{host + ":2143": tt.here}
			for at, p := range tt.others {
				servers[at] = p
			}
			f := &Finder{Dial: servers.dial(t), Roots: a.roots()}
			d := f.Diagnose(t.Context(), tt.protocol, account.Server{Host: host, Port: 2143, TLS: tt.tls})
			if d.Problem != tt.problem || (d.Err == nil) != (tt.says == "") || d.Err != nil && !strings.Contains(d.Err.Error(), tt.says) {
				t.Errorf("the problem is %d, %v", d.Problem, d.Err)
			}
			var e *account.Error
			if d.Err != nil && (!errors.As(d.Err, &e) || e.Kind != tt.kind || e.Advice == "") {
				t.Errorf("the error is %#v", d.Err)
			}
			right := ""
			if d.Right != nil {
				right = strings.TrimPrefix(d.Right.Addr(), host+":") + " " + string(d.Right.TLS)
			}
			if right != tt.right {
				t.Errorf("right would be %q", right)
			}
			if chain := account.RefusedChain(d.Err); (tt.problem == Untrusted) != (len(chain) == 1) {
				t.Errorf("%d certificates were refused", len(chain))
			}
		})
	}
}

// Where nothing listens, the other usual port may be the right one.
func TestDiagnoseUnreached(t *testing.T) {
	const host = "mail.example.org"
	f := &Finder{Dial: portMap{host + ":143": imapPort("STARTTLS")}.dial(t)}
	d := f.Diagnose(t.Context(), IMAP, account.Server{Host: host, Port: 993, TLS: account.Implicit})
	if d.Problem != NotReached || account.KindOf(d.Err) != account.Refused || d.Right == nil || d.Right.Port != 143 || d.Right.TLS != account.StartTLS {
		t.Errorf("%d, %v, %+v", d.Problem, d.Err, d.Right)
	}
}

// One key that is trusted is enough, and no other one then.
func TestDiagnosePinned(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	const host = "mail.example.org"
	for _, key := range []*authority{a, other} {
		f := &Finder{Dial: portMap{host + ":993": {cfg: key.issue(t, host), greeting: "* OK ready"}}.dial(t), Roots: other.roots()}
		d := f.Diagnose(t.Context(), IMAP, account.Server{Host: host, Port: 993, TLS: account.Implicit, Fingerprint: account.Fingerprint(a.cert)})
		if (d.Problem == NoProblem) != (key == a) || account.KeyChanged(d.Err) != (key == other) {
			t.Errorf("%d, %v", d.Problem, d.Err)
		}
	}
}

// A greeting can be in any words.
func TestProtocolOf(t *testing.T) {
	for greeting, want := range map[string]Protocol{
		"* OK": IMAP, "* ok [CAPABILITY IMAP4rev2] hi": IMAP, "* PREAUTH": IMAP, "* BYE too many": IMAP, "+OK": POP3, "+OK <1@x>": POP3, "-ERR busy": POP3,
		"220 x": SMTP, "220": SMTP, "220-x": SMTP, "421 later": SMTP, "554 no": SMTP, "220 x ESMTP ftp.example.org": SMTP,
		"": "", "*": "", "* X": "", "220x": "", "2200 x": "", "22": "", "220 FTP ready": "", "SSH-2.0-OpenSSH": "", "HTTP/1.1 400 Bad Request": "", "20 x": "", "0 4 x": "", "* ": "", " 42 x": "",
	} {
		if got := protocolOf(greeting); got != want {
			t.Errorf("%q is %q", greeting, got)
		}
	}
}

// Octets of any kind end a look, with nothing that is not there.
func FuzzGreeting(f *testing.F) {
	for _, s := range []string{"* OK hi\r\n", "220-a\r\n220 b\r\n", "\x15\x03\x01\x00\x02\x02\x28", "\x16\x03\x03", "+OK", "\n", strings.Repeat("x", 2*maxLine)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, hello := range []bool{false, true} {
			here, there := net.Pipe()
			go func() {
				go func() { // what the client says goes nowhere
					for buf := make([]byte, 4096); ; {
						if _, err := there.Read(buf); err != nil {
							return
						}
					}
				}()
				there.Write(b)
				there.Close()
			}()
			s := account.Server{Host: "h", Port: 1}
			var a answer
			if hello {
				a = new(Finder).hello(t.Context(), s, here)
			} else {
				a = listen(IMAP, s, here)
			}
			here.Close()
			if len(a.Greeting) > maxLine || a.sure && a.err == nil && a.Greeting == "" && a.Protocol != "" {
				t.Errorf("%v of %q: %+v", hello, b, a)
			}
		}
	})
}
