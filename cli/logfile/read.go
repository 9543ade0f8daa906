package logfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthorn/mail/safe"
)

// A Line is a line of the log. Its texts may be anything: the file may have been
// written by other versions, or by other programs.
type Line struct {
	Time    time.Time // zero where the line is none of ours
	Level   slog.Level
	Account string
	Text    string
	Attrs   []Attr // without the account
	raw     []byte
}

// An Attr is a name and what is said under it.
type Attr struct{ Name, Value string }

// String returns the line as people read it, safe for a terminal.
func (l Line) String() string {
	var b strings.Builder
	if !l.Time.IsZero() {
		b.WriteString(l.Time.Local().Format("2006-01-02 15:04:05 "))
	}
	b.WriteString(safe.Pad(strings.ToLower(l.Level.String()), 5))
	if l.Account != "" {
		b.WriteString(" " + safe.Line(l.Account) + ":")
	}
	b.WriteString(" " + safe.Line(l.Text))
	for _, a := range l.Attrs {
		v := safe.Line(a.Value)
		if strings.ContainsAny(v, ` "=`) || v == "" {
			v = strconv.Quote(v)
		}
		b.WriteString(" " + safe.Line(a.Name) + "=" + v)
	}
	return b.String()
}

// JSON returns the line as JSON whose texts are safe for a terminal, or nothing
// where it is none.
func (l Line) JSON() string {
	dec := json.NewDecoder(bytes.NewReader(l.raw))
	dec.UseNumber()
	var v map[string]any
	if l.Time.IsZero() || dec.Decode(&v) != nil {
		return ""
	}
	b, err := json.Marshal(harmless(v))
	if err != nil {
		return ""
	}
	return string(b)
}

// harmless makes the texts of a JSON value safe for a terminal.
func harmless(v any) any {
	switch v := v.(type) {
	case string:
		return safe.Line(v)
	case []any:
		for i := range v {
			v[i] = harmless(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, x := range v {
			clean[safe.Line(name)] = harmless(x)
		}
		return clean
	}
	return v
}

// parse reads a line. One that is none of ours is its own text.
func parse(raw []byte) Line {
	l := Line{raw: raw, Text: string(raw)}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return l
	}
	ours := Line{raw: raw}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return l
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return l
		}
		ours.set(key.(string), plain(v))
	}
	if ours.Time.IsZero() {
		return l
	}
	return ours
}

func (l *Line) set(key, value string) {
	switch key {
	case slog.TimeKey:
		l.Time, _ = time.Parse(time.RFC3339Nano, value)
	case slog.LevelKey:
		l.Level.UnmarshalText([]byte(value))
	case slog.MessageKey:
		l.Text = value
	case "account":
		l.Account = value
	default:
		l.Attrs = append(l.Attrs, Attr{key, value})
	}
}

// plain returns a string as its text, and anything else as JSON.
func plain(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// Last returns the last lines of the log that are of a level or graver, n at
// most, oldest first. A log that is not there has none.
func Last(path string, n int, level slog.Level) ([]Line, error) {
	var lines []Line // the last first
	for i := 0; i <= older && len(lines) < n; i++ {
		b, err := contents(name(path, i))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for len(b) > 0 && len(lines) < n {
			b = bytes.TrimSuffix(b, []byte("\n"))
			at := bytes.LastIndexByte(b, '\n') + 1
			if l := parse(b[at:]); len(b[at:]) > 0 && l.Level >= level {
				lines = append(lines, l)
			}
			b = b[:at]
		}
	}
	slices.Reverse(lines)
	return lines, nil
}

// contents reads a file of the log; of one that is larger than they are, its end.
func contents(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New(path + " is not a file")
	}
	const most = 3 * maxSize
	if info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, most))
}
