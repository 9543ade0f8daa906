package discover

import (
	"context"
	"strings"
	"sync"

	"posthorn/account"
)

// published are the services that a domain can publish (RFC 6186, section 3; RFC
// 8314, section 5.1), by their names.
func published() []struct {
	name     string
	protocol Protocol
	tls      account.TLS
} {
	return []struct {
		name     string
		protocol Protocol
		tls      account.TLS
	}{
		{"imaps", IMAP, account.Implicit}, {"imap", IMAP, account.StartTLS},
		{"pop3s", POP3, account.Implicit}, {"pop3", POP3, account.StartTLS},
		{"submissions", SMTP, account.Implicit}, {"submission", SMTP, account.StartTLS},
	}
}

// maxTargets bounds the hosts of one service.
const maxTargets = 3

// srv asks for the SRV records of a domain.
func (f *Finder) srv(ctx context.Context, a address) (all []Service) {
	services := published()
	found := make([][]Service, len(services))
	var asked sync.WaitGroup
	for i, p := range services {
		asked.Go(func() {
			// Records that are no names come with an error; the others are good.
			_, list, _ := f.resolver().LookupSRV(ctx, p.name, "tcp", a.domain+".")
			for _, r := range list[:min(len(list), maxTargets)] {
				host := strings.ToLower(strings.TrimSuffix(r.Target, "."))
				if !hostname(host) || r.Port == 0 {
					continue // "." says that there is no such service
				}
				found[i] = append(found[i], Service{Protocol: p.protocol, User: a.whole, Source: SRV, From: "SRV records of " + a.domain,
					Server: account.Server{Host: host, Port: int(r.Port), TLS: p.tls}})
			}
		})
	}
	asked.Wait()
	for _, list := range found {
		all = append(all, list...)
	}
	return all
}
