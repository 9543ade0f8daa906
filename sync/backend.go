package sync

import (
	"context"
	"io"
	"iter"
	"time"

	"posthorn/mail"
	"posthorn/sync/carrier"
)

// A Source is a place that keeps mail: an IMAP server, a Maildir. Mailboxes are
// named as [mail.Mailbox.Name] gave them. All methods report failures as
// account errors, and none is called by two goroutines at once.
type Source interface {
	// Mailboxes lists all mailboxes, with roles, and with counts where they
	// come at no cost.
	Mailboxes(ctx context.Context) ([]mail.Mailbox, error)

	// Changes reports what happened in a mailbox since a cursor: newest
	// messages first, in deltas that can each be applied, and resumed from, on
	// its own. The first is small, so that a first page is there at once. It
	// ends after the first error.
	Changes(ctx context.Context, mailbox string, since mail.Cursor) iter.Seq2[mail.Delta, error]

	// Fetch writes a part of a message as the source keeps it, still encoded.
	// The part is a section of RFC 9051, section 6.4.5.1: "" for the whole
	// message, "HEADER", "1.2". It does not set Seen.
	Fetch(ctx context.Context, at mail.Place, part string, w io.Writer) error

	Close() error
}

// A Piecer is a Source that can fetch a part piece by piece, so that what takes long
// can be left and gone on with.
type Piecer interface {
	// FetchPiece is Fetch for as many octets at most, from an offset on. It writes
	// fewer where the part ends.
	FetchPiece(ctx context.Context, at mail.Place, part string, from, most int64, w io.Writer) error
}

// An Editor is a Source whose messages can be changed. All places of one call
// lie in one mailbox. A place whose message is gone already is no error.
type Editor interface {
	SetFlags(ctx context.Context, at []mail.Place, add, remove mail.Flags) error
	// Move returns where the messages lie now, as far as the source says so,
	// in the order of at; a place it does not know has an empty UID.
	Move(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error)
	Copy(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error)
	Expunge(ctx context.Context, at []mail.Place) error
	Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error)
}

// An Organizer is a Source whose mailboxes can be changed.
type Organizer interface {
	Create(ctx context.Context, mailbox string) error
	Rename(ctx context.Context, from, to string) error
	Remove(ctx context.Context, mailbox string) error
}

// A Gauge is a Source that knows how full it is.
type Gauge interface {
	// Quota returns a limit of 0 where there is none.
	Quota(ctx context.Context) (mail.Quota, error)
}

// An Announcer is a Source whose server may want its users to be told something.
type Announcer interface {
	// Announce has f called with each such text, beginning with those that
	// came before. F may be called from any goroutine.
	Announce(f func(text string))
}

// An Ender is a Source whose line may end by itself.
type Ender interface {
	// Done is closed when the line is of no use any more.
	Done() <-chan struct{}
}

// A Watcher is a Source that can wait for changes.
type Watcher interface {
	// Watch calls changed with the mailbox whenever it may have changed, also
	// before, since a cursor, and with others of which the source tells, until ctx
	// ends or the line breaks. With the empty name it is called when mailboxes
	// were made, renamed or deleted.
	Watch(ctx context.Context, mailbox string, since mail.Cursor, changed func(mailbox string)) error
}

// A Searcher is a Source that can search its own messages.
type Searcher interface {
	// Search returns the UIDs that match and the mailbox's UIDVALIDITY.
	Search(ctx context.Context, mailbox string, q mail.Query) ([]mail.UID, uint32, error)
	// Headers fetches the headers of messages that the cache lacks.
	Headers(ctx context.Context, mailbox string, uids []mail.UID) ([]mail.Header, error)
}

// A Counter is a Source that tells mailboxes' counts without opening them.
type Counter interface {
	// Count calls told with the counts of each, or with why it has none.
	Count(ctx context.Context, mailboxes []string, told func(mailbox string, c mail.Counts, err error)) error
}

// A Comparer is a Source that knows from the list of mailboxes, or from their counts,
// whether one changed.
type Comparer interface {
	// Compare reports whether something happened in a mailbox since a cursor, by
	// what the source said last, and whether that is sure.
	Compare(mailbox string, since mail.Cursor) (changed, sure bool)
}

// A Drop is a place that mail waits in to be taken away: a POP3 server.
type Drop = carrier.Drop

// A Mailroom is where mail from a Drop is put: a Maildir.
type Mailroom = carrier.Mailroom

// A Delayer is a Drop whose server wants to be left alone between logins.
type Delayer interface {
	Delay() time.Duration
}

// A Sender is a place that mail goes to.
type Sender interface {
	// Send submits one message. The results are in the order of m.Rcpt; the
	// error is set when no recipient was accepted or the outcome is not known.
	// An error of another kind than [account.Uncertain] says that the server
	// does not have the message, also when ctx ended.
	//
	// Handing is called right before the server may have the message, with the
	// results so far. If it fails the server does not get it, and Send fails with
	// its error.
	Send(ctx context.Context, m mail.Outgoing, handing func([]mail.Result) error) ([]mail.Result, error)
}
