package setup

import (
	"crypto/x509"
	"errors"
	"fmt"

	"posthorn/account"
	"posthorn/account/discover"
)

// A Failure is why a server cannot be used.
type Failure struct {
	Field    Field // which is most likely wrong
	Protocol discover.Protocol
	Err      error // in the server's words where it has said any; its Hint says what can be done
	Fixes    []Fix // what would put it right, the best first

	// Certificates are those that were refused, the server's own first. A fix
	// trusts its key, unless another one was trusted before: that is an alarm.
	Certificates []*x509.Certificate
	Alarm        bool
}

// A Fix is a change that would mend a failure.
type Fix struct {
	Question string // as "use port 143 with STARTTLS"
	set      map[Field]string
}

// Apply makes the change.
func (s *Setup) Apply(f Fix) error {
	for _, field := range []Field{Incoming, Outgoing} { // before what depends on them
		if text, ok := f.set[field]; ok {
			if err := s.Set(field, text); err != nil {
				return err
			}
		}
	}
	for field, text := range f.set {
		if field == Incoming || field == Outgoing {
			continue
		}
		if err := s.Set(field, text); err != nil {
			return err
		}
	}
	s.Again()
	return nil
}

// failure says which field an error is about, and what would put it right.
func (s *Setup) failure(v *service, both []*service, err error) Failure {
	f := Failure{Field: s.fieldOf(v, err), Protocol: v.protocol, Err: err, Certificates: account.RefusedChain(err), Alarm: account.KeyChanged(err)}
	switch {
	case swapped(both):
		f.Fixes = []Fix{swap(both)}
	case v.diagnosis.Right != nil:
		r := *v.diagnosis.Right
		f.Fixes = []Fix{{"use port " + fmt.Sprint(r.Port) + " with " + named(r.TLS), map[Field]string{v.field: r.Addr(), v.tls: string(r.TLS)}}}
	case len(f.Certificates) > 0 && !f.Alarm:
		key := account.Fingerprint(f.Certificates[0])
		f.Fixes = []Fix{{"trust this key, " + key + ", for this account", map[Field]string{v.key: key}}}
	}
	return f
}

// fieldOf returns the field that an error speaks of.
func (s *Setup) fieldOf(v *service, err error) Field {
	var noPassword passwordError
	switch kind := account.KindOf(err); {
	case errors.As(err, &noPassword):
		return PasswordCommand
	case kind == account.BadLogin && s.Get(v.auth) != "":
		return v.auth
	case kind == account.BadLogin && s.Get(PasswordCommand) != "":
		return PasswordCommand
	case kind == account.BadLogin:
		return Password
	case kind == account.Untrusted:
		return v.key
	case kind == account.NoTLS:
		return v.tls
	}
	return v.field
}

// swapped reports whether each server is what the other one should be.
func swapped(both []*service) bool {
	in, out := both[0].diagnosis.Endpoint, both[1].diagnosis.Endpoint
	return in.Protocol == discover.SMTP && out.Protocol == both[0].protocol
}

func swap(both []*service) Fix {
	set := map[Field]string{}
	for i, v := range both {
		other := both[1-i]
		tls := account.StartTLS
		switch e := other.diagnosis.Endpoint; {
		case e.TLS:
			tls = account.Implicit
		case other.server.TLS == account.Plain:
			tls = account.Plain
		}
		set[v.field], set[v.tls] = other.server.Addr(), string(tls)
	}
	return Fix{"swap the servers for receiving and sending", set}
}

func named(t account.TLS) string {
	if t == account.StartTLS {
		return "STARTTLS"
	}
	return "TLS"
}
