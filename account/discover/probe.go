package discover

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"

	"posthorn/account"
)

// lookAll looks at some servers side by side. Of each that can be used, but
// perhaps for its certificate, it returns what is there.
func (f *Finder) lookAll(ctx context.Context, p Protocol, list []account.Server) []*Endpoint {
	found := make([]*Endpoint, len(list))
	var looking sync.WaitGroup
	for i, s := range list {
		looking.Go(func() {
			e, err := f.look(ctx, p, s)
			if problem, _ := judge(p, s, e, err); problem == NoProblem || problem == Untrusted {
				found[i] = &e
			}
		})
	}
	looking.Wait()
	return found
}

// probe looks whether there are servers at the usual names and ports, and at the
// host that takes the domain's mail.
func (f *Finder) probe(ctx context.Context, a address, mx func() ([]*net.MX, error)) []Service {
	names := map[Protocol][]string{IMAP: {"imap", "mail", ""}, POP3: {"pop", "pop3", "mail"}, SMTP: {"smtp", "mail", ""}}
	protocols := []Protocol{IMAP, POP3, SMTP}
	found := make([][]Service, 2*len(protocols))
	var probing sync.WaitGroup
	for i, p := range protocols {
		var hosts []string
		for _, n := range names[p] {
			hosts = append(hosts, strings.TrimPrefix(n+"."+a.domain, "."))
		}
		probing.Go(func() { found[i] = f.probeHosts(ctx, a, p, hosts) })
		probing.Go(func() { // who says who the MX is may take long
			if host := first(mx); hostname(host) && !slices.Contains(hosts, host) {
				found[len(protocols)+i] = f.probeHosts(ctx, a, p, []string{host})
			}
		})
	}
	probing.Wait()
	return slices.Concat(found...)
}

// first returns the host of the best MX, if there is one.
func first(mx func() ([]*net.MX, error)) string {
	list, err := mx()
	if err != nil || len(list) == 0 {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(list[0].Host, "."))
}

// probeHosts looks at the usual ports of hosts.
func (f *Finder) probeHosts(ctx context.Context, a address, p Protocol, hosts []string) (list []Service) {
	var servers []account.Server
	for _, host := range hosts {
		for _, s := range Ports(p) {
			s.Host = host
			servers = append(servers, s)
		}
	}
	for i, e := range f.lookAll(ctx, p, servers) {
		if e == nil {
			continue
		}
		s := Service{Protocol: p, Server: servers[i], User: a.whole, Source: Probed, From: "it answers at this name and port"}
		if e.Untrusted != nil {
			s.Source, s.From = Doubtful, "it answers at this name and port, with a certificate that is not trusted"
		}
		list = append(list, s)
	}
	return list
}
