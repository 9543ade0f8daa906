package discover

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"posthorn/account"
)

// maxConfig bounds an autoconfig file, which has a few KB.
const maxConfig = 256 << 10

// nobody stands for the user where a server gives nothing without an address. Each
// domain has a postmaster (RFC 5321, section 4.5.1), so this tells nothing.
const nobody = "postmaster"

// autoconfig asks a domain for the configuration of its mail, in Mozilla's
// format, at both places that there are for it. The first one counts.
func (f *Finder) autoconfig(ctx context.Context, a address, domain string, source Source) []Service {
	places := []string{
		"https://autoconfig." + domain + "/mail/config-v1.1.xml",
		"https://" + domain + "/.well-known/autoconfig/mail/config-v1.1.xml",
	}
	found := make([][]Service, len(places))
	var asked sync.WaitGroup
	for i, place := range places {
		asked.Go(func() {
			from := "autoconfig at " + domain
			if source == AutoconfigMX {
				from += ", the domain of the MX of " + a.domain
			}
			for _, query := range []string{"", "?emailaddress=" + url.QueryEscape(nobody+"@"+a.domain)} {
				text, err := f.get(ctx, place+query)
				if found[i] = readConfig(text, a, source, from); err == nil && len(found[i]) > 0 {
					return
				}
				var answered *statusError
				if err != nil && !errors.As(err, &answered) {
					return // there is no such server, or no such page
				}
			}
		})
	}
	asked.Wait()
	for _, list := range found {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// statusError is an answer that is no success.
type statusError struct{ code int }

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered with status %d", e.code)
}

func (f *Finder) get(ctx context.Context, u string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{resp.StatusCode}
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxConfig))
}

// client follows redirects, but to HTTPS only: what comes without is believed of
// nobody.
func (f *Finder) client() *http.Client {
	c := http.Client{}
	if f.Client != nil {
		c = *f.Client
	}
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if req.URL.Scheme != "https" || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &c
}

// serverXML is as much of the format as is of use:
// https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
type serverXML struct {
	Type     string `xml:"type,attr"`
	Host     string `xml:"hostname"`
	Port     string `xml:"port"`
	Socket   string `xml:"socketType"`
	Username string `xml:"username"`
}

// maxServers bounds what is taken from one file.
const maxServers = 20

// readConfig returns the services that a file names. It takes what can be read of
// one that is broken, and leaves out connections without TLS.
func readConfig(text []byte, a address, source Source, from string) (list []Service) {
	d := xml.NewDecoder(strings.NewReader(string(text)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // names of hosts are ASCII
	for len(list) < maxServers {
		token, err := d.Token()
		if err != nil {
			return list
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "incomingServer" && start.Name.Local != "outgoingServer" {
			continue
		}
		var s serverXML
		if d.DecodeElement(&s, &start) != nil {
			return list
		}
		if service, ok := s.service(a); ok {
			service.Source, service.From = source, from
			list = append(list, service)
		}
	}
	return list
}

func (s serverXML) service(a address) (Service, bool) {
	protocol := Protocol(strings.ToLower(strings.TrimSpace(s.Type)))
	tls, known := map[string]account.TLS{"SSL": account.Implicit, "TLS": account.Implicit, "STARTTLS": account.StartTLS}[strings.ToUpper(strings.TrimSpace(s.Socket))]
	host := strings.ToLower(a.fill(s.Host))
	port, err := strconv.Atoi(strings.TrimSpace(s.Port))
	switch {
	case protocol != IMAP && protocol != POP3 && protocol != SMTP, !known, !hostname(host), err != nil, port < 1, port > 65535:
		return Service{}, false
	}
	user := a.fill(s.Username)
	switch user {
	case "", nobody + "@" + a.domain:
		user = a.whole
	case nobody:
		user = a.local
	}
	return Service{Protocol: protocol, User: user, Server: account.Server{Host: host, Port: port, TLS: tls}}, true
}

// maxName bounds the name of a host or a user.
const maxName = 320

// fill puts the address where the file has a place for it.
func (a address) fill(s string) string {
	s = strings.NewReplacer("%EMAILADDRESS%", a.whole, "%EMAILLOCALPART%", a.local, "%EMAILDOMAIN%", a.domain).Replace(strings.TrimSpace(s[:min(len(s), maxName)]))
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return s
}
