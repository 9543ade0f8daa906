package mail

import "time"

// An Envelope is what a message says of itself (RFC 9051, section 7.5.2, and
// the References of RFC 5322, section 3.6.4). All text is decoded UTF-8, not
// yet made safe for a terminal. Message ids stand without angle brackets.
type Envelope struct {
	Date       time.Time // of the Date field; zero where it is missing or unreadable
	Subject    string
	From       []Address
	Sender     []Address
	ReplyTo    []Address
	To         []Address
	Cc         []Address
	Bcc        []Address
	MessageID  string
	InReplyTo  []string
	References []string
}

// IncompleteField is the name of a field that stands before all others in a message
// of which not all came from a server, and says how much did. A sender cannot put
// one there, as the servers a message goes through write before what they got.
const IncompleteField = "X-Posthorn-Incomplete"

// A Header is a message as its source first shows it, before any body is
// fetched.
type Header struct {
	UID      UID
	Received time.Time // INTERNALDATE, or when it was delivered
	Size     int64     // octets, RFC822.SIZE
	Flags    Flags
	Keywords []string // those that are not in Flags
	Envelope
	Structure *Part // nil where the source has not said
}

// A Summary is a message as a list shows it.
type Summary struct {
	ID         ID
	Thread     ThreadID
	Account    string
	Folder     FolderID
	FolderName string
	Received   time.Time
	Size       int64
	Flags      Flags
	Keywords   []string
	Attachment bool
	Kept       string // why the server would not take what was written here; empty: it has it, or will
	Envelope
	More Recipients // beyond those in the envelope, as a list needs few
}

// Recipients are how many there are.
type Recipients struct{ To, Cc, Bcc int }

// When returns the time a list shows and sorts by: the Date field, unless it is
// missing or lies after the time the message was received.
func (s *Summary) When() time.Time { return When(s.Date, s.Received) }

// When chooses between the date a message claims and the time it was received.
// A claim from the future, or from before there was mail, is not believed.
func When(claimed, received time.Time) time.Time {
	switch {
	case received.IsZero():
		return claimed
	case claimed.IsZero(), claimed.Year() < 1971, claimed.After(received.Add(24 * time.Hour)):
		return received
	}
	return claimed
}
