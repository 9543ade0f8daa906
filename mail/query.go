package mail

import "time"

// A Query is a search: a tree of [And], [Or], [Not] and terms. Nil and an empty
// And match everything. [posthorn/mail/query] parses one; sources and the cache
// compile it to what they search with.
type Query interface{ query() }

// A TextField is what a [Text] term looks in.
type TextField uint8

// The fields of a text term.
const (
	AnyText  TextField = iota // headers and body: IMAP's TEXT
	BodyText                  // IMAP's BODY
	FromField
	ToField
	CcField
	BccField
	SubjectField
	ListField      // List-Id
	MessageIDField // Message-ID, whole
)

// A DateOp is how a [Date] term compares.
type DateOp uint8

// The comparisons of a date term, by day, as IMAP's SENTBEFORE, SENTSINCE and
// SENTON: the time of day and the zone do not count.
const (
	Before DateOp = iota
	Since
	On
)

type (
	// And matches what every part matches.
	And []Query
	// Or matches what any part matches.
	Or []Query
	// Not matches what its part does not.
	Not struct{ Query Query }
	// Text matches messages that hold a string in a field, ignoring case.
	Text struct {
		Field TextField
		Value string
	}
	// Date matches by the day in the Date field.
	Date struct {
		Op  DateOp
		Day time.Time
	}
	// Size matches messages larger or smaller than a number of octets.
	Size struct {
		Larger bool
		Octets int64
	}
	// HasFlag matches messages with a flag.
	HasFlag struct{ Flag Flags }
	// Keyword matches messages with a keyword.
	Keyword struct{ Name string }
	// HasAttachment matches messages with an attachment.
	HasAttachment struct{}
)

func (And) query()           {}
func (Or) query()            {}
func (Not) query()           {}
func (Text) query()          {}
func (Date) query()          {}
func (Size) query()          {}
func (HasFlag) query()       {}
func (Keyword) query()       {}
func (HasAttachment) query() {}
