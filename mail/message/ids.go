package message

import "strings"

// MessageID returns the message id in a field (RFC 5322, section 3.6.4) without
// angle brackets. What is none, but tells messages apart all the same, is
// returned as it is.
func MessageID(s string) string {
	s = strings.TrimSpace(wordsFirst(s))
	if len(s) > 1 && s[0] == '<' && s[len(s)-1] == '>' && strings.IndexByte(s[1:], '<') < 0 {
		return strings.Join(strings.Fields(s[1:len(s)-1]), "")
	}
	if list, _ := messageIDs(s); len(list) > 0 {
		return list[0]
	}
	return strings.Trim(s, "<>")
}

// MessageIDs returns the message ids in a field, without angle brackets (RFC
// 5322, section 3.6.4). Text between them is passed over.
func MessageIDs(s string) []string {
	list, _ := messageIDs(s)
	return list
}

// maxIDs bounds the References of a message. Of more, the first is kept, which
// began the conversation, and the last.
const maxIDs = 1000

// messageIDs also returns how many ids were left out.
func messageIDs(s string) (ids []string, left int) {
	s = wordsFirst(s)
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		s = s[i+1:]
		n := strings.IndexAny(s, "<>")
		if n < 0 {
			n = len(s)
		}
		if id := strings.Join(strings.Fields(s[:n]), ""); id != "" {
			ids = append(ids, id)
		}
		s = s[n:]
		if len(ids) >= 2*maxIDs {
			left += maxIDs
			ids = append(ids[:1], ids[maxIDs+1:]...)
		}
	}
	if more := len(ids) - maxIDs; more > 0 {
		left += more
		ids = append(ids[:1], ids[more+1:]...)
	}
	return ids, left
}

// wordsFirst decodes ids that a gateway made encoded words of (RFC 2047 forbids
// it).
func wordsFirst(s string) string {
	if strings.Contains(s, "=?") {
		return DecodeWords(s)
	}
	return s
}
