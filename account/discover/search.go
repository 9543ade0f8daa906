package discover

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"posthorn/account"
)

// finding is what one of the ways to search came to.
type finding struct {
	way      int
	services []Service
	provider *Provider
	err      error
}

// A way searches in one way. The ways are in the order of their sources.
type way func(ctx context.Context, a address) finding

// search goes all ways side by side. It ends as soon as what the better ones
// have found is enough, and not before they have all answered or ctx ended.
func (f *Finder) search(ctx context.Context, a address) (Result, error) {
	mx := sync.OnceValues(func() ([]*net.MX, error) { return f.resolver().LookupMX(ctx, a.domain+".") })
	ways := []way{
		func(ctx context.Context, a address) finding {
			return finding{services: f.autoconfig(ctx, a, a.domain, Autoconfig)}
		},
		func(ctx context.Context, a address) finding { return finding{services: f.srv(ctx, a)} },
		func(ctx context.Context, a address) finding { return f.byMX(ctx, a, mx) },
		func(ctx context.Context, a address) finding { return finding{services: f.probe(ctx, a, mx)} },
	}
	ctx, cancel := context.WithCancel(ctx)
	answers := make(chan finding, len(ways))
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for i, w := range ways {
		running.Go(func() {
			found := w(ctx, a)
			found.way = i
			answers <- found
		})
	}
	return gather(ctx, len(ways), answers)
}

// gather takes answers until those of the best ways are enough.
func gather(ctx context.Context, ways int, answers <-chan finding) (Result, error) {
	have := make([]*finding, ways)
	for range ways {
		select {
		case found := <-answers:
			have[found.way] = &found
		case <-ctx.Done():
			return merge(have)
		}
		if best, enough := leading(have); enough {
			r, _ := merge(have[:best])
			return r, nil
		}
	}
	return merge(have)
}

// leading returns how many of the best ways have answered, and whether that is
// enough.
func leading(have []*finding) (n int, enough bool) {
	for n < len(have) && have[n] != nil {
		n++
		if r, _ := merge(have[:n]); r.complete() {
			return n, true
		}
	}
	return n, false
}

func merge(have []*finding) (Result, error) {
	var (
		all      []Service
		provider *Provider
		err      error
	)
	for _, f := range have {
		if f == nil {
			continue
		}
		all = append(all, f.services...)
		if f.provider != nil {
			provider = f.provider
		}
		if f.err != nil {
			err = f.err
		}
	}
	if len(all) > 0 {
		err = nil
	}
	r := result(all, nil)
	if provider.runs(r.Receiving) {
		r.Provider = provider
	}
	return r, err
}

// byMX looks who takes the domain's mail: one of the table, or somebody whose
// own domain has autoconfig. It is the one that finds out that there is no such
// domain, or no network.
func (f *Finder) byMX(ctx context.Context, a address, lookup func() ([]*net.MX, error)) finding {
	list, err := lookup()
	if err != nil || len(list) == 0 {
		return finding{err: f.missing(ctx, a, err)}
	}
	var tried []string
	for _, mx := range list[:min(len(list), 3)] {
		host := strings.ToLower(strings.TrimSuffix(mx.Host, "."))
		if p := byMX(host); p != nil {
			return finding{provider: p, services: p.services(a, TableMX, "the built-in table, by the MX of "+a.domain+": "+p.Name)}
		}
		base, err := publicsuffix.EffectiveTLDPlusOne(host)
		if err == nil && base != a.domain && len(tried) < 2 && !slices.Contains(tried, base) {
			tried = append(tried, base)
		}
	}
	var found finding
	for _, base := range tried {
		if p := byDomain(base); p != nil {
			return finding{provider: p, services: p.services(a, TableMX, "the built-in table, by the MX of "+a.domain+": "+p.Name)}
		}
		found.services = append(found.services, f.autoconfig(ctx, a, base, AutoconfigMX)...)
	}
	return found
}

// missing says why a domain has no MX, if that means that nothing can be found.
func (f *Finder) missing(ctx context.Context, a address, err error) error {
	s := account.Server{Host: a.domain}
	if err != nil && !notFound(err) {
		return &account.Error{Kind: account.Unreachable, Op: "look up " + a.domain, Err: err,
			Advice: "check that this machine is online, or name the servers yourself"}
	}
	if _, err := f.resolver().LookupHost(ctx, s.Host+"."); err != nil && notFound(err) {
		return &account.Error{Kind: account.NoSuchHost, Op: "look up " + a.domain, Err: err,
			Advice: "check the address for a typing mistake: there is no such domain, or it takes no mail"}
	}
	return nil
}
