package discover

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// records are what a DNS server knows, by type and name: "MX example.org" is a
// list of "10 mx.example.org". A name of the type NONE does not answer.
type records map[string][]string

// resolver returns a resolver that asks a server on loopback.
func (r records) resolver(t testing.TB) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			if out := r.answer(b[:n]); out != nil {
				conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialDNS(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (r records) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	if _, mute := r["NONE "+name]; mute {
		return nil
	}
	list, ok := r[strings.TrimPrefix(q.Type.String(), "Type")+" "+name]
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, s := range list {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}, Body: body(q.Type, s)})
	}
	out, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return out
}

func body(kind dnsmessage.Type, s string) dnsmessage.ResourceBody {
	f := strings.Fields(s)
	number := func(i int) (n uint16) { fmt.Sscan(f[i], &n); return n }
	switch kind {
	case dnsmessage.TypeMX:
		return &dnsmessage.MXResource{Pref: number(0), MX: dnsmessage.MustNewName(f[1])}
	case dnsmessage.TypeSRV:
		return &dnsmessage.SRVResource{Priority: number(0), Weight: number(1), Port: number(2), Target: dnsmessage.MustNewName(f[3])}
	}
	return &dnsmessage.AResource{A: [4]byte(net.ParseIP(s).To4())}
}

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return &authority{cert, key}
}

func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue returns how a server with a certificate for some hosts does TLS.
func (a *authority) issue(t testing.TB, hosts ...string) *tls.Config {
	t.Helper()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &a.key.PublicKey, a.key)
	must(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}}
}

// A web is an HTTPS server of all hosts, by "host/path". What it was asked for is
// kept.
type web struct {
	pages map[string]string
	mu    sync.Mutex
	asked []string
}

func (w *web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Host+r.URL.RequestURI())
	w.mu.Unlock()
	page, ok := w.pages[r.Host+r.URL.RequestURI()]
	if to, moved := strings.CutPrefix(page, "→"); moved {
		http.Redirect(out, r, to, http.StatusFound)
		return
	}
	if !ok {
		http.NotFound(out, r)
		return
	}
	io.WriteString(out, page)
}

// requests returns what it was asked for so far.
func (w *web) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// client returns one that finds all hosts at the server.
func (w *web) client(t testing.TB, a *authority, hosts ...string) *http.Client {
	t.Helper()
	s := httptest.NewUnstartedServer(w)
	s.TLS = a.issue(t, hosts...)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.roots()}, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil || port != "443" {
			return nil, fmt.Errorf("nobody listens at %s", addr)
		}
		for _, h := range hosts {
			if h == host {
				return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
			}
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// A port is a server that listens: it says its greeting, and answers commands by
// their first word, or with TLS first where it has a configuration for it.
type port struct {
	cfg      *tls.Config
	greeting string
	answers  map[string]string
}

// plain ports that offer TLS, as servers do.
func imapPort(offers string) port {
	return port{nil, "* OK ready", map[string]string{"a": "* CAPABILITY IMAP4rev1 " + offers + "\r\na OK"}}
}

func smtpPort(offers string) port {
	return port{nil, "220-mail.example.org\r\n220 ready", map[string]string{"EHLO": "250-mail.example.org\r\n250 " + offers}}
}

func pop3Port(offers string) port {
	return port{nil, "+OK ready", map[string]string{"CAPA": "+OK\r\n" + offers + "\r\n."}}
}

// ports are servers by host and port.
type portMap map[string]port

// dial returns a way to connect to them. They end with the test.
func (p portMap) dial(t testing.TB) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	at := map[string]string{}
	for name, server := range p {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		at[name] = l.Addr().String()
		var serving sync.WaitGroup
		serving.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				serving.Go(func() { server.serve(conn) })
			}
		})
		t.Cleanup(func() { l.Close(); serving.Wait() })
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nobody := closed.Addr().String()
	must(t, closed.Close())
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		to, ok := at[addr]
		if !ok {
			to = nobody
		}
		return new(net.Dialer).DialContext(ctx, network, to)
	}
}

func (p port) serve(conn net.Conn) {
	defer conn.Close()
	if p.cfg != nil {
		conn = tls.Server(conn, p.cfg)
	}
	if p.greeting != "" {
		if _, err := io.WriteString(conn, p.greeting+"\r\n"); err != nil {
			return
		}
	}
	t := newTalk(conn)
	for {
		line, err := t.line()
		if err != nil {
			return
		}
		first, _, _ := strings.Cut(line, " ")
		if answer, ok := p.answers[first]; ok {
			io.WriteString(conn, answer+"\r\n")
		}
	}
}
