package discover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"posthorn/account"
)

// shown writes what was found, a line each, with the source's number.
func shown(list []Service) (lines []string) {
	for _, s := range list {
		lines = append(lines, fmt.Sprintf("%d %s %s %s as %s", s.Source, s.Protocol, s.Server.Addr(), s.Server.TLS, s.User))
	}
	return lines
}

func check(t *testing.T, what string, have []Service, want ...string) {
	t.Helper()
	if got, want := strings.Join(shown(have), "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("%s:\n%s\nnot\n%s", what, got, want)
	}
}

const config = `<?xml version="1.0" encoding="ISO-8859-1"?>
<clientConfig version="1.1"><emailProvider id="example.org"><domain>example.org</domain>
<incomingServer type="imap"><hostname>mail.%EMAILDOMAIN%</hostname><port> 993 </port><socketType>SSL</socketType>
 <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
<incomingServer type="pop3"><hostname>mail.example.org</hostname><port>110</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></incomingServer>
<incomingServer type="imap"><hostname>mail.example.org</hostname><port>143</port><socketType>plain</socketType></incomingServer>
<outgoingServer type="smtp"><hostname>MAIL.example.org</hostname><port>587</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>`

var fromConfig = [][]string{
	{"1 imap mail.example.org:993 implicit as ann", "1 pop3 mail.example.org:110 starttls as ann@example.org"},
	{"1 smtp mail.example.org:587 starttls as ann@example.org"},
}

