package logfile

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"posthorn/mail/safe"
)

// maxValue bounds a text in the log, in octets. A stack is longer.
const (
	maxValue = 1 << 10
	maxStack = 8 << 10
)

// cut stands where something was left out.
const cut = "[cut]"

// private reports whether what is logged under a name is not for the log,
// unless it is a number.
func private(key string) bool {
	switch strings.ToLower(key) {
	case "password", "passwd", "pass", "passphrase", "secret", "token", "credential", "credentials", "auth", "authorization", "cookie", "challenge", "response",
		"subject", "body", "snippet", "raw", "header", "query", "from", "to", "cc", "bcc", "reply_to", "sender", "rcpt", "recipient", "recipients", "address", "addresses", "message_id":
		return true
	}
	return false
}

// A cleaner decides what of an attribute stands in the log. What it does not
// know it leaves out.
type cleaner struct{ secrets *Secrets }

// attr is for [slog.HandlerOptions].
func (c cleaner) attr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	a.Key = safe.Line(a.Key)
	switch a.Value.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindTime:
		return a
	case slog.KindDuration:
		return slog.String(a.Key, a.Value.Duration().String())
	}
	if private(a.Key) {
		return slog.String(a.Key, cut)
	}
	return slog.String(a.Key, c.value(a.Key, a.Value))
}

func (c cleaner) value(key string, v slog.Value) string {
	if v.Kind() == slog.KindString {
		return c.text(key, v.String())
	}
	switch x := v.Any().(type) {
	case nil:
		return ""
	case error:
		return c.text(key, x.Error())
	case []string:
		return c.text(key, strings.Join(x, " "))
	}
	return fmt.Sprintf("[%T]", v.Any())
}

// An address says who one writes to; its domain is enough to find a fault.
var address = regexp.MustCompile(`[^\s<>()\[\],;:"']+@([^\s<>()\[\],;:"']+)`)

// shown are the commands that carry a password. Servers repeat them in the
// answers that say what they did not understand.
var shown = regexp.MustCompile(`\b(PASS|APOP|AUTH +\S+|AUTHENTICATE +\S+|LOGIN)((?: +(?:"(?:\\.|[^"])*"?|[^ "]+)){1,2})`)

// text makes a text harmless, and leaves out what is not for the log.
func (c cleaner) text(key, s string) string {
	limit := maxValue
	if key == "stack" {
		limit, s = maxStack, strings.ReplaceAll(s, "\n", " ↵ ")
	}
	s = safe.Line(c.secrets.Cut(s))
	s = c.secrets.Cut(s) // that invisible characters had split
	s = shown.ReplaceAllString(s, "$1 "+cut)
	if key != "account" && key != "stack" {
		s = address.ReplaceAllString(s, "…@$1")
	}
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
