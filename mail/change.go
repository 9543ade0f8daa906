package mail

import "time"

// A Change is something the user did to messages. The cache applies it and
// writes it to the journal in one transaction; the engine plays the journal to
// the server.
type Change interface{ change() }

type (
	// SetFlags adds and removes flags.
	SetFlags struct {
		IDs         []ID
		Add, Remove Flags
	}
	// Move moves messages to a folder of the same account.
	Move struct {
		IDs []ID
		To  FolderID
	}
	// Copy copies messages to a folder of the same account.
	Copy struct {
		IDs []ID
		To  FolderID
	}
	// File moves messages to their account's folder with a role: archive,
	// trash, junk.
	File struct {
		IDs []ID
		To  Role
	}
	// Expunge deletes messages for good.
	Expunge struct{ IDs []ID }
	// Append puts a message that was made here into a folder: a draft, or the
	// copy of what was sent.
	Append struct {
		To    FolderID
		Flags Flags
		Date  time.Time
		Raw   []byte
	}
)

func (SetFlags) change() {}
func (Move) change()     {}
func (Copy) change()     {}
func (File) change()     {}
func (Expunge) change()  {}
func (Append) change()   {}

// Outgoing is a finished message with its SMTP envelope (RFC 5321, section
// 2.3.1).
type Outgoing struct {
	Account string
	From    string   // envelope sender
	Rcpt    []string // envelope recipients
	Raw     []byte   // with CRLF line ends and without Bcc

	Answers  Ref // the message this answers; it is marked when this was sent
	Forwards Ref // the message this forwards
	Draft    Ref // the draft this was; it is removed when this was sent

	NotBefore time.Time // zero: at once
}

// A Ref names a message for as long as something that was written belongs to it.
// An id is a cache's, and means nothing to another one; the Message-ID is the
// message's own.
type Ref struct {
	ID        ID
	MessageID string // without angle brackets; empty where it has none
}

// A Result says what became of one recipient of a message that was sent.
type Result struct {
	Rcpt string
	Err  error // nil: accepted
}

// A State is where an outgoing message stands with a recipient.
type State string

// The states of a message in the outbox.
const (
	Waiting   State = "waiting"         // for the line
	Scheduled State = "scheduled"       // for the time that the user chose
	Sending   State = "sending"         // handed to the server, answer not known yet
	Accepted  State = "sent"            // others are left, or what follows from it
	Deferred  State = "refused for now" // it is tried again by itself
	Failed    State = "failed"          // refused; the error says why
	Perhaps   State = "perhaps sent"    // the answer was lost: it is never sent again by itself
)

// Waits reports whether a message in this state goes out by itself when its time has
// come.
func (s State) Waits() bool { return s == Waiting || s == Scheduled || s == Deferred }

// A Recipient is one of a message in the outbox.
type Recipient struct {
	Address  string
	State    State
	Next     time.Time // the next attempt
	Attempts int
	Error    string // what the last attempt came to
}

// A Queued is a message in the outbox. Its state is that of the recipient who needs
// most: one it is being sent to, else one who waits, one who perhaps has it, one who
// was refused.
type Queued struct {
	ID         int64
	State      State
	Queued     time.Time
	Next       time.Time // the next attempt
	Attempts   int
	Error      string // what the last attempts came to
	Subject    string
	Done       bool   // what follows from its being sent was written
	MessageID  string // its own, by which it can be told from all others; empty where it has none
	Size       int64  // in octets
	Recipients []Recipient
	Outgoing   // to those who do not have it
}

// An Outcome is what became of a message of the outbox, and what follows from it.
type Outcome struct {
	Recipients []Recipient // those to whom something happened
	Seen       int64       // how far the cache had seen the journal that the jobs were made of
	Jobs       []Job       // an append without a text of its own is one of the message
	Done       bool        // nothing more follows from it
}
