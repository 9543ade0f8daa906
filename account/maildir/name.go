package maildir

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
)

// maxUnique bounds the unique part of a name, so that flags still fit into the
// 255 bytes that file systems allow.
const maxUnique = 200

// split splits a file name into the unique part and the letters of its flags.
func split(name string) (uid mail.UID, letters string) {
	i := strings.LastIndex(name, infoMark)
	if i < 0 {
		unique, _, _ := strings.Cut(name, infoMark[:1])
		return mail.UID(unique), ""
	}
	return mail.UID(name[:i]), name[i+len(infoMark):]
}

// join is the reverse of split: the letters in order, each once.
func join(uid mail.UID, letters string) string {
	b := []byte(letters)
	slices.Sort(b)
	return string(uid) + infoMark + string(slices.Compact(b))
}

// letterFlags are the flags that have a letter.
var letterFlags = [...]struct {
	letter byte
	flag   mail.Flags
}{
	{'D', mail.Draft}, {'F', mail.Flagged}, {'P', mail.Forwarded},
	{'R', mail.Answered}, {'S', mail.Seen}, {'T', mail.Deleted},
}

// flagsOf returns the flags that letters stand for. Letters it does not know
// are passed over.
func flagsOf(letters string) (f mail.Flags) {
	for _, l := range letterFlags {
		if strings.IndexByte(letters, l.letter) >= 0 {
			f |= l.flag
		}
	}
	return f
}

// changed returns letters with flags added and removed. Letters it does not know
// stay.
func changed(letters string, add, remove mail.Flags) string {
	for _, l := range letterFlags {
		if remove.Has(l.flag) {
			letters = strings.ReplaceAll(letters, string(l.letter), "")
		}
		if add.Has(l.flag) {
			letters += string(l.letter)
		}
	}
	return letters
}

// unique makes a name that no other message has, here or on another machine that
// shares the folder.
func unique(now time.Time) (mail.UID, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	host, err := os.Hostname()
	if err != nil || host == "" || len(host) > 64 {
		host = "localhost"
	}
	return mail.UID(fmt.Sprintf("%d.M%06dP%dR%s.%s", now.Unix(), now.Nanosecond()/1000,
		os.Getpid(), hex.EncodeToString(b[:]), escape(host))), nil
}

// uidlMark begins the name of a message that came from a drop.
const uidlMark = "uidl-"

// uidlName returns the name of the message with a UIDL, and whether it fits into
// a file name. Where it does not, the name is to be made up.
func uidlName(uidl string) (mail.UID, bool) {
	name := uidlMark + escape(uidl)
	return mail.UID(name), len(name) <= maxUnique
}

// uidlOf returns the UIDL in a name. Another program may have added fields to the
// name, after a comma; and we number messages with the same UIDL, after a tilde.
func uidlOf(uid mail.UID) (string, bool) {
	name, ok := strings.CutPrefix(string(uid), uidlMark)
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(name, ",~"); i >= 0 {
		name = name[:i]
	}
	return unescape(name)
}

const hexDigits = "0123456789ABCDEF"

// escape writes what could mean something in a file name, or in the name of a
// message in a Maildir, as a percent sign and two digits.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if plain(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

func plain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '_' || c == '.' || c == '@' || c == '+'
}

// unescape is the reverse of escape. It reports whether s is what escape writes.
func unescape(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case plain(s[i]):
			b = append(b, s[i])
		case s[i] == '%' && i+2 < len(s):
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			b = append(b, byte(hi<<4|lo))
			i += 2
		default:
			return "", false
		}
	}
	return string(b), true
}