// A domain with everything: what is best comes first, and is enough.
func TestFind(t *testing.T) {
	a := newAuthority(t)
	all := records{
		"MX example.org":                    {"10 mx.example.net."},
		"SRV _imaps._tcp.example.org":       {"20 0 993 second.example.org.", "10 0 993 first.example.org."},
		"SRV _imap._tcp.example.org":        {"10 0 143 first.example.org."},
		"SRV _pop3s._tcp.example.org":       {"0 0 0 ."}, // there is no POP3
		"SRV _submissions._tcp.example.org": {"10 0 465 first.example.org."},
	}
	const place = "/mail/config-v1.1.xml"
	for _, tt := range []struct {
		name       string
		dns        records
		pages      map[string]string
		ports      portMap
		in, out    []string
		runs, says string
	}{
		{name: "autoconfig of the domain", dns: all, pages: map[string]string{"autoconfig.example.org" + place: config}, in: fromConfig[0], out: fromConfig[1]},
		{name: "well-known", dns: all, pages: map[string]string{"example.org/.well-known/autoconfig" + place: config}, in: fromConfig[0], out: fromConfig[1]},
		{name: "autoconfig is elsewhere", dns: all, in: fromConfig[0], out: fromConfig[1],
			pages: map[string]string{"autoconfig.example.org" + place: "→https://www.example.org/auto", "www.example.org/auto": config}},
		{name: "autoconfig for an address only", dns: all, in: fromConfig[0], out: fromConfig[1],
			pages: map[string]string{"autoconfig.example.org" + place + "?emailaddress=postmaster%40example.org": strings.ReplaceAll(config, "%EMAILLOCALPART%", "postmaster")}},
		{name: "a page that is no configuration, SRV", dns: all, pages: map[string]string{"autoconfig.example.org" + place: "<html><br><p>Welcome"},
			in: []string{"2 imap first.example.org:993 implicit as ann@example.org", "2 imap second.example.org:993 implicit as ann@example.org",
				"2 imap first.example.org:143 starttls as ann@example.org"},
			out: []string{"2 smtp first.example.org:465 implicit as ann@example.org"}},
		{name: "autoconfig of the MX", dns: records{"MX example.org": {"10 mx.example.net."}}, pages: map[string]string{"autoconfig.example.net" + place: config},
			in:  []string{"4 imap mail.example.org:993 implicit as ann", "4 pop3 mail.example.org:110 starttls as ann@example.org"},
			out: []string{"4 smtp mail.example.org:587 starttls as ann@example.org"}},
		{name: "a large provider by the MX", dns: records{"MX example.org": {"20 ALT1.aspmx.l.google.com.", "10 aspmx.l.google.com."}}, runs: "Google Workspace",
			in:  []string{"3 imap imap.gmail.com:993 implicit as ann@example.org", "3 pop3 pop.gmail.com:995 implicit as ann@example.org"},
			out: []string{"3 smtp smtp.gmail.com:465 implicit as ann@example.org"}},
		{name: "usual names", dns: records{"A example.org": {"127.0.0.1"}},
			ports: portMap{
				"imap.example.org:143": imapPort("STARTTLS AUTH=PLAIN"), "imap.example.org:993": {cfg: a.issue(t, "imap.example.org"), greeting: "* OK ready"},
				"mail.example.org:143": imapPort("AUTH=PLAIN"), "mail.example.org:995": {greeting: "220 no POP3"}, "pop.example.org:110": pop3Port("STLS"),
				"smtp.example.org:587": smtpPort("STARTTLS"), "smtp.example.org:465": {cfg: a.issue(t, "elsewhere.example.org"), greeting: "220 ready"}},
			in: []string{"5 imap imap.example.org:993 implicit as ann@example.org", "5 imap imap.example.org:143 starttls as ann@example.org",
				"5 pop3 pop.example.org:110 starttls as ann@example.org"},
			out: []string{"5 smtp smtp.example.org:587 starttls as ann@example.org", "6 smtp smtp.example.org:465 implicit as ann@example.org"}},
		{name: "the MX is the server", dns: records{"MX example.org": {"10 box.example.org."}},
			ports: portMap{"box.example.org:993": {cfg: a.issue(t, "box.example.org"), greeting: "* OK ready"}, "box.example.org:465": {cfg: a.issue(t, "box.example.org"), greeting: "220 ready"}},
			in:    []string{"5 imap box.example.org:993 implicit as ann@example.org"}, out: []string{"5 smtp box.example.org:465 implicit as ann@example.org"}},
		{name: "nothing", dns: records{"A example.org": {"127.0.0.1"}}},
		{name: "no such domain", dns: records{}, says: "there is no such domain"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &web{pages: tt.pages}
			f := &Finder{Resolver: tt.dns.resolver(t), Roots: a.roots(), Dial: tt.ports.dial(t),
				Client: w.client(t, a, "example.org", "www.example.org", "autoconfig.example.org", "autoconfig.example.net")}
			r, err := f.Find(t.Context(), "ann@Example.org")
			if tt.says == "" != (err == nil) || err != nil && !strings.Contains(hint(err), tt.says) {
				t.Errorf("the error is %v, not %q", err, tt.says)
			}
			check(t, "receiving", r.Receiving, tt.in...)
			check(t, "sending", r.Sending, tt.out...)
			if r.Provider != nil != (tt.runs != "") || r.Provider != nil && r.Provider.Name != tt.runs {
				t.Errorf("the provider is %v", r.Provider)
			}
			for _, s := range w.requests() {
				if strings.Contains(s, "ann") {
					t.Errorf("the web was told the address: %s", s)
				}
			}
		})
	}
}

func hint(err error) string {
	var e *account.Error
	if errors.As(err, &e) {
		return e.Advice
	}
	return ""
}

