package cache

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
)

// People are stored in one column: six lists, each of names and addresses. The
// separators cannot stand in either, as they are control characters.
const (
	listEnd = "\x1e"
	itemEnd = "\x1f"
	nameEnd = "\x1d"
)

// encodePeople puts From, To, Cc, Bcc, Reply-To and Sender into one text. Sender
// and Reply-To that say what From says are left out.
func encodePeople(e *mail.Envelope) string {
	n := 0
	lists := [6][]mail.Address{e.From, e.To, e.Cc, e.Bcc, e.ReplyTo, e.Sender}
	for i := 4; i < 6; i++ {
		if slices.Equal(lists[i], e.From) {
			lists[i] = nil
		}
	}
	for _, l := range lists {
		for _, a := range l {
			n += len(a.Name) + len(a.Address) + 2
		}
	}
	b := make([]byte, 0, n+6)
	for i, l := range lists {
		if i > 0 {
			b = append(b, listEnd...)
		}
		for j, a := range l {
			if j > 0 {
				b = append(b, itemEnd...)
			}
			b = append(append(append(b, a.Name...), nameEnd...), a.Address...)
		}
	}
	return strings.TrimRight(string(b), listEnd)
}

// maxPeople is how many people of each list are read for a list of messages.
const maxPeople = 100

// decodePeople is the inverse of encodePeople, but for those who are too many.
func decodePeople(s string, e *mail.Envelope) (more mail.Recipients) {
	var unread int
	to := [6]*[]mail.Address{&e.From, &e.To, &e.Cc, &e.Bcc, &e.ReplyTo, &e.Sender}
	beyond := [6]*int{&unread, &more.To, &more.Cc, &more.Bcc, &unread, &unread}
	i := 0
	for list := range strings.SplitSeq(s, listEnd) {
		if i == len(to) {
			break
		}
		*to[i], *beyond[i] = decodeList(list)
		i++
	}
	return more
}

// decodeList reads the first people of a list, and counts the others. These do not
// stay in memory for the sake of the first.
func decodeList(s string) (list []mail.Address, more int) {
	for n := 0; s != ""; n++ {
		if n == maxPeople {
			for i, a := range list {
				list[i] = mail.Address{Name: strings.Clone(a.Name), Address: strings.Clone(a.Address)}
			}
			return list, strings.Count(s, itemEnd) + 1
		}
		var item string
		item, s, _ = strings.Cut(s, itemEnd)
		name, addr, _ := strings.Cut(item, nameEnd)
		list = append(list, mail.Address{Name: name, Address: addr})
	}
	return list, 0
}

func encodeRefs(e *mail.Envelope) string {
	if len(e.InReplyTo) == 0 && len(e.References) == 0 {
		return ""
	}
	return strings.Join(e.InReplyTo, " ") + "\n" + strings.Join(e.References, " ")
}

func decodeRefs(s string, e *mail.Envelope) {
	a, b, _ := strings.Cut(s, "\n")
	e.InReplyTo, e.References = strings.Fields(a), strings.Fields(b)
}

// uidValue returns what stands for a UID in the database: a number for one of
// IMAP, so that it is small and sorts.
func uidValue(u mail.UID) any {
	if u == "" {
		return nil
	}
	if n, err := strconv.ParseUint(string(u), 10, 32); err == nil && u[0] != '0' {
		return int64(n)
	}
	return string(u)
}

func uidOf(v any) mail.UID {
	switch v := v.(type) {
	case int64:
		return mail.UID(strconv.FormatInt(v, 10))
	case string:
		return mail.UID(v)
	case []byte:
		return mail.UID(v)
	}
	return ""
}

// unix returns Unix seconds, or nil for the zero time.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func timeOf(v any, zone int) time.Time {
	n, ok := v.(int64)
	if !ok {
		return time.Time{}
	}
	t := time.Unix(n, 0).UTC()
	if zone != 0 {
		t = t.In(time.FixedZone("", zone))
	}
	return t
}
