package discover

import (
	"strings"

	"posthorn/account"
)

// Logins are the ways to log in that a provider takes.
type Logins struct {
	Password    bool // the one of its web page
	AppPassword bool // one made for a single program
	Browser     bool // OAuth 2.0
}

// A Provider is one of the large ones, which are known.
type Provider struct {
	Name   string
	Logins Logins
	Page   string // where an app password is made, or mail programs are let in; empty: nowhere
	Note   string // what to know before the login, in a sentence; empty: nothing

	domains []string // of its addresses
	mx      []string // the domains that its MX hosts are in
	servers []server
	custom  []server // for the addresses in domains of its customers, where they are others
}

// A server is one line of the table.
type server struct {
	protocol Protocol
	host     string
	port     int
	tls      account.TLS
	local    bool // only what stands before the @ logs in
}

func implicit(p Protocol, host string, port int) server {
	return server{protocol: p, host: host, port: port, tls: account.Implicit}
}

func starttls(p Protocol, host string, port int) server {
	return server{protocol: p, host: host, port: port, tls: account.StartTLS}
}

func imaps(host string) server       { return implicit(IMAP, host, 993) }
func pop3s(host string) server       { return implicit(POP3, host, 995) }
func submissions(host string) server { return implicit(SMTP, host, 465) }
func submission(host string) server  { return starttls(SMTP, host, 587) }

// hosts are the usual three.
func hosts(imap, pop3, smtp string) []server {
	return []server{imaps(imap), pop3s(pop3), submissions(smtp)}
}

// services returns the provider's servers for an address.
func (p *Provider) services(a address, source Source, from string) (list []Service) {
	servers := p.servers
	if source == TableMX && p.custom != nil {
		servers = p.custom
	}
	for _, s := range servers {
		user := a.whole
		if s.local {
			user = a.local
		}
		list = append(list, Service{Protocol: s.protocol, User: user, Source: source, From: from,
			Server: account.Server{Host: s.host, Port: s.port, TLS: s.tls}})
	}
	return list
}

// runs reports whether the best of some services is one of the provider's.
func (p *Provider) runs(list []Service) bool {
	if p == nil || len(list) == 0 {
		return false
	}
	for _, s := range append(p.servers[:len(p.servers):len(p.servers)], p.custom...) {
		if s.host == list[0].Server.Host {
			return true
		}
	}
	return false
}

func byDomain(domain string) *Provider {
	return provider(func(p Provider) []string { return p.domains }, func(d string) bool { return domain == d })
}

func byMX(host string) *Provider {
	return provider(func(p Provider) []string { return p.mx }, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

func provider(of func(Provider) []string, is func(domain string) bool) *Provider {
	for _, p := range providers() {
		for _, d := range of(p) {
			if is(d) {
				return &p
			}
		}
	}
	return nil
}