// The addresses of the table need no network, and lead to hosts with TLS.
func TestTable(t *testing.T) {
	offline := &Finder{Resolver: broken{}, Dial: portMap{}.dial(t)}
	for _, p := range providers() {
		if p.Name == "" || len(p.domains)+len(p.mx) == 0 || p.Logins == (Logins{}) || p.Page != "" && !strings.HasPrefix(p.Page, "https://") {
			t.Errorf("%+v lacks something", p)
		}
		for _, d := range p.domains {
			r, err := offline.Find(t.Context(), "ann@"+d)
			if err != nil || !r.complete() || r.Provider.Name != p.Name {
				t.Errorf("%s: %+v, %v", d, r, err)
			}
		}
		for _, s := range append(p.servers, p.custom...) {
			if !hostname(s.host) || s.port == 0 || s.tls == "" {
				t.Errorf("%s: %+v", p.Name, s)
			}
		}
	}
	if s := byDomain("icloud.com").services(address{"ann@icloud.com", "ann", "icloud.com"}, Table, ""); s[0].User != "ann" || s[1].User != "ann@icloud.com" {
		t.Errorf("iCloud wants other names than %v", shown(s))
	}
	if p := byMX("gmail.com.example.org"); p != nil {
		t.Errorf("somebody's own MX is taken for %s", p.Name)
	}
}

// broken is a resolver that must not be asked.
type broken struct{ Resolver }

func TestNoAddress(t *testing.T) {
	for _, s := range []string{"", "ann", "@example.org", "ann@", "ann@example", "ann@exa mple.org", "ann@-x.org", "ann@..org"} {
		if r, err := new(Finder).Find(t.Context(), s); err == nil {
			t.Errorf("%q is an address: %+v", s, r)
		}
	}
	if a, err := parse("ann@Bücher.example"); err != nil || a.domain != "xn--bcher-kva.example" || a.whole != "ann@bücher.example" {
		t.Errorf("%+v, %v", a, err)
	}
}

// One who gives up need not wait, whatever does not answer.
func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	silent := portMap{"imap.example.org:143": {}}.dial(t)
	f := &Finder{Resolver: records{"NONE example.org": nil}.resolver(t), Client: (&web{}).client(t, newAuthority(t), "example.org"),
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			defer cancel() // once there is a connection on which nothing will be said
			return silent(ctx, network, "imap.example.org:143")
		}}
	if _, err := f.Find(ctx, "ann@example.org"); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// What is broken is read as far as it goes, and what is odd is left out.
func TestReadConfig(t *testing.T) {
	a := address{"ann@example.org", "ann", "example.org"}
	server := func(kind, host, port, socket, user string) string {
		return fmt.Sprintf(`<incomingServer type="%s"><hostname>%s</hostname><port>%s</port><socketType>%s</socketType><username>%s</username></incomingServer>`, kind, host, port, socket, user)
	}
	good := server("imap", "imap.example.org", "993", "SSL", "")
	const want = "1 imap imap.example.org:993 implicit as ann@example.org"
	begin := "<clientConfig><emailProvider>"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"cut off", begin + good + "<incomingServer type=", []string{want}},
		{"not closed, with an unknown entity", begin + "<br>&eacute;" + good, []string{want}},
		{"another root and space", `<x xmlns="urn:x"><emailProvider>` + good, []string{want}},
		{"no XML", "\x00\x01\x02", nil},
		{"nothing", "", nil},
		{"hosts that are none", begin + server("imap", "imap.example.org/x", "993", "SSL", "") + server("imap", "", "993", "SSL", "") + server("imap", "a\x1bb", "993", "SSL", ""), nil},
		{"ports that are none", begin + server("imap", "h.example.org", "0", "SSL", "") + server("imap", "h.example.org", "99999", "SSL", "") + server("imap", "h.example.org", "x", "SSL", ""), nil},
		{"without TLS, without a word", begin + server("imap", "h.example.org", "143", "plain", "") + server("imap", "h.example.org", "143", "", ""), nil},
		{"exchange", begin + server("exchange", "h.example.org", "443", "SSL", ""), nil},
		{"a user of two lines", begin + server("imap", "imap.example.org", "993", "SSL", "a&#10;b"), []string{want}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, "services", readConfig([]byte(tt.text), a, Autoconfig, ""), tt.want...)
		})
	}
	if n := len(readConfig([]byte(begin+strings.Repeat(good, 1000)), a, Autoconfig, "")); n != maxServers {
		t.Errorf("%d servers are taken", n)
	}
}
