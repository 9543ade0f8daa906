// Package discover finds the servers of an address, and says where each was
// found: in a built-in table of the largest providers, by Mozilla's autoconfig,
// by SRV records (RFC 6186, RFC 8314), by the domain's MX, and at the usual names
// and ports. [Finder.Diagnose] tells what is wrong with one server.
//
// Nobody learns the password, nor the address: what is asked are the domain and
// hosts.
package discover

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"posthorn/account"
)

// A Protocol is what a service of an account speaks.
type Protocol string

// The protocols.
const (
	IMAP Protocol = "imap"
	POP3 Protocol = "pop3"
	SMTP Protocol = "smtp" // submission
)

// A Source says how a service was found. The more reliable one is less.
type Source uint8

// The sources, the best first. What autoconfig says comes over HTTPS from the
// domain itself; the others rest on DNS, which anybody on the way can change.
const (
	Table        Source = iota // the built-in table, by the domain
	Autoconfig                 // the domain's own autoconfig
	SRV                        // its SRV records
	TableMX                    // the built-in table, by the domain's MX
	AutoconfigMX               // autoconfig at the domain of the MX
	Probed                     // it answers at a usual name and port
	Doubtful                   // so it does, but its certificate is not trusted
)

// A Service is a server of an account, with who logs in there.
type Service struct {
	Protocol Protocol
	Server   account.Server // host, port and TLS
	User     string         // the whole user name
	Source   Source
	From     string // the source in words
}

// A Result is what was found for an address. Both lists have the best first.
type Result struct {
	Receiving []Service // IMAP before POP3 within a source
	Sending   []Service
	Provider  *Provider // who runs the servers, if they are one of the table
}

// A Resolver looks up names; [net.Resolver] is one.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// A Finder finds servers. The zero value uses the system's network. It can be
// used by several goroutines.
type Finder struct {
	Resolver Resolver     // nil: the system's
	Client   *http.Client // for autoconfig; nil: one that follows redirects to HTTPS only
	// Dial connects to what is probed; nil: [net.Dialer.DialContext].
	Dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	Roots *x509.CertPool // whom to trust where a server names nobody; nil: the system's
}

// patience bounds a whole search.
const patience = 10 * time.Second

// Find returns what is found for an address within ten seconds, nothing not
// being an error. It fails when the address is none, when its domain has neither
// an MX nor an address of its own, and when ctx ends.
func (f *Finder) Find(ctx context.Context, address string) (Result, error) {
	a, err := parse(address)
	if err != nil {
		return Result{}, err
	}
	if p := byDomain(a.domain); p != nil {
		return result(p.services(a, Table, "the built-in table: "+p.Name), p), nil
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := f.search(limited, a)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	return found, err
}

// address is an address in the parts that searching needs. The domain is in
// ASCII, as DNS has it.
type address struct{ whole, local, domain string }

func parse(s string) (address, error) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return address{}, fmt.Errorf("%q is not an address", s)
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(s[at+1:], "."))
	if err != nil || !hostname(domain) || !strings.Contains(domain, ".") {
		return address{}, fmt.Errorf("%q is not an address: %q is no domain", s, s[at+1:])
	}
	return address{s[:at] + "@" + strings.ToLower(s[at+1:]), s[:at], strings.ToLower(domain)}, nil
}

// hostname reports whether s can be the name or the address of a host.
func hostname(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		odd := strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
		if odd || label == "" || len(label) > 63 || label[0] == '-' {
			return false
		}
	}
	return true
}

// result sorts services into those for receiving and for sending, the best
// first, each once.
func result(list []Service, p *Provider) Result {
	r := Result{Provider: p}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(order(a.Server.TLS), order(b.Server.TLS)))
	})
	for _, s := range list {
		to := &r.Receiving
		if s.Protocol == SMTP {
			to = &r.Sending
		}
		if !slices.ContainsFunc(*to, func(o Service) bool { return o.Protocol == s.Protocol && o.Server == s.Server && o.User == s.User }) {
			*to = append(*to, s)
		}
	}
	return r
}

// order puts TLS from the first octet first (RFC 8314, section 3).
func order(t account.TLS) int {
	return slices.Index([]account.TLS{account.Implicit, account.StartTLS}, t)
}

// complete reports whether mail can be received and sent.
func (r Result) complete() bool { return len(r.Receiving) > 0 && len(r.Sending) > 0 }

// notFound reports whether a look-up says that there is nothing of the kind.
func notFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

func (f *Finder) dial(ctx context.Context, s account.Server) (net.Conn, error) {
	if f.Dial != nil {
		return f.Dial(ctx, "tcp", s.Addr())
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.Addr())
}

func (f *Finder) resolver() Resolver {
	if f.Resolver != nil {
		return f.Resolver
	}
	return &net.Resolver{Dial: dialDNS}
}

// dialDNS connects to a DNS server. When ctx ends, the connection is closed:
// [net.Resolver] would wait for its answer.
func dialDNS(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		context.AfterFunc(ctx, func() { conn.Close() })
	}
	return conn, err
}
