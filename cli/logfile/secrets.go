package logfile

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// A Secrets knows the passwords that the program has handled, so that they can
// be cut out of what is written down, in the forms that protocols and errors
// give them. Its zero value knows none. It can be used from any goroutine.
type Secrets struct {
	mu    sync.Mutex
	known map[string]bool
	forms *strings.Replacer
}

const (
	// shortest is how long a secret must be to be looked for: a shorter one
	// stands in every other word, and tells nothing there.
	shortest = 4
	// maxSecrets bounds how many are known.
	maxSecrets = 1000
)

// Keep makes a secret known.
func (s *Secrets) Keep(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(secret) < shortest || s.known[secret] || len(s.known) >= maxSecrets {
		return
	}
	if s.known == nil {
		s.known = make(map[string]bool)
	}
	s.known[secret] = true
	var pairs []string
	for k := range s.known {
		for _, f := range forms(k) {
			pairs = append(pairs, f, cut)
		}
	}
	s.forms = strings.NewReplacer(pairs...)
}

// Cut returns a text without the secrets that are known.
func (s *Secrets) Cut(text string) string {
	s.mu.Lock()
	r := s.forms
	s.mu.Unlock()
	if r == nil {
		return text
	}
	return r.Replace(text)
}

// forms returns how a secret looks where it is quoted or encoded.
func forms(secret string) []string {
	list := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret)}
	quoted := strconv.Quote(secret)
	list = append(list, quoted[1:len(quoted)-1], strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret))
	if b, err := json.Marshal(secret); err == nil {
		list = append(list, string(b[1:len(b)-1]))
	}
	for before := range 3 {
		list = append(list, within(secret, before))
	}
	return list
}

// within returns what of a secret stands in the base64 of a longer text, where
// so many octets, modulo 3, come before it.
func within(secret string, before int) string {
	all := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
	first := (before*8 + 5) / 6
	last := (before + len(secret)) * 8 / 6
	return all[first:last]
}
