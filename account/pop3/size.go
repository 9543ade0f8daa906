package pop3

import "posthorn/account"

// An extent is how large a message came in, with dot-stuffing undone.
type extent struct {
	octets int64 // with LF for line ends
	lines  int64
}

// crlf returns the octets with CRLF for line ends, as RFC 1939, section 11, has
// them counted.
func (e extent) crlf() int64 { return e.octets + e.lines }

// A count is what the messages of a session showed of how the server counts the
// octets of LIST. Servers that keep mail in files with LF often count those.
type count struct {
	lf, crlf int          // messages that have just as many
	doubts   map[int]bool // numbers of messages of which it was not clear
}

// maxDoubts is how many messages of a session may be between the two ways to
// count before it is taken for granted that the server counts in a third.
const maxDoubts = 3

// short reports whether less came in of a message than there is. More than was
// said is no matter: servers add fields.
//
// A message that is shorter if LF are counted, and not if CRLF are, is short if
// the server was seen to count LF. Before that is known it is called short once: it
// is retrieved again after the others.
func (c *count) short(m account.Waiting, came extent) bool {
	lf, crlf := came.octets, came.crlf()
	switch { // the server may have added the end of the last line
	case m.Size > crlf:
		return true
	case crlf-m.Size == 0, crlf-m.Size == 2:
		c.crlf++
		return false
	case lf-m.Size == 0, lf-m.Size == 1:
		c.lf++
		return false
	case m.Size < lf || c.crlf > 0:
		return false
	case c.lf > 0:
		return true
	case c.doubts[m.Number] || len(c.doubts) >= maxDoubts:
		return false
	}
	if c.doubts == nil {
		c.doubts = make(map[int]bool)
	}
	c.doubts[m.Number] = true
	return true
}
