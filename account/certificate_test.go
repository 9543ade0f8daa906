package account_test

import (
	"strings"
	"testing"

	"posthorn/account"
)

// A key that is trusted by itself needs no authority, name or date; it is also
// trusted in a certificate that is renewed. Another one is an alarm, even where
// its certificate is perfect.
func TestFingerprint(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	const name = "mail.example.net" // not the server's
	for _, tt := range []struct {
		name    string
		issuer  *authority
		from    int
		changed bool
	}{
		{"valid", a, -1, false},
		{"expired", a, -5, false},
		{"another key", other, -1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.issuer.issue(t, name, tt.from, tt.from+2), "TLS", "S: * OK hello")
			s.TLS, s.Fingerprint = account.Implicit, strings.ToUpper(account.Fingerprint(a.cert))
			conn, err := s.Dial(t.Context())
			if !tt.changed {
				must(t, err)
				conn.Close()
				return
			}
			have, want := account.Fingerprint(other.cert), s.Fingerprint
			check(t, err, s, failure{account.Untrusted, "secure the connection at %s: TLS verify: the server has another key than the one you trusted: " + have + ", not " + want,
				"somebody may be listening in: go on only if the server's owner says that its key was changed, and then set the new fingerprint in the config file, or remove the old one", false})
			if chain := account.RefusedChain(err); !account.KeyChanged(err) || len(chain) != 1 || chain[0].DNSNames[0] != name {
				t.Errorf("the certificates refused are %v", chain)
			}
		})
	}
}

// The certificates that are refused can be looked at.
func TestRefusedChain(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, a.issue(t, "127.0.0.1", -1, 1), "TLS", "S: * OK hello")
	s.TLS = account.Implicit
	_, err := s.Dial(t.Context())
	chain := account.RefusedChain(err)
	if len(chain) != 1 || account.Fingerprint(chain[0]) != account.Fingerprint(a.cert) || account.KeyChanged(err) {
		t.Errorf("the certificates refused are %v", chain)
	}
	if chain := account.RefusedChain(account.Fail("connect", s, nil)); chain != nil {
		t.Errorf("nothing was refused, but %v", chain)
	}
}

func TestParseFingerprint(t *testing.T) {
	digits := strings.Repeat("0a", 32)
	for _, s := range []string{digits, "sha256:" + digits, "SHA256:" + strings.ToUpper(digits), " " + strings.Repeat("0A:", 31) + "0A "} {
		if got, err := account.ParseFingerprint(s); got != "sha256:"+digits || err != nil {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "sha256:", digits[2:], digits + "00", "sha1:" + digits, strings.Repeat("zz", 32)} {
		if got, err := account.ParseFingerprint(s); err == nil {
			t.Errorf("%q is %q", s, got)
		}
	}
}
