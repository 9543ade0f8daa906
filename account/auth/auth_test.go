package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"posthorn/account"
)

func TestChoose(t *testing.T) {
	for name, tt := range map[string]struct {
		offered   string
		mechanism string
		want      string // empty: refused
	}{
		"best":            {"PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256", "", "SCRAM-SHA-256"},
		"never in clear":  {"LOGIN CRAM-MD5", "", "CRAM-MD5"},
		"lower case":      {"plain", "", "PLAIN"},
		"named":           {"PLAIN SCRAM-SHA-256", "plain", "PLAIN"},
		"named, missing":  {"PLAIN", "SCRAM-SHA-1", ""},
		"nothing we know": {"GSSAPI NTLM", "", ""},
		"nothing":         {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Choose(strings.Fields(tt.offered), account.Login{User: "ann", Mechanism: tt.mechanism}, "secret")
			if tt.want == "" {
				if account.KindOf(err) != account.BadLogin {
					t.Errorf("chose %T, %v; want an error", c, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, _, _ := c.Start(); got != tt.want {
				t.Errorf("chose %s, want %s", got, tt.want)
			}
		})
	}
}

// The example of RFC 2195, section 2.
func TestCRAMMD5(t *testing.T) {
	c := &cramMD5{"tim", "tanstaaftanstaaf"}
	got, err := c.Next([]byte("<1896.697170952@postoffice.reston.mci.net>"))
	if want := "tim b913a602c7eda7a495b4e6e7334d3890"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestLogin(t *testing.T) {
	l := &login{user: "ann", password: "secret"}
	var got []string
	for range 2 {
		b, err := l.Next(nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	if !slices.Equal(got, []string{"ann", "secret"}) {
		t.Errorf("answers %q", got)
	}
	if _, err := l.Next(nil); err == nil {
		t.Error("a third question is answered")
	}
}

// SCRAM succeeds against a server that knows the password, and refuses one that
// only pretends to.
func TestSCRAM(t *testing.T) {
	for _, stored := range []string{"secret", "other"} {
		known, err := scram.SHA256.NewClient("ann", stored, "")
		if err != nil {
			t.Fatal(err)
		}
		creds, err := known.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
		if err != nil {
			t.Fatal(err)
		}
		server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return creds, nil })
		if err != nil {
			t.Fatal(err)
		}
		talk := server.NewConversation()
		c, err := client("SCRAM-SHA-256", "ann", "secret")
		if err != nil {
			t.Fatal(err)
		}
		_, msg, err := c.Start()
		for err == nil && !talk.Done() {
			var challenge string
			if challenge, err = talk.Step(string(msg)); err == nil {
				msg, err = c.Next([]byte(challenge))
			}
		}
		if ok := err == nil && talk.Valid(); ok != (stored == "secret") {
			t.Errorf("the server knows %q: logged in %v, %v", stored, ok, err)
		}
	}
}
